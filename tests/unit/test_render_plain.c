/* Plain text: tables, trees and prose at several widths, in Unicode and in ASCII. */
#include <math.h>

#include "render/grid.h"
#include "render/render.h"
#include "tests/unit/cm.h"
#include "tests/unit/views.h"

static const struct render_options wide = {.width = 80, .unicode = true};
static const struct render_options narrow = {.width = 40, .unicode = true};
static const struct render_options ascii = {.width = 80};

/* Is the view, taken over, printed as expected? */
static void check(struct view *v, const struct render_options *o, const char *expected)
{
    struct str out = STR_INIT;
    render_plain.put(&out, v, o);
    assert_string_equal(str_get(&out), expected);
    str_done(&out);
    view_unref(v);
}

static void tables_align_and_mark_the_best(void **unused)
{
    (void)unused;
    check(views_models(), &wide,
          "Models of survived\n"
          "  model       n     auc        p      fit    size\n"
          "─────────────────────────────────────────────────\n"
          "  dummy     179       ·        ·   300 us    1 kB\n"
          "  logistic  179  0.8345  < 0.001  12.3 ms   10 kB\n"
          "▸ rf        179  0.8679    0.042    4.2 s  100 kB\n"
          "Best by auc: rf.\n"
          "note: imputed age by its median (29.7)\n"
          "warning: the test part was opened 3 times\n\n");
    check(views_models(), &ascii,
          "Models of survived\n"
          "  model       n     auc        p      fit    size\n"
          "-------------------------------------------------\n"
          "  dummy     179      NA       NA   300 us    1 kB\n"
          "  logistic  179  0.8345  < 0.001  12.3 ms   10 kB\n"
          "* rf        179  0.8679    0.042    4.2 s  100 kB\n"
          "Best by auc: rf.\n"
          "note: imputed age by its median (29.7)\n"
          "warning: the test part was opened 3 times\n\n");
}

static void wide_tables_go_on_in_bands(void **unused)
{
    (void)unused;
    check(views_models(), &narrow,
          "Models of survived\n"
          "  model       n     auc        p\n"
          "────────────────────────────────\n"
          "  dummy     179       ·        ·\n"
          "  logistic  179  0.8345  < 0.001\n"
          "▸ rf        179  0.8679    0.042\n"
          "\n"
          "  model         fit    size\n"
          "───────────────────────────\n"
          "  dummy      300 us    1 kB\n"
          "  logistic  12.3 ms   10 kB\n"
          "▸ rf          4.2 s  100 kB\n"
          "Best by auc: rf.\n"
          "note: imputed age by its median (29.7)\n"
          "warning: the test part was opened 3\n"
          "         times\n\n");
}

static void bars_and_wide_letters(void **unused)
{
    (void)unused;
    check(views_freq(), &wide,
          "value     n  share                   %\n"
          "──────────────────────────────────────\n"
          "male    648  0.648 ██████████   64.8 %\n"
          "日本語  324  0.324 █████        32.4 %\n"
          "·         0  0.000 ▏           < 0.1 %\n\n");
    check(views_freq(), &ascii,
          "value     n  share                   %\n"
          "--------------------------------------\n"
          "male    648  0.648 ##########   64.8 %\n"
          "日本語  324  0.324 #####        32.4 %\n"
          "NA        0  0.000 #           < 0.1 %\n\n");
}

static struct view *reals(const double *x, size_t n)
{
    static const struct view_column columns[] = {{"x", NULL, CELL_REAL, 0}};
    struct view *v = view_table_new("x", "", columns, 1);
    for (size_t i = 0; i < n; i++)
        view_cell_real(v, view_row(v), 0, x[i]);
    return v;
}

static void reals_of_a_column_have_the_same_decimals(void **unused)
{
    (void)unused;
    static const double a[] = {29.69912, 0.383838, NAN, -2}, b[] = {0.5, 0.25, 1}, c[] = {12345678, 3, -4},
                        d[] = {1e-12, 1, 2.5}, e[] = {-0.0000001, 100.123}, f[] = {INFINITY, 1.5};
    check(reals(a, 4), &wide, "     x\n──────\n29.699\n 0.384\n     ·\n-2.000\n\n");
    check(reals(b, 3), &wide, "   x\n────\n0.50\n0.25\n1.00\n\n");
    check(reals(c, 3), &wide, "       x\n────────\n12345678\n       3\n      -4\n\n");
    check(reals(d, 3), &wide, "    x\n─────\n1e-12\n  1\n  2.5\n\n");
    check(reals(e, 2), &wide, "     x\n──────\n -1e-7\n100.12\n\n");
    check(reals(f, 2), &wide, "  x\n───\nInf\n1.5\n\n");
}

