#include "mini_host.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void give_up(const char *what, const char *which)
{
    fprintf(stderr, "mini_host: %s: %s\n", what, which);
    exit(99);
}

static void *must(void *memory)
{
    if (!memory)
        give_up("no memory", "");
    return memory;
}

static char *copy_text(const char *text)
{
    return must(strdup(text ? text : ""));
}

static void *copy_bytes(const void *data, size_t bytes)
{
    void *copy = must(malloc(bytes + 1));
    if (bytes)
        memcpy(copy, data, bytes);
    return copy;
}

/* One more element of an array that grows by one. */
#define APPEND(array, n) ((array) = must(realloc((array), ((n) + 1) * sizeof *(array))), &(array)[(n)++])

/* ---- threads ----------------------------------------------------------------------------------------------- */

static _Thread_local bool inside;

struct loop {
    void (*fn)(void *, size_t, unsigned);
    void *arg;
    size_t n;
    atomic_size_t next;
};

struct worker {
    struct loop *loop;
    unsigned number;
};

static void *worker_run(void *arg)
{
    struct worker *me = arg;
    size_t i;
    inside = true;
    while ((i = atomic_fetch_add(&me->loop->next, 1)) < me->loop->n)
        me->loop->fn(me->loop->arg, i, me->number);
    return NULL;
}

static void host_parallel(struct lt_ctx *ctx, size_t n, void (*fn)(void *, size_t, unsigned), void *arg)
{
    unsigned threads = ctx->threads < n ? ctx->threads : (unsigned)n;
    if (inside || threads <= 1) {
        for (size_t i = 0; i < n; i++)
            fn(arg, i, 0);
        return;
    }
    struct loop loop = {fn, arg, n, 0};
    pthread_t thread[64];
    struct worker worker[64];
    for (unsigned t = 0; t < threads; t++)
        worker[t] = (struct worker){&loop, t};
    for (unsigned t = 1; t < threads; t++)
        if (pthread_create(&thread[t], NULL, worker_run, &worker[t]))
            give_up("pthread_create", "failed");
    worker_run(&worker[0]);
    inside = false;
    for (unsigned t = 1; t < threads; t++)
        pthread_join(thread[t], NULL);
}

static int host_cancelled(struct lt_ctx *ctx)
{
    struct mini_host *host = ctx->host;
    long left = atomic_load(&host->cancel_after);
    if (left < 0)
        return 0;
    if (left == 0)
        return 1;
    atomic_fetch_sub(&host->cancel_after, 1);
    return 0;
}

/* ---- what modules say -------------------------------------------------------------------------------------- */

static void host_progress(struct lt_ctx *ctx, double done, const char *stage)
{
    (void)ctx;
    (void)done;
    (void)stage;
}

static void host_metric(struct lt_ctx *ctx, const char *name, uint64_t unit, double value)
{
    struct mini_host *host = ctx->host;
    *APPEND(host->metric, host->n_metrics) = (struct mini_metric){copy_text(name), unit, value};
}

static void host_trace(struct lt_ctx *ctx, const char *name, const struct lt_tensor *tensor)
{
    (void)ctx;
    (void)name;
    (void)tensor;
}

static void *host_scratch(struct lt_ctx *ctx, size_t bytes)
{
    struct mini_host *host = ctx->host;
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
    if (memory)
        *APPEND(host->scratch, host->n_scratch) = memory;
    return memory;
}

static void scratch_done(struct mini_host *host)
{
    for (size_t i = 0; i < host->n_scratch; i++)
        free(host->scratch[i]);
    free(host->scratch);
    host->scratch = NULL;
    host->n_scratch = 0;
}

__attribute__((format(printf, 3, 4))) static int host_fail(struct lt_ctx *ctx, int code, const char *format, ...)
{
    struct mini_host *host = ctx->host;
    va_list args;
    va_start(args, format);
    vsnprintf(host->error, sizeof host->error, format, args);
    va_end(args);
    host->code = code;
    return code;
}

__attribute__((format(printf, 3, 4))) static void host_note(struct lt_ctx *ctx, int level, const char *format, ...)
{
    struct mini_host *host = ctx->host;
    char text[1024];
    va_list args;
    (void)level;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    *APPEND(host->note, host->n_notes) = copy_text(text);
}

static void host_emit_table(struct lt_ctx *ctx, const char *id, const char *title, const char *const *columns,
                            uint32_t n)
{
    struct mini_host *host = ctx->host;
    struct mini_table *table = APPEND(host->table, host->n_tables);
    *table = (struct mini_table){copy_text(id), copy_text(title), n, must(calloc(n + 1, sizeof(char *))), 0, NULL};
    for (uint32_t j = 0; j < n; j++) {
        if (!strchr(columns[j], ':'))
            give_up("a column of a table has no type", columns[j]);
        table->column[j] = must(strndup(columns[j], (size_t)(strchr(columns[j], ':') - columns[j])));
    }
}

static void host_emit_row(struct lt_ctx *ctx, const struct lt_cell *cells)
{
    struct mini_host *host = ctx->host;
    if (!host->n_tables)
        give_up("emit_row", "before emit_table");
    struct mini_table *table = &host->table[host->n_tables - 1];
    size_t have = table->n_rows * table->n_columns;
    table->cell = must(realloc(table->cell, (have + table->n_columns) * sizeof *table->cell));
    for (uint32_t j = 0; j < table->n_columns; j++) {
        table->cell[have + j] = cells[j];
        if (cells[j].type == LT_CELL_TEXT)
            table->cell[have + j].text = copy_text(cells[j].text);
    }
    table->n_rows++;
}

