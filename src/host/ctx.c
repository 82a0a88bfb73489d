#include "host/ctx.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/vec.h"

static struct plugin_call *call_of(struct lt_ctx *ctx)
{
    return ctx->host;
}

/* ---- work --------------------------------------------------------------------------------------------------- */

static void ctx_parallel(struct lt_ctx *ctx, size_t n, void (*fn)(void *, size_t, unsigned), void *arg)
{
    (void)ctx;
    parallel_for(n, fn, arg);
}

static int ctx_cancelled(struct lt_ctx *ctx)
{
    const struct plugin_call *c = call_of(ctx);
    return progress_cancelled(c->progress) || (c->deadline > 0 && clock_seconds() >= c->deadline);
}

static void ctx_progress(struct lt_ctx *ctx, double done, const char *stage)
{
    struct plugin_call *c = call_of(ctx);
    bool known = c->to >= 0 && done >= 0;
    done = done > 1 ? 1 : done;
    progress_report(c->progress, known ? c->from + (c->to - c->from) * done : -1, stage);
}

static void ctx_metric(struct lt_ctx *ctx, const char *name, uint64_t unit, double value)
{
    struct plugin_call *c = call_of(ctx);
    if (!c->curves || !name || !*name)
        return;
    pthread_mutex_lock(&c->lock);
    curves_add(c->curves, name, (double)unit, value);
    progress_metric(c->progress, name, (double)unit, value);
    pthread_mutex_unlock(&c->lock);
}

static void ctx_trace(struct lt_ctx *ctx, const char *name, const struct lt_tensor *t)
{
    struct plugin_call *c = call_of(ctx);
    if (c->trace)
        c->trace(c->trace_arg, name, t);
}

/* The kept block is cut from the front. What doesn't fit gets a block of its own, and the next call's kept block
 * is made large enough for all of it, so that steps after the first ask the system for nothing. */
static void *ctx_scratch(struct lt_ctx *ctx, size_t bytes)
{
    struct plugin_call *c = call_of(ctx);
    if (bytes > SIZE_MAX - 64)
        return NULL;
    size_t want = (bytes + 63) & ~(size_t)63;
    want = want ? want : 64;
    if (c->asked <= SIZE_MAX - want)
        c->asked += want;
    if (want <= c->kept_size - c->used) {
        void *p = c->kept + c->used;
        c->used += want;
        return p;
    }
    void *p = mem_bulk(want, 1, NULL);
    if (p)
        vec_push(&c->blocks, p);
    return p;
}

static void scratch_reset(struct plugin_call *c)
{
    for (size_t i = 0; i < c->blocks.n; i++)
        mem_bulk_free(c->blocks.v[i]);
    if (c->blocks.n) {
        mem_bulk_free(c->kept);
        c->kept = mem_bulk(c->asked, 1, NULL);
        c->kept_size = c->kept ? c->asked : 0;
    }
    c->blocks.n = 0;
    c->used = c->asked = 0;
}

/* ---- words -------------------------------------------------------------------------------------------------- */

static int __attribute__((format(printf, 3, 4))) ctx_fail(struct lt_ctx *ctx, int code, const char *format, ...)
{
    struct plugin_call *c = call_of(ctx);
    va_list args;
    code = code < 0 ? code : LT_INTERNAL;
    pthread_mutex_lock(&c->lock);
    if (!c->code) { /* the first reason is the reason */
        c->code = code;
        va_start(args, format);
        vsnprintf(c->text, sizeof c->text, format, args);
        va_end(args);
    }
    pthread_mutex_unlock(&c->lock);
    return code;
}

static void __attribute__((format(printf, 3, 4))) ctx_note(struct lt_ctx *ctx, int level, const char *format, ...)
{
    struct plugin_call *c = call_of(ctx);
    va_list args;
    (void)level;
    if (!c->notes)
        return;
    va_start(args, format);
    pthread_mutex_lock(&c->lock);
    sentences_vadd(c->notes, format, args);
    pthread_mutex_unlock(&c->lock);
    va_end(args);
}

/* ---- views -------------------------------------------------------------------------------------------------- */

void plugin_call_finish_views(struct plugin_call *c)
{
    if (!c->table)
        return;
    if (c->views)
        view_list_add(c->views, c->table);
    else
        view_unref(c->table);
    c->table = NULL;
}

