#include "tests/plugin/tree_host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/pool.h"

struct host_entry {
    char name[64];
    struct lt_tensor tensor;
    double number;
    char *text;
};

static struct host *host_of(struct lt_ctx *ctx)
{
    return ctx->host;
}

static void run_parallel(struct lt_ctx *ctx, size_t n, void (*fn)(void *, size_t, unsigned), void *arg)
{
    (void)ctx;
    parallel_for(n, fn, arg);
}

static int is_cancelled(struct lt_ctx *ctx)
{
    struct host *h = host_of(ctx);
    if (h->cancel_after < 0)
        return 0;
    return __atomic_sub_fetch(&h->cancel_after, h->cancel_after > 0, __ATOMIC_RELAXED) <= 0;
}

static void no_progress(struct lt_ctx *ctx, double done, const char *stage)
{
    (void)ctx;
    (void)done;
    (void)stage;
}

static void keep_metric(struct lt_ctx *ctx, const char *name, uint64_t unit, double value)
{
    struct host *h = host_of(ctx);
    (void)name;
    if (unit < sizeof h->metric / sizeof h->metric[0]) {
        h->metric[unit] = value;
        h->n_metrics = unit + 1;
    }
}

static void no_trace(struct lt_ctx *ctx, const char *name, const struct lt_tensor *tensor)
{
    (void)ctx;
    (void)name;
    (void)tensor;
}

static void *scratch(struct lt_ctx *ctx, size_t bytes)
{
    struct host *h = host_of(ctx);
    void *block = aligned_alloc(64, (bytes + 127) / 64 * 64);
    h->scratch = realloc(h->scratch, (h->n_scratch + 1) * sizeof *h->scratch);
    h->scratch[h->n_scratch++] = block;
    return block;
}

void host_release(struct host *h)
{
    for (size_t i = 0; i < h->n_scratch; i++)
        free(h->scratch[i]);
    free(h->scratch);
    h->scratch = NULL;
    h->n_scratch = 0;
}

static int fail(struct lt_ctx *ctx, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(host_of(ctx)->error, sizeof host_of(ctx)->error, format, args);
    va_end(args);
    return code;
}

static void see(struct host *h, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    n = n < (int)sizeof line ? n : (int)sizeof line - 1;
    h->seen = realloc(h->seen, h->n_seen + (size_t)n + 1);
    memcpy(h->seen + h->n_seen, line, (size_t)n + 1);
    h->n_seen += (size_t)n;
}

static void note(struct lt_ctx *ctx, int level, const char *format, ...)
{
    char text[512];
    va_list args;
    (void)level;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    see(host_of(ctx), "note %s\n", text);
}

static uint32_t table_width;

static void emit_table(struct lt_ctx *ctx, const char *id, const char *title, const char *const *columns, uint32_t n)
{
    see(host_of(ctx), "table %s: %s:", id, title);
    for (uint32_t i = 0; i < n; i++)
        see(host_of(ctx), " %s", columns[i]);
    see(host_of(ctx), "\n");
    table_width = n;
}

static void emit_row(struct lt_ctx *ctx, const struct lt_cell *cell)
{
    for (uint32_t i = 0; i < table_width; i++)
        if (cell[i].type == LT_CELL_TEXT)
            see(host_of(ctx), " %s", cell[i].text);
        else if (cell[i].type == LT_CELL_INT)
            see(host_of(ctx), " %lld", (long long)cell[i].i);
        else
            see(host_of(ctx), " %.6g", cell[i].r);
    see(host_of(ctx), "\n");
}

static void emit_tree(struct lt_ctx *ctx, const char *id, const char *title, const struct lt_tree_node *node, size_t n)
{
    see(host_of(ctx), "tree %s: %s\n", id, title);
    for (size_t i = 0; i < n; i++)
        see(host_of(ctx), " %d [%s] %s (%s) %.3f\n", node[i].parent, node[i].edge, node[i].label,
            node[i].detail ? node[i].detail : "", node[i].weight);
}

static void emit_text(struct lt_ctx *ctx, const char *id, const char *title, const char *text)
{
    see(host_of(ctx), "text %s: %s: %s\n", id, title, text);
}

static struct host_entry *add_entry(struct host *h, const char *name)
{
    h->entry = realloc(h->entry, (h->n_entries + 1) * sizeof *h->entry);
    struct host_entry *e = &h->entry[h->n_entries++];
    memset(e, 0, sizeof *e);
    snprintf(e->name, sizeof e->name, "%s", name);
    return e;
}

static size_t tensor_bytes(const struct lt_tensor *t)
{
    static const size_t width[] = {8, 4, 8, 4, 1, 2, 4};
    size_t n = width[t->dtype];
    for (uint32_t d = 0; d < t->ndim; d++)
        n *= t->shape[d];
    return n;
}

static int put_tensor(struct lt_ctx *ctx, const char *name, const struct lt_tensor *tensor)
{
    struct host_entry *e = add_entry(host_of(ctx), name);
    size_t n = tensor_bytes(tensor);
    void *copy = malloc(n + 8);
    memcpy(copy, tensor->data, n);
    e->tensor = *tensor;
    e->tensor.data = copy;
    return LT_OK;
}

static int put_number(struct lt_ctx *ctx, const char *name, double x)
{
    add_entry(host_of(ctx), name)->number = x;
    return LT_OK;
}

static int put_text(struct lt_ctx *ctx, const char *name, const char *text)
{
    add_entry(host_of(ctx), name)->text = strdup(text);
    return LT_OK;
}

