/* algo: modules that are refused, each with its sentence, and what may be found of those that are taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "host/algo.h"
#include "tests/plugin/broken.h"

static const char *module_path(const char *name)
{
    static char path[1024];
    const char *build = getenv("top_builddir");
    snprintf(path, sizeof path, "%s/tests/plugin/.libs/%s.so", build ? build : ".", name);
    return path;
}

static void refused(const char *path, const char *sentence)
{
    struct err e = ERR_INIT;
    assert_false(algo_load_module(path, &e));
    assert_int_equal(e.code, ERR_PLUGIN);
    if (!strstr(e.text, sentence))
        fail_msg("'%s' does not say '%s'", e.text, sentence);
}

static void broken_modules(void **state)
{
    (void)state;
    refused(module_path("broken_abi"), "it speaks interface version 999; this lathe speaks 1");
    refused(module_path("broken_old"), "offers no algorithm for interface version 1");
    refused(module_path("broken_symbol"), "is no lathe module: it exports no lathe_algo");
    refused(module_path("broken_callback"), "broken_callback lacks the callback 'begin'");
    refused(module_path("broken_twice"), "broken_twice: two parameters are called 'deep'");
    refused(module_path("broken_doc"), "broken_doc: parameter 'depth' is not documented");
    refused(module_path("no_such_module"), "there is no such file");
    assert_int_equal(algo_count(), 0);
    refused(module_path("broken_default"),
            "the default of parameter 'depth' can't be read: depth must be between 1 and 9");
    assert_int_equal(algo_count(), 1); /* the whole one of that family stays */
    assert_non_null(algo_find("broken_but_one"));
    assert_string_equal(algo_find("broken_but_one")->family, "broken_default");
}

static void not_a_module(void **state)
{
    (void)state;
    char path[1024];
    const char *build = getenv("top_builddir");
    snprintf(path, sizeof path, "%s/tests/unit/text-XXXXXX.so", build ? build : ".");
    int fd = mkstemps(path, 3);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a text, renamed\n", 16), 16);
    close(fd);
    refused(path, "is not a shared object for this machine");
    unlink(path);
}

static const struct lt_param rows[] = {{.name = "depth", .type = LT_INT, .def = "3", .doc = "how deep"}};
static const struct lt_algo small = {BROKEN_BASE("forest"), .begin = broken_begin, .params = rows, .n_params = 1,
                                     .traits = LT_MISSING_OK | LT_ITERATIVE};

static void registering(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    assert_true(algo_register(&small, "test", &e));
    assert_false(algo_register(&small, "test", &e));
    assert_string_equal(e.text, "test: the id 'forest' is taken already by test");
    const struct algo *a = algo_require("rf", &e);
    assert_non_null(a);
    assert_string_equal(a->d.id, "forest");
    assert_string_equal(algo_param(a, 0)->name, "depth");
    struct str text = STR_INIT;
    algo_tasks(a, &text);
    assert_string_equal(str_get(&text), "regression");
    str_clear(&text);
    algo_traits(a, &text);
    assert_string_equal(str_get(&text), "takes missing values, improves step by step");
    str_done(&text);
    assert_string_equal(algo_at(0)->d.id, "broken_but_one");
    assert_string_equal(algo_at(1)->d.id, "forest");
    assert_null(algo_at(2));
    assert_null(algo_require("forrest", &e)); /* looks into all modules before it says so */
    assert_string_equal(e.text, "there is no algorithm 'forrest'");
    assert_non_null(strstr(e.hint, "forest"));
    assert_string_equal(algo_find("forest")->module, "test");
}

/* An older module's descriptor and rows are shorter than ours: what they lack is zero. */
static void older_module(void **state)
{
    (void)state;
    struct old_row {
        struct lt_param p;
    } *old = malloc(offsetof(struct lt_param, doc) + sizeof(char *));
    memcpy(old, &rows[0], offsetof(struct lt_param, doc) + sizeof(char *));
    struct lt_algo d = small;
    d.id = "older";
    d.size = offsetof(struct lt_algo, units);
    d.param_size = offsetof(struct lt_param, doc) + sizeof(char *);
    d.params = &old->p;
    void *short_d = malloc(d.size);
    memcpy(short_d, &d, d.size);
    struct err e = ERR_INIT;
    assert_true(algo_register(short_d, "test", &e));
    assert_null(algo_find("older")->d.units);
    assert_string_equal(algo_param(algo_find("older"), 0)->doc, "how deep");
    free(short_d);
    free(old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(broken_modules), cmocka_unit_test(not_a_module),
                                       cmocka_unit_test(registering), cmocka_unit_test(older_module)};
    return cmocka_run_group_tests_name("host/algo", tests, NULL, NULL);
}