static void host_emit_tree(struct lt_ctx *ctx, const char *id, const char *title, const struct lt_tree_node *node,
                           size_t n)
{
    struct mini_host *host = ctx->host;
    if (!id || !title || !node || !n || node[0].parent != -1)
        give_up("emit_tree", "no root");
    for (size_t i = 1; i < n; i++)
        if (node[i].parent < 0 || (size_t)node[i].parent >= i)
            give_up("emit_tree", "a child comes before its parent");
    host->n_trees++;
}

static void host_emit_plot(struct lt_ctx *ctx, const char *id, const char *title, const char *x_label,
                           const char *y_label, const struct lt_series *series, size_t n)
{
    (void)ctx;
    if (!id || !title || !x_label || !y_label || !series || !n)
        give_up("emit_plot", "an empty picture");
    for (size_t i = 0; i < n; i++)
        if (!series[i].n || !series[i].y)
            give_up("emit_plot", "an empty series");
}

static void host_emit_text(struct lt_ctx *ctx, const char *id, const char *title, const char *text)
{
    struct mini_host *host = ctx->host;
    if (!id || !title || !text)
        give_up("emit_text", "no text");
    host->n_texts++;
}

/* ---- the store --------------------------------------------------------------------------------------------- */

static const size_t dtype_bytes[] = {8, 4, 8, 4, 1, 2, 4};

static struct mini_item *item_find(const struct mini_host *host, const char *name)
{
    for (size_t i = 0; i < host->n_items; i++)
        if (!strcmp(host->item[i].name, name))
            return &host->item[i];
    return NULL;
}

static struct mini_item *item_put(struct mini_host *host, const char *name, int what)
{
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.") != strlen(name))
        give_up("a name in the store may have a-z, 0-9, _ and . only", name);
    if (item_find(host, name))
        give_up("put twice", name);
    struct mini_item *item = APPEND(host->item, host->n_items);
    *item = (struct mini_item){copy_text(name), what, {0}, 0, NULL, 0};
    return item;
}

static int host_put_tensor(struct lt_ctx *ctx, const char *name, const struct lt_tensor *tensor)
{
    struct mini_item *item = item_put(ctx->host, name, 't');
    size_t bytes = dtype_bytes[tensor->dtype];
    for (uint32_t d = 0; d < tensor->ndim; d++)
        bytes *= tensor->shape[d];
    item->tensor = *tensor;
    item->bytes = bytes;
    item->data = copy_bytes(tensor->data, bytes);
    item->tensor.data = item->data;
    return LT_OK;
}

static int host_put_number(struct lt_ctx *ctx, const char *name, double number)
{
    item_put(ctx->host, name, 'n')->number = number;
    return LT_OK;
}

static int host_put_text(struct lt_ctx *ctx, const char *name, const char *text)
{
    struct mini_item *item = item_put(ctx->host, name, 's');
    item->bytes = strlen(text);
    item->data = copy_text(text);
    return LT_OK;
}

static int host_get_tensor(struct lt_ctx *ctx, const char *name, uint32_t dtype, uint32_t ndim,
                           struct lt_tensor *out)
{
    struct mini_item *item = item_find(ctx->host, name);
    if (!item || item->what != 't' || item->tensor.dtype != dtype || item->tensor.ndim != ndim)
        return LT_INVALID;
    *out = item->tensor;
    return LT_OK;
}

static int host_get_number(struct lt_ctx *ctx, const char *name, double *out)
{
    struct mini_item *item = item_find(ctx->host, name);
    if (!item || item->what != 'n')
        return LT_INVALID;
    *out = item->number;
    return LT_OK;
}

static const char *host_get_text(struct lt_ctx *ctx, const char *name)
{
    struct mini_item *item = item_find(ctx->host, name);
    return item && item->what == 's' ? item->data : NULL;
}

void mini_host_clear_store(struct mini_host *host)
{
    for (size_t i = 0; i < host->n_items; i++) {
        free(host->item[i].name);
        free(host->item[i].data);
    }
    free(host->item);
    host->item = NULL;
    host->n_items = 0;
}

void mini_host_drop(struct mini_host *host, const char *name)
{
    struct mini_item *item = item_find(host, name);
    if (!item)
        give_up("not in the store", name);
    free(item->name);
    free(item->data);
    *item = host->item[--host->n_items];
}

bool mini_store_equal(const struct mini_host *a, const struct mini_host *b, const char **name)
{
    *name = "number of items";
    if (a->n_items != b->n_items)
        return false;
    for (size_t i = 0; i < a->n_items; i++) {
        const struct mini_item *x = &a->item[i], *y = item_find(b, x->name);
        *name = x->name;
        if (!y || x->what != y->what || x->bytes != y->bytes || memcmp(&x->number, &y->number, sizeof x->number))
            return false;
        if (x->what == 't' && (x->tensor.dtype != y->tensor.dtype || x->tensor.ndim != y->tensor.ndim ||
                               memcmp(x->tensor.shape, y->tensor.shape, x->tensor.ndim * sizeof(size_t))))
            return false;
        if (x->bytes && memcmp(x->data, y->data, x->bytes))
            return false;
    }
    return true;
}

/* ---- the host ---------------------------------------------------------------------------------------------- */

