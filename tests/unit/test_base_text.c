/* Strings, errors, UTF-8, JSON, arenas, maps, logging. */
#include <math.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "tests/unit/cm.h"

static uint64_t state = 88172645463325252u;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* ---- str --------------------------------------------------------------------------------------------------- */

static void strings_grow_and_are_given_away(void **unused)
{
    (void)unused;
    struct str b = STR_INIT;
    assert_string_equal(str_get(&b), "");
    str_add(&b, "ab");
    str_addn(&b, "c\0d", 3);
    str_pad(&b, '-', 100);
    assert_int_equal(b.len, 105);
    assert_memory_equal(b.s, "abc\0d-----", 10);
    assert_int_equal(b.s[105], 0);
    str_clear(&b);
    for (int i = 0; i < 1000; i++)
        str_printf(&b, "%d,", i);
    assert_int_equal(b.len, 10 * 2 + 90 * 3 + 900 * 4);
    char *own = str_steal(&b);
    assert_null(b.s);
    assert_int_equal(strlen(own), 3890);
    mem_free(own);
    char *empty = str_steal(&b);
    assert_string_equal(empty, "");
    mem_free(empty);
}

static void comparisons(void **unused)
{
    (void)unused;
    assert_true(str_eq(NULL, NULL));
    assert_false(str_eq(NULL, ""));
    assert_true(str_eq_nocase("Age", "aGE"));
    assert_false(str_eq_nocase("Age", "ages"));
    assert_true(str_starts("forest", "for"));
    assert_false(str_starts("fo", "for"));
    assert_true(str_ends("a.csv", ".csv"));
    assert_false(str_ends("csv", ".csv"));
    assert_true(str_natural_cmp("x2", "x10") < 0);
    assert_true(str_natural_cmp("x10", "x2") > 0);
    assert_true(str_natural_cmp("a", "B") < 0);
    assert_true(str_natural_cmp("x02", "x2") != 0);
    assert_true(str_natural_cmp("x99999999999999999999998", "x99999999999999999999999") < 0);
    assert_int_equal(str_natural_cmp("same1", "same1"), 0);
}

/* Damerau-Levenshtein by its recursive definition (optimal string alignment). */
static int distance_by_definition(const char *a, size_t n, const char *b, size_t m)
{
    if (n == 0 || m == 0)
        return (int)(n + m);
    int d = distance_by_definition(a, n - 1, b, m - 1) + (a[n - 1] != b[m - 1]);
    int other = distance_by_definition(a, n - 1, b, m) + 1;
    d = other < d ? other : d;
    other = distance_by_definition(a, n, b, m - 1) + 1;
    d = other < d ? other : d;
    if (n > 1 && m > 1 && a[n - 1] == b[m - 2] && a[n - 2] == b[m - 1]) {
        other = distance_by_definition(a, n - 2, b, m - 2) + 1;
        d = other < d ? other : d;
    }
    return d;
}

static void distances(void **unused)
{
    (void)unused;
    assert_int_equal(str_distance("forst", "forest", 3), 1);
    assert_int_equal(str_distance("froest", "forest", 3), 1);
    assert_int_equal(str_distance("kitten", "sitting", 9), 3);
    assert_int_equal(str_distance("kitten", "sitting", 2), 3);
    assert_int_equal(str_distance("", "abc", 5), 3);
    for (int k = 0; k < 3000; k++) {
        char a[8] = "", b[8] = "";
        size_t n = draw() % 7, m = draw() % 7;
        for (size_t i = 0; i < n; i++)
            a[i] = (char)('a' + draw() % 3);
        for (size_t i = 0; i < m; i++)
            b[i] = (char)('a' + draw() % 3);
        int limit = (int)(draw() % 7), exact = distance_by_definition(a, n, b, m);
        assert_int_equal(str_distance(a, b, limit), exact <= limit ? exact : limit + 1);
    }
}

/* ---- err --------------------------------------------------------------------------------------------------- */

static void errors_read_as_sentences(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    assert_false(err_set(&e, ERR_RANGE, "%s must be at least %d", "trees", 1));
    assert_false(err_wrap(&e, "train %s", "forest"));
    assert_string_equal(e.text, "train forest: trees must be at least 1");
    assert_string_equal(err_code_name(e.code), "RANGE");
    assert_string_equal(err_code_name(ERR_NOT_FOUND), "NOT_FOUND");
    assert_false(err_set(NULL, ERR_RANGE, "nobody listens"));
    assert_false(err_hint(NULL, "nor here"));
}

static void long_errors_are_cut_between_characters(void **unused)
{
    (void)unused;
    struct str text = STR_INIT;
    for (int pad = 0; pad < 4; pad++) {
        str_clear(&text);
        str_pad(&text, 'x', (size_t)pad);
        for (int i = 0; i < 400; i++)
            str_add(&text, "日");
        struct err e = ERR_INIT;
        err_set(&e, ERR_INPUT, "%s", text.s);
        assert_true(strlen(e.text) > sizeof e.text - 5);
        assert_true(utf8_valid(e.text, strlen(e.text)));
        err_wrap(&e, "%s", "ab");
        assert_true(utf8_valid(e.text, strlen(e.text)));
    }
    str_done(&text);
}

