/* JSON lines and CSV: exact bytes, because scripts live on them. */
#include <math.h>

#include "render/render.h"
#include "tests/unit/cm.h"
#include "tests/unit/views.h"

static const struct render_options plain = {.width = 80};

static void check(const struct renderer *r, struct view *v, const char *expected)
{
    struct str out = STR_INIT;
    r->begin(&out, &plain);
    r->put(&out, v, &plain);
    r->end(&out, &plain);
    assert_string_equal(str_get(&out), expected);
    str_done(&out);
    view_unref(v);
}

static void a_table_is_a_line(void **unused)
{
    (void)unused;
    check(&render_json, views_models(),
          "{\"view\":\"table\",\"id\":\"metrics\",\"title\":\"Models of survived\","
          "\"columns\":[\"model\",\"n\",\"auc\",\"p\",\"fit_s\",\"size\"],"
          "\"rows\":[[\"dummy\",179,null,null,0.0003,1000],[\"logistic\",179,0.8345,0.0004,0.0123,10000],"
          "[\"rf\",179,0.8679,0.042,4.2,100000]],\"caption\":\"Best by auc: rf.\","
          "\"notes\":[\"imputed age by its median (29.7)\",\"the test part was opened 3 times\"]}\n");
}

static void numbers_read_back_exactly(void **unused)
{
    (void)unused;
    static const struct view_column columns[] = {
        {"x", NULL, CELL_REAL, 0}, {"b", NULL, CELL_BOOL, 0}, {"t", NULL, CELL_TEXT, 0}};
    struct view *v = view_table_new("t", "", columns, 3);
    view_row(v);
    view_cell_real(v, 0, 0, 0.1 + 0.2);
    view_cell_int(v, 0, 1, 1);
    view_cell_text(v, 0, 2, "a\"b\\\n");
    view_row(v);
    view_cell_real(v, 1, 0, INFINITY);
    v->table->total_rows = 10;
    check(&render_json, v,
          "{\"view\":\"table\",\"id\":\"t\",\"title\":\"\",\"columns\":[\"x\",\"b\",\"t\"],"
          "\"rows\":[[0.30000000000000004,true,\"a\\\"b\\\\\\n\"],[null,null,null]],\"total_rows\":10}\n");
}

static void a_plot_has_series_and_a_twin(void **unused)
{
    (void)unused;
    static const double x[] = {1, NAN}, y[] = {2, 3}, value[] = {1, 2, NAN, 4};
    static const char *const labels[] = {"no", "yes"};
    struct view *v = view_plot_new("p", "P");
    view_plot_axes(v, "x", "y");
    view_plot_add(v, &(struct plot_series){.mark = PLOT_LINE, .name = "s", .n = 2, .x = x, .y = y});
    view_plot_twin(v, "rises");
    check(&render_json, v,
          "{\"view\":\"plot\",\"id\":\"p\",\"title\":\"P\",\"x\":{\"label\":\"x\"},\"y\":{\"label\":\"y\"},"
          "\"series\":[{\"name\":\"s\",\"mark\":\"line\",\"x\":[1,null],\"y\":[2,3]}],\"twin\":\"rises\"}\n");
    v = view_plot_new("h", "H");
    view_plot_heat(
        v, &(struct plot_heat){.rows = 2, .cols = 2, .value = value, .row_labels = labels, .col_labels = labels});
    check(&render_json, v,
          "{\"view\":\"plot\",\"id\":\"h\",\"title\":\"H\",\"x\":{\"label\":\"\"},\"y\":{\"label\":\"\"},"
          "\"series\":[],"
          "\"heat\":{\"rows\":2,\"cols\":2,\"row_labels\":[\"no\",\"yes\"],\"col_labels\":[\"no\",\"yes\"],"
          "\"values\":[[1,2],[null,4]]},\"twin\":\"\"}\n");
}

static void trees_texts_notes_reports_errors(void **unused)
{
    (void)unused;
    struct view *t = view_tree_new("tree", "T");
    view_tree_add(t, -1, "", "root", NULL, 1);
    view_tree_add(t, 0, "x <= 1", "leaf", "n=3", -1);
    check(&render_json, t,
          "{\"view\":\"tree\",\"id\":\"tree\",\"title\":\"T\",\"nodes\":["
          "{\"id\":0,\"parent\":null,\"edge\":\"\",\"label\":\"root\",\"weight\":1},"
          "{\"id\":1,\"parent\":0,\"edge\":\"x <= 1\",\"label\":\"leaf\",\"detail\":\"n=3\",\"weight\":null}]}\n");
    struct view_list l = {0};
    view_list_add(&l, view_text("d", "", "hi"));
    view_list_add(&l, view_note(VIEW_WARNING, "careful"));
    check(&render_json, view_report("r", "R", &l),
          "{\"view\":\"report\",\"id\":\"r\",\"title\":\"R\",\"items\":["
          "{\"view\":\"text\",\"id\":\"d\",\"title\":\"\",\"text\":\"hi\"},"
          "{\"view\":\"note\",\"level\":\"warning\",\"text\":\"careful\"}]}\n");
    struct err e = ERR_INIT;
    struct str out = STR_INIT;
    err_set(&e, ERR_NOT_FOUND, "no column %s", "x");
    render_json_error(&out, &e);
    assert_string_equal(
        str_get(&out),
        "{\"view\":\"error\",\"code\":\"NOT_FOUND\",\"message\":\"no column x\",\"hint\":null,\"line\":null}\n");
    str_clear(&out);
    err_hint(&e, "try y");
    e.line = 7;
    render_json_error(&out, &e);
    assert_non_null(strstr(str_get(&out), "\"hint\":\"try y\",\"line\":7}"));
    str_done(&out);
}

static void csv_quotes_what_needs_it(void **unused)
{
    (void)unused;
    static const struct view_column columns[] = {{"a,b", NULL, CELL_TEXT, 0}, {"x", NULL, CELL_REAL, 0}};
    struct view *v = view_table_new("t", "", columns, 2);
    static const char *const texts[] = {"plain", "with \"quotes\"", "two\nlines", "", NULL, " space"};
    for (size_t i = 0; i < 6; i++) {
        view_row(v);
        view_cell_text(v, i, 0, texts[i]);
        view_cell_real(v, i, 1, i ? (double)i / 3 : NAN);
    }
    check(&render_csv, v,
          "\"a,b\",x\nplain,\n\"with \"\"quotes\"\"\",0.3333333333333333\n\"two\nlines\",0.6666666666666666\n"
          "\"\",1\n,1.3333333333333333\n\" space\",1.6666666666666667\n");
}

static void renderers_are_found(void **unused)
{
    (void)unused;
    assert_ptr_equal(renderer_find("json"), &render_json);
    assert_null(renderer_find("pdf"));
    assert_ptr_equal(renderer_for_path("a/b.md"), &render_markdown);
    assert_ptr_equal(renderer_for_path("x.csv"), &render_csv);
    assert_null(renderer_for_path("x.png"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_a_line),
        cmocka_unit_test(numbers_read_back_exactly),
        cmocka_unit_test(a_plot_has_series_and_a_twin),
        cmocka_unit_test(trees_texts_notes_reports_errors),
        cmocka_unit_test(csv_quotes_what_needs_it),
        cmocka_unit_test(renderers_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