struct mini_host *mini_host_new(unsigned threads, uint64_t seed)
{
    struct mini_host *host = must(calloc(1, sizeof *host));
    host->ctx = (struct lt_ctx){
        .size = sizeof(struct lt_ctx),
        .abi = LT_ABI,
        .host = host,
        .seed = seed,
        .threads = threads < 64 ? threads : 64,
        .parallel = host_parallel,
        .cancelled = host_cancelled,
        .progress = host_progress,
        .metric = host_metric,
        .trace = host_trace,
        .scratch = host_scratch,
        .fail = host_fail,
        .note = host_note,
        .emit_table = host_emit_table,
        .emit_row = host_emit_row,
        .emit_tree = host_emit_tree,
        .emit_text = host_emit_text,
        .emit_plot = host_emit_plot,
        .put_tensor = host_put_tensor,
        .put_number = host_put_number,
        .put_text = host_put_text,
        .get_tensor = host_get_tensor,
        .get_number = host_get_number,
        .get_text = host_get_text,
    };
    atomic_init(&host->cancel_after, -1);
    return host;
}

void mini_host_forget(struct mini_host *host)
{
    for (size_t i = 0; i < host->n_notes; i++)
        free(host->note[i]);
    for (size_t i = 0; i < host->n_metrics; i++)
        free(host->metric[i].name);
    for (size_t t = 0; t < host->n_tables; t++) {
        struct mini_table *table = &host->table[t];
        for (size_t i = 0; i < table->n_rows * table->n_columns; i++)
            if (table->cell[i].type == LT_CELL_TEXT)
                free((void *)(uintptr_t)table->cell[i].text);
        for (uint32_t j = 0; j < table->n_columns; j++)
            free(table->column[j]);
        free(table->column);
        free(table->cell);
        free(table->id);
        free(table->title);
    }
    free(host->note);
    free(host->metric);
    free(host->table);
    host->note = NULL;
    host->metric = NULL;
    host->table = NULL;
    host->n_notes = host->n_metrics = host->n_tables = host->n_texts = host->n_trees = 0;
    host->code = LT_OK;
    host->error[0] = '\0';
}

void mini_host_free(struct mini_host *host)
{
    if (!host)
        return;
    mini_host_forget(host);
    mini_host_clear_store(host);
    scratch_done(host);
    free(host);
}

const struct mini_table *mini_table(const struct mini_host *host, const char *id)
{
    for (size_t t = 0; t < host->n_tables; t++)
        if (!strcmp(host->table[t].id, id))
            return &host->table[t];
    return NULL;
}

double mini_cell(const struct mini_host *host, const char *id, const char *row, const char *column)
{
    const struct mini_table *table = mini_table(host, id);
    for (size_t i = 0; table && i < table->n_rows; i++) {
        const struct lt_cell *cells = table->cell + i * table->n_columns;
        if (cells[0].type != LT_CELL_TEXT || strcmp(cells[0].text, row))
            continue;
        for (uint32_t j = 0; j < table->n_columns; j++)
            if (!strcmp(table->column[j], column))
                return cells[j].type == LT_CELL_REAL  ? cells[j].r
                       : cells[j].type == LT_CELL_INT ? (double)cells[j].i
                                                      : NAN;
    }
    return NAN;
}

double mini_metric(const struct mini_host *host, const char *name, uint64_t unit)
{
    for (size_t i = 0; i < host->n_metrics; i++)
        if (host->metric[i].unit == unit && !strcmp(host->metric[i].name, name))
            return host->metric[i].value;
    return NAN;
}

bool mini_noted(const struct mini_host *host, const char *part)
{
    for (size_t i = 0; i < host->n_notes; i++)
        if (strstr(host->note[i], part))
            return true;
    return false;
}

/* ---- algorithms and parameters ----------------------------------------------------------------------------- */

const struct lt_algo *mini_algo(const char *family, const char *id)
{
    const char *top = getenv("top_builddir");
    char path[4096];
    const char *slash = strrchr(family, '/');
    if (slash)
        snprintf(path, sizeof path, "%s/%.*s/.libs%s.so", top ? top : ".", (int)(slash - family), family, slash);
    else
        snprintf(path, sizeof path, "%s/plugins/%s/.libs/%s.so", top ? top : ".", family, family);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module)
        give_up("can't load a module", dlerror());
    lathe_algo_fn *entry = NULL;
    *(void **)&entry = dlsym(module, "lathe_algo");
    if (!entry)
        give_up("no lathe_algo in", path);
    const struct lt_algo *algo;
    for (uint32_t i = 0; (algo = entry(LT_ABI, i)); i++)
        if (!strcmp(algo->id, id))
            return algo;
    give_up("no such algorithm in the module", id);
    return NULL;
}

/* Whether `word` is one of the words of a comma-separated list; *index gets which. */
static bool word_in(const char *list, const char *word, size_t length, int64_t *index)
{
    int64_t i = 0;
    for (const char *at = list; at && *at; i++) {
        size_t here = strcspn(at, ",");
        if (here == length && !strncmp(at, word, length)) {
            *index = i;
            return true;
        }
        at += here + (at[here] == ',');
    }
    return false;
}

static void value_list(struct lt_value *v, const char *text)
{
    double *list = NULL;
    for (const char *at = text; *at;) {
        char *end;
        double x = strtod(at, &end);
        if (end == at)
            give_up("not a list of numbers", text);
        *APPEND(list, v->n) = x;
        at = end + strspn(end, ", ");
    }
    v->list = list;
}

