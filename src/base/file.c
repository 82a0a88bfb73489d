/* file: reading whole files, writing them atomically, folders. Where the program's own files lie is the last part. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"

/* Below this a read costs less than a mapping, and can't be surprised by a file that shrinks. */
#define MAP_FROM ((size_t)64 << 10)

/* ---- reading ----------------------------------------------------------------------------------------------- */

static bool open_failed(const char *path, struct err *e)
{
    enum err_code code = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
    return err_errno(e, code, "cannot open %s", path);
}

/* Maps the file over the front of an anonymous region that is one page longer, so that data[size] is there and 0
 * even when the size is a multiple of the page. */
static bool map_file(int fd, size_t size, struct file_bytes *out)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - 2 * page)
        return false;
    size_t whole = (size + page) / page * page + page;
    char *region = mmap(NULL, whole, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED)
        return false;
    if (mmap(region, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
        munmap(region, whole);
        return false;
    }
    madvise(region, size, MADV_WILLNEED);
    *out = (struct file_bytes){region, size, region, whole};
    return true;
}

static bool read_all(int fd, const char *path, size_t expected, struct file_bytes *out, struct err *e)
{
    size_t cap = expected + 1 > 4096 ? expected + 1 : 4096, n = 0;
    char *data = malloc(cap);
    while (data) {
        ssize_t got = read(fd, data + n, cap - n - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            err_errno(e, ERR_IO, "cannot read %s", path);
            free(data);
            return false;
        }
        if (got == 0)
            break;
        n += (size_t)got;
        if (n + 1 < cap)
            continue;
        char *larger = cap <= SIZE_MAX / 2 ? realloc(data, cap * 2) : NULL;
        if (!larger)
            free(data);
        data = larger;
        cap *= 2;
    }
    if (!data) {
        err_set(e, ERR_MEMORY, "not enough memory to read %s", path);
        return false;
    }
    data[n] = '\0';
    *out = (struct file_bytes){data, n, data, 0};
    return true;
}

static bool read_open(int fd, const char *path, struct file_bytes *out, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_errno(e, ERR_IO, "cannot read %s", path);
    if (S_ISDIR(st.st_mode)) {
        err_set(e, ERR_IO, "%s is a folder, not a file", path);
        return err_hint(e, "name a file in it");
    }
    bool regular = S_ISREG(st.st_mode) && st.st_size > 0;
    if (regular && (uint64_t)st.st_size >= MAP_FROM && lseek(fd, 0, SEEK_CUR) == 0 &&
        map_file(fd, (size_t)st.st_size, out))
        return true;
    return read_all(fd, path, regular && (uint64_t)st.st_size < MAP_FROM ? (size_t)st.st_size : MAP_FROM, out, e);
}

bool file_read(const char *path, struct file_bytes *out, struct err *e)
{
    *out = (struct file_bytes){"", 0, NULL, 0};
    if (strcmp(path, "-") == 0)
        return read_open(STDIN_FILENO, "standard input", out, e);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return open_failed(path, e);
    bool fine = read_open(fd, path, out, e);
    close(fd);
    return fine;
}

void file_bytes_done(struct file_bytes *b)
{
    if (b->map_size)
        munmap(b->map, b->map_size);
    else
        free(b->map);
    *b = (struct file_bytes){"", 0, NULL, 0};
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

#define WRITE_BUFFER ((size_t)64 << 10)

struct file_writer {
    int fd;
    char *path;      /* as the user said it, for messages */
    char *target;    /* the file that will be replaced, links resolved */
    char *temporary; /* NULL: `fd` is written directly (standard output, a device, a pipe) */
    bool failed;
    size_t used;
    char buffer[WRITE_BUFFER];
};

static bool write_failed(const char *path, struct err *e)
{
    int reason = errno;
    err_errno(e, ERR_IO, "cannot write %s", path);
    if (reason == ENOSPC || reason == EDQUOT)
        err_hint(e, "free some space there or write to another folder; an earlier file of that name is as it was");
    else if (reason == EFBIG)
        err_hint(e, "the file would be larger than this system allows");
    else if (reason == EACCES || reason == EPERM || reason == EROFS)
        err_hint(e, "write to a folder that is yours");
    return false;
}

static bool write_fully(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, data, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        data += done;
        n -= (size_t)done;
    }
    return true;
}