static void suggestions(void **unused)
{
    (void)unused;
    static const char *const verbs[] = {"load", "target", "train", "split", "describe"};
    struct err e = ERR_INIT;
    err_set(&e, ERR_INPUT, "unknown word");
    assert_false(err_suggest(&e, "trian", verbs, 5));
    assert_string_equal(e.hint, "did you mean 'train'? valid: load, target, train, split, describe");
    err_suggest(&e, "DESCRIBE", verbs, 5);
    assert_non_null(strstr(e.hint, "'describe'"));
    err_suggest(&e, "xyzzy", verbs, 5);
    assert_string_equal(e.hint, "valid: load, target, train, split, describe");
    const char *many[40];
    for (int i = 0; i < 40; i++)
        many[i] = "column";
    err_suggest(&e, "q", many, 40);
    assert_non_null(strstr(e.hint, "and 28 more"));
}

/* ---- utf8 -------------------------------------------------------------------------------------------------- */

static void widths(void **unused)
{
    (void)unused;
    static const struct {
        const char *s;
        size_t width;
    } rows[] = {
        {"", 0},          {"abc", 3},           {"Zürich", 6},   {"日本語", 6},
        {"e\xCC\x81", 1}, /* e + combining acute */
        {"😀", 2},         {"한글", 4},          {"ﬀ", 1},        {"×", 1},
        {"⠿", 1},         {"\xFF\xFE", 2},      {"a\tb", 2},     {"└──", 3},
        {"Ａ", 2},        {"\xE2\x80\x8B", 0}, /* zero-width space */
        {"\xE4\xB8", 2},  {"ค\xE0\xB8\xB5", 1}, {"👍🏽", 4}, {"𠀀", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (utf8_width(rows[i].s) != rows[i].width)
            fail_msg("'%s' is %zu wide, wanted %zu", rows[i].s, utf8_width(rows[i].s), rows[i].width);
}

static void cuts(void **unused)
{
    (void)unused;
    size_t width;
    assert_int_equal(utf8_cut("日本語", 5, &width), 6);
    assert_int_equal(width, 4);
    assert_int_equal(utf8_cut("e\xCC\x81x", 1, &width), 3); /* the accent stays with its letter */
    assert_int_equal(width, 1);
    assert_int_equal(utf8_cut("abc", 9, NULL), 3);
    assert_int_equal(utf8_cut("abc", 0, NULL), 0);
}

static void every_code_point_goes_round(void **unused)
{
    (void)unused;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        char s[4];
        uint32_t back;
        size_t n = utf8_encode(cp, s);
        if (utf8_decode(s, n, &back) != n || back != cp || !utf8_valid(s, n))
            fail_msg("U+%04X does not go round", cp);
        if (n > 1 && utf8_valid(s, n - 1))
            fail_msg("the torn U+%04X counts as valid", cp);
    }
}

static void invalid_bytes(void **unused)
{
    (void)unused;
    static const char *const bad[] = {"\x80",         "\xC0\x80",         "\xC1\xBF",         "\xE0\x80\x80",
                                      "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3",
                                      "\xE2\x82",     "\xC3\x28"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint32_t cp;
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
        assert_int_equal(utf8_decode(bad[i], strlen(bad[i]), &cp), 1);
        assert_int_equal(cp, 0xFFFD);
    }
}

/* ---- json -------------------------------------------------------------------------------------------------- */

static void json_is_escaped(void **unused)
{
    (void)unused;
    struct str b = STR_INIT;
    json_string_n(&b, "a\"\\\n\t\x01\0z\x7F", 9);
    assert_string_equal(b.s, "\"a\\\"\\\\\\n\\t\\u0001\\u0000z\x7F\"");
    str_clear(&b);
    json_string(&b, "ü\xFF日");
    assert_string_equal(b.s, "\"ü\xEF\xBF\xBD日\"");
    str_clear(&b);
    json_string(&b, NULL);
    json_number(&b, NAN);
    json_number(&b, -INFINITY);
    json_number(&b, 0.1);
    json_int(&b, INT64_MIN);
    assert_string_equal(b.s, "nullnullnull0.1-9223372036854775808");
    str_done(&b);
}

/* ---- arena, vec, mem --------------------------------------------------------------------------------------- */

static char order[8];

static void note_end(void *p)
{
    size_t n = strlen(order);
    order[n] = *(char *)p; /* lies in the arena, which must still be there */
    order[n + 1] = '\0';
}

static void arenas_end_newest_first(void **unused)
{
    (void)unused;
    order[0] = '\0';
    struct arena *a = arena_new();
    for (const char *s = "abc"; *s; s++)
        arena_attach(a, arena_strndup(a, s, 1), note_end);
    arena_free(a);
    assert_string_equal(order, "cba");
    arena_free(NULL);
}

static void arena_blocks_are_aligned_and_apart(void **unused)
{
    (void)unused;
    struct arena *a = arena_new();
    unsigned char *blocks[600];
    size_t sizes[600];
    for (int i = 0; i < 600; i++) {
        sizes[i] = i % 50 == 49 ? 100000 + draw() % 500000 : draw() % 300;
        blocks[i] = arena_alloc(a, sizes[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], i & 0xFF, sizes[i]);
    }
    for (int i = 0; i < 600; i++)
        for (size_t k = 0; k < sizes[i]; k += 97)
            assert_int_equal(blocks[i][k], i & 0xFF);
    int *zeros = arena_zero(a, 1000, sizeof *zeros);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(zeros[i], 0);
    assert_string_equal(arena_printf(a, "%s-%05d", "x", 42), "x-00042");
    assert_null(arena_strdup(a, NULL));
    arena_free(a);
}

static void vectors_grow(void **unused)
{
    (void)unused;
    VEC(int) v = {0};
    for (int i = 0; i < 10000; i++)
        vec_push(&v, i * 3);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(v.v[i], i * 3);
    vec_done(&v);
    assert_null(v.v);
}

static void bulk_memory(void **unused)
{
    (void)unused;
    struct err e = ERR_INIT;
    size_t product;
    assert_true(mem_mul(3, 5, &product) && product == 15);
    assert_false(mem_mul(SIZE_MAX / 2, 3, &product));
    assert_null(mem_bulk(SIZE_MAX / 2, 16, &e));
    assert_int_equal(e.code, ERR_MEMORY);
    assert_null(mem_bulk((size_t)1 << 58, 1, &e));
    assert_int_equal(e.code, ERR_MEMORY);
    assert_non_null(strstr(e.text, "288 PB"));
    static const size_t sizes[] = {0, 1, 4095, 4 << 20, 9 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *p = mem_bulk_zero(sizes[i], 1, &e);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % (sizes[i] >= 4 << 20 ? 2 << 20 : 64), 0);
        if (sizes[i])
            assert_true(p[0] == 0 && p[sizes[i] - 1] == 0);
        mem_bulk_free(p);
    }
    assert_null(mem_strdup(NULL));
}

