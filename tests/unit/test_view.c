/* Views: building, reading, counting references. */
#include <math.h>

#include "tests/unit/cm.h"
#include "tests/unit/views.h"

static void tables_hold_what_was_put_in(void **unused)
{
    (void)unused;
    struct view *v = views_models();
    struct cell c;
    assert_int_equal(v->table->n_rows, 3);
    assert_int_equal(v->table->total_rows, 3);
    view_table_cell(v, 1, 0, &c, v->arena);
    assert_false(c.missing);
    assert_string_equal(c.text, "logistic");
    view_table_cell(v, 0, 2, &c, v->arena);
    assert_true(c.missing);
    assert_int_equal(view_table_column(v, "fit_s"), 4);
    assert_int_equal(view_table_column(v, "fit"), -1);
    assert_string_equal(v->table->follow[2], "show rf");
    assert_null(v->table->follow[0]);
    assert_int_equal(v->table->row_level[0], 2);
    assert_int_equal(v->table->row_level[1], 0);
    assert_int_equal(v->n_notes, 2);
    assert_string_equal(v->notes[1], "the test part was opened 3 times");
    assert_int_equal(v->note_levels[1], VIEW_WARNING);
    view_unref(v);
}

static void tables_grow(void **unused)
{
    (void)unused;
    static const struct view_column columns[] = {{"i", NULL, CELL_INT, 0}, {"t", "Text", CELL_TEXT, 0}};
    struct view *v = view_table_new("t", NULL, columns, 2);
    for (int i = 0; i < 1000; i++) {
        size_t row = view_row(v);
        view_cell_int(v, row, 0, i);
        if (i % 2)
            view_cell_textf(v, row, 1, "row %d", i);
        if (i == 9)
            view_row_follow(v, row, "head");
        if (i == 17)
            view_row_level(v, row, 1);
    }
    struct cell c;
    view_table_cell(v, 999, 0, &c, v->arena);
    assert_int_equal(c.i, 999);
    view_table_cell(v, 998, 1, &c, v->arena);
    assert_true(c.missing);
    view_table_cell(v, 501, 1, &c, v->arena);
    assert_string_equal(c.text, "row 501");
    for (size_t i = 0; i < 1000; i++) {
        assert_true((v->table->follow[i] != NULL) == (i == 9));
        assert_int_equal(v->table->row_level[i], i == 17);
    }
    view_unref(v);
}

static int released;

static void square(void *data, size_t row, size_t col, struct cell *out, struct arena *scratch)
{
    (void)data;
    (void)scratch;
    (void)col;
    out->missing = false;
    out->i = (int64_t)(row * row);
}

static void release(void *data)
{
    released += *(int *)data;
}

static void sources_are_read_when_asked_and_released_once(void **unused)
{
    (void)unused;
    static const struct view_column columns[] = {{"square", NULL, CELL_INT, 0}};
    int one = 1;
    struct view *v = view_table_from_source(
        "t", "", columns, 1, 10000000, (struct table_source){.data = &one, .cell = square, .release = release});
    struct cell c;
    view_table_cell(v, 9999999, 0, &c, v->arena);
    assert_int_equal(c.i, 9999999LL * 9999999LL);
    struct view *again = view_ref(v);
    assert_ptr_equal(again, v);
    released = 0;
    view_unref(v);
    assert_int_equal(released, 0);
    view_unref(again);
    assert_int_equal(released, 1);
}

static void plots_copy_their_numbers(void **unused)
{
    (void)unused;
    double x[] = {1, 2}, value[] = {1, NAN, 3, 4}, box[] = {1, 2, 3, 4, 5};
    const char *labels[] = {"a", NULL};
    struct view *v = view_plot_new("p", "P");
    assert_int_equal(view_plot_add(v, &(struct plot_series){.mark = PLOT_LINE, .n = 2, .x = x, .labels = labels}),
                     0);
    assert_int_equal(view_plot_add(v, &(struct plot_series){.mark = PLOT_BOX, .n = 1, .box = box}), 1);
    view_plot_heat(v, &(struct plot_heat){.rows = 2, .cols = 2, .value = value, .row_labels = labels});
    x[0] = value[0] = box[4] = 99;
    labels[0] = "changed";
    assert_true(v->plot->series[0].x[0] == 1);
    assert_string_equal(v->plot->series[0].labels[0], "a");
    assert_string_equal(v->plot->series[0].labels[1], "");
    assert_true(v->plot->series[1].box[4] == 5);
    assert_true(v->plot->heat->value[0] == 1 && isnan(v->plot->heat->value[1]));
    assert_null(v->plot->heat->col_labels);
    assert_string_equal(v->plot->twin, "");
    view_unref(v);
}

static void reports_own_their_items(void **unused)
{
    (void)unused;
    struct view_list l = {0};
    struct view *text = view_text("t", "T", "hello"), *kept = view_ref(text);
    view_list_add(&l, text);
    view_list_add(&l, view_note(VIEW_GOOD, "%d of %d", 3, 4));
    struct view *r = view_report("r", "R", &l);
    assert_int_equal(l.n, 0);
    assert_int_equal(r->items->n, 2);
    assert_string_equal(r->items->v[1]->text, "3 of 4");
    assert_string_equal(view_kind_name(r->items->v[1]->kind), "note");
    view_unref(r);
    assert_string_equal(kept->text, "hello");
    view_unref(kept);
    view_list_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_hold_what_was_put_in),
        cmocka_unit_test(tables_grow),
        cmocka_unit_test(sources_are_read_when_asked_and_released_once),
        cmocka_unit_test(plots_copy_their_numbers),
        cmocka_unit_test(reports_own_their_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