static void writer_free(struct file_writer *w)
{
    if (w->fd > STDERR_FILENO)
        close(w->fd);
    if (w->temporary)
        unlink(w->temporary);
    mem_free(w->path);
    mem_free(w->target);
    mem_free(w->temporary);
    mem_free(w);
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_strdup(".");
    return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A new file ".NAME.XXXXXX" beside the target, open for writing, with the mode that the umask leaves. */
static int open_temporary(const char *target, char **name)
{
    static atomic_uint counter;
    char *folder = folder_of(target);
    int fd = -1;
    for (int attempt = 0; attempt < 100; attempt++) {
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        unsigned long salt = (unsigned long)t.tv_nsec ^ (unsigned long)getpid() << 20;
        struct str full = STR_INIT;
        str_printf(&full, "%s/.%.200s.%lx-%x", folder, file_base(target), salt, atomic_fetch_add(&counter, 1));
        fd = open(full.s, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            *name = str_steal(&full);
            break;
        }
        str_done(&full);
        if (errno != EEXIST)
            break;
    }
    mem_free(folder);
    return fd;
}

struct file_writer *file_writer_open(const char *path, struct err *e)
{
    struct file_writer *w = mem_alloc(sizeof *w);
    w->fd = -1;
    w->path = mem_strdup(strcmp(path, "-") == 0 ? "standard output" : path);
    w->target = w->temporary = NULL;
    w->failed = false;
    w->used = 0;
    if (strcmp(path, "-") == 0) {
        fflush(stdout);
        w->fd = STDOUT_FILENO;
        return w;
    }
    struct stat st;
    bool exists = stat(path, &st) == 0;
    if (exists && S_ISDIR(st.st_mode)) {
        err_set(e, ERR_IO, "%s is a folder, not a file", path);
        err_hint(e, "give the file in it a name");
        writer_free(w);
        return NULL;
    }
    if (exists && !S_ISREG(st.st_mode)) {
        w->fd = open(path, O_WRONLY | O_CLOEXEC);
    } else if (exists && access(path, W_OK) != 0) {
        w->fd = -1; /* a rename would replace what may not be written */
    } else {
        char *real = exists ? realpath(path, NULL) : NULL;
        w->target = mem_strdup(real ? real : path);
        free(real);
        w->fd = open_temporary(w->target, &w->temporary);
        if (w->fd >= 0 && exists && fchmod(w->fd, st.st_mode & 07777) != 0) {
            close(w->fd);
            w->fd = -1;
        }
    }
    if (w->fd >= 0)
        return w;
    if (errno == ENOENT || errno == ENOTDIR) {
        char *folder = folder_of(path);
        err_set(e, ERR_NOT_FOUND, "cannot write %s: there is no folder %s", path, folder);
        mem_free(folder);
    } else {
        write_failed(path, e);
    }
    writer_free(w);
    return NULL;
}

static bool writer_flush(struct file_writer *w, struct err *e)
{
    if (write_fully(w->fd, w->buffer, w->used)) {
        w->used = 0;
        return true;
    }
    w->failed = true;
    return write_failed(w->path, e);
}

bool file_writer_put(struct file_writer *w, const void *data, size_t n, struct err *e)
{
    if (w->failed)
        return err_set(e, ERR_IO, "cannot write %s: an earlier write failed", w->path);
    if (n > WRITE_BUFFER - w->used && !writer_flush(w, e))
        return false;
    if (n > WRITE_BUFFER) {
        if (write_fully(w->fd, data, n))
            return true;
        w->failed = true;
        return write_failed(w->path, e);
    }
    if (n)
        memcpy(w->buffer + w->used, data, n);
    w->used += n;
    return true;
}

/* The rename itself survives a power cut only when the folder is synced too. */
static void sync_folder(const char *target)
{
    char *folder = folder_of(target);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    mem_free(folder);
}

static bool writer_finish(struct file_writer *w, struct err *e)
{
    if (w->failed)
        return err_set(e, ERR_IO, "cannot write %s: an earlier write failed", w->path);
    if (!writer_flush(w, e))
        return false;
    if (!w->temporary)
        return true;
    bool synced = fsync(w->fd) == 0 || errno == EINVAL || errno == ENOTSUP;
    if (!synced)
        return write_failed(w->path, e);
    int fd = w->fd;
    w->fd = -1;
    if (close(fd) != 0 || rename(w->temporary, w->target) != 0)
        return write_failed(w->path, e);
    mem_free(w->temporary);
    w->temporary = NULL;
    sync_folder(w->target);
    return true;
}

bool file_writer_commit(struct file_writer *w, struct err *e)
{
    bool fine = writer_finish(w, e);
    writer_free(w);
    return fine;
}

void file_writer_abandon(struct file_writer *w)
{
    if (w)
        writer_free(w);
}

bool file_write_atomic(const char *path, const void *data, size_t n, struct err *e)
{
    struct file_writer *w = file_writer_open(path, e);
    if (!w)
        return false;
    if (!file_writer_put(w, data, n, e)) {
        file_writer_abandon(w);
        return false;
    }
    return file_writer_commit(w, e);
}

bool file_append_line(const char *path, const char *line, struct err *e)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return write_failed(path, e);
    struct str text = STR_INIT;
    str_add(&text, line);
    str_addc(&text, '\n');
    bool fine = write_fully(fd, text.s, text.len) && (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP);
    if (!fine)
        write_failed(path, e);
    str_done(&text);
    close(fd);
    return fine;
}

