/* corr: correlations of numeric columns, pairwise complete. */
#include "ops/corr.h"

#include <math.h>

#include "base/mem.h"
#include "base/pool.h"
#include "num/moments.h"

struct correlating {
    size_t n, rows;
    double **x; /* the columns as numbers */
    enum corr_method method;
    double *r;
    struct progress *progress;
    struct err *errs; /* per row of the matrix */
};

static void corr_row(void *arg, size_t i, unsigned worker)
{
    struct correlating *c = arg;
    void *work = c->method == CORR_PEARSON ? NULL : mem_bulk(cor_work(c->rows), 1, &c->errs[i]);
    (void)worker;
    if (c->method != CORR_PEARSON && !work)
        return;
    for (size_t j = i; j < c->n && !progress_cancelled(c->progress); j++) {
        size_t used;
        double r = c->method == CORR_PEARSON    ? cor_pearson(c->rows, c->x[i], c->x[j], &used)
                   : c->method == CORR_SPEARMAN ? cor_spearman(c->rows, c->x[i], c->x[j], &used, work)
                                                : cor_kendall(c->rows, c->x[i], c->x[j], &used, work);
        c->r[i * c->n + j] = c->r[j * c->n + i] = i == j && !isnan(r) ? 1 : r;
    }
    mem_bulk_free(work);
}

bool corr_run(const struct table *t, const int *cols, size_t n, enum corr_method method, struct progress *p,
              double *r, struct err *e)
{
    struct correlating c = {.n = n, .rows = table_rows(t), .method = method, .r = r, .progress = p};
    bool good = true;
    c.x = mem_zero(n + 1, sizeof *c.x);
    c.errs = mem_zero(n + 1, sizeof *c.errs);
    for (size_t j = 0; good && j < n; j++) {
        c.x[j] = mem_bulk(c.rows + 1, sizeof(double), e);
        good = c.x[j] != NULL;
        if (good)
            column_numbers(table_column(t, (size_t)cols[j]), NULL, c.rows, c.x[j]);
    }
    if (good)
        parallel_for(n, corr_row, &c);
    for (size_t j = 0; good && j < n; j++)
        if (c.errs[j].code) {
            *e = c.errs[j];
            good = false;
        }
    if (good && progress_cancelled(p))
        good = err_set(e, ERR_CANCELLED, "the correlations were interrupted");
    for (size_t j = 0; j < n; j++)
        mem_bulk_free(c.x[j]);
    mem_free(c.x);
    mem_free(c.errs);
    return good;
}

void corr_views(const struct table *t, const int *cols, size_t n, enum corr_method method, const double *r,
                struct view_list *out)
{
    static const char *const names[] = {"Pearson", "Spearman", "Kendall"};
    struct view_column *columns = mem_zero(n + 1, sizeof *columns);
    const char **labels = mem_zero(n + 1, sizeof *labels), **cells = mem_zero(n * n + 1, sizeof *cells);
    double strongest = 0;
    size_t a = 0, b = 0;

    columns[0] = (struct view_column){"column", "", CELL_TEXT, 0};
    for (size_t j = 0; j < n; j++) {
        labels[j] = table_name(t, (size_t)cols[j]);
        columns[j + 1] = (struct view_column){labels[j], NULL, CELL_REAL, 3};
    }
    struct view *v = view_table_new("corr", "", columns, n + 1), *p = view_plot_new("corr", "");
    v->title = arena_printf(v->arena, "%s correlations", names[method]);
    p->title = arena_strdup(p->arena, v->title);
    for (size_t i = 0; i < n; i++) {
        size_t row = view_row(v);
        view_cell_text(v, row, 0, labels[i]);
        for (size_t j = 0; j < n; j++) {
            double x = r[i * n + j];
            view_cell_real(v, row, j + 1, x);
            cells[i * n + j] = isnan(x) ? "" : arena_printf(p->arena, "%.2f", x);
            if (i < j && fabs(x) > fabs(strongest)) {
                strongest = x;
                a = i;
                b = j;
            }
        }
    }
    view_plot_axes(p, "", "");
    view_plot_heat(p, &(struct plot_heat){.rows = n,
                                          .cols = n,
                                          .value = r,
                                          .row_labels = labels,
                                          .col_labels = labels,
                                          .cell_labels = cells,
                                          .low = -1,
                                          .high = 1,
                                          .diverging = true});
    view_plot_twin(p, "Strongest correlation: %s and %s, %.3f.", labels[a], labels[b], strongest);
    if (n > 1)
        view_set_caption(v, "strongest: %s and %s, %.3f; rows with both values are used", labels[a], labels[b],
                         strongest);
    view_list_add(out, v);
    view_list_add(out, p);
    mem_free(columns);
    mem_free(labels);
    mem_free(cells);
}
