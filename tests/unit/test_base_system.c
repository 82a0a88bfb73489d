/* Files and child programs: what happens when the system says no above all. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/progress.h"
#include "tests/unit/cm.h"

static char folder[256];

static char *in_folder(const char *name)
{
    static char path[4][512];
    static int turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static int make_folder(void **unused)
{
    (void)unused;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/lathe-unit.XXXXXX", temporary ? temporary : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **unused)
{
    (void)unused;
    const char *argv[] = {"rm", "-rf", folder, NULL};
    return process_run(argv, NULL, NULL, 0, 10, NULL, NULL, NULL, NULL) ? 0 : -1;
}

static void holds(const char *path, const char *wanted)
{
    struct file_bytes b;
    assert_true(file_read(path, &b, NULL));
    assert_int_equal(b.size, strlen(wanted));
    assert_string_equal(b.data, wanted);
    file_bytes_done(&b);
}

static size_t count_entries(void)
{
    const char *argv[] = {"ls", "-A", folder, NULL};
    struct str out = STR_INIT;
    assert_true(process_run(argv, NULL, NULL, 0, 10, &out, NULL, NULL, NULL));
    size_t n = 0;
    for (size_t i = 0; i < out.len; i++)
        n += out.s[i] == '\n';
    str_done(&out);
    return n;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

static void files_end_in_a_zero(void **unused)
{
    (void)unused;
    static const size_t sizes[] = {0, 1, 4095, 4096, 65535, 65536, 65537, 131072, 1 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        char *data = mem_alloc(n);
        memset(data, 'a' + (int)i, n);
        struct err e = ERR_INIT;
        assert_true(file_write_atomic(in_folder("sized"), data, n, &e));
        struct file_bytes b;
        assert_true(file_read(in_folder("sized"), &b, &e));
        assert_int_equal(b.size, n);
        if (n)
            assert_memory_equal(b.data, data, n);
        assert_int_equal(b.data[n], 0);
        file_bytes_done(&b);
        mem_free(data);
    }
}

static void what_cannot_be_read_says_so(void **unused)
{
    (void)unused;
    struct file_bytes b;
    struct err e = ERR_INIT;
    assert_false(file_read(in_folder("absent"), &b, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_non_null(strstr(e.text, "absent: No such file"));
    assert_false(file_read(folder, &b, &e));
    assert_non_null(strstr(e.text, "is a folder"));
    assert_true(file_read("/proc/self/status", &b, &e)); /* claims to have no bytes */
    assert_true(b.size > 100);
    file_bytes_done(&b);
}

static void pipes_are_read_to_their_end(void **unused)
{
    (void)unused;
    int ends[2], saved = dup(0);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], 0);
    close(ends[0]);
    assert_int_equal(write(ends[1], "a,b\n1,2\n", 8), 8);
    close(ends[1]);
    holds("-", "a,b\n1,2\n");
    dup2(saved, 0);
    close(saved);
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

