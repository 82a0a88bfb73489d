/* views: the small views that the tests of renderers share. */
#ifndef LATHE_TESTS_VIEWS_H
#define LATHE_TESTS_VIEWS_H

#include <math.h>

#include "view/view.h"

/* Four models: text, integer, score, p-value, seconds, bytes; best row, baseline, notes. */
static inline struct view *views_models(void)
{
    static const struct view_column columns[] = {
        {"model", NULL, CELL_TEXT, 0}, {"n", NULL, CELL_INT, 0},          {"auc", NULL, CELL_SCORE, 0},
        {"p", NULL, CELL_P, 0},        {"fit_s", "fit", CELL_SECONDS, 0}, {"size", NULL, CELL_BYTES, 0},
    };
    static const char *const names[] = {"dummy", "logistic", "rf"};
    static const double auc[] = {NAN, 0.8345, 0.8679}, p[] = {NAN, 0.0004, 0.042}, fit[] = {0.0003, 0.0123, 4.2};
    struct view *v = view_table_new("metrics", "Models of survived", columns, 6);
    for (size_t i = 0; i < 3; i++) {
        view_row(v);
        view_cell_text(v, i, 0, names[i]);
        view_cell_int(v, i, 1, 179);
        view_cell_real(v, i, 2, auc[i]);
        view_cell_real(v, i, 3, p[i]);
        view_cell_real(v, i, 4, fit[i]);
        view_cell_real(v, i, 5, 1000 * pow(10, (double)i));
    }
    view_row_level(v, 0, 2);
    view_row_level(v, 2, 1);
    view_row_follow(v, 2, "show %s", names[2]);
    view_set_caption(v, "Best by auc: rf.");
    view_add_note(v, VIEW_INFO, "imputed age by its median (29.7)");
    view_add_note(v, VIEW_WARNING, "the test part was opened %d times", 3);
    return v;
}

/* Counts with bars and shares. */
static inline struct view *views_freq(void)
{
    static const struct view_column columns[] = {{"value", NULL, CELL_TEXT, 0},
                                                 {"n", NULL, CELL_INT, 0},
                                                 {"share", NULL, CELL_BAR, 0},
                                                 {"pc", "%", CELL_PERCENT, 0}};
    static const char *const names[] = {"male", "日本語", NULL};
    static const double share[] = {0.648, 0.324, 0.0001};
    struct view *v = view_table_new("freq", "", columns, 4);
    for (size_t i = 0; i < 3; i++) {
        view_row(v);
        view_cell_text(v, i, 0, names[i]);
        view_cell_int(v, i, 1, (int64_t)(share[i] * 1000));
        view_cell_real(v, i, 2, share[i]);
        view_cell_real(v, i, 3, share[i]);
    }
    return v;
}

static inline struct view *views_tree(void)
{
    struct view *v = view_tree_new("tree", "");
    view_tree_add(v, -1, "", "0.38", "n=891", 1);
    view_tree_add(v, 0, "sex = male", "0.19", "n=577", 0.65);
    view_tree_add(v, 0, "sex = female", "0.74", "n=314", 0.35);
    view_tree_add(v, 1, "age <= 6.5", "0.67", NULL, 0.03);
    view_tree_add(v, 1, "age > 6.5", "0.17", NULL, 0.62);
    return v;
}

/* Two curves, a diagonal guide and a hostile name. */
static inline struct view *views_roc(void)
{
    static const double x[] = {0, 0.1, 0.3, 1}, y[] = {0, 0.6, 0.9, 1}, z[] = {0, 0.3, 0.8, 1}, ends[] = {0, 1};
    struct view *v = view_plot_new("roc", "ROC on the test part");
    view_plot_axes(v, "false positive rate", "true positive rate");
    view_plot_add(
        v, &(struct plot_series){.mark = PLOT_RULE, .n = 2, .x = ends, .y = ends, .style = PLOT_STYLE_GUIDE});
    view_plot_add(
        v, &(struct plot_series){.mark = PLOT_STEP, .name = "a'b`x`\"\n\\", .n = 4, .x = x, .y = y, .style = -1});
    view_plot_add(v, &(struct plot_series){.mark = PLOT_STEP, .name = "knn", .n = 4, .x = x, .y = z, .style = -1});
    view_plot_twin(v, "Curves of 2 models; the first is above the second everywhere.");
    v->plot->square = true;
    v->plot->x.max = v->plot->y.max = 1;
    return v;
}

#endif