/* ---- map against a slow model ------------------------------------------------------------------------------ */

static void maps_agree_with_a_slow_model(void **unused)
{
    (void)unused;
    struct {
        char key[16];
        void *value;
    } model[400];
    size_t n = 0;
    struct map *m = map_new();
    for (int round = 0; round < 30000; round++) {
        char key[16];
        snprintf(key, sizeof key, "k%u", (unsigned)(draw() % 350));
        size_t at = 0;
        while (at < n && strcmp(model[at].key, key) != 0)
            at++;
        void *known = at < n ? model[at].value : NULL;
        void *value = (void *)(uintptr_t)(draw() | 1);
        switch (draw() % 4) {
        case 0:
        case 1:
            assert_ptr_equal(map_set(m, key, value), known);
            if (at == n)
                memcpy(model[n++].key, key, sizeof key);
            model[at].value = value;
            break;
        case 2:
            assert_ptr_equal(map_remove(m, key), known);
            if (at < n)
                memmove(model + at, model + at + 1, (--n - at) * sizeof *model);
            break;
        default:
            assert_ptr_equal(map_get(m, key), known);
        }
        assert_int_equal(map_size(m), n);
        if (round % 997 == 0)
            for (size_t i = 0; i < n; i++) {
                assert_string_equal(map_key_at(m, i), model[i].key);
                assert_ptr_equal(map_value_at(m, i), model[i].value);
            }
    }
    assert_null(map_key_at(m, n));
    map_free(m);
    map_free(NULL);
}

/* ---- log --------------------------------------------------------------------------------------------------- */

static void keep_line(void *arg, enum log_level level, const char *line)
{
    str_printf(arg, "%d:%s;", (int)level, line);
}

static void logs_go_to_the_sink(void **unused)
{
    (void)unused;
    struct str seen = STR_INIT;
    log_set_sink(keep_line, &seen);
    log_line(LOG_WARNING, "%d rows dropped\n", 3);
    log_line(LOG_DEBUG, "x");
    log_set_sink(NULL, NULL);
    assert_string_equal(seen.s, "2:3 rows dropped;0:x;");
    str_done(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_grow_and_are_given_away),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(distances),
        cmocka_unit_test(errors_read_as_sentences),
        cmocka_unit_test(long_errors_are_cut_between_characters),
        cmocka_unit_test(suggestions),
        cmocka_unit_test(widths),
        cmocka_unit_test(cuts),
        cmocka_unit_test(every_code_point_goes_round),
        cmocka_unit_test(invalid_bytes),
        cmocka_unit_test(json_is_escaped),
        cmocka_unit_test(arenas_end_newest_first),
        cmocka_unit_test(arena_blocks_are_aligned_and_apart),
        cmocka_unit_test(vectors_grow),
        cmocka_unit_test(bulk_memory),
        cmocka_unit_test(maps_agree_with_a_slow_model),
        cmocka_unit_test(logs_go_to_the_sink),
    };
    return cmocka_run_group_tests_name("base text", tests, NULL, NULL);
}