static void replacing_keeps_mode_and_links(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    struct stat st;
    umask(022);
    assert_true(file_write_atomic(in_folder("f"), "old", 3, &e));
    assert_int_equal(stat(in_folder("f"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_int_equal(chmod(in_folder("f"), 0640), 0);
    assert_int_equal(symlink("f", in_folder("link")), 0);
    assert_true(file_write_atomic(in_folder("link"), "new", 3, &e));
    holds(in_folder("f"), "new");
    assert_int_equal(lstat(in_folder("link"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat(in_folder("f"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void abandoning_leaves_the_old_file(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    assert_true(file_write_atomic(in_folder("kept"), "old", 3, &e));
    size_t before = count_entries();
    struct file_writer *w = file_writer_open(in_folder("kept"), &e);
    assert_non_null(w);
    char block[100000];
    memset(block, 'x', sizeof block);
    assert_true(file_writer_put(w, block, sizeof block, &e));
    holds(in_folder("kept"), "old");
    file_writer_abandon(w);
    holds(in_folder("kept"), "old");
    assert_int_equal(count_entries(), before);
}

static void a_full_disk_loses_nothing(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    assert_true(file_write_atomic(in_folder("kept"), "old", 3, &e));
    size_t before = count_entries();
    struct rlimit old, tight;
    getrlimit(RLIMIT_FSIZE, &old);
    tight = old;
    tight.rlim_cur = 50000;
    setrlimit(RLIMIT_FSIZE, &tight);
    char block[100000];
    memset(block, 'x', sizeof block);
    bool fine = file_write_atomic(in_folder("kept"), block, sizeof block, &e);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_false(fine);
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.text, "cannot write"));
    holds(in_folder("kept"), "old");
    assert_int_equal(count_entries(), before);
    /* a device that is always full, through the path for things that can't be renamed over */
    if (access("/dev/full", W_OK) == 0) {
        assert_false(file_write_atomic("/dev/full", "x", 1, &e));
        assert_non_null(strstr(e.text, "cannot write /dev/full: No space left on device"));
        assert_non_null(strstr(e.hint, "free some space"));
    }
    assert_true(file_write_atomic("/dev/null", "x", 1, &e));
}

static void bad_places_to_write(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    assert_false(file_write_atomic(folder, "x", 1, &e));
    assert_non_null(strstr(e.text, "is a folder"));
    assert_false(file_write_atomic(in_folder("no/such/place"), "x", 1, &e));
    assert_non_null(strstr(e.text, "there is no folder"));
    if (geteuid() == 0)
        return; /* root may write anything */
    assert_true(file_write_atomic(in_folder("locked"), "old", 3, &e));
    chmod(in_folder("locked"), 0444);
    assert_false(file_write_atomic(in_folder("locked"), "new", 3, &e));
    holds(in_folder("locked"), "old");
}

static void lines_are_appended(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    struct stat st;
    assert_true(file_append_line(in_folder("journal"), "load iris", &e));
    assert_true(file_append_line(in_folder("journal"), "describe", &e));
    holds(in_folder("journal"), "load iris\ndescribe\n");
    stat(in_folder("journal"), &st);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* ---- names and places -------------------------------------------------------------------------------------- */

static void is_path(char *got, const char *wanted)
{
    assert_string_equal(got, wanted);
    mem_free(got);
}

static void names(void **unused)
{
    (void)unused;
    setenv("HOME", "/home/someone", 1);
    unsetenv("XDG_STATE_HOME");
    setenv("XDG_CACHE_HOME", "/var/c", 1);
    setenv("XDG_DATA_HOME", "not/absolute", 1);
    is_path(file_join("a", "b"), "a/b");
    is_path(file_join("a/", "b"), "a/b");
    is_path(file_join("", "b"), "b");
    is_path(file_join("a", "/b"), "/b");
    is_path(file_expand("~"), "/home/someone");
    is_path(file_expand("~/x"), "/home/someone/x");
    is_path(file_expand("~other/x"), "~other/x");
    is_path(file_xdg_dir(FILE_STATE), "/home/someone/.local/state/lathe");
    is_path(file_xdg_dir(FILE_CACHE), "/var/c/lathe");
    is_path(file_xdg_dir(FILE_DATA), "/home/someone/.local/share/lathe");
    assert_string_equal(file_base("/a/b.csv"), "b.csv");
    assert_string_equal(file_base("b.csv"), "b.csv");
}

static void folders_are_made_with_their_parents(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    struct stat st;
    assert_true(file_make_dirs(in_folder("x/y/z"), &e));
    assert_true(file_make_dirs(in_folder("x/y/z/"), &e));
    assert_true(file_is_dir(in_folder("x/y/z")));
    stat(in_folder("x/y"), &st);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_true(file_write_atomic(in_folder("x/file"), "", 0, &e));
    assert_false(file_make_dirs(in_folder("x/file/y"), &e));
    assert_non_null(strstr(e.text, "cannot make the folder"));
}

static void the_program_finds_its_files(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    setenv("top_srcdir", in_folder("src"), 1);
    setenv("top_builddir", in_folder("build"), 1);
    file_make_dirs(in_folder("src/datasets"), &e);
    file_make_dirs(in_folder("src/share/gnuplot"), &e);
    file_make_dirs(in_folder("build/plugins/tree/.libs"), &e);
    file_make_dirs(in_folder("build/plugins/linear/.libs"), &e);
    file_make_dirs(in_folder("build/plugins/empty"), &e);
    file_make_dirs(in_folder("over/datasets"), &e);
    file_write_atomic(in_folder("src/datasets/index.tsv"), "", 0, &e);
    file_write_atomic(in_folder("over/datasets/index.tsv"), "", 0, &e);
    file_write_atomic(in_folder("src/share/gnuplot/cells.lua"), "", 0, &e);
    is_path(file_locate("datasets/index.tsv"), in_folder("src/datasets/index.tsv"));
    is_path(file_locate("gnuplot/cells.lua"), in_folder("src/share/gnuplot/cells.lua"));
    assert_null(file_locate("gnuplot/absent"));
    setenv("LATHE_DATA_DIR", in_folder("over"), 1);
    is_path(file_locate("datasets/index.tsv"), in_folder("over/datasets/index.tsv"));
    unsetenv("LATHE_DATA_DIR");
    setenv("LATHE_PLUGIN_PATH", "/p1:/p2", 1);
    file_plugin_dirs_add("/first");
    const char *const *dirs = file_plugin_dirs();
    const char *wanted[] = {"/first",
                            "/p1",
                            "/p2",
                            in_folder("build/plugins/linear/.libs"),
                            in_folder("build/plugins/tree/.libs"),
                            "/home/someone/.local/share/lathe/plugins"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_string_equal(dirs[i], wanted[i]);
    assert_null(dirs[6]);
}

/* ---- child programs ---------------------------------------------------------------------------------------- */

static void a_program_answers(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    struct str out = STR_INIT, err = STR_INIT;
    int status;
    char *big = mem_alloc(1000000); /* more than a pipe holds, in both directions */
    memset(big, 'q', 1000000);
    const char *cat[] = {"cat", NULL};
    assert_true(process_run(cat, NULL, big, 1000000, 20, &out, &err, &status, &e));
    assert_int_equal(out.len, 1000000);
    assert_memory_equal(out.s, big, 1000000);
    assert_int_equal(status, 0);
    mem_free(big);
    str_clear(&out);
    const char *shell[] = {"sh", "-c", "echo \"$LATHE_TEST\"; echo wrong thing >&2; exit 3", NULL};
    const char *const extra[] = {"LATHE_TEST=hello there", NULL};
    assert_false(process_run(shell, extra, NULL, 0, 20, &out, &err, &status, &e));
    assert_int_equal(status, 3);
    assert_string_equal(out.s, "hello there\n");
    assert_string_equal(err.s, "wrong thing\n");
    assert_string_equal(e.text, "sh failed with exit status 3: wrong thing");
    const char *deaf[] = {"true", NULL}; /* does not read its input */
    assert_true(process_run(deaf, NULL, "x", 1, 20, NULL, NULL, NULL, &e));
    str_done(&out);
    str_done(&err);
}

static void time_limits_hold(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    static const char *const scripts[] = {"sleep 10", "sleep 10; echo x", "exec >&- 2>&-; sleep 10"};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        const char *argv[] = {"sh", "-c", scripts[i], NULL};
        double start = clock_seconds();
        assert_false(process_run(argv, NULL, NULL, 0, 0.2, NULL, NULL, NULL, &e));
        assert_true(clock_seconds() - start < 5);
        assert_non_null(strstr(e.text, "took longer than 0.2 s"));
    }
}

static void missing_programs(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    const char *argv[] = {"no-such-program-anywhere", NULL};
    assert_false(process_run(argv, NULL, NULL, 0, 1, NULL, NULL, NULL, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_false(process_find("no-such-program-anywhere"));
    assert_true(process_find("sh"));
    assert_true(process_find("/bin/sh"));
    assert_false(process_find("/tmp"));
}

static void a_conversation(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    struct process p;
    const char *argv[] = {"cat", NULL};
    char buffer[16] = "";
    assert_true(process_start(&p, argv, NULL, &e));
    assert_true(process_alive(&p));
    assert_int_equal(fcntl(p.in, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_true(process_write(&p, "ping\n", 5, 5, &e));
    assert_int_equal(read(p.out, buffer, sizeof buffer), 5);
    assert_string_equal(buffer, "ping\n");
    process_kill(&p);
    assert_false(process_alive(&p));
    process_kill(&p);
    const char *deaf[] = {"sleep", "10", NULL};
    static char much[1 << 20];
    assert_true(process_start(&p, deaf, NULL, &e));
    assert_false(process_write(&p, much, sizeof much, 0.1, &e));
    assert_non_null(strstr(e.text, "takes no more data"));
    process_kill(&p);
    assert_true(process_start(&p, (const char *[]){"true", NULL}, NULL, &e));
    for (int i = 0; i < 500 && process_alive(&p); i++)
        usleep(10000);
    assert_false(process_write(&p, much, sizeof much, 1, &e));
    assert_non_null(strstr(e.text, "has ended"));
    process_kill(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_end_in_a_zero),
        cmocka_unit_test(what_cannot_be_read_says_so),
        cmocka_unit_test(pipes_are_read_to_their_end),
        cmocka_unit_test(replacing_keeps_mode_and_links),
        cmocka_unit_test(abandoning_leaves_the_old_file),
        cmocka_unit_test(a_full_disk_loses_nothing),
        cmocka_unit_test(bad_places_to_write),
        cmocka_unit_test(lines_are_appended),
        cmocka_unit_test(names),
        cmocka_unit_test(folders_are_made_with_their_parents),
        cmocka_unit_test(the_program_finds_its_files),
        cmocka_unit_test(a_program_answers),
        cmocka_unit_test(time_limits_hold),
        cmocka_unit_test(missing_programs),
        cmocka_unit_test(a_conversation),
    };
    return cmocka_run_group_tests_name("base system", tests, make_folder, remove_folder);
}
