/* line: scripts to commands, commands to words. */
#include "tests/unit/cm.h"

#include "base/str.h"
#include "engine/line.h"

/* The commands of a script as "line:column text|…". */
static char *split(const char *script)
{
    struct arena *a = arena_new();
    struct line_part *p;
    size_t n;
    struct str s = STR_INIT;
    struct err e = ERR_INIT;
    if (!line_split(script, a, &p, &n, &e))
        str_printf(&s, "error %d: %s", e.line, e.text);
    for (size_t i = 0; s.len == 0 || i < n; i++) {
        if (i >= n)
            break;
        str_printf(&s, "%s%d:%d %s", i ? "|" : "", p[i].line, p[i].column, p[i].text);
    }
    arena_free(a);
    str_add(&s, "");
    return str_steal(&s);
}

static void assert_split(const char *script, const char *wanted)
{
    char *got = split(script);
    assert_string_equal(got, wanted);
    free(got);
}

static void scripts_are_cut_at_semicolons_and_newlines(void **state)
{
    (void)state;
    assert_split("a; b", "1:1 a|1:4 b");
    assert_split("a\n  b\n\n;c", "1:1 a|2:3 b|4:2 c");
    assert_split("a\r\nb\r\n", "1:1 a|2:1 b");
    assert_split("", "");
    assert_split(" ; ;; \n", "");
    assert_split("a   ", "1:1 a");
}

static void quotes_hold_semicolons_and_lines(void **state)
{
    (void)state;
    assert_split("say \"a; b\"; c", "1:1 say \"a; b\"|1:13 c");
    assert_split("say 'it''s; so'; c", "1:1 say 'it''s; so'|1:18 c");
    assert_split("say \"a \\\" ; b\"", "1:1 say \"a \\\" ; b\"");
    assert_split("say \"a\nb\"\nc", "1:1 say \"a\nb\"|3:1 c");
    assert_split("load bob's.csv; head", "1:1 load bob's.csv|1:17 head"); /* inside a word it is an apostrophe */
}

static void an_open_quote_is_told_with_its_line(void **state)
{
    (void)state;
    char *got = split("a\nsay \"b");
    assert_true(str_starts(got, "error 2: "));
    free(got);
}

static void comments_end_at_the_line(void **state)
{
    (void)state;
    assert_split("a # b; c\nd", "1:1 a|2:1 d");
    assert_split("# only\n#\na", "3:1 a");
    assert_split("a;#b", "1:1 a");
    assert_split("say a#b", "1:1 say a#b"); /* a # inside a word is none */
    assert_split("say '#1' # x", "1:1 say '#1'");
}

static void lines_are_continued(void **state)
{
    (void)state;
    assert_split("say a \\\n  b\nc", "1:1 say a    b|3:1 c");
    assert_split("say a\\\r\nb", "1:1 say a b");
}

static void open_lines_ask_for_more(void **state)
{
    (void)state;
    assert_true(line_is_open("say \"a"));
    assert_true(line_is_open("say 'a"));
    assert_true(line_is_open("say a \\"));
    assert_false(line_is_open("say \"a\""));
    assert_false(line_is_open("say bob's"));
    assert_false(line_is_open("say # \"a"));
    assert_false(line_is_open(""));
}

/* The words as "name=text@from-to|…", quoted ones with a q. */
static char *words(const char *text)
{
    struct arena *a = arena_new();
    struct word *w;
    size_t n;
    struct str s = STR_INIT;
    assert_true(line_words(text, a, &w, &n, NULL));
    for (size_t i = 0; i < n; i++) {
        str_printf(&s, "%s%s%s%s@%d-%d%s", i ? "|" : "", w[i].name ? w[i].name : "", w[i].name ? "=" : "",
                   w[i].text, w[i].name ? w[i].name_from : w[i].from, w[i].to, w[i].quoted ? "q" : "");
    }
    arena_free(a);
    str_add(&s, "");
    return str_steal(&s);
}

static void assert_words(const char *text, const char *wanted)
{
    char *got = words(text);
    assert_string_equal(got, wanted);
    free(got);
}

static void words_have_positions(void **state)
{
    (void)state;
    assert_words("", "");
    assert_words("a bc", "a@0-1|bc@2-4");
    assert_words("  a  ", "a@2-3");
    assert_words("\"a b\" c", "a b@0-5q|c@6-7");
    assert_words("'it''s'", "it's@0-7q");
    assert_words("\"a\\\"b\\\\\"", "a\"b\\@0-8q");
    assert_words("\"\"", "@0-2q");
    assert_words("a\"b", "a\"b@0-3");
}

static void names_take_values(void **state)
{
    (void)state;
    assert_words("k=5", "k=5@0-3");
    assert_words("k = 5 x", "k=5@0-5|x@6-7");
    assert_words("k =5", "k=5@0-4");
    assert_words("na=\"?,-\"", "na=?,-@0-8q");
    assert_words("hidden.size=(64, 32) x", "hidden.size=(64, 32)@0-20|x@21-22");
    assert_words("a == 5", "a@0-1|==@2-4|5@5-6");
    assert_words("5=a", "5=a@0-3");
    assert_words("k=", "k=@0-2");
}

static void formulas_and_redirects_are_words(void **state)
{
    (void)state;
    assert_words("y~a+b", "y~a+b@0-5");
    assert_words("y ~ . - id", "y@0-1|~@2-3|.@4-5|-@6-7|id@8-10");
    assert_words("roc > roc.png", "roc@0-3|>@4-5|roc.png@6-13");
    assert_words("roc >roc.png", "roc@0-3|>@4-5|roc.png@5-12");
    assert_words("age >= 3", "age@0-3|>=@4-6|3@7-8");
}

static void quoting_reads_back(void **state)
{
    static const char *const texts[] = {"a", "a b", "", "a\"b", "a\\b", "it's", "a=b", "#x", ">x", "x;y", "é ü"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena *a = arena_new();
        struct word *w;
        size_t n;
        struct str s = STR_INIT;
        line_quote(&s, texts[i]);
        assert_true(line_words(str_get(&s), a, &w, &n, NULL));
        assert_int_equal(n, 1);
        assert_null(w[0].name);
        assert_string_equal(w[0].text, texts[i]);
        str_done(&s);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_are_cut_at_semicolons_and_newlines),
        cmocka_unit_test(quotes_hold_semicolons_and_lines),
        cmocka_unit_test(an_open_quote_is_told_with_its_line),
        cmocka_unit_test(comments_end_at_the_line),
        cmocka_unit_test(lines_are_continued),
        cmocka_unit_test(open_lines_ask_for_more),
        cmocka_unit_test(words_have_positions),
        cmocka_unit_test(names_take_values),
        cmocka_unit_test(formulas_and_redirects_are_words),
        cmocka_unit_test(quoting_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