/* ---- names and folders ------------------------------------------------------------------------------------- */

bool file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool file_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool file_make_dirs(const char *path, struct err *e)
{
    char *partial = mem_strdup(path);
    bool fine = true;
    for (char *s = partial + (*partial == '/'); fine; s++) {
        if (*s != '/' && *s != '\0')
            continue;
        char end = *s;
        *s = '\0';
        if (*partial && mkdir(partial, 0700) != 0 && !file_is_dir(partial)) {
            if (errno == EEXIST)
                errno = ENOTDIR;
            fine = err_errno(e, ERR_IO, "cannot make the folder %s", partial);
        }
        *s = end;
        if (end == '\0')
            break;
    }
    mem_free(partial);
    return fine;
}

char *file_join(const char *dir, const char *name)
{
    struct str path = STR_INIT;
    if (*name != '/' && *dir) {
        str_add(&path, dir);
        if (!str_ends(dir, "/"))
            str_addc(&path, '/');
    }
    str_add(&path, name);
    return str_steal(&path);
}

const char *file_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Owned; NULL when nobody knows. */
static char *home_folder(void)
{
    const char *home = getenv("HOME");
    if (home && *home == '/')
        return mem_strdup(home);
    struct passwd entry, *found = NULL;
    char buffer[4096];
    if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found && found->pw_dir &&
        found->pw_dir[0] == '/')
        return mem_strdup(found->pw_dir);
    return NULL;
}

char *file_expand(const char *path)
{
    if (path[0] != '~' || (path[1] != '\0' && path[1] != '/'))
        return mem_strdup(path);
    char *home = home_folder();
    if (!home)
        return mem_strdup(path);
    char *full = path[1] ? file_join(home, path + 2) : mem_strdup(home);
    mem_free(home);
    return full;
}

char *file_xdg_dir(enum file_xdg which)
{
    static const struct {
        const char *variable, *below_home;
    } rows[] = {
        [FILE_CONFIG] = {"XDG_CONFIG_HOME", ".config"},
        [FILE_DATA] = {"XDG_DATA_HOME", ".local/share"},
        [FILE_STATE] = {"XDG_STATE_HOME", ".local/state"},
        [FILE_CACHE] = {"XDG_CACHE_HOME", ".cache"},
    };
    const char *set = getenv(rows[which].variable);
    if (set && *set == '/') /* the specification: relative ones are to be ignored */
        return file_join(set, "lathe");
    char *home = home_folder();
    char *base = file_join(home ? home : "/", rows[which].below_home);
    char *dir = file_join(base, "lathe");
    mem_free(base);
    mem_free(home);
    return dir;
}

/* ---- the program's own files ------------------------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    bool known;
    char *source, *build;    /* both NULL when installed */
    VEC(char *) added;       /* by --plugin-path, the last one first */
    VEC(char *) plugin_dirs; /* the last is NULL */
} place = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Takes `dir` for the build folder when it has the mark. */
static bool adopt_build_dir(const char *dir)
{
    char *mark = file_join(dir, ".lathe-build");
    struct file_bytes bytes;
    bool found = file_read(mark, &bytes, NULL);
    mem_free(mark);
    if (!found)
        return false;
    size_t n = 0;
    while (n < bytes.size && bytes.data[n] != '\n')
        n++;
    char *source = mem_strndup(bytes.data, n);
    file_bytes_done(&bytes);
    if (!file_is_dir(source)) {
        mem_free(source);
        return false;
    }
    mem_free(place.source);
    mem_free(place.build);
    place.source = source;
    place.build = mem_strdup(dir);
    return true;
}