static void value_parse(struct lt_value *v, const struct lt_param *row, const char *text)
{
    char *end = NULL;
    *v = (struct lt_value){.given = v->given};
    if ((row->flags & LT_NULLABLE) && !strcmp(text, "none")) {
        v->is_none = 1;
        return;
    }
    switch (row->type) {
    case LT_BOOL:
        v->i = !strcmp(text, "yes") || !strcmp(text, "true") || !strcmp(text, "1");
        break;
    case LT_INT:
    case LT_REAL:
        v->r = strtod(text, &end);
        v->i = (int64_t)v->r;
        if (end == text || *end)
            give_up("not a number", text);
        if ((row->min != 0 || row->max != 0) && (v->r < row->min || v->r > row->max))
            give_up("out of range", row->name);
        break;
    case LT_CHOICE:
        if (!word_in(row->choices, text, strlen(text), &v->i))
            give_up("not among the choices", text);
        v->s = text;
        break;
    case LT_INT_LIST:
    case LT_REAL_LIST:
        value_list(v, text);
        break;
    default:
        v->s = text;
    }
}

struct mini_params *mini_params_new(const struct lt_algo *algo, const char *text)
{
    struct mini_params *params = must(calloc(1, sizeof *params));
    struct lt_value *v = must(calloc(algo->n_params + 1, sizeof *v));
    int64_t ignored;
    char *rest = params->text = copy_text(text);
    params->params = (struct lt_params){sizeof(struct lt_params), algo->n_params, v};
    for (uint32_t i = 0; i < algo->n_params; i++)
        if (algo->params[i].def)
            value_parse(&v[i], &algo->params[i], algo->params[i].def);
        else
            v[i].is_none = 1;
    for (char *word; (word = strsep(&rest, " "));) {
        char *value = strchr(word, '=');
        uint32_t i;
        if (!value)
            continue;
        *value++ = '\0';
        for (i = 0; i < algo->n_params; i++)
            if (!strcmp(algo->params[i].name, word) ||
                word_in(algo->params[i].aliases, word, strlen(word), &ignored))
                break;
        if (i == algo->n_params)
            give_up("no such parameter", word);
        free((void *)(uintptr_t)v[i].list);
        v[i].given = 1;
        value_parse(&v[i], &algo->params[i], value);
    }
    return params;
}

void mini_params_free(struct mini_params *params)
{
    if (!params)
        return;
    for (uint32_t i = 0; i < params->params.n; i++)
        free((void *)(uintptr_t)params->params.v[i].list);
    free((void *)(uintptr_t)params->params.v);
    free(params->text);
    free(params);
}

/* ---- data -------------------------------------------------------------------------------------------------- */

enum { OWN_COLUMNS, OWN_NAMES, OWN_LAYOUT, OWN_Y, OWN_LABEL, OWN_WEIGHT, OWN_CLASSES, OWN_EXTRA };

/* "x1", "x2", … in one block: n pointers, then the characters. */
static char **numbered_names(const char *prefix, size_t n, size_t first)
{
    char **name = must(malloc(n * (sizeof(char *) + 32) + 1));
    char *at = (char *)(name + n);
    for (size_t i = 0; i < n; i++, at += 32) {
        snprintf(at, 32, "%s%zu", prefix, i + first);
        name[i] = at;
    }
    return name;
}

static void layout_rows(struct mini_data *data)
{
    size_t n = data->data.n, p = data->data.p, ld = p + 3; /* a gap, so that nobody takes ld for p */
    double *x64 = must(malloc((n * ld + 1) * sizeof *x64));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < ld; j++)
            x64[i * ld + j] = j < p ? data->x[i * p + j] : NAN;
    data->data.ld = ld;
    data->own[OWN_LAYOUT] = x64;
    data->data.x64 = x64;
    if (data->data.layout == LT_ROWS_F64)
        return;
    float *x32 = must(malloc((n * ld + 1) * sizeof *x32));
    for (size_t i = 0; i < n * ld; i++)
        x32[i] = (float)x64[i];
    free(x64);
    data->own[OWN_LAYOUT] = x32;
    data->data.x64 = NULL;
    data->data.x32 = x32;
}

static void layout_columns(struct mini_data *data, struct lt_column *column)
{
    size_t n = data->data.n, p = data->data.p;
    double *x = must(malloc((n * p + 1) * sizeof *x));
    for (size_t j = 0; j < p; j++) {
        for (size_t i = 0; i < n; i++)
            x[j * n + i] = data->x[i * p + j];
        column[j].data = x + j * n;
    }
    data->own[OWN_LAYOUT] = x;
}

static void layout_sparse(struct mini_data *data)
{
    size_t n = data->data.n, p = data->data.p, count = 0;
    size_t *indptr = must(malloc((n + 1) * sizeof *indptr));
    uint32_t *indices = must(malloc((n * p + 1) * sizeof *indices));
    float *values = must(malloc((n * p + 1) * sizeof *values));
    for (size_t i = 0; i < n; i++) {
        indptr[i] = count;
        for (size_t j = 0; j < p; j++)
            if (data->x[i * p + j] != 0) {
                indices[count] = (uint32_t)j;
                values[count++] = (float)data->x[i * p + j];
            }
    }
    indptr[n] = count;
    data->data.indptr = data->own[OWN_LAYOUT] = indptr;
    data->data.indices = data->own[OWN_EXTRA] = indices;
    data->data.values = values;
}

