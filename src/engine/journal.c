/* journal: lines written before they run. Format: "# lathe session PID TIME", lines, "#! failed" after a line that
 * failed, "# end" at the end of a session that ended well. A journal is a script: `source` runs it. */
#include "engine/journal.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

#define KEEP_FILES 100
#define KEEP_SECONDS (30.0 * 86400)

struct journal {
    char *path;
    int fd;
    bool any, wrote_header;
};

static char *sessions_dir(void)
{
    char *state = file_xdg_dir(FILE_STATE);
    char *dir = file_join(state, "sessions");
    mem_free(state);
    return dir;
}

static int newest_last(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Journal paths, oldest first (their names begin with the time). */
static size_t journal_files(char ***out)
{
    VEC(char *) v = {0};
    char *dir = sessions_dir();
    DIR *d = opendir(dir);
    for (struct dirent *entry; d && (entry = readdir(d));)
        if (str_ends(entry->d_name, ".lathe"))
            vec_push(&v, file_join(dir, entry->d_name));
    if (d)
        closedir(d);
    mem_free(dir);
    if (v.n)
        qsort(v.v, v.n, sizeof *v.v, newest_last);
    *out = v.v;
    return v.n;
}

static void files_done(char **files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mem_free(files[i]);
    mem_free(files);
}

static void prune(void)
{
    char **files;
    size_t n = journal_files(&files);
    for (size_t i = 0; i < n; i++) {
        struct stat st;
        bool old = stat(files[i], &st) == 0 && difftime(time(NULL), st.st_mtime) > KEEP_SECONDS;
        if (old || i + KEEP_FILES < n)
            unlink(files[i]);
    }
    files_done(files, n);
}

struct journal *journal_open(struct err *e)
{
    char *dir = sessions_dir();
    struct str name = STR_INIT;
    struct journal *j = NULL;
    time_t now = time(NULL);
    struct tm tm;

    if (file_make_dirs(dir, e)) {
        prune();
        gmtime_r(&now, &tm);
        str_printf(&name, "%04d%02d%02d-%02d%02d%02d-%ld.lathe", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                   tm.tm_hour, tm.tm_min, tm.tm_sec, (long)getpid());
        j = mem_zero(1, sizeof *j);
        j->path = file_join(dir, str_get(&name));
        j->fd = open(j->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (j->fd < 0) {
            err_errno(e, ERR_IO, "cannot keep a journal at %s", j->path);
            mem_free(j->path);
            mem_free(j);
            j = NULL;
        }
    }
    str_done(&name);
    mem_free(dir);
    return j;
}

static void put(struct journal *j, const char *line)
{
    struct str s = STR_INIT;
    if (!j->wrote_header) {
        str_printf(&s, "# lathe session %ld %lld\n", (long)getpid(), (long long)time(NULL));
        j->wrote_header = true;
    }
    str_printf(&s, "%s\n", line);
    /* A full disk must not stop the session; the journal is then simply shorter. */
    if (write(j->fd, s.s, s.len) == (ssize_t)s.len)
        fdatasync(j->fd);
    str_done(&s);
}

void journal_write(struct journal *j, const char *line)
{
    j->any = true;
    put(j, line);
}

void journal_failed(struct journal *j)
{
    put(j, "#! failed");
}

void journal_close(struct journal *j, bool ended_well)
{
    if (ended_well && j->any)
        put(j, "# end");
    close(j->fd);
    if (!j->any)
        unlink(j->path);
    mem_free(j->path);
    mem_free(j);
}

const char *journal_path(const struct journal *j)
{
    return j->path;
}

/* What a journal holds: commands that did not fail, whether it ended, who wrote it. */
struct digest {
    int lines;
    bool ended;
    long pid;
};

static struct digest digest_of(const char *path)
{
    struct digest d = {0};
    struct file_bytes f;
    if (!file_read(path, &f, NULL))
        return (struct digest){.ended = true};
    for (const char *p = f.data, *end; *p; p = *end ? end + 1 : end) {
        end = p + strcspn(p, "\n");
        if (str_starts(p, "# lathe session "))
            d.pid = strtol(p + strlen("# lathe session "), NULL, 10);
        else if (str_starts(p, "# end") || str_starts(p, "# dismissed"))
            d.ended = true;
        else if (str_starts(p, "#! failed"))
            d.lines--;
        else if (*p != '#' && end > p)
            d.lines++;
    }
    file_bytes_done(&f);
    return d;
}

char *journal_find_lost(int *lines, double *age)
{
    char **files, *found = NULL;
    size_t n = journal_files(&files);
    for (size_t i = n; i-- > 0 && !found;) {
        struct digest d = digest_of(files[i]);
        struct stat st;
        bool alive = d.pid > 0 && kill((pid_t)d.pid, 0) == 0;
        if (d.ended || d.lines <= 0 || alive || stat(files[i], &st) != 0)
            continue;
        found = mem_strdup(files[i]);
        *lines = d.lines;
        *age = difftime(time(NULL), st.st_mtime);
    }
    files_done(files, n);
    return found;
}

void journal_dismiss(const char *path)
{
    file_append_line(path, "# dismissed", NULL);
}

char *journal_script(const char *path, struct err *e)
{
    struct file_bytes f;
    struct str out = STR_INIT;
    size_t last = 0; /* where the newest command begins in `out` */
    if (!file_read(path, &f, e))
        return NULL;
    for (const char *p = f.data, *end; *p; p = *end ? end + 1 : end) {
        end = p + strcspn(p, "\n");
        if (str_starts(p, "#! failed") && out.len) {
            out.len = last;
            out.s[last] = 0;
        } else if (*p != '#' && end > p) {
            last = out.len;
            str_addn(&out, p, (size_t)(end - p));
            str_addc(&out, '\n');
        }
    }
    file_bytes_done(&f);
    str_add(&out, "");
    return str_steal(&out);
}
