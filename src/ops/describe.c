/* describe: what each column of a table is and holds. */
#include "ops/describe.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "num/moments.h"
#include "num/sort.h"
#include "ops/freq.h"

struct describing {
    const struct table *table;
    const int *cols;
    struct column_summary *out;
    struct err *errs;
    struct progress *progress;
};

/* Moments, quantiles and distinct values of a column of numbers, from one pass and one sort. */
static bool describe_numbers(const struct column *c, struct column_summary *s, struct err *e)
{
    size_t n = column_size(c);
    double *x = mem_bulk(n + 1, sizeof *x, e), *work = x ? mem_bulk(n + 1, sizeof *work, e) : NULL;
    if (work) {
        column_numbers(c, NULL, n, x);
        struct moments m = moments_of(n, x);
        sort_f64(n, x, work);
        s->mean = m.n ? m.mean : (double)NAN;
        s->sd = moments_sd(&m);
        s->skewness = moments_skewness(&m);
        s->kurtosis = moments_kurtosis(&m);
        if (m.n) {
            s->min = x[0];
            s->q1 = quantile_sorted(m.n, x, 0.25);
            s->median = quantile_sorted(m.n, x, 0.5);
            s->q3 = quantile_sorted(m.n, x, 0.75);
            s->max = x[m.n - 1];
        }
        s->distinct = m.n > 0;
        for (size_t i = 1; i < m.n; i++)
            s->distinct += x[i] != x[i - 1];
    }
    mem_bulk_free(x);
    mem_bulk_free(work);
    return work != NULL;
}

static bool describe_words(const struct column *c, struct column_summary *s, struct err *e)
{
    struct freq_table f;
    if (!freq_run(c, &f, e))
        return false;
    s->distinct = f.n;
    if (f.n) {
        s->top = mem_strdup(f.value[0]);
        s->top_share = s->n ? f.count[0] / (double)s->n : (double)NAN;
    }
    freq_done(&f);
    return true;
}

static void describe_one(void *arg, size_t i, unsigned worker)
{
    struct describing *d = arg;
    const struct column *c = table_column(d->table, (size_t)d->cols[i]);
    struct column_summary *s = &d->out[i];
    double none = (double)NAN;
    (void)worker;
    if (progress_cancelled(d->progress))
        return;
    *s = (struct column_summary){.name = table_name(d->table, (size_t)d->cols[i]),
                                 .type = column_type(c),
                                 .missing = column_missing(c),
                                 .n = column_size(c) - column_missing(c),
                                 .mean = none,
                                 .sd = none,
                                 .min = none,
                                 .q1 = none,
                                 .median = none,
                                 .q3 = none,
                                 .max = none,
                                 .skewness = none,
                                 .kurtosis = none,
                                 .top_share = none};
    if (s->type == COLUMN_F64 || s->type == COLUMN_I64 || s->type == COLUMN_BOOL)
        describe_numbers(c, s, &d->errs[i]);
    else
        describe_words(c, s, &d->errs[i]);
}

bool describe_run(const struct table *t, const int *cols, size_t n, struct progress *p, struct column_summary *out,
                  struct err *e)
{
    struct describing d = {t, cols, out, mem_zero(n + 1, sizeof(struct err)), p};
    bool good = true;
    memset(out, 0, n * sizeof *out);
    parallel_for(n, describe_one, &d);
    for (size_t i = 0; good && i < n; i++)
        if (d.errs[i].code) {
            *e = d.errs[i];
            good = false;
        }
    if (good && progress_cancelled(p))
        good = err_set(e, ERR_CANCELLED, "the description was interrupted");
    mem_free(d.errs);
    if (!good)
        describe_done(out, n);
    return good;
}

void describe_done(struct column_summary *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mem_free(s[i].top);
}