static struct host_entry *find(struct host *h, const char *name)
{
    for (size_t i = 0; i < h->n_entries; i++)
        if (strcmp(h->entry[i].name, name) == 0)
            return &h->entry[i];
    return NULL;
}

static int get_tensor(struct lt_ctx *ctx, const char *name, uint32_t dtype, uint32_t ndim, struct lt_tensor *out)
{
    struct host_entry *e = find(host_of(ctx), name);
    if (e == NULL || e->tensor.data == NULL || e->tensor.dtype != dtype || e->tensor.ndim != ndim)
        return LT_INVALID;
    *out = e->tensor;
    return LT_OK;
}

static int get_number(struct lt_ctx *ctx, const char *name, double *out)
{
    struct host_entry *e = find(host_of(ctx), name);
    if (e)
        *out = e->number;
    return e ? LT_OK : LT_INVALID;
}

static const char *get_text(struct lt_ctx *ctx, const char *name)
{
    struct host_entry *e = find(host_of(ctx), name);
    return e ? e->text : NULL;
}

void host_init(struct host *h, unsigned threads, uint64_t seed)
{
    memset(h, 0, sizeof *h);
    pool_set_threads(threads);
    h->cancel_after = -1;
    h->ctx = (struct lt_ctx){
        .size = sizeof h->ctx, .abi = LT_ABI, .host = h, .seed = seed, .threads = pool_threads(),
        .parallel = run_parallel, .cancelled = is_cancelled, .progress = no_progress, .metric = keep_metric,
        .trace = no_trace, .scratch = scratch, .fail = fail, .note = note, .emit_table = emit_table,
        .emit_row = emit_row, .emit_tree = emit_tree, .emit_text = emit_text, .put_tensor = put_tensor,
        .put_number = put_number, .put_text = put_text, .get_tensor = get_tensor, .get_number = get_number,
        .get_text = get_text,
    };
}

void host_forget(struct host *h)
{
    for (size_t i = 0; i < h->n_entries; i++) {
        union {
            const void *in;
            void *out;
        } data = {h->entry[i].tensor.data};
        free(data.out);
        free(h->entry[i].text);
    }
    free(h->entry);
    h->entry = NULL;
    h->n_entries = 0;
    free(h->seen);
    h->seen = NULL;
    h->n_seen = 0;
}

void host_free(struct host *h)
{
    host_forget(h);
    host_release(h);
}

uint64_t host_saved_sum(const struct host *h)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < h->n_entries; i++) {
        const struct host_entry *e = &h->entry[i];
        uint64_t bits;
        memcpy(&bits, &e->number, sizeof bits);
        sum = lt_mix(sum ^ bits);
        const unsigned char *bytes = e->tensor.data;
        for (size_t k = 0, n = bytes ? tensor_bytes(&e->tensor) : 0; k < n; k++)
            sum = (sum ^ bytes[k]) * 0x100000001b3ull + (sum >> 47);
    }
    return sum;
}

static void set_value(const struct lt_param *row, const char *text, size_t n, struct lt_value *v)
{
    static char store[64][64];
    static size_t used;
    char *s = store[used++ % 64];
    snprintf(s, 64, "%.*s", (int)n, text);
    v->s = s;
    v->is_none = (row->flags & LT_NULLABLE) && strcmp(s, "none") == 0;
    if (row->type == LT_BOOL)
        v->i = strcmp(s, "yes") == 0;
    else if (row->type == LT_INT || row->type == LT_REAL) {
        v->r = strtod(s, NULL);
        v->i = (int64_t)v->r;
    } else if (row->type == LT_CHOICE) {
        const char *at = row->choices;
        v->i = -1;
        for (int64_t k = 0; at; k++) {
            size_t length = strcspn(at, ",");
            if (length == n && strncmp(at, text, n) == 0)
                v->i = k;
            at = at[length] ? at + length + 1 : NULL;
        }
        if (v->i < 0) {
            fprintf(stderr, "%s has no choice %s\n", row->name, s);
            exit(99);
        }
    }
}

struct lt_params host_params(const struct lt_algo *algo, const char *text, struct lt_value *values)
{
    for (uint32_t k = 0; k < algo->n_params; k++) {
        memset(&values[k], 0, sizeof values[k]);
        set_value(&algo->params[k], algo->params[k].def, strlen(algo->params[k].def), &values[k]);
    }
    while (*text) {
        size_t length = strcspn(text, " "), name = strcspn(text, "=");
        uint32_t k = 0;
        while (k < algo->n_params && (strlen(algo->params[k].name) != name || strncmp(algo->params[k].name, text, name)))
            k++;
        if (k == algo->n_params) {
            fprintf(stderr, "%s has no parameter %.*s\n", algo->id, (int)name, text);
            exit(99);
        }
        values[k].given = 1;
        set_value(&algo->params[k], text + name + 1, length - name - 1, &values[k]);
        text += length + strspn(text + length, " ");
    }
    return (struct lt_params){sizeof(struct lt_params), algo->n_params, values};
}

int host_train(struct host *h, const struct lt_algo *algo, const char *text, const struct lt_data *data,
               uint64_t units, void **model)
{
    struct lt_value values[64];
    struct lt_params params = host_params(algo, text, values);
    *model = NULL;
    int status = algo->check ? algo->check(&h->ctx, &params, data) : LT_OK;
    if (status == LT_OK)
        status = algo->begin(&h->ctx, &params, data, model);
    host_release(h);
    while (status == LT_OK || status == LT_MORE) {
        status = algo->step(&h->ctx, *model, data, units);
        host_release(h);
    }
    return status;
}

double host_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
