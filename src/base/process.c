/* process: child programs by posix_spawn, each in its own process group, so that Ctrl-C at the terminal does not
 * reach it and killing it reaches its children too. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/progress.h"

extern char **environ;

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A pipe whose ends stay clear of 0, 1 and 2, which the child's own files will take. */
static bool make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        ends[0] = ends[1] = -1;
        return false;
    }
    for (int i = 0; i < 2; i++) {
        if (ends[i] > 2)
            continue;
        int moved = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
        if (moved < 0) {
            close_end(&ends[0]);
            close_end(&ends[1]);
            return false;
        }
        close(ends[i]);
        ends[i] = moved;
    }
    return true;
}

static bool same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");
    return strncmp(a, b, n) == 0 && b[n] == '=';
}

/* Ours with `extra` put over it; the array is the caller's, the strings are not. */
static char **merged_environment(const char *const *extra)
{
    size_t ours = 0, more = 0, n = 0;
    while (environ && environ[ours])
        ours++;
    while (extra && extra[more])
        more++;
    char **out = mem_zero(ours + more + 1, sizeof *out);
    for (size_t i = 0; i < ours; i++) {
        bool replaced = false;
        for (size_t k = 0; k < more && !replaced; k++)
            replaced = same_name(extra[k], environ[i]);
        if (!replaced)
            out[n++] = environ[i];
    }
    memcpy(out + n, extra, more * sizeof *out);
    return out;
}

static int spawn(pid_t *pid, const char *const *argv, const char *const *env_extra, int in, int out, int err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE); /* ignored signals would stay so in the child */
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGQUIT);
    sigaddset(&defaults, SIGTSTP);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &defaults);
    posix_spawnattr_setpgroup(&how, 0);
    size_t count = 0;
    while (argv[count])
        count++;
    char **arguments = mem_zero(count + 1, sizeof *arguments);
    memcpy(arguments, argv, count * sizeof *arguments); /* exec takes them unconst, and changes nothing */
    char **environment = env_extra && env_extra[0] ? merged_environment(env_extra) : NULL;
    int failed = posix_spawnp(pid, argv[0], &files, &how, arguments, environment ? environment : environ);
    mem_free(environment);
    mem_free(arguments);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

bool process_start(struct process *p, const char *const *argv, const char *const *env_extra, struct err *e)
{
    *p = (struct process){-1, -1, -1, -1};
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
    bool ready = make_pipe(in) && make_pipe(out) && make_pipe(err);
    int failed = ready ? spawn(&p->pid, argv, env_extra, in[0], out[1], err[1]) : errno;
    close_end(&in[0]);
    close_end(&out[1]);
    close_end(&err[1]);
    if (failed) {
        close_end(&in[1]);
        close_end(&out[0]);
        close_end(&err[0]);
        p->pid = -1;
        errno = failed;
        err_errno(e, failed == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot run %s", argv[0]);
        if (failed == ENOENT)
            err_hint(e, "install %s, or put its folder into PATH", file_base(argv[0]));
        return false;
    }
    p->in = in[1];
    p->out = out[0];
    p->err = err[0];
    fcntl(p->in, F_SETFL, O_NONBLOCK);
    return true;
}

void process_kill(struct process *p)
{
    close_end(&p->in);
    close_end(&p->out);
    close_end(&p->err);
    if (p->pid <= 0)
        return;
    kill(-p->pid, SIGKILL);
    while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    p->pid = -1;
}

bool process_alive(struct process *p)
{
    if (p->pid <= 0)
        return false;
    pid_t ended = waitpid(p->pid, NULL, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR))
        return true;
    p->pid = -1;
    return false;
}

/* Milliseconds for poll until `end`, rounded up; 0 when it has passed. */
static int milliseconds_until(double end)
{
    double left = (end - clock_seconds()) * 1e3;
    return left <= 0 ? 0 : left > 1e6 ? 1000000 : (int)left + 1;
}