struct view *describe_view(const struct column_summary *s, size_t n, const char *title, size_t rows)
{
    static const struct view_column columns[] = {
        {"column", NULL, CELL_TEXT, 0},
        {"type", NULL, CELL_TEXT, 0},
        {"n", NULL, CELL_INT, 0},
        {"missing", NULL, CELL_INT, 0},
        {"distinct", NULL, CELL_INT, 0},
        {"mean", NULL, CELL_REAL, 5},
        {"sd", NULL, CELL_REAL, 5},
        {"min", NULL, CELL_REAL, 5},
        {"q1", NULL, CELL_REAL, 5},
        {"median", NULL, CELL_REAL, 5},
        {"q3", NULL, CELL_REAL, 5},
        {"max", NULL, CELL_REAL, 5},
        {"skewness", "skew", CELL_REAL, 3},
        {"kurtosis", "kurt", CELL_REAL, 3},
        {"top", "most frequent", CELL_TEXT, 0},
        {"top_share", "share", CELL_PERCENT, 0},
    };
    struct view *v = view_table_new("describe", title, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        const double numbers[] = {s[i].mean, s[i].sd,  s[i].min,      s[i].q1,      s[i].median,
                                  s[i].q3,   s[i].max, s[i].skewness, s[i].kurtosis};
        size_t r = view_row(v);
        view_cell_text(v, r, 0, s[i].name);
        view_cell_text(v, r, 1, column_type_name(s[i].type));
        view_cell_int(v, r, 2, (int64_t)s[i].n);
        view_cell_int(v, r, 3, (int64_t)s[i].missing);
        view_cell_int(v, r, 4, (int64_t)s[i].distinct);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
            view_cell_real(v, r, 5 + k, numbers[k]);
        view_cell_text(v, r, 14, s[i].top);
        view_cell_real(v, r, 15, s[i].top_share);
        struct str quoted = STR_INIT;
        bool plain = !strpbrk(s[i].name, " \"'=;#");
        str_printf(&quoted, plain ? "%s" : "\"%s\"", s[i].name);
        view_row_follow(v, r, s[i].type == COLUMN_F64 || s[i].type == COLUMN_I64 ? "hist %s" : "freq %s",
                        str_get(&quoted));
        str_done(&quoted);
    }
    view_set_caption(v, "%zu rows", rows);
    return v;
}

/* ---- schema, missing --------------------------------------------------------------------------------------- */

static void example_of(const struct column *c, struct str *out)
{
    size_t shown = 0, n = column_size(c);
    if (column_type(c) == COLUMN_CATEGORY) {
        const struct dictionary *d = column_dictionary(c);
        for (size_t k = 0; k < dictionary_size(d) && k < 4; k++)
            str_printf(out, "%s%s", k ? ", " : "", dictionary_word(d, (int32_t)k));
        if (dictionary_size(d) > 4)
            str_add(out, ", …");
        return;
    }
    for (size_t i = 0; i < n && shown < 3; i++) {
        if (column_is_missing(c, i))
            continue;
        str_add(out, shown++ ? ", " : "");
        column_print(c, i, out);
    }
}

struct view *schema_view(const struct table *t, const char *name, const char *target)
{
    static const struct view_column columns[] = {{"column", NULL, CELL_TEXT, 0},
                                                 {"type", NULL, CELL_TEXT, 0},
                                                 {"missing", NULL, CELL_INT, 0},
                                                 {"distinct", NULL, CELL_INT, 0},
                                                 {"example", NULL, CELL_TEXT, 0}};
    struct view *v = view_table_new("schema", "", columns, 5);
    struct str s = STR_INIT;
    v->title = arena_printf(v->arena, "%s: %zu rows, %zu columns", name, table_rows(t), table_cols(t));
    for (size_t j = 0; j < table_cols(t); j++) {
        const struct column *c = table_column(t, j);
        size_t r = view_row(v);
        str_clear(&s);
        example_of(c, &s);
        view_cell_text(v, r, 0, table_name(t, j));
        view_cell_text(v, r, 1, column_type_name(column_type(c)));
        view_cell_int(v, r, 2, (int64_t)column_missing(c));
        view_cell_int(v, r, 3, (int64_t)column_distinct(c, NULL));
        view_cell_text(v, r, 4, str_get(&s));
        if (target && strcmp(target, table_name(t, j)) == 0) {
            view_row_level(v, r, 1);
            view_set_caption(v, "target: %s", target);
        }
    }
    str_done(&s);
    return v;
}

struct view *missing_view(const struct table *t, const char *name)
{
    static const struct view_column columns[] = {
        {"column", NULL, CELL_TEXT, 0}, {"missing", NULL, CELL_INT, 0}, {"share", NULL, CELL_BAR, 0}};
    struct view *v = view_table_new("missing", "", columns, 3);
    size_t rows = table_rows(t), complete = 0, with = 0;
    v->title = arena_printf(v->arena, "Missing values of %s", name);
    for (size_t j = 0; j < table_cols(t); j++) {
        size_t missing = column_missing(table_column(t, j)), r = view_row(v);
        view_cell_text(v, r, 0, table_name(t, j));
        view_cell_int(v, r, 1, (int64_t)missing);
        view_cell_real(v, r, 2, rows ? (double)missing / (double)rows : (double)NAN);
        with += missing > 0;
    }
    for (size_t i = 0; i < rows; i++) {
        bool whole = true;
        for (size_t j = 0; whole && j < table_cols(t); j++)
            whole = !column_is_missing(table_column(t, j), i);
        complete += whole;
    }
    view_set_caption(v, "%zu of %zu columns have missing values; %zu of %zu rows are complete", with,
                     table_cols(t), complete, rows);
    return v;
}
