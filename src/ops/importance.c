/* importance: the model's own, or by permutation. */
#include "ops/importance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "ops/evaluate.h"

struct feature_score {
    const char *name;
    double value, sd;
};

static int largest_first(const void *a, const void *b)
{
    const struct feature_score *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? 1 : -1;
    return strcmp(x->name, y->name);
}

/* Table and picture of scores, the largest first. */
static void emit(struct feature_score *f, size_t n, int top, const char *title, const char *unit, bool with_sd,
                 struct view_list *out)
{
    const struct view_column columns[] = {
        {"feature", NULL, CELL_TEXT, 0}, {"importance", NULL, CELL_REAL, 4}, {"sd", NULL, CELL_REAL, 3}};
    struct view *t = view_table_new("importance", title, columns, with_sd ? 3 : 2);
    struct view *p = view_plot_new("importance", title);
    size_t shown = n < (size_t)top ? n : (size_t)top;
    double *value = mem_zero(shown + 1, sizeof *value);
    const char **labels = mem_zero(shown + 1, sizeof *labels);

    qsort(f, n, sizeof *f, largest_first);
    for (size_t i = 0; i < shown; i++) {
        size_t r = view_row(t);
        view_cell_text(t, r, 0, f[i].name);
        view_cell_real(t, r, 1, f[i].value);
        if (with_sd)
            view_cell_real(t, r, 2, f[i].sd);
        value[i] = f[i].value;
        labels[i] = f[i].name;
    }
    t->table->total_rows = n;
    view_plot_axes(p, "", unit);
    view_plot_add(p, &(struct plot_series){
                         .mark = PLOT_BARS, .name = "", .n = shown, .y = value, .labels = labels, .style = 0});
    view_plot_twin(p, "%s: %s matters most (%.4g).", title, shown ? labels[0] : "nothing", shown ? value[0] : 0.0);
    view_list_add(out, t);
    view_list_add(out, p);
    mem_free(value);
    mem_free(labels);
}

bool importance_of_model(const struct view_list *described, const char *name, int top, struct view_list *out)
{
    for (size_t k = 0; k < described->n; k++) {
        const struct view *v = described->v[k];
        if (v->kind != VIEW_TABLE || strcmp(v->id, "importance") != 0)
            continue;
        size_t n = v->table->n_rows;
        struct feature_score *f = mem_zero(n + 1, sizeof *f);
        struct arena *scratch = arena_new();
        for (size_t i = 0; i < n; i++) {
            struct cell feature, value;
            view_table_cell(v, i, 0, &feature, scratch);
            view_table_cell(v, i, 1, &value, scratch);
            f[i] = (struct feature_score){feature.missing ? "" : feature.text, value.missing ? 0 : value.r, 0};
        }
        emit(f, n, top, arena_printf(scratch, "Importance in %s", name), "importance", false, out);
        arena_free(scratch);
        mem_free(f);
        return true;
    }
    return false;
}

/* ---- permutation ------------------------------------------------------------------------------------------- */

struct shuffle {
    const struct model *model;
    const char *name;
    struct table *part; /* the rows that are judged */
    const struct importance_options *o;
    enum metric_id metric;
    double *fall; /* features x repeats */
    double base;
    struct err *errs;
    struct progress *progress;
};

/* Rows in the order of random keys: the same for every model with the same seed. */
struct keyed {
    uint64_t key;
    uint32_t row;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key ? 1 : (x->row > y->row) - (x->row < y->row);
}

static struct table *with_shuffled(const struct shuffle *s, const char *feature, size_t j, size_t r, struct err *e)
{
    size_t n = table_rows(s->part);
    int col = table_require(s->part, feature, e);
    struct keyed *order = col < 0 ? NULL : mem_bulk(n, sizeof *order, e);
    uint32_t *rows = order ? mem_bulk(n, sizeof *rows, e) : NULL;
    struct table *out = NULL;
    if (rows) {
        for (size_t i = 0; i < n; i++)
            order[i] = (struct keyed){lt_random(s->o->seed, j * 1024 + r, i), (uint32_t)i};
        qsort(order, n, sizeof *order, by_key);
        for (size_t i = 0; i < n; i++)
            rows[i] = order[i].row;
        struct column *c = column_take(table_column(s->part, (size_t)col), rows, n, e);
        out = c ? table_with(s->part, feature, c) : NULL;
    }
    mem_bulk_free(order);
    mem_bulk_free(rows);
    return out;
}

static void shuffle_one(void *arg, size_t i, unsigned worker)
{
    struct shuffle *s = arg;
    size_t repeats = (size_t)s->o->repeats, j = i / repeats, r = i % repeats;
    struct evaluation ev;
    (void)worker;
    if (progress_cancelled(s->progress))
        return;
    struct table *t = with_shuffled(s, model_input_name(s->model, j), j, r, &s->errs[i]);
    if (t && evaluate_run(s->model, s->name, "", t, NULL, table_rows(t), NULL, &ev, &s->errs[i])) {
        double sign = metric_table[s->metric].higher_is_better ? 1 : -1;
        s->fall[i] = sign * (s->base - ev.metric[s->metric]);
        evaluation_done(&ev);
    }
    if (t)
        table_unref(t);
}

bool importance_run(const struct model *m, const char *name, const struct table *t, const uint32_t *rows, size_t n,
                    const struct importance_options *o, struct progress *p, struct view_list *out, struct err *e)
{
    size_t features = model_inputs(m), tasks = features * (size_t)o->repeats;
    const char *const *classes;
    struct shuffle s = {.model = m,
                        .name = name,
                        .o = o,
                        .progress = p,
                        .metric = evaluate_main_metric(model_task(m), model_classes(m, &classes))};
    struct evaluation ev;
    bool good = false;

    s.part = table_take(t, rows, n, e);
    if (!s.part)
        return false;
    s.fall = mem_zero(tasks + 1, sizeof *s.fall);
    s.errs = mem_zero(tasks + 1, sizeof *s.errs);
    if (evaluate_run(m, name, "", s.part, NULL, n, NULL, &ev, e)) {
        s.base = ev.metric[s.metric];
        evaluation_done(&ev);
        parallel_for(tasks, shuffle_one, &s);
        good = !progress_cancelled(p) || err_set(e, ERR_CANCELLED, "the importance was interrupted");
        for (size_t i = 0; good && i < tasks; i++)
            if (s.errs[i].code) {
                *e = s.errs[i];
                good = false;
            }
    }
    if (good) {
        struct feature_score *f = mem_zero(features + 1, sizeof *f);
        for (size_t j = 0; j < features; j++) {
            double sum = 0, squares = 0, k = o->repeats;
            for (int r = 0; r < o->repeats; r++)
                sum += s.fall[j * (size_t)o->repeats + (size_t)r];
            for (int r = 0; r < o->repeats; r++) {
                double d = s.fall[j * (size_t)o->repeats + (size_t)r] - sum / k;
                squares += d * d;
            }
            f[j] = (struct feature_score){model_input_name(m, j), sum / k,
                                          o->repeats > 1 ? sqrt(squares / (k - 1)) : (double)NAN};
        }
        struct arena *a = arena_new();
        emit(f, features, o->top, arena_printf(a, "Importance to %s by permutation", name),
             arena_printf(a, "fall of %s", metric_table[s.metric].name), true, out);
        arena_free(a);
        mem_free(f);
    }
    table_unref(s.part);
    mem_free(s.fall);
    mem_free(s.errs);
    return good;
}
