/* freq: how often each value of a column occurs. */
#include "ops/freq.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"

struct counted {
    const char *value;
    double count;
    size_t order;
};

static int most_first(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

bool freq_run(const struct column *c, struct freq_table *out, struct err *e)
{
    struct column *cat = column_to_category(c, e);
    if (!cat)
        return false;
    const struct dictionary *d = column_dictionary(cat);
    const int32_t *code = column_codes(cat);
    size_t k = dictionary_size(d), n = column_size(cat);
    struct counted *v = mem_zero(k + 1, sizeof *v);

    for (size_t i = 0; i < k; i++)
        v[i] = (struct counted){dictionary_word(d, (int32_t)i), 0, i};
    for (size_t i = 0; i < n; i++)
        if (code[i] >= 0)
            v[code[i]].count++;
    qsort(v, k, sizeof *v, most_first);
    while (k && v[k - 1].count == 0) /* levels that a filter left empty */
        k--;
    *out = (struct freq_table){.n = k, .rows = n, .missing = column_missing(c)};
    out->value = mem_zero(k + 1, sizeof *out->value);
    out->count = mem_zero(k + 1, sizeof *out->count);
    for (size_t i = 0; i < k; i++) {
        out->value[i] = mem_strdup(v[i].value);
        out->count[i] = v[i].count;
    }
    mem_free(v);
    column_unref(cat);
    return true;
}

void freq_done(struct freq_table *f)
{
    for (size_t i = 0; i < f->n; i++)
        mem_free(f->value[i]);
    mem_free(f->value);
    mem_free(f->count);
    *f = (struct freq_table){0};
}

void freq_views(const struct freq_table *f, const char *table, const char *column, size_t top,
                struct view_list *out)
{
    struct view_column columns[] = {
        {column, NULL, CELL_TEXT, 0}, {"n", NULL, CELL_INT, 0}, {"share", NULL, CELL_BAR, 0}};
    struct view *t = view_table_new("freq", "", columns, 3), *p = view_plot_new("freq", "");
    size_t shown = f->n < top ? f->n : top;
    double valid = (double)(f->rows - f->missing), rest = 0;
    bool plain = !strpbrk(column, " \"'=;#");

    t->title = arena_printf(t->arena, "%s of %s", column, table);
    p->title = arena_strdup(p->arena, t->title);
    for (size_t i = 0; i < shown; i++) {
        size_t r = view_row(t);
        view_cell_text(t, r, 0, f->value[i]);
        view_cell_int(t, r, 1, (int64_t)f->count[i]);
        view_cell_real(t, r, 2, f->count[i] / valid);
        if (plain && !strchr(f->value[i], '\''))
            view_row_follow(t, r, "filter %s = '%s' as part", column, f->value[i]);
    }
    for (size_t i = shown; i < f->n; i++)
        rest += f->count[i];
    t->table->total_rows = f->n;
    view_set_caption(t, "%zu values, %.0f rows%s", f->n, valid,
                     f->missing ? arena_printf(t->arena, "; %zu missing", f->missing) : "");
    if (rest > 0)
        view_add_note(t, VIEW_INFO, "%zu more values share %.0f rows; n=%zu shows all", f->n - shown, rest, f->n);
    view_plot_axes(p, column, "rows");
    view_plot_add(p, &(struct plot_series){.mark = PLOT_BARS,
                                           .name = "",
                                           .n = shown < 30 ? shown : 30,
                                           .y = f->count,
                                           .labels = (const char *const *)f->value,
                                           .style = 0});
    view_plot_twin(p, "%s has %zu values; the most frequent is %s with %.0f of %.0f rows.", column, f->n,
                   f->n ? f->value[0] : "none", f->n ? f->count[0] : 0.0, valid);
    view_list_add(out, t);
    view_list_add(out, p);
}

/* ---- two columns ------------------------------------------------------------------------------------------- */

#define MOST_LEVELS 200

bool freq_cross(const struct table *t, int a, int by, struct view_list *out, struct err *e)
{
    struct column *ca = column_to_category(table_column(t, (size_t)a), e);
    struct column *cb = ca ? column_to_category(table_column(t, (size_t)by), e) : NULL;
    bool good = cb != NULL;
    if (good) {
        const struct dictionary *da = column_dictionary(ca), *db = column_dictionary(cb);
        size_t ka = dictionary_size(da), kb = dictionary_size(db);
        if (ka > MOST_LEVELS || kb > MOST_LEVELS) {
            good = err_set(e, ERR_RANGE, "a table of %zu by %zu values is too large to be read", ka, kb);
        } else {
            double *count = mem_zero(ka * kb + 1, sizeof *count);
            for (size_t i = 0; i < table_rows(t); i++)
                if (column_codes(ca)[i] >= 0 && column_codes(cb)[i] >= 0)
                    count[(size_t)column_codes(ca)[i] * kb + (size_t)column_codes(cb)[i]]++;
            struct view_column *columns = mem_zero(kb + 2, sizeof *columns);
            columns[0] = (struct view_column){table_name(t, (size_t)a), NULL, CELL_TEXT, 0};
            for (size_t k = 0; k < kb; k++)
                columns[k + 1] = (struct view_column){dictionary_word(db, (int32_t)k), NULL, CELL_INT, 0};
            columns[kb + 1] = (struct view_column){"total", NULL, CELL_INT, 0};
            struct view *v = view_table_new("freq", "", columns, kb + 2);
            v->title = arena_printf(v->arena, "%s by %s", table_name(t, (size_t)a), table_name(t, (size_t)by));
            for (size_t i = 0; i < ka; i++) {
                double total = 0;
                size_t r = view_row(v);
                view_cell_text(v, r, 0, dictionary_word(da, (int32_t)i));
                for (size_t k = 0; k < kb; k++) {
                    view_cell_int(v, r, k + 1, (int64_t)count[i * kb + k]);
                    total += count[i * kb + k];
                }
                view_cell_int(v, r, kb + 1, (int64_t)total);
            }
            struct view *p = view_plot_new("freq", v->title);
            view_plot_axes(p, table_name(t, (size_t)by), table_name(t, (size_t)a));
            view_plot_heat(p, &(struct plot_heat){.rows = ka,
                                                  .cols = kb,
                                                  .value = count,
                                                  .row_labels = dictionary_words(da),
                                                  .col_labels = dictionary_words(db)});
            view_plot_twin(p, "Counts of %s by %s: %zu by %zu values.", table_name(t, (size_t)a),
                           table_name(t, (size_t)by), ka, kb);
            view_list_add(out, v);
            view_list_add(out, p);
            mem_free(columns);
            mem_free(count);
        }
    }
    if (ca)
        column_unref(ca);
    if (cb)
        column_unref(cb);
    return good;
}