static void rows_left_out_are_said(void **unused)
{
    (void)unused;
    static const double a[] = {1, 2, 3, 4};
    struct render_options few = wide;
    few.max_rows = 2;
    check(reals(a, 4), &few, "x\n─\n1\n2\n… 2 of 4 rows\n\n");
    check(reals(a, 0), &few, "x\n─\n(no rows)\n\n");
    struct view *part = reals(a, 2);
    part->table->total_rows = 891;
    check(part, &wide, "x\n─\n1\n2\n… 2 of 891 rows\n\n");
}

static void columns_left_out_are_said(void **unused)
{
    (void)unused;
    struct view_column columns[300];
    char names[300][24];
    for (int j = 0; j < 300; j++) {
        snprintf(names[j], sizeof names[j], "pixel%d", j);
        columns[j] = (struct view_column){names[j], NULL, CELL_INT, 0};
    }
    struct view *v = view_table_new("t", "", columns, 300);
    for (int i = 0; i < 40; i++)
        view_row(v);
    struct str out = STR_INIT;
    render_plain.put(&out, v, &wide);
    assert_non_null(strstr(str_get(&out), " columns: pixel"));
    for (const char *line = str_get(&out); *line;) { /* no line is wider than the screen (all ASCII but the rules) */
        size_t n = strcspn(line, "\n");
        assert_true(n <= 3 * 80);
        line += n + (line[n] == '\n');
    }
    str_done(&out);
    view_unref(v);
}

static void long_texts_wrap_in_their_column(void **unused)
{
    (void)unused;
    static const struct view_column columns[] = {{"name", NULL, CELL_TEXT, 0}, {"doc", NULL, CELL_TEXT, 0}};
    struct view *v = view_table_new("t", "", columns, 2);
    view_row(v);
    view_cell_text(v, 0, 0, "C");
    view_cell_text(v, 0, 1, "inverse of the strength of the penalty; smaller is stronger");
    check(v, &narrow,
          "name  doc\n"
          "────────────────────────────────────────\n"
          "C     inverse of the strength of the\n"
          "      penalty; smaller is stronger\n\n");
}

static void data_cannot_command_the_terminal(void **unused)
{
    (void)unused;
    static const struct view_column columns[] = {{"a\033[2J", NULL, CELL_TEXT, 0}};
    struct view *v = view_table_new("t", "x\ny", columns, 1);
    view_row(v);
    view_cell_text(v, 0, 0, "\033]0;evil\a\xc2\x9b" "1m\xff\tz");
    struct str out = STR_INIT;
    render_plain.put(&out, v, &wide);
    for (const char *p = str_get(&out); *p; p++)
        assert_true((unsigned char)*p >= 0x20 || *p == '\n');
    assert_null(strstr(str_get(&out), "\xc2\x9b"));
    assert_null(strchr(str_get(&out), '\xff'));
    str_done(&out);
    view_unref(v);
}

static void trees_have_branches_and_shares(void **unused)
{
    (void)unused;
    check(views_tree(), &wide,
          "0.38  n=891                    100 %  ████████\n"
          "├─ sex = male → 0.19  n=577     65 %  █████▎\n"
          "│  ├─ age <= 6.5 → 0.67          3 %  ▎\n"
          "│  └─ age > 6.5 → 0.17          62 %  █████\n"
          "└─ sex = female → 0.74  n=314   35 %  ██▊\n\n");
    check(views_tree(), &ascii,
          "0.38  n=891                    100 %  ########\n"
          "|- sex = male : 0.19  n=577     65 %  #####\n"
          "|  |- age <= 6.5 : 0.67          3 %  #\n"
          "|  `- age > 6.5 : 0.17          62 %  #####\n"
          "`- sex = female : 0.74  n=314   35 %  ###\n\n");
    struct render_options tiny = {.width = 22, .unicode = true};
    check(views_tree(), &tiny,
          "0.38  n=891\n"
          "├─ sex = male → 0.19\n"
          "│  ├─ age <= 6.5 → 0.…\n"
          "│  └─ age > 6.5 → 0.17\n"
          "└─ sex = female → 0.74\n\n");
}

