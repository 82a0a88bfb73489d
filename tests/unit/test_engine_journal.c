/* journal: what a session that died had done is found again. */
#include "tests/unit/engine_world.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "base/file.h"
#include "engine/journal.h"

static char home[64];

static int setup(void **state)
{
    (void)state;
    snprintf(home, sizeof home, "/tmp/lathe-journal.XXXXXX");
    if (!mkdtemp(home))
        return -1;
    return setenv("XDG_STATE_HOME", home, 1);
}

static char *dir_of_sessions(void)
{
    char *a = file_join(home, "lathe"), *b = file_join(a, "sessions");
    mem_free(a);
    return b;
}

static size_t count_files(bool remove_all)
{
    char *dir = dir_of_sessions();
    DIR *d = opendir(dir);
    size_t n = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        n++;
        char *path = file_join(dir, e->d_name);
        if (remove_all)
            unlink(path);
        mem_free(path);
    }
    if (d)
        closedir(d);
    if (remove_all)
        rmdir(dir);
    mem_free(dir);
    return n;
}

static int teardown(void **state)
{
    (void)state;
    count_files(true);
    char *lathe = file_join(home, "lathe");
    rmdir(lathe);
    mem_free(lathe);
    return rmdir(home);
}

/* A process that writes a journal and dies; how it ends is `end`. */
static void die_after(void (*end)(struct journal *j))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct journal *j = journal_open(NULL);
        journal_write(j, "load titanic");
        journal_write(j, "frobnicate");
        journal_failed(j);
        journal_write(j, "describe");
        if (end)
            end(j);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void close_well(struct journal *j)
{
    journal_close(j, true);
}

static void fail_last(struct journal *j)
{
    journal_failed(j);
}

static void a_session_that_died_is_found(void **state)
{
    int lines = 0;
    double age = -1;
    (void)state;
    assert_null(journal_find_lost(&lines, &age));
    die_after(NULL);
    char *path = journal_find_lost(&lines, &age);
    assert_non_null(path);
    assert_int_equal(lines, 2);
    assert_true(age >= 0 && age < 60);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    char *script = journal_script(path, NULL);
    assert_string_equal(script, "load titanic\ndescribe\n"); /* without the one that failed */
    mem_free(script);
    journal_dismiss(path);
    assert_null(journal_find_lost(&lines, &age));
    mem_free(path);
}

static void the_last_line_may_have_failed(void **state)
{
    int lines;
    double age;
    (void)state;
    die_after(fail_last);
    char *path = journal_find_lost(&lines, &age);
    assert_non_null(path);
    assert_int_equal(lines, 1);
    char *script = journal_script(path, NULL);
    assert_string_equal(script, "load titanic\n");
    mem_free(script);
    mem_free(path);
}

static void a_session_that_ended_is_not_offered(void **state)
{
    int lines;
    double age;
    (void)state;
    die_after(close_well);
    assert_int_equal(count_files(false), 1);
    assert_null(journal_find_lost(&lines, &age));
}

static void a_session_that_runs_is_not_offered(void **state)
{
    int lines;
    double age;
    (void)state;
    struct journal *j = journal_open(NULL);
    journal_write(j, "load titanic");
    assert_null(journal_find_lost(&lines, &age)); /* its process, this one, is alive */
    journal_close(j, true);
}

static void an_empty_journal_leaves_no_file(void **state)
{
    (void)state;
    struct journal *j = journal_open(NULL);
    assert_non_null(j);
    journal_close(j, true);
    assert_int_equal(count_files(false), 0);
}

static void old_journals_are_removed(void **state)
{
    (void)state;
    char *dir = dir_of_sessions();
    assert_true(file_make_dirs(dir, NULL));
    for (int i = 0; i < 130; i++) {
        char name[64];
        snprintf(name, sizeof name, "20260101-%06d-1.lathe", i);
        char *path = file_join(dir, name);
        assert_true(file_write_atomic(path, "# end\n", 6, NULL));
        if (i >= 125) { /* the newest by name, but from long ago */
            struct utimbuf then = {time(NULL) - 40 * 86400, time(NULL) - 40 * 86400};
            assert_int_equal(utime(path, &then), 0);
        }
        mem_free(path);
    }
    mem_free(dir);
    struct journal *j = journal_open(NULL);
    journal_write(j, "head");
    assert_int_equal(count_files(false), 100 - 5 + 1);
    journal_close(j, true);
}

static void the_engine_writes_before_it_runs(void **state)
{
    int lines;
    double age;
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        struct world w;
        world_open(&w, (struct engine_options){.interactive = true});
        world_run(&w, "put a; fail");
        world_run(&w, "say x; source missing.lathe"); /* source belongs to no script */
        world_run(&w, "tal y");                       /* full words, whatever was typed */
        _exit(0);                                     /* the session dies */
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    char *path = journal_find_lost(&lines, &age);
    assert_non_null(path);
    char *script = journal_script(path, NULL);
    assert_string_equal(script, "put a\nsay x\n");
    mem_free(script);
    mem_free(path);
    count_files(true);
    struct world w;
    world_open(&w, (struct engine_options){.interactive = false});
    world_run(&w, "put a");
    world_close(&w);
    assert_int_equal(count_files(false), 0); /* batch keeps none */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_that_died_is_found),        TEST(the_last_line_may_have_failed),
        TEST(a_session_that_ended_is_not_offered), TEST(a_session_that_runs_is_not_offered),
        TEST(an_empty_journal_leaves_no_file),     TEST(old_journals_are_removed),
        TEST(the_engine_writes_before_it_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