bool process_write(struct process *p, const char *data, size_t n, double seconds, struct err *e)
{
    double end = clock_seconds() + seconds;
    while (n > 0) {
        ssize_t done = write(p->in, data, n);
        if (done >= 0) {
            data += done;
            n -= (size_t)done;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return err_errno(e, ERR_IO, "the program that was to read our data has ended");
        struct pollfd poller = {p->in, POLLOUT, 0};
        int wait = milliseconds_until(end);
        if (wait == 0 || (poll(&poller, 1, wait) == 0 && milliseconds_until(end) == 0))
            return err_set(e, ERR_IO, "a helper program takes no more data (waited %.3g s)", seconds);
    }
    return true;
}

/* Reads what is there; closes at the end of file. */
static void drain(int *fd, struct str *into)
{
    char buffer[16384];
    ssize_t n = read(*fd, buffer, sizeof buffer);
    if (n > 0) {
        if (into)
            str_addn(into, buffer, (size_t)n);
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        close_end(fd);
    }
}

static void feed(int *fd, const char **data, size_t *n)
{
    ssize_t done = write(*fd, *data, *n);
    if (done > 0) {
        *data += done;
        *n -= (size_t)done;
    }
    if (*n == 0 || (done < 0 && errno != EINTR && errno != EAGAIN))
        close_end(fd); /* all said, or the program does not listen: its exit status tells the rest */
}

/* Moves data both ways until the program closed its output; false when the time is over. */
static bool converse(struct process *p, const char *input, size_t n, double end, struct str *out,
                     struct str *err_text)
{
    if (n == 0)
        close_end(&p->in);
    while (p->out >= 0 || p->err >= 0) {
        struct pollfd fds[3] = {{p->in, POLLOUT, 0}, {p->out, POLLIN, 0}, {p->err, POLLIN, 0}};
        int wait = milliseconds_until(end);
        if (wait == 0)
            return false;
        if (poll(fds, 3, wait) <= 0)
            continue;
        if (fds[0].revents)
            feed(&p->in, &input, &n);
        if (fds[1].revents)
            drain(&p->out, out);
        if (fds[2].revents)
            drain(&p->err, err_text);
    }
    close_end(&p->in);
    return true;
}

/* Closed output is not yet the end of the program; it may go on until the time is over. */
static bool reap_until(struct process *p, double end, int *raw)
{
    for (long nap = 100;; nap = nap < 10000 ? nap * 2 : nap) {
        pid_t ended = waitpid(p->pid, raw, WNOHANG);
        if (ended == p->pid || (ended < 0 && errno != EINTR)) {
            if (ended < 0)
                *raw = 0;
            p->pid = -1;
            return true;
        }
        if (milliseconds_until(end) == 0)
            return false;
        usleep((useconds_t)nap);
    }
}

bool process_run(const char *const *argv, const char *const *env_extra, const char *input, size_t n,
                 double seconds, struct str *out, struct str *err_text, int *status, struct err *e)
{
    struct process p;
    struct str own = STR_INIT;
    if (!err_text)
        err_text = &own;
    if (status)
        *status = -1;
    if (!process_start(&p, argv, env_extra, e))
        return false;
    double end = clock_seconds() + seconds;
    int raw = 0;
    bool ended = converse(&p, input, n, end, out, err_text) && reap_until(&p, end, &raw);
    process_kill(&p);
    const char *name = file_base(argv[0]);
    bool fine = false;
    if (!ended) {
        err_set(e, ERR_IO, "%s was stopped: it took longer than %.3g s", name, seconds);
    } else if (WIFSIGNALED(raw)) {
        if (status)
            *status = 128 + WTERMSIG(raw);
        err_set(e, ERR_IO, "%s was ended by signal %d (%s)", name, WTERMSIG(raw), strsignal(WTERMSIG(raw)));
    } else {
        int code = WEXITSTATUS(raw);
        if (status)
            *status = code;
        fine = code == 0;
        const char *said = str_get(err_text);
        if (!fine)
            err_set(e, ERR_IO, "%s failed with exit status %d%s%.*s", name, code, *said ? ": " : "",
                    (int)strcspn(said, "\n"), said);
    }
    str_done(&own);
    return fine;
}

bool process_find(const char *program)
{
    if (strchr(program, '/'))
        return access(program, X_OK) == 0 && !file_is_dir(program);
    const char *path = getenv("PATH");
    for (path = path ? path : "/usr/bin:/bin"; *path;) {
        size_t n = strcspn(path, ":");
        struct str full = STR_INIT;
        str_addn(&full, path, n);
        if (n == 0)
            str_addc(&full, '.');
        str_printf(&full, "/%s", program);
        bool found = access(full.s, X_OK) == 0 && !file_is_dir(full.s);
        str_done(&full);
        if (found)
            return true;
        path += n + (path[n] == ':');
    }
    return false;
}
