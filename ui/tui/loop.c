/* loop: everything that happens. Signals only write a byte; what they mean is done here. */
#include "ui/tui/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "ui/tui/events.h"
#include "ui/tui/prompt.h"
#include "ui/tui/screen.h"

#define FOREVER 3600.0
#define JOB_TICK 0.1

static int signal_pipe[2] = {-1, -1};
static volatile sig_atomic_t got[NSIG];

static const int heard[] = {SIGINT, SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGHUP, SIGQUIT};

static void on_signal(int sig)
{
    int kept = errno;
    char byte = (char)sig;
    if ((sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT) && got[sig]) { /* asked twice: the loop is stuck */
        screen_emergency();
        _exit(128 + sig);
    }
    got[sig] = 1;
    ssize_t ignored = write(signal_pipe[1], &byte, 1);
    (void)ignored;
    errno = kept;
}

static void hear_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < sizeof heard / sizeof *heard; i++)
        sigaction(heard[i], &act, NULL);
}

/* ---- what Readline needs ------------------------------------------------------------------------------------ */

static void wait_for_something(struct bench *b, double seconds);

static int next_byte(void *arg)
{
    struct bench *b = arg;
    int c = input_take_byte(&b->input);
    if (c != 3)
        return c;
    got[SIGINT] = 1; /* Ctrl-C inside one of Readline's commands ends that command */
    return -1;
}

static bool wait_more(void *arg, double seconds)
{
    wait_for_something(arg, seconds);
    return !got[SIGINT] && !got[SIGTERM] && !got[SIGHUP];
}

static void on_tab(void *arg)
{
    event_complete(arg);
}

static void on_named_key(void *arg, const char *name)
{
    for (size_t i = 0; i < key_row_count; i++)
        if (key_rows[i].name && strcmp(key_rows[i].name, name) == 0) {
            event_key_row(arg, &key_rows[i]);
            return;
        }
}

bool loop_start(struct bench *b, struct err *e)
{
    struct prompt_owner owner = {b, next_byte, wait_more, on_tab, on_named_key};
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_errno(e, ERR_IO, "cannot make a pipe");
    hear_signals();
    prompt_start(&owner);
    for (size_t i = 0; i < key_row_count; i++)
        if (key_rows[i].name)
            prompt_bind(key_rows[i].name, key_rows[i].binding);
    return true;
}

void loop_stop(void)
{
    prompt_stop();
    for (size_t i = 0; i < sizeof heard / sizeof *heard; i++)
        signal(heard[i], SIG_DFL);
    close(signal_pipe[0]);
    close(signal_pipe[1]);
    signal_pipe[0] = signal_pipe[1] = -1;
}

/* ---- signals ------------------------------------------------------------------------------------------------ */

static void suspend(struct bench *b)
{
    screen_suspend();
    signal(SIGTSTP, SIG_DFL);
    kill(0, SIGTSTP); /* the whole job, as the shell would; goes on here after SIGCONT */
    hear_signals();
    screen_resume();
    got[SIGCONT] = 0;
    picture_forget(&b->picture);
    b->dirty = true;
}

static bool was(int sig)
{
    if (!got[sig])
        return false;
    got[sig] = 0;
    return true;
}

static void do_signals(struct bench *b)
{
    if (was(SIGWINCH)) {
        screen_resized();
        b->picture.stale = true;
        b->dirty = true;
    }
    if (was(SIGINT))
        bench_interrupt(b);
    if (was(SIGTSTP) || b->suspend) {
        b->suspend = false;
        suspend(b);
    }
    if (was(SIGCONT)) {
        screen_resume();
        b->dirty = true;
    }
    static const int ends[] = {SIGTERM, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (got[ends[i]]) {
            b->status_code = 128 + ends[i];
            b->quit = true;
        }
}

/* ---- waiting ------------------------------------------------------------------------------------------------ */

static void read_terminal(struct bench *b)
{
    char bytes[8192];
    ssize_t n = read(screen_tty(), bytes, sizeof bytes);
    if (n > 0)
        input_put(&b->input, bytes, (size_t)n);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        b->quit = true; /* the terminal is gone */
}

static void draw_if_dirty(struct bench *b)
{
    if (b->dirty)
        bench_draw(b);
}

/* Waits at most so long; everything but keys is dealt with here, keys are only read. */
static void wait_for_something(struct bench *b, double seconds)
{
    enum { TTY, SIGNALS, ENGINE, PICTURE, NOTICES, N };
    struct pollfd fd[N] = {[TTY] = {screen_tty(), POLLIN, 0},
                           [SIGNALS] = {signal_pipe[0], POLLIN, 0},
                           [ENGINE] = {engine_fd(b->en), POLLIN, 0},
                           [PICTURE] = {picture_fd(&b->picture), POLLIN, 0},
                           [NOTICES] = {b->notices.pipe[0], POLLIN, 0}};
    char buffer[64];

    draw_if_dirty(b);
    if (engine_busy(b->en) && seconds > JOB_TICK)
        seconds = JOB_TICK;
    int n = poll(fd, N, seconds >= FOREVER ? -1 : (int)(seconds * 1000 + 0.999));
    if (n < 0 && errno != EINTR)
        return;
    if (n > 0 && fd[SIGNALS].revents)
        while (read(signal_pipe[0], buffer, sizeof buffer) > 0)
            ;
    if (n > 0 && fd[TTY].revents)
        read_terminal(b);
    if (n > 0 && fd[ENGINE].revents)
        bench_pump(b);
    if (n > 0 && fd[PICTURE].revents && picture_ready(&b->picture))
        b->dirty = true;
    if (n > 0 && fd[NOTICES].revents && notices_read(&b->notices)) {
        status_say(&b->status, true, 6, "%s", b->notices.line.v[b->notices.line.n - 1]);
        b->dirty = true;
    }
    if (engine_busy(b->en))
        bench_tick(b);
}

static void take_events(struct bench *b, bool late)
{
    struct input_event ev;
    while (!b->quit && input_next(&b->input, late, &ev)) {
        event_take(b, &ev);
        late = false;
        if (got[SIGINT] || b->suspend)
            do_signals(b);
    }
}

void loop_run(struct bench *b)
{
    double unfinished_since = 0;
    bench_pump(b);
    while (!b->quit) {
        double limit = FOREVER, patience = 0;
        bool unfinished = input_waiting(&b->input, &patience);
        if (unfinished && unfinished_since == 0)
            unfinished_since = clock_seconds();
        if (!unfinished)
            unfinished_since = 0;
        if (unfinished) {
            limit = unfinished_since + patience - clock_seconds();
            limit = limit < 0 ? 0 : limit;
        }
        if (status_tick(&b->status, clock_seconds(), &limit))
            b->dirty = true;
        size_t before = b->input.buffer.len;
        wait_for_something(b, limit);
        do_signals(b);
        if (b->input.buffer.len != before)
            unfinished_since = 0;
        bool late = unfinished_since > 0 && clock_seconds() - unfinished_since >= patience;
        take_events(b, late);
        if (late)
            unfinished_since = 0;
    }
    if (screen_is_asking()) { /* its answer must not land in the shell */
        double until = clock_seconds() + 0.2;
        struct input_event ev;
        while (screen_is_asking() && clock_seconds() < until) {
            struct pollfd fd = {screen_tty(), POLLIN, 0};
            if (poll(&fd, 1, 50) > 0)
                read_terminal(b);
            while (input_next(&b->input, false, &ev))
                if (ev.kind == INPUT_REPLY)
                    event_take(b, &ev);
        }
    }
}
