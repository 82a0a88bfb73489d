/* A file in pieces is the file: every row once and in order, wherever the pieces end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "data/csv_stream.h"

static char folder[] = "stream-XXXXXX";

static char *put(const char *name, const char *text, bool packed)
{
    struct str path = STR_INIT;
    str_printf(&path, "%s/%s", folder, name);
    if (packed) {
        gzFile f = gzopen(str_get(&path), "wb");
        assert_int_equal(gzwrite(f, text, (unsigned)strlen(text)), (int)strlen(text));
        gzclose(f);
    } else {
        FILE *f = fopen(str_get(&path), "wb");
        assert_non_null(f);
        fwrite(text, 1, strlen(text), f);
        fclose(f);
    }
    return str_steal(&path);
}

static size_t read_all(const char *path, size_t bytes, const char *const *types, struct str *out, struct err *e)
{
    size_t pieces = 0;
    struct csv_stream *s = csv_stream_open(path, NULL, e);
    assert_non_null(s);
    for (struct table *t; (t = csv_stream_next(s, bytes, types, NULL, e)); pieces++) {
        for (size_t i = 0; i < table_rows(t); i++)
            for (size_t j = 0; j < table_cols(t); j++) {
                column_print(table_column(t, j), i, out);
                str_addc(out, j + 1 < table_cols(t) ? '|' : '\n');
            }
        table_unref(t);
    }
    if (!e->code)
        assert_true(csv_stream_done(s) == 1);
    csv_stream_close(s);
    return pieces;
}

static const char text[] = "x,word,note\n"
                           "1,a,\"two\nlines\"\n"
                           "2,b,\"a \"\"quote\"\"\"\n"
                           "3,a,plain\n"
                           "4.5,c,\"x,y\"\n"
                           "5,a,end\n";

static void test_pieces(void **state)
{
    struct str whole = STR_INIT, some = STR_INIT;
    struct err e = ERR_INIT;
    (void)state;
    for (int packed = 0; packed < 2; packed++) {
        char *path = put(packed ? "t.csv.gz" : "t.csv", text, packed);
        assert_true(csv_stream_can(path));
        str_clear(&whole);
        assert_int_equal(read_all(path, 1 << 20, NULL, &whole, &e), 1);
        assert_non_null(strstr(str_get(&whole), "1|a|two\nlines\n2|b|a \"quote\"\n3|a|plain\n"));
        for (size_t bytes = 1; bytes < sizeof text + 5; bytes++) {
            str_clear(&some);
            size_t pieces = read_all(path, bytes, NULL, &some, &e);
            if (e.code)
                fail_msg("%s", e.text);
            assert_true(pieces >= 1 && pieces <= 5);
            assert_string_equal(str_get(&some), str_get(&whole));
        }
        unlink(path);
        mem_free(path);
    }
    str_done(&whole);
    str_done(&some);
}

/* Columns keep the types that are known, and types of columns that aren't there do no harm. */
static void test_types(void **state)
{
    static const char *const types[] = {"x", "real", "gone", "category", NULL};
    struct str s = STR_INIT;
    struct err e = ERR_INIT;
    char *path = put("t.csv", "x,y\n1,2\n3,4\n5.5,6\n", false);
    (void)state;
    read_all(path, 1, types, &s, &e);
    if (e.code)
                fail_msg("%s", e.text);
    assert_string_equal(str_get(&s), "1|2\n3|4\n5.5|6\n");
    unlink(path);
    mem_free(path);
    str_done(&s);
}

/* A mistake is told by its line in the file. */
static void test_mistake(void **state)
{
    struct str s = STR_INIT;
    struct err e = ERR_INIT;
    char *path = put("t.csv", "x,y\n1,2\n3,4\n5,6\n7\n8,9\n", false);
    (void)state;
    read_all(path, 4, NULL, &s, &e);
    assert_int_equal(e.code, ERR_DATA);
    assert_non_null(strstr(e.text, "line 5 has 1 field"));
    unlink(path);
    mem_free(path);
    str_done(&s);
}

static void test_not_so(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    assert_false(csv_stream_can("no such file.csv"));
    assert_false(csv_stream_can(folder));
    char *path = put("t.json", "[]", false);
    assert_false(csv_stream_can(path));
    unlink(path);
    mem_free(path);
    path = put("e.csv", "", false);
    assert_null(csv_stream_open(path, NULL, &e));
    assert_int_equal(e.code, ERR_DATA);
    unlink(path);
    mem_free(path);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 99;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_mistake),
        cmocka_unit_test(test_not_so),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