struct mini_data *mini_data_new(const struct lt_algo *algo, size_t n, size_t p, const double *x)
{
    struct mini_data *data = must(calloc(1, sizeof *data));
    struct lt_column *column = must(calloc(p + 1, sizeof *column));
    char **name = numbered_names("x", p, 1);
    for (size_t j = 0; j < p; j++)
        column[j] = (struct lt_column){.name = name[j], .kind = LT_NUMERIC_COLUMN, .storage = LT_F64};
    data->algo = algo;
    data->x = copy_bytes(x, n * p * sizeof *x);
    data->data =
        (struct lt_data){.size = sizeof data->data, .layout = algo->layout, .n = n, .p = p, .column = column};
    data->own[OWN_COLUMNS] = column;
    data->own[OWN_NAMES] = name;
    if (algo->layout == LT_COLUMNS)
        layout_columns(data, column);
    else if (algo->layout == LT_SPARSE)
        layout_sparse(data);
    else
        layout_rows(data);
    return data;
}

static void *own(struct mini_data *data, int which, const void *bytes, size_t size)
{
    free(data->own[which]);
    return data->own[which] = copy_bytes(bytes, size);
}

void mini_data_target(struct mini_data *data, const double *y)
{
    data->data.y = own(data, OWN_Y, y, data->data.n * sizeof *y);
    data->data.task = LT_REGRESS;
}

void mini_data_classes(struct mini_data *data, const int32_t *label, uint32_t k)
{
    data->data.label = own(data, OWN_LABEL, label, data->data.n * sizeof *label);
    data->data.n_classes = k;
    free(data->own[OWN_CLASSES]);
    data->data.class_names = data->own[OWN_CLASSES] = numbered_names("c", k, 0);
    data->data.task = LT_CLASSIFY;
}

void mini_data_weights(struct mini_data *data, const double *weight)
{
    data->data.weight = own(data, OWN_WEIGHT, weight, data->data.n * sizeof *weight);
}

void mini_data_names(struct mini_data *data, const char *const *names)
{
    struct lt_column *column = data->own[OWN_COLUMNS];
    for (size_t j = 0; j < data->data.p; j++)
        column[j].name = names[j];
}

struct mini_data *mini_data_rows(const struct mini_data *data, size_t begin, size_t n)
{
    struct mini_data *rows = mini_data_new(data->algo, n, data->data.p, data->x + begin * data->data.p);
    rows->data.task = data->data.task;
    return rows;
}

void mini_data_free(struct mini_data *data)
{
    if (!data)
        return;
    free((void *)(uintptr_t)data->data.values);
    for (size_t i = 0; i < sizeof data->own / sizeof data->own[0]; i++)
        free(data->own[i]);
    free(data->x);
    free(data);
}

/* ---- bundled datasets -------------------------------------------------------------------------------------- */

/* One field from *at, unquoted, into a copy; *at moves past it and its comma. */
static char *field_next(char **at)
{
    char *text = must(malloc(strlen(*at) + 1)), *to = text, *from = *at;
    bool quoted = *from == '"';
    for (from += quoted; *from; from++) {
        if (quoted && *from == '"') {
            if (from[1] != '"')
                break;
            from++;
        } else if (!quoted && *from == ',') {
            break;
        }
        *to++ = *from;
    }
    *to = '\0';
    from += quoted && *from == '"';
    *at = from + (*from == ',');
    return text;
}

struct cells { /* the file: rows x columns of text, the header apart */
    size_t n, p;
    char **header;
    char **cell;
};

static void cells_free(struct cells *c)
{
    for (size_t j = 0; j < c->p; j++)
        free(c->header[j]);
    for (size_t i = 0; i < c->n * c->p; i++)
        free(c->cell[i]);
    free(c->header);
    free(c->cell);
}

static bool cells_read(struct cells *c, const char *path)
{
    const char *top = getenv("top_srcdir");
    char full[4096], *line = NULL;
    size_t room = 0;
    ssize_t length;
    snprintf(full, sizeof full, "%s/%s", top ? top : ".", path);
    FILE *file = fopen(full, "r");
    *c = (struct cells){0};
    if (!file)
        return false;
    while ((length = getline(&line, &room, file)) > 0) {
        char *at = line;
        line[strcspn(line, "\r\n")] = '\0';
        if (!c->header) {
            while (*at)
                *APPEND(c->header, c->p) = field_next(&at);
            continue;
        }
        c->cell = must(realloc(c->cell, (c->n + 1) * c->p * sizeof *c->cell));
        for (size_t j = 0; j < c->p; j++)
            c->cell[c->n * c->p + j] = field_next(&at);
        c->n++;
    }
    free(line);
    fclose(file);
    return c->header != NULL;
}

static bool is_missing(const char *text)
{
    return !*text || !strcmp(text, "NA");
}

static bool is_number(const char *text)
{
    char *end;
    strtod(text, &end);
    return end != text && !*end;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The distinct texts of column j among the rows kept, sorted; not copied. */
static char **levels_of(const struct cells *c, const bool *keep, size_t j, size_t *count)
{
    char **level = must(malloc((c->n + 1) * sizeof *level));
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (keep[i])
            level[n++] = c->cell[i * c->p + j];
    qsort(level, n, sizeof *level, by_text);
    *count = 0;
    for (size_t i = 0; i < n; i++)
        if (!i || strcmp(level[i], level[i - 1]))
            level[(*count)++] = level[i];
    return level;
}

static bool column_is_text(const struct cells *c, const bool *keep, size_t j)
{
    for (size_t i = 0; i < c->n; i++)
        if (keep[i] && !is_number(c->cell[i * c->p + j]))
            return true;
    return false;
}

static void csv_add_column(struct mini_csv *csv, size_t rows, const char *name)
{
    double *wider = must(malloc(rows * (csv->p + 1) * sizeof *wider + 1));
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < csv->p; j++)
            wider[i * (csv->p + 1) + j] = csv->x[i * csv->p + j];
    free(csv->x);
    csv->x = wider;
    *APPEND(csv->name, csv->p) = copy_text(name);
}