static enum cell_type cell_type_of(const char *word)
{
    static const struct {
        const char *word;
        enum cell_type type;
    } types[] = {
        {"text", CELL_TEXT}, {"int", CELL_INT}, {"real", CELL_REAL}, {"p", CELL_P}, {"percent", CELL_PERCENT}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (str_eq(types[i].word, word))
            return types[i].type;
    return CELL_TEXT;
}

static void ctx_emit_table(struct lt_ctx *ctx, const char *id, const char *title, const char *const *columns,
                           uint32_t n)
{
    struct plugin_call *c = call_of(ctx);
    plugin_call_finish_views(c);
    if (!n || !columns)
        return;
    struct view_column *cols = mem_zero(n, sizeof *cols);
    for (uint32_t i = 0; i < n; i++) {
        const char *colon = strrchr(columns[i], ':');
        cols[i].name = mem_strndup(columns[i], colon ? (size_t)(colon - columns[i]) : strlen(columns[i]));
        cols[i].type = cell_type_of(colon ? colon + 1 : "text");
        cols[i].digits = strncmp(columns[0], "statistic:", 10) == 0 ? -1 : 0; /* a row each for n, loss, gap, … */
    }
    c->table = view_table_new(id, title ? title : "", cols, n);
    c->table_cols = n;
    for (uint32_t i = 0; i < n; i++)
        mem_free((char *)(uintptr_t)cols[i].name);
    mem_free(cols);
}

static void put_text_cell(struct view *v, size_t row, size_t col, const struct lt_cell *cell)
{
    if (cell->type == LT_CELL_TEXT)
        view_cell_text(v, row, col, cell->text);
    else if (cell->type == LT_CELL_INT)
        view_cell_textf(v, row, col, "%lld", (long long)cell->i);
    else
        view_cell_textf(v, row, col, "%g", cell->r);
}

static void put_int_cell(struct view *v, size_t row, size_t col, const struct lt_cell *cell)
{
    if (cell->type == LT_CELL_INT)
        view_cell_int(v, row, col, cell->i);
    else if (cell->type == LT_CELL_REAL && fabs(cell->r) < 0x1p62)
        view_cell_int(v, row, col, (int64_t)cell->r);
}

static void put_real_cell(struct view *v, size_t row, size_t col, const struct lt_cell *cell)
{
    if (cell->type == LT_CELL_REAL)
        view_cell_real(v, row, col, cell->r);
    else if (cell->type == LT_CELL_INT)
        view_cell_real(v, row, col, (double)cell->i);
}

static void ctx_emit_row(struct lt_ctx *ctx, const struct lt_cell *cells)
{
    struct plugin_call *c = call_of(ctx);
    if (!c->table)
        return;
    size_t row = view_row(c->table);
    for (uint32_t i = 0; i < c->table_cols; i++) {
        if (cells[i].type == LT_CELL_NONE)
            continue;
        enum cell_type type = c->table->table->column[i].type;
        if (type == CELL_TEXT)
            put_text_cell(c->table, row, i, &cells[i]);
        else if (type == CELL_INT)
            put_int_cell(c->table, row, i, &cells[i]);
        else
            put_real_cell(c->table, row, i, &cells[i]);
    }
}

static void ctx_emit_tree(struct lt_ctx *ctx, const char *id, const char *title, const struct lt_tree_node *nodes,
                          size_t n)
{
    struct plugin_call *c = call_of(ctx);
    plugin_call_finish_views(c);
    if (!c->views)
        return;
    struct view *v = view_tree_new(id, title ? title : "");
    for (size_t i = 0; i < n; i++) {
        int parent = nodes[i].parent >= 0 && (size_t)nodes[i].parent < i ? nodes[i].parent : -1;
        view_tree_add(v, parent, nodes[i].edge ? nodes[i].edge : "", nodes[i].label ? nodes[i].label : "",
                      nodes[i].detail, nodes[i].weight);
    }
    view_list_add(c->views, v);
}

static void ctx_emit_plot(struct lt_ctx *ctx, const char *id, const char *title, const char *x_label,
                          const char *y_label, const struct lt_series *series, size_t n)
{
    static const enum plot_mark marks[] = {PLOT_LINE, PLOT_STEP, PLOT_POINTS, PLOT_BARS};
    struct plugin_call *c = call_of(ctx);
    plugin_call_finish_views(c);
    if (!c->views)
        return;
    struct view *v = view_plot_new(id, title ? title : "");
    view_plot_axes(v, x_label ? x_label : "", y_label ? y_label : "");
    for (size_t i = 0; i < n; i++) {
        const struct lt_series *s = &series[i];
        double *count = s->x ? NULL : mem_zero(s->n + 1, sizeof *count);
        for (size_t k = 0; count && k < s->n; k++)
            count[k] = (double)k + 1;
        view_plot_add(v, &(struct plot_series){.mark = marks[s->mark < 4 ? s->mark : 0],
                                               .name = s->name ? s->name : "",
                                               .n = s->n,
                                               .x = s->x ? s->x : count,
                                               .y = s->y,
                                               .labels = s->labels,
                                               .style = -1});
        mem_free(count);
    }
    view_plot_twin(v, "%s: %zu series.", title ? title : id, n);
    view_list_add(c->views, v);
}

static void ctx_emit_text(struct lt_ctx *ctx, const char *id, const char *title, const char *text)
{
    struct plugin_call *c = call_of(ctx);
    plugin_call_finish_views(c);
    if (c->views)
        view_list_add(c->views, view_text(id, title ? title : "", text ? text : ""));
}

/* ---- state -------------------------------------------------------------------------------------------------- */

static int put_result(struct lt_ctx *ctx, bool good, const struct err *e)
{
    return good ? LT_OK : ctx->fail(ctx, e->code == ERR_MEMORY ? LT_MEMORY : LT_INTERNAL, "%s", e->text);
}

static int ctx_put_tensor(struct lt_ctx *ctx, const char *name, const struct lt_tensor *t)
{
    struct plugin_call *c = call_of(ctx);
    struct err e = ERR_INIT;
    return c->put ? put_result(ctx, state_put_tensor(c->put, name, t, &e), &e) : LT_INTERNAL;
}

static int ctx_put_number(struct lt_ctx *ctx, const char *name, double value)
{
    struct plugin_call *c = call_of(ctx);
    struct err e = ERR_INIT;
    return c->put ? put_result(ctx, state_put_number(c->put, name, value, &e), &e) : LT_INTERNAL;
}

static int ctx_put_text(struct lt_ctx *ctx, const char *name, const char *value)
{
    struct plugin_call *c = call_of(ctx);
    struct err e = ERR_INIT;
    return c->put ? put_result(ctx, state_put_text(c->put, name, value, &e), &e) : LT_INTERNAL;
}

static int ctx_get_tensor(struct lt_ctx *ctx, const char *name, uint32_t dtype, uint32_t ndim,
                          struct lt_tensor *out)
{
    const struct plugin_call *c = call_of(ctx);
    const struct lt_tensor *t = c->get && name ? state_tensor(c->get, name) : NULL;
    if (!t || t->dtype != dtype || t->ndim != ndim)
        return LT_INVALID;
    *out = *t;
    return LT_OK;
}

static int ctx_get_number(struct lt_ctx *ctx, const char *name, double *out)
{
    const struct plugin_call *c = call_of(ctx);
    const double *x = c->get && name ? state_number(c->get, name) : NULL;
    if (!x)
        return LT_INVALID;
    *out = *x;
    return LT_OK;
}

static const char *ctx_get_text(struct lt_ctx *ctx, const char *name)
{
    const struct plugin_call *c = call_of(ctx);
    return c->get && name ? state_text(c->get, name) : NULL;
}

/* ---- a call's life ------------------------------------------------------------------------------------------ */

void plugin_call_init(struct plugin_call *c, uint64_t seed, struct progress *p)
{
    memset(c, 0, sizeof *c);
    c->ctx = (struct lt_ctx){
        .size = sizeof c->ctx,
        .abi = LT_ABI,
        .host = c,
        .seed = seed,
        .threads = pool_threads(),
        .parallel = ctx_parallel,
        .cancelled = ctx_cancelled,
        .progress = ctx_progress,
        .metric = ctx_metric,
        .trace = ctx_trace,
        .scratch = ctx_scratch,
        .fail = ctx_fail,
        .note = ctx_note,
        .emit_table = ctx_emit_table,
        .emit_row = ctx_emit_row,
        .emit_tree = ctx_emit_tree,
        .emit_text = ctx_emit_text,
        .emit_plot = ctx_emit_plot,
        .put_tensor = ctx_put_tensor,
        .put_number = ctx_put_number,
        .put_text = ctx_put_text,
        .get_tensor = ctx_get_tensor,
        .get_number = ctx_get_number,
        .get_text = ctx_get_text,
    };
    c->progress = p;
    c->to = -1;
    pthread_mutex_init(&c->lock, NULL);
}

struct lt_ctx *plugin_call_reset(struct plugin_call *c)
{
    scratch_reset(c);
    c->code = 0;
    c->text[0] = 0;
    c->ctx.want_trace = c->trace != NULL;
    return &c->ctx;
}

void plugin_call_done(struct plugin_call *c)
{
    for (size_t i = 0; i < c->blocks.n; i++)
        mem_bulk_free(c->blocks.v[i]);
    vec_done(&c->blocks);
    mem_bulk_free(c->kept);
    if (c->table)
        view_unref(c->table);
    pthread_mutex_destroy(&c->lock);
}

bool plugin_call_error(const struct plugin_call *c, int status, const struct algo *a, const char *doing,
                       struct err *e)
{
    static const struct {
        int status;
        enum err_code code;
        const char *text;
    } table[] = {
        {LT_CANCELLED, ERR_CANCELLED, "stopped"},
        {LT_INVALID, ERR_INPUT, "it can't work with these parameters or data"},
        {LT_NUMERIC, ERR_NUMERIC, "there is no finite answer"},
        {LT_MEMORY, ERR_MEMORY, "there is not enough memory"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].status == status)
            return err_set(e, table[i].code, "%s: %s", a->d.id, c->text[0] ? c->text : table[i].text);
    if (c->text[0])
        return err_set(e, ERR_PLUGIN, "%s: %s", a->d.id, c->text);
    return err_set(e, ERR_PLUGIN, "%s failed in %s (status %d) and gave no reason", a->d.id, doing, status);
}