/* The program's folder, or the one above when it is libtool's `.libs`. */
static bool adopt_program(const char *program)
{
    char *real = realpath(program, NULL);
    if (!real)
        return false;
    char *dir = folder_of(real);
    free(real);
    if (str_eq(file_base(dir), ".libs")) {
        char *above = folder_of(dir);
        mem_free(dir);
        dir = above;
    }
    bool found = adopt_build_dir(dir);
    mem_free(dir);
    return found;
}

static void forget_plugin_dirs(void)
{
    for (size_t i = 0; i < place.plugin_dirs.n; i++)
        mem_free(place.plugin_dirs.v[i]);
    vec_done(&place.plugin_dirs);
}

void file_locate_init(const char *argv0)
{
    pthread_mutex_lock(&place.lock);
    place.known = true;
    if (!adopt_program("/proc/self/exe") && argv0 && strchr(argv0, '/'))
        adopt_program(argv0);
    forget_plugin_dirs();
    pthread_mutex_unlock(&place.lock);
}

/* For tests and embedders that never said where they are: what `make check` sets, else the place of the program. */
static void know_place(void)
{
    if (place.known)
        return;
    place.known = true;
    const char *source = getenv("top_srcdir"), *build = getenv("top_builddir");
    if (source && *source) {
        place.source = mem_strdup(source);
        place.build = mem_strdup(build && *build ? build : source);
    } else {
        adopt_program("/proc/self/exe");
    }
}

static char *existing(const char *dir, const char *below, const char *relative)
{
    char *base = file_join(dir, below);
    char *path = file_join(base, relative);
    mem_free(base);
    if (file_exists(path))
        return path;
    mem_free(path);
    return NULL;
}

char *file_locate(const char *relative)
{
    pthread_mutex_lock(&place.lock);
    know_place();
    const char *override = getenv("LATHE_DATA_DIR");
    char *found = override && *override ? existing(override, "", relative) : NULL;
    if (place.source) {
        const struct {
            const char *dir, *below;
        } rows[] = {{place.source, ""}, {place.source, "share"}, {place.build, ""}, {place.build, "share"}};
        for (size_t i = 0; !found && i < sizeof rows / sizeof *rows; i++)
            found = existing(rows[i].dir, rows[i].below, relative);
    } else if (!found) {
        found = existing(LATHE_DATADIR, "", relative);
    }
    pthread_mutex_unlock(&place.lock);
    return found;
}

static void add_list(const char *list)
{
    for (const char *s = list; s && *s;) {
        size_t n = strcspn(s, ":");
        if (n) {
            char *part = mem_strndup(s, n);
            vec_push(&place.plugin_dirs, file_expand(part));
            mem_free(part);
        }
        s += n + (s[n] == ':');
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every plugins/FAMILY/.libs of the build tree, by name. */
static void add_build_plugins(const char *build)
{
    char *plugins = file_join(build, "plugins");
    size_t first = place.plugin_dirs.n;
    DIR *dir = opendir(plugins);
    for (struct dirent *it; dir && (it = readdir(dir));) {
        if (it->d_name[0] == '.')
            continue;
        char *family = file_join(plugins, it->d_name);
        char *libs = file_join(family, ".libs");
        mem_free(family);
        if (file_is_dir(libs))
            vec_push(&place.plugin_dirs, libs);
        else
            mem_free(libs);
    }
    if (dir)
        closedir(dir);
    size_t n = place.plugin_dirs.n - first;
    if (n)
        qsort(place.plugin_dirs.v + first, n, sizeof *place.plugin_dirs.v, by_name);
    mem_free(plugins);
}

const char *const *file_plugin_dirs(void)
{
    pthread_mutex_lock(&place.lock);
    know_place();
    if (place.plugin_dirs.n == 0) {
        for (size_t i = place.added.n; i-- > 0;)
            vec_push(&place.plugin_dirs, mem_strdup(place.added.v[i]));
        add_list(getenv("LATHE_PLUGIN_PATH"));
        if (place.build)
            add_build_plugins(place.build);
        else
            vec_push(&place.plugin_dirs, mem_strdup(LATHE_PLUGINDIR));
        char *data = file_xdg_dir(FILE_DATA);
        vec_push(&place.plugin_dirs, file_join(data, "plugins"));
        mem_free(data);
        vec_push(&place.plugin_dirs, NULL);
    }
    const char *const *dirs = (const char *const *)place.plugin_dirs.v;
    pthread_mutex_unlock(&place.lock);
    return dirs;
}

void file_plugin_dirs_add(const char *dir)
{
    pthread_mutex_lock(&place.lock);
    vec_push(&place.added, file_expand(dir));
    forget_plugin_dirs();
    pthread_mutex_unlock(&place.lock);
}
