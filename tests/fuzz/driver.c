/* driver: runs a fuzz target without libFuzzer. Each file of the corpus, and a number of deterministic mutations of
 * each, go through LLVMFuzzerTestOneInput, so that `make check` replays what fuzzing has found and a little more.
 *
 *     fuzz_NAME [FILE|FOLDER]…        default: $top_srcdir/tests/fuzz/corpus/NAME
 *     FUZZ_MUTATIONS=N                mutations of each file (default 300)
 *
 * A target that finds a fault aborts; the input that did it is left in fuzz_NAME.crash. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MOST_BYTES ((size_t)1 << 20)

static const char *target = "fuzz";
static const uint8_t *current; /* the input under test, for the report of a crash */
static size_t current_n;
static char crash_name[256];
static uint64_t state;
static long runs;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Only async-signal-safe calls. */
static void on_crash(int number)
{
    int fd = open(crash_name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd >= 0) {
        ssize_t ignored = write(fd, current, current_n);
        (void)ignored;
        close(fd);
    }
    signal(number, SIG_DFL);
    raise(number);
}

/* In a block of exactly n bytes, so that a sanitizer sees any read beyond. */
static void run_one(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        exit(99);
    memcpy(copy, data, n);
    current = copy;
    current_n = n;
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
    runs++;
}

static size_t below(size_t n)
{
    return n ? (size_t)(draw() % n) : 0;
}

/* One change in place; `data` has room for 64 bytes more than n. Returns the new length. */
static size_t mutate(uint8_t *data, size_t n)
{
    static const char *const tokens[] = {"\"",
                                         "\n",
                                         "\r\n",
                                         ",",
                                         ";",
                                         "\0",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         "-",
                                         "1e999",
                                         "nan",
                                         "\xFF\xFE",
                                         "\xEF\xBB\xBF",
                                         "99999999999999999999",
                                         "''",
                                         "\\",
                                         "(",
                                         ")",
                                         "=",
                                         "~",
                                         "#"};
    size_t at = below(n + 1), length = below(16) + 1;
    switch (draw() % 7) {
    case 0: /* flip a bit */
        if (at < n)
            data[at] ^= (uint8_t)(1u << (draw() % 8));
        return n;
    case 1: /* any byte */
        if (at < n)
            data[at] = (uint8_t)draw();
        return n;
    case 2: /* cut the end off */
        return at;
    case 3: /* take some out */
        if (length > n - at)
            length = n - at;
        memmove(data + at, data + at + length, n - at - length);
        return n - length;
    case 4: { /* put a token in */
        const char *token = tokens[below(sizeof tokens / sizeof *tokens)];
        length = *token ? strlen(token) : 1;
        memmove(data + at + length, data + at, n - at);
        memcpy(data + at, token, length);
        return n + length;
    }
    case 5: /* repeat some */
        if (length > n - at)
            length = n - at;
        memmove(data + at + length, data + at, n - at);
        return n + length;
    default: /* copy some elsewhere */
        if (length > n - at)
            length = n - at;
        memmove(data + below(n - length + 1), data + at, length);
        return n;
    }
}

static void run_mutations(const uint8_t *data, size_t n, long count)
{
    enum { CHANGES = 8, ROOM = 64 * CHANGES };
    uint8_t *work = malloc(n + ROOM);
    if (!work)
        exit(99);
    for (long i = 0; i < count; i++) {
        memcpy(work, data, n);
        size_t length = n;
        for (uint64_t changes = 1 + draw() % CHANGES; changes > 0; changes--)
            length = mutate(work, length);
        run_one(work, length);
    }
    free(work);
}

static void run_file(const char *path, long mutations)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(MOST_BYTES);
    if (!f || !data) {
        fprintf(stderr, "%s: cannot read %s\n", target, path);
        exit(99);
    }
    size_t n = fread(data, 1, MOST_BYTES, f);
    fclose(f);
    state = 0x9E3779B97F4A7C15u ^ n; /* of the file alone: the order of files changes nothing */
    for (size_t i = 0; i < n; i++)
        state = (state ^ data[i]) * 0x100000001B3u;
    state |= 1;
    run_one(data, n);
    run_mutations(data, n, mutations);
    free(data);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Files of a folder by name; returns how many files were run. */
static int run_path(const char *path, long mutations)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        run_file(path, mutations);
        return 1;
    }
    char *files[4096];
    int n = 0;
    DIR *dir = opendir(path);
    for (struct dirent *it; dir && n < 4096 && (it = readdir(dir));)
        if (it->d_name[0] != '.' && asprintf(&files[n], "%s/%s", path, it->d_name) > 0)
            n++;
    if (dir)
        closedir(dir);
    qsort(files, (size_t)n, sizeof *files, by_name);
    for (int i = 0; i < n; i++) {
        run_file(files[i], mutations);
        free(files[i]);
    }
    return n;
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    target = slash ? slash + 1 : argv[0];
    if (strncmp(target, "lt-", 3) == 0)
        target += 3; /* libtool's name for it */
    snprintf(crash_name, sizeof crash_name, "%s.crash", target);
    static const int deadly[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        signal(deadly[i], on_crash);
    const char *wanted = getenv("FUZZ_MUTATIONS");
    long mutations = wanted ? strtol(wanted, NULL, 10) : 300;
    int files = 0;
    for (int i = 1; i < argc; i++)
        files += run_path(argv[i], mutations);
    if (argc == 1) {
        char path[4096];
        const char *top = getenv("top_srcdir");
        const char *name = strncmp(target, "fuzz_", 5) == 0 ? target + 5 : target;
        snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", top ? top : ".", name);
        files = run_path(path, mutations);
    }
    printf("%s 1 - %s: %d files, %ld inputs\n1..1\n", files > 0 ? "ok" : "not ok", target, files, runs);
    return files > 0 ? 0 : 1;
}