static void csv_add_feature(struct mini_csv *csv, const struct cells *c, const bool *keep, size_t j)
{
    size_t n_levels = 0, first = 0;
    char **level = NULL, name[512];
    if (column_is_text(c, keep, j)) {
        level = levels_of(c, keep, j, &n_levels);
        first = 1;
    }
    for (size_t l = first; l < (level ? n_levels : 1); l++) {
        size_t row = 0;
        snprintf(name, sizeof name, "%s%s", c->header[j], level ? level[l] : "");
        csv_add_column(csv, csv->n, name);
        for (size_t i = 0; i < c->n; i++)
            if (keep[i]) {
                const char *cell = c->cell[i * c->p + j];
                csv->x[row++ * csv->p + csv->p - 1] = level ? !strcmp(cell, level[l]) : strtod(cell, NULL);
            }
    }
    free(level);
}

static void csv_set_target(struct mini_csv *csv, const struct cells *c, const bool *keep, size_t j)
{
    size_t n_levels = 0, row = 0;
    char **level = levels_of(c, keep, j, &n_levels);
    csv->y = must(malloc((csv->n + 1) * sizeof *csv->y));
    csv->label = must(malloc((csv->n + 1) * sizeof *csv->label));
    for (size_t l = 0, n = 0; l < n_levels; l++)
        *APPEND(csv->class_name, n) = copy_text(level[l]);
    csv->n_classes = (uint32_t)n_levels;
    for (size_t i = 0; i < c->n; i++)
        if (keep[i]) {
            const char *cell = c->cell[i * c->p + j];
            int32_t class = 0;
            while (strcmp(level[class], cell))
                class ++;
            csv->label[row] = class;
            csv->y[row++] = is_number(cell) ? strtod(cell, NULL) : class;
        }
    free(level);
}

static size_t column_find(const struct cells *c, const char *name, size_t length)
{
    for (size_t j = 0; j < c->p; j++)
        if (strlen(c->header[j]) == length && !strncmp(c->header[j], name, length))
            return j;
    give_up("no such column", name);
    return 0;
}

struct mini_csv *mini_csv_load(const char *path, const char *target, const char *columns)
{
    struct cells c;
    size_t *use = NULL, n_use = 0;
    if (!cells_read(&c, path))
        return NULL;
    struct mini_csv *csv = must(calloc(1, sizeof *csv));
    *APPEND(use, n_use) = column_find(&c, target, strlen(target));
    for (const char *at = columns; *at;) {
        size_t length = strcspn(at, ",");
        *APPEND(use, n_use) = column_find(&c, at, length);
        at += length + (at[length] == ',');
    }
    bool *keep = must(calloc(c.n + 1, sizeof *keep));
    for (size_t i = 0; i < c.n; i++) {
        keep[i] = true;
        for (size_t u = 0; u < n_use; u++)
            keep[i] = keep[i] && !is_missing(c.cell[i * c.p + use[u]]);
        csv->n += keep[i];
    }
    for (size_t u = 1; u < n_use; u++)
        csv_add_feature(csv, &c, keep, use[u]);
    csv_set_target(csv, &c, keep, use[0]);
    free(keep);
    free(use);
    cells_free(&c);
    return csv;
}

void mini_csv_free(struct mini_csv *csv)
{
    if (!csv)
        return;
    for (size_t j = 0; j < csv->p; j++)
        free(csv->name[j]);
    for (uint32_t k = 0; k < csv->n_classes; k++)
        free(csv->class_name[k]);
    free(csv->name);
    free(csv->class_name);
    free(csv->x);
    free(csv->y);
    free(csv->label);
    free(csv);
}

struct mini_data *mini_csv_data(const struct lt_algo *algo, const struct mini_csv *csv, uint32_t task)
{
    struct mini_data *data = mini_data_new(algo, csv->n, csv->p, csv->x);
    mini_data_names(data, (const char *const *)csv->name);
    if (task == LT_CLASSIFY) {
        mini_data_classes(data, csv->label, csv->n_classes);
        data->data.class_names = (const char *const *)csv->class_name;
    } else if (task == LT_REGRESS) {
        mini_data_target(data, csv->y);
    } else {
        data->data.task = task;
    }
    return data;
}

/* ---- the life of a model ----------------------------------------------------------------------------------- */

static int steps_until_done(struct mini_host *host, const struct lt_algo *algo, const struct mini_data *data,
                            uint64_t units, void *model)
{
    int status = LT_MORE;
    for (long turn = 0; status == LT_MORE; turn++) {
        if (turn > 100000)
            give_up("steps without end", algo->id);
        status = algo->step(&host->ctx, model, &data->data, units);
        scratch_done(host);
    }
    return status;
}

static int start(struct mini_host *host, const struct lt_algo *algo, const struct mini_params *params,
                 const struct mini_data *data, void **model)
{
    *model = NULL;
    int status = algo->check ? algo->check(&host->ctx, &params->params, &data->data) : LT_OK;
    scratch_done(host);
    if (status == LT_OK) {
        status = algo->begin(&host->ctx, &params->params, &data->data, model);
        scratch_done(host);
    }
    if (status != LT_OK && *model) {
        algo->free(*model);
        *model = NULL;
    }
    return status;
}