static void prose_is_wrapped(void **unused)
{
    (void)unused;
    check(view_text("t", "Title",
                  "# Head\n\n\nSome **bold** and `code`, a [link](https://x.org)\nand more words to wrap.\n\n"
                  "- one item that is too long for a line\n- two\n  3. three\n\n```\n  x  =  1\n```\n"
                  "| a | b |\n|---|--:|\n| 1 | `two` |\n\n---\n> said\n\n"),
          &narrow,
          "Title\n"
          "Head\n"
          "\n"
          "Some bold and code, a link\n"
          "(https://x.org) and more words to wrap.\n"
          "\n"
          "• one item that is too long for a line\n"
          "• two\n"
          "  3. three\n"
          "\n"
          "    x  =  1\n"
          "a  b\n"
          "──────\n"
          "1  two\n"
          "\n"
          "────────────────────────────────────────\n"
          "│ said\n\n");
    check(view_note(VIEW_ERROR, "a sentence that does not fit into one line of this"), &narrow,
          "error: a sentence that does not fit into\n"
          "       one line of this\n");
}

static void colour_is_sgr_and_grid_lines_carry_what_enter_does(void **unused)
{
    (void)unused;
    struct view *v = views_models();
    struct render_options coloured = wide;
    coloured.colour = true;
    struct str out = STR_INIT;
    render_plain.put(&out, v, &coloured);
    assert_non_null(strstr(str_get(&out), "\033[0;1mModels of survived\033[0m\n"));
    assert_non_null(strstr(str_get(&out), ";38;5;"));
    struct grid *g = grid_new();
    grid_view(g, v, &wide);
    assert_int_equal(g->line[3].row, 0);
    assert_null(g->line[3].follow);
    assert_int_equal(g->line[5].row, 2);
    assert_string_equal(g->line[5].follow, "show rf");
    assert_int_equal(g->line[0].row, -1);
    grid_free(g);
    str_done(&out);
    view_unref(v);
}

static void the_browser_asks_for_widths(void **unused)
{
    (void)unused;
    struct view *v = views_models();
    int widths[6];
    assert_int_equal(grid_table_widths(v, 0, 3, 0, 80, widths), 6);
    assert_int_equal(widths[0], 8);
    assert_int_equal(widths[2], 6);
    v->table->frozen = 1;
    assert_int_equal(grid_table_widths(v, 0, 3, 4, 30, widths), 3);
    assert_int_equal(widths[0], 8);
    assert_int_equal(widths[1], 0);
    assert_int_equal(widths[4], 7);
    assert_int_equal(grid_table_widths(v, 0, 3, 0, 12, widths), 2);
    view_unref(v);
}

static void cells_alone(void **unused)
{
    (void)unused;
    static const struct {
        struct cell c;
        struct view_column column;
        const char *text;
    } cases[] = {
        {{.r = 3.14159265}, {"x", NULL, CELL_REAL, 0}, "3.1416"},
        {{.r = 3.14159265}, {"x", NULL, CELL_REAL, 2}, "3.1"},
        {{.r = 0.31}, {"x", NULL, CELL_PERCENT, 0}, "31 %"},
        {{.r = 0.315}, {"x", NULL, CELL_PERCENT, 0}, "31.5 %"},
        {{.r = 0.0}, {"x", NULL, CELL_P, 0}, "< 0.001"},
        {{.r = 0.85}, {"x", NULL, CELL_SCORE, 0}, "0.8500"},
        {{.i = 1}, {"x", NULL, CELL_BOOL, 0}, "yes"},
        {{.r = NAN}, {"x", NULL, CELL_SCORE, 0}, "·"},
        {{.missing = true}, {"x", NULL, CELL_INT, 0}, "·"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str out = STR_INIT;
        render_cell(&out, &cases[i].c, &cases[i].column);
        assert_string_equal(str_get(&out), cases[i].text);
        str_done(&out);
    }
    assert_true(render_cell_is_right_aligned(CELL_REAL));
    assert_false(render_cell_is_right_aligned(CELL_TEXT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_align_and_mark_the_best),
        cmocka_unit_test(wide_tables_go_on_in_bands),
        cmocka_unit_test(bars_and_wide_letters),
        cmocka_unit_test(reals_of_a_column_have_the_same_decimals),
        cmocka_unit_test(rows_left_out_are_said),
        cmocka_unit_test(columns_left_out_are_said),
        cmocka_unit_test(long_texts_wrap_in_their_column),
        cmocka_unit_test(data_cannot_command_the_terminal),
        cmocka_unit_test(trees_have_branches_and_shares),
        cmocka_unit_test(prose_is_wrapped),
        cmocka_unit_test(colour_is_sgr_and_grid_lines_carry_what_enter_does),
        cmocka_unit_test(the_browser_asks_for_widths),
        cmocka_unit_test(cells_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