int mini_train(struct mini_host *host, const struct lt_algo *algo, const struct mini_params *params,
               const struct mini_data *data, uint64_t units, void **model)
{
    int status = start(host, algo, params, data, model);
    if (status == LT_OK)
        status = steps_until_done(host, algo, data, units, *model);
    if (status < 0 && *model) {
        algo->free(*model);
        *model = NULL;
    }
    return status;
}

double *mini_predict(struct mini_host *host, const struct lt_algo *algo, const void *model,
                     const struct mini_data *data, const struct lt_data *trained)
{
    size_t n = data->data.n, width = 1;
    struct lt_out out = {.size = sizeof out};
    struct lt_data asked = data->data;
    asked.y = NULL;
    asked.label = NULL;
    asked.weight = NULL;
    asked.task = trained->task;
    if (trained->task == LT_CLASSIFY)
        width = trained->n_classes;
    if (trained->task & (LT_TRANSFORM | LT_EMBED))
        width = algo->width ? algo->width(model) : 2;
    double *result = must(malloc((n * width + 1) * sizeof *result));
    int32_t *label = must(malloc((n + 1) * sizeof *label));
    for (size_t i = 0; i < n * width; i++)
        result[i] = NAN;
    if (trained->task == LT_CLASSIFY)
        out.proba = result;
    else if (trained->task == LT_CLUSTER)
        out.label = label;
    else if (trained->task & (LT_TRANSFORM | LT_EMBED))
        out.rows = result;
    else
        out.value = result;
    out.width = width;
    int status = algo->predict(&host->ctx, model, &asked, &out);
    scratch_done(host);
    if (trained->task == LT_CLUSTER)
        for (size_t i = 0; i < n; i++)
            result[i] = label[i];
    free(label);
    if (status == LT_OK)
        return result;
    free(result);
    return NULL;
}

int mini_load(struct mini_host *host, const struct lt_algo *algo, const struct mini_params *params,
              const struct mini_data *data, void **model)
{
    struct lt_info info = {sizeof info,       data->data.task,      data->data.n,          data->data.p,
                           data->data.column, data->data.n_classes, data->data.class_names};
    *model = NULL;
    int status = algo->load(&host->ctx, &params->params, &info, model);
    scratch_done(host);
    if (status != LT_OK && *model)
        fail_msg("%s: load failed but left a model", algo->id);
    return status;
}

/* ---- what every algorithm owes ----------------------------------------------------------------------------- */

struct trial {
    const struct lt_algo *algo;
    const struct mini_params *params;
    const struct mini_data *data;
};

/* A host whose store holds the model trained in one way. */
static struct mini_host *trained_store(const struct trial *t, unsigned threads, uint64_t units, void **model)
{
    struct mini_host *host = mini_host_new(threads, 42);
    int status = mini_train(host, t->algo, t->params, t->data, units, model);
    if (status != LT_DONE)
        fail_msg("%s: training ends with %d: %s", t->algo->id, status, host->error);
    if (t->algo->save(&host->ctx, *model) != LT_OK)
        fail_msg("%s: save fails: %s", t->algo->id, host->error);
    scratch_done(host);
    return host;
}

static void same_store(const struct trial *t, const struct mini_host *a, const struct mini_host *b,
                       const char *what)
{
    const char *name;
    if (!mini_store_equal(a, b, &name))
        fail_msg("%s: %s changes '%s'", t->algo->id, what, name);
}

static void trial_threads(const struct trial *t, const struct mini_host *reference)
{
    static const struct {
        unsigned threads;
        uint64_t units;
        const char *what;
    } way[] = {{2, 1, "a second thread"},
               {3, 1, "a third thread"},
               {1, 1000000, "many steps at once"},
               {2, 7, "steps cut by 7"}};
    for (size_t w = 0; w < sizeof way / sizeof way[0]; w++) {
        void *model;
        struct mini_host *host = trained_store(t, way[w].threads, way[w].units, &model);
        same_store(t, reference, host, way[w].what);
        t->algo->free(model);
        mini_host_free(host);
    }
}

static size_t out_width(const struct trial *t, const void *model)
{
    if (t->data->data.task == LT_CLASSIFY)
        return t->data->data.n_classes;
    if (t->data->data.task & (LT_TRANSFORM | LT_EMBED))
        return t->algo->width ? t->algo->width(model) : 2;
    return 1;
}

static void trial_predict(const struct trial *t, struct mini_host *host, const void *model)
{
    size_t n = t->data->data.n, width = out_width(t, model);
    double *all = mini_predict(host, t->algo, model, t->data, &t->data->data);
    assert_non_null(all);
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < width; k++) {
            assert_false(isnan(all[i * width + k]));
            sum += all[i * width + k];
        }
        if (t->data->data.task == LT_CLASSIFY && !(fabs(sum - 1) < 1e-9))
            fail_msg("%s: the probabilities of row %zu add up to %.17g", t->algo->id, i, sum);
    }
    for (size_t i = 0; i < n && i < 3; i++) {
        struct mini_data *one = mini_data_rows(t->data, i, 1);
        double *alone = mini_predict(host, t->algo, model, one, &t->data->data);
        assert_non_null(alone);
        for (size_t k = 0; k < width; k++)
            if (!(fabs(alone[k] - all[i * width + k]) <= 1e-5 * (1 + fabs(alone[k]))))
                fail_msg("%s: row %zu alone gives %g, among others %g", t->algo->id, i, alone[k],
                         all[i * width + k]);
        free(alone);
        mini_data_free(one);
    }
    struct mini_data *none = mini_data_rows(t->data, 0, 0);
    double *nothing = mini_predict(host, t->algo, model, none, &t->data->data);
    if (!nothing)
        fail_msg("%s: predicting no rows fails: %s", t->algo->id, host->error);
    free(nothing);
    free(all);
    mini_data_free(none);
}

static void same_tables(const struct trial *t, const struct mini_host *a, const struct mini_host *b)
{
    assert_int_equal(a->n_tables, b->n_tables);
    for (size_t i = 0; i < a->n_tables; i++) {
        const struct mini_table *x = &a->table[i], *y = &b->table[i];
        assert_string_equal(x->id, y->id);
        assert_int_equal(x->n_rows, y->n_rows);
        for (size_t c = 0; c < x->n_rows * x->n_columns; c++) {
            const struct lt_cell *u = &x->cell[c], *v = &y->cell[c];
            if (u->type != v->type || (u->type == LT_CELL_TEXT && strcmp(u->text, v->text)) ||
                (u->type == LT_CELL_REAL && memcmp(&u->r, &v->r, sizeof u->r)) || u->i != v->i)
                fail_msg("%s: a loaded model describes itself otherwise in table '%s', row %zu", t->algo->id,
                         x->id, c / x->n_columns);
        }
    }
}

static void trial_save_load(const struct trial *t, struct mini_host *host, const void *model)
{
    void *again;
    if (mini_load(host, t->algo, t->params, t->data, &again) != LT_OK)
        fail_msg("%s: load fails: %s", t->algo->id, host->error);
    double *before = mini_predict(host, t->algo, model, t->data, &t->data->data);
    double *after = mini_predict(host, t->algo, again, t->data, &t->data->data);
    assert_non_null(before);
    assert_non_null(after);
    if (memcmp(before, after, t->data->data.n * out_width(t, model) * sizeof *before))
        fail_msg("%s: a loaded model predicts otherwise", t->algo->id);
    free(before);
    free(after);
    struct mini_host *second = mini_host_new(1, 42);
    mini_host_forget(host);
    assert_int_equal(t->algo->save(&second->ctx, again), LT_OK);
    same_store(t, host, second, "saving a loaded model");
    assert_int_equal(t->algo->describe(&host->ctx, model), LT_OK);
    assert_int_equal(t->algo->describe(&second->ctx, again), LT_OK);
    same_tables(t, host, second);
    scratch_done(host);
    mini_host_free(second);
    t->algo->free(again);
}

/* Each item gone in turn: load refuses with a sentence, or does without it. */
static void trial_damage(const struct trial *t)
{
    void *model;
    struct mini_host *host = trained_store(t, 1, 1000, &model);
    size_t n = host->n_items;
    t->algo->free(model);
    mini_host_free(host);
    for (size_t i = 0; i < n; i++) {
        host = trained_store(t, 1, 1000, &model);
        t->algo->free(model);
        mini_host_drop(host, host->item[i].name);
        if (mini_load(host, t->algo, t->params, t->data, &model) != LT_OK) {
            if (!host->error[0])
                fail_msg("%s: load refuses a damaged file without a sentence", t->algo->id);
        } else {
            t->algo->free(model);
        }
        mini_host_free(host);
    }
}

/* Cancelled at the k-th poll and then continued, the model ends as if nothing had happened. */
static void trial_cancel(const struct trial *t, const struct mini_host *reference)
{
    static const long polls[] = {0, 1, 2, 5, 17};
    for (size_t k = 0; k < sizeof polls / sizeof polls[0]; k++) {
        struct mini_host *host = mini_host_new(1, 42);
        void *model;
        atomic_store(&host->cancel_after, polls[k]);
        int status = start(host, t->algo, t->params, t->data, &model);
        if (status != LT_OK) {
            assert_int_equal(status, LT_CANCELLED);
            mini_host_free(host);
            continue;
        }
        status = steps_until_done(host, t->algo, t->data, 1, model);
        if (status != LT_DONE && status != LT_CANCELLED)
            fail_msg("%s: a cancelled step returns %d: %s", t->algo->id, status, host->error);
        atomic_store(&host->cancel_after, -1);
        if (status == LT_CANCELLED)
            status = steps_until_done(host, t->algo, t->data, 1, model);
        assert_int_equal(status, LT_DONE);
        assert_int_equal(t->algo->save(&host->ctx, model), LT_OK);
        same_store(t, reference, host, "being cancelled and continued");
        t->algo->free(model);
        mini_host_free(host);
    }
}

void mini_conform(const struct lt_algo *algo, const char *params, const struct mini_data *data)
{
    struct mini_params *parsed = mini_params_new(algo, params);
    struct trial t = {algo, parsed, data};
    void *model;
    struct mini_host *host = trained_store(&t, 1, 1, &model);
    assert_non_null(algo->name);
    assert_non_null(algo->summary);
    assert_non_null(algo->doc);
    assert_non_null(algo->unit);
    trial_threads(&t, host);
    trial_predict(&t, host, model);
    trial_save_load(&t, host, model);
    trial_damage(&t);
    trial_cancel(&t, host);
    algo->free(model);
    mini_host_free(host);
    mini_params_free(parsed);
}
