/* design: a recipe applied to rows of a table. Columns that need no change are passed on where they lie;
 * everything else is computed block by block, in parallel. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "host/recipe_parts.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/str.h"

enum { ROW_BLOCK = 128, COLUMN_BLOCK = 16384 };

/* One input of the recipe, bound to a column of this table. */
struct reader {
    const struct recipe_input *in;
    const struct column *c;
    struct column *cast; /* held, when the column had to be made a category first */
    int32_t *map; /* this table's codes to the recipe's, -1: not seen in training; NULL: they are the same */
    bool all_missing;
};

struct reading {
    const struct recipe *r;
    struct reader *reader; /* an input each */
    const uint32_t *rows;
    size_t n;
    atomic_size_t unseen;

    double *x64; /* LT_ROWS_… */
    float *x32;
    size_t ld;

    struct copy *copy; /* LT_COLUMNS: what is computed */
    size_t n_copies;
    size_t blocks;
    bool kept_nan;
};

/* ---- reading a stretch of one input ------------------------------------------------------------------------- */

/* Numbers of rows [begin, begin+n), filled. */
static void read_filled(const struct reading *g, const struct reader *k, size_t begin, size_t n, double *out)
{
    const struct recipe_input *in = k->in;
    if (k->all_missing) {
        for (size_t i = 0; i < n; i++)
            out[i] = NAN;
    } else if (column_type(k->c) == COLUMN_F64) {
        const double *x = column_f64(k->c);
        for (size_t i = 0; i < n; i++)
            out[i] = x[g->rows ? g->rows[begin + i] : begin + i];
    } else if (g->rows) {
        column_numbers(k->c, g->rows + begin, n, out);
    } else {
        for (size_t i = 0; i < n; i++)
            out[i] = column_number(k->c, begin + i);
    }
    if (in->fills && (k->all_missing || column_missing(k->c)))
        for (size_t i = 0; i < n; i++)
            out[i] = isnan(out[i]) ? in->fill : out[i];
}

static void scale(size_t n, double *x, double center, double by)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - center) / by;
}

/* Filled and scaled. */
static void read_numbers(const struct reading *g, const struct reader *k, size_t begin, size_t n, double *out)
{
    read_filled(g, k, begin, n, out);
    if (k->in->scales)
        scale(n, out, k->in->center, k->in->scale);
}

static void multiply(size_t n, double *x, const double *by)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= by[i];
}

/* The recipe's codes of rows [begin, begin+n); missing and unknown ones filled, or -1. Returns how many are
 * unknown. */
static size_t read_codes(const struct reading *g, const struct reader *k, size_t begin, size_t n, int32_t *out)
{
    int32_t fill = k->in->fills ? k->in->fill_code : -1;
    size_t unseen = 0;
    const int32_t *codes = k->all_missing ? NULL : column_codes(k->c);
    for (size_t i = 0; i < n; i++) {
        int32_t code = codes ? codes[g->rows ? g->rows[begin + i] : begin + i] : -1;
        int32_t mine = code < 0 || !k->map ? code : k->map[code];
        unseen += code >= 0 && mine < 0;
        out[i] = mine < 0 ? fill : mine;
    }
    return unseen;
}

/* ---- binding ------------------------------------------------------------------------------------------------ */

static bool same_words(const struct dictionary *a, const struct dictionary *b)
{
    if (a == b)
        return true;
    if (dictionary_size(a) != dictionary_size(b))
        return false;
    for (size_t i = 0; i < dictionary_size(a); i++)
        if (strcmp(dictionary_word(a, (int32_t)i), dictionary_word(b, (int32_t)i)))
            return false;
    return true;
}

/* Codes are told apart by their words. No map is needed when the words are the same and all were seen. */
static void bind_levels(struct reader *k)
{
    const struct dictionary *ours = k->in->levels, *theirs = column_dictionary(k->c);
    bool same = same_words(ours, theirs);
    size_t n = dictionary_size(theirs);
    if (same && input_levels_seen(k->in) == n)
        return;
    k->map = mem_alloc((n ? n : 1) * sizeof *k->map);
    for (size_t i = 0; i < n; i++) {
        int32_t code = same ? (int32_t)i : dictionary_find(ours, dictionary_word(theirs, (int32_t)i));
        k->map[i] = code >= 0 && k->in->seen[code] ? code : -1;
    }
}

static bool is_number_type(enum column_type t)
{
    return t == COLUMN_F64 || t == COLUMN_I64 || t == COLUMN_BOOL;
}

static bool bind(struct reader *k, const struct recipe_input *in, const struct table *t, struct err *e)
{
    int at = table_require(t, in->name, e);
    k->in = in;
    if (at < 0)
        return err_wrap(e, "the model needs a column that is not there");
    k->c = table_column(t, (size_t)at);
    enum column_type type = column_type(k->c);
    k->all_missing = type != in->type && column_missing(k->c) == column_size(k->c);
    if (k->all_missing)
        return true;
    if (in->type == COLUMN_CATEGORY) {
        if (type != COLUMN_CATEGORY) {
            k->cast = column_to_category(k->c, e);
            if (!k->cast)
                return err_wrap(e, "%s", in->name);
            k->c = k->cast;
        }
        bind_levels(k);
        return true;
    }
    if (type == in->type || (is_number_type(type) && is_number_type(in->type)))
        return true;
    err_set(e, ERR_TYPE, "%s is a %s here, but was a %s in training", in->name, input_type_word(type),
            input_type_word(in->type));
    return err_hint(e, "load the table with types=\"%s:%s\"", in->name, column_type_name(in->type));
}

/* Missing values that nobody may fill are refused. */
static bool check_missing(const struct reading *g, const struct reader *k, struct err *e)
{
    if (g->r->keep_missing || k->in->fills || (!k->all_missing && !column_missing(k->c)))
        return true;
    size_t missing = 0;
    for (size_t i = 0; i < g->n; i++)
        missing += k->all_missing || column_is_missing(k->c, g->rows ? g->rows[i] : i);
    if (!missing)
        return true;
    err_set(e, ERR_DATA, "%s has %zu missing values, which this model can't take", k->in->name, missing);
    return err_hint(e, "drop the rows: filter %s is not null; or train with impute=yes", k->in->name);
}

static bool bind_all(struct reading *g, const struct table *t, struct err *e)
{
    g->reader = mem_zero(g->r->n_inputs ? g->r->n_inputs : 1, sizeof *g->reader);
    for (size_t i = 0; i < g->r->n_inputs; i++)
        if (!bind(&g->reader[i], &g->r->input[i], t, e) || !check_missing(g, &g->reader[i], e))
            return false;
    return true;
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

static void store(const struct reading *g, size_t begin, size_t n, size_t j, const double *x)
{
    if (g->x64)
        for (size_t i = 0; i < n; i++)
            g->x64[(begin + i) * g->ld + j] = x[i];
    else
        for (size_t i = 0; i < n; i++)
            g->x32[(begin + i) * g->ld + j] = (float)x[i];
}

/* The 0/1 columns of one input; NaN in all of them where the level is missing and stays so. */
static void store_levels(const struct reading *g, const struct reader *k, size_t begin, size_t n,
                         const int32_t *codes)
{
    double x[ROW_BLOCK];
    for (size_t j = 0; j < k->in->width; j++) {
        for (size_t i = 0; i < n; i++)
            x[i] = codes[i] < 0 ? (g->r->keep_missing ? NAN : 0) : k->in->slot[codes[i]] == (int32_t)j;
        store(g, begin, n, k->in->first + j, x);
    }
}

/* Products of the numbers of a block: filled[number * ROW_BLOCK + row]. */
static void store_products(const struct reading *g, size_t begin, size_t n, const double *filled)
{
    double x[ROW_BLOCK];
    for (size_t j = 0; j < g->r->n_products; j++) {
        const struct recipe_product *p = &g->r->product[j];
        memcpy(x, filled + g->r->input[p->factor[0]].number * ROW_BLOCK, n * sizeof *x);
        for (uint32_t k = 1; k < p->degree; k++)
            multiply(n, x, filled + g->r->input[p->factor[k]].number * ROW_BLOCK);
        if (p->scales)
            scale(n, x, p->center, p->scale);
        store(g, begin, n, g->r->first_product + j, x);
    }
}

static void rows_block(void *arg, size_t block, unsigned worker)
{
    struct reading *g = arg;
    double x[ROW_BLOCK];
    int32_t codes[ROW_BLOCK];
    size_t begin = block * ROW_BLOCK, n = g->n - begin < ROW_BLOCK ? g->n - begin : ROW_BLOCK, unseen = 0;
    double *filled = g->r->n_products ? mem_alloc(g->r->n_numbers * ROW_BLOCK * sizeof *filled) : NULL;
    (void)worker;
    for (size_t i = 0; i < g->r->n_inputs; i++) {
        const struct reader *k = &g->reader[i];
        if (k->in->use == INPUT_NUMBER) {
            read_filled(g, k, begin, n, x);
            if (filled)
                memcpy(filled + k->in->number * ROW_BLOCK, x, n * sizeof *x);
            if (k->in->scales)
                scale(n, x, k->in->center, k->in->scale);
            store(g, begin, n, k->in->first, x);
            continue;
        }
        unseen += read_codes(g, k, begin, n, codes);
        if (k->in->use == INPUT_LEVELS) {
            store_levels(g, k, begin, n, codes);
            continue;
        }
        for (size_t r = 0; r < n; r++)
            x[r] = codes[r] < 0 ? NAN : codes[r];
        store(g, begin, n, k->in->first, x);
    }
    if (filled)
        store_products(g, begin, n, filled);
    mem_free(filled);
    if (unseen)
        atomic_fetch_add(&g->unseen, unseen);
}

static bool build_rows(struct design *d, struct reading *g, bool wide, struct err *e)
{
    size_t cells;
    g->ld = g->r->n_outputs;
    if (!mem_mul(g->n, g->ld, &cells))
        return err_set(e, ERR_MEMORY, "%zu rows of %zu columns are too many", g->n, g->ld);
    d->owned[1] = mem_bulk(cells ? cells : 1, wide ? sizeof(double) : sizeof(float), e);
    if (!d->owned[1])
        return false;
    g->x64 = wide ? d->owned[1] : NULL;
    g->x32 = wide ? NULL : d->owned[1];
    parallel_for((g->n + ROW_BLOCK - 1) / ROW_BLOCK, rows_block, g);
    d->data.x64 = g->x64;
    d->data.x32 = g->x32;
    d->data.ld = g->ld;
    return true;
}

/* ---- compressed rows ---------------------------------------------------------------------------------------- */

/* Two passes over the dense block: count, then put. A missing value is an entry (NaN); only 0 is left out. */
static bool build_sparse(struct design *d, struct reading *g, struct err *e)
{
    if (!build_rows(d, g, false, e))
        return false;
    size_t p = g->ld, at = 0;
    size_t *indptr = mem_bulk(g->n + 1, sizeof *indptr, e);
    d->owned[3] = indptr;
    if (!indptr)
        return false;
    for (size_t i = 0; i < g->n; i++) {
        indptr[i] = at;
        for (size_t j = 0; j < p; j++)
            at += g->x32[i * p + j] != 0;
    }
    indptr[g->n] = at;
    uint32_t *indices = mem_bulk(at + 1, sizeof *indices, e);
    float *values = mem_bulk(at + 1, sizeof *values, e);
    d->owned[4] = indices;
    d->owned[5] = values;
    if (!indices || !values)
        return false;
    for (size_t i = 0, to = 0; i < g->n; i++)
        for (size_t j = 0; j < p; j++)
            if (g->x32[i * p + j] != 0) {
                indices[to] = (uint32_t)j;
                values[to++] = g->x32[i * p + j];
            }
    mem_bulk_free(d->owned[1]);
    d->owned[1] = NULL;
    d->data.x32 = NULL;
    d->data.ld = 0;
    d->data.indptr = indptr;
    d->data.indices = indices;
    d->data.values = values;
    return true;
}

/* ---- columns ------------------------------------------------------------------------------------------------ */

/* One input whose outputs are computed, or a product; they are addressed by the table's row numbers as the others
 * are. */
struct copy {
    const struct reader *k; /* NULL: a product */
    const struct recipe_product *product;
    struct lt_column *out; /* its outputs, storage and data set */
};

/* n is at most ROW_BLOCK. */
static void read_product(const struct reading *g, const struct recipe_product *p, size_t begin, size_t n,
                         double *x)
{
    double by[ROW_BLOCK];
    read_filled(g, &g->reader[p->factor[0]], begin, n, x);
    for (uint32_t k = 1; k < p->degree; k++) {
        read_filled(g, &g->reader[p->factor[k]], begin, n, by);
        multiply(n, x, by);
    }
    if (p->scales)
        scale(n, x, p->center, p->scale);
}

static void copy_numbers(const struct reading *g, const struct copy *c, size_t begin, size_t n)
{
    double x[ROW_BLOCK], *to = (double *)(uintptr_t)c->out->data;
    for (size_t at = begin; at < begin + n; at += ROW_BLOCK) {
        size_t m = begin + n - at < ROW_BLOCK ? begin + n - at : ROW_BLOCK;
        if (c->k)
            read_numbers(g, c->k, at, m, x);
        else
            read_product(g, c->product, at, m, x);
        for (size_t i = 0; i < m; i++)
            to[g->rows ? g->rows[at + i] : at + i] = x[i];
    }
}

static void put_levels(const struct reading *g, const struct copy *c, size_t row, int32_t code)
{
    int32_t slot = code < 0 ? -1 : c->k->in->slot[code];
    for (size_t j = 0; j < c->k->in->width; j++) {
        void *to = (void *)(uintptr_t)c->out[j].data;
        if (c->out[j].storage == LT_F64)
            ((double *)to)[row] = code < 0 && g->r->keep_missing ? NAN : slot == (int32_t)j;
        else
            ((uint8_t *)to)[row] = slot == (int32_t)j;
    }
}

static size_t copy_codes(const struct reading *g, const struct copy *c, size_t begin, size_t n)
{
    int32_t codes[ROW_BLOCK];
    size_t unseen = 0;
    for (size_t at = begin; at < begin + n; at += ROW_BLOCK) {
        size_t m = begin + n - at < ROW_BLOCK ? begin + n - at : ROW_BLOCK;
        unseen += read_codes(g, c->k, at, m, codes);
        for (size_t i = 0; i < m; i++) {
            size_t row = g->rows ? g->rows[at + i] : at + i;
            if (c->k->in->use == INPUT_CODE)
                ((int32_t *)(uintptr_t)c->out->data)[row] = codes[i];
            else
                put_levels(g, c, row, codes[i]);
        }
    }
    return unseen;
}

static void copy_block(void *arg, size_t i, unsigned worker)
{
    struct reading *g = arg;
    const struct copy *c = &g->copy[i / g->blocks];
    size_t begin = i % g->blocks * COLUMN_BLOCK, n = g->n - begin < COLUMN_BLOCK ? g->n - begin : COLUMN_BLOCK;
    (void)worker;
    if (!c->k || c->k->in->use == INPUT_NUMBER) {
        copy_numbers(g, c, begin, n);
        return;
    }
    size_t unseen = copy_codes(g, c, begin, n);
    if (unseen)
        atomic_fetch_add(&g->unseen, unseen);
}

/* Do the rows hold a code whose level the recipe doesn't know? */
static bool rows_need_map(const struct reading *g, const struct reader *k)
{
    const int32_t *codes = column_codes(k->c);
    if (!k->map)
        return false;
    for (size_t i = 0; i < g->n; i++) {
        int32_t code = codes[g->rows ? g->rows[i] : i];
        if (code >= 0 && k->map[code] != code)
            return true;
    }
    return false;
}

/* Passes a column on as it lies, when nothing has to be done to it. */
static bool pass_column(const struct reading *g, const struct reader *k, struct lt_column *out)
{
    const struct recipe_input *in = k->in;
    if (k->all_missing || k->cast)
        return false;
    bool fill = in->fills && column_missing(k->c);
    if (in->use == INPUT_CODE) {
        if (fill || dictionary_size(column_dictionary(k->c)) > dictionary_size(in->levels) || rows_need_map(g, k))
            return false;
        out->data = column_codes(k->c);
        return true;
    }
    if (in->use == INPUT_LEVELS || in->scales || fill)
        return false;
    switch (column_type(k->c)) {
    case COLUMN_F64:
        out->data = column_f64(k->c);
        out->storage = LT_F64;
        return true;
    case COLUMN_I64:
    case COLUMN_DATE:
        out->data = column_i64(k->c);
        out->storage = LT_I64;
        break;
    case COLUMN_BOOL:
        out->data = column_bool(k->c);
        out->storage = LT_U8;
        break;
    default:
        return false; /* times are microseconds there and seconds here */
    }
    out->valid = column_missing(k->c) ? column_valid(k->c) : NULL;
    return true;
}

static size_t storage_size(uint32_t storage)
{
    return storage == LT_F64 || storage == LT_I64 ? 8 : storage == LT_U8 ? 1 : 4;
}

/* Memory for the outputs of one input, addressed by row number of the table. Only the pages of rows that are
 * used are ever touched. */
static bool copy_begin(struct reading *g, const struct reader *k, struct lt_column *out, void **buffers,
                       size_t *n_buffers, size_t rows, struct err *e)
{
    bool nan =
        g->r->keep_missing && k->in->use == INPUT_LEVELS && (k->all_missing || k->map || column_missing(k->c));
    for (size_t j = 0; j < k->in->width; j++) {
        out[j].storage = k->in->use == INPUT_CODE ? LT_I32 : k->in->use == INPUT_NUMBER || nan ? LT_F64 : LT_U8;
        out[j].valid = NULL;
        void *memory = mem_bulk(rows + 8, storage_size(out[j].storage), e);
        if (!memory)
            return false;
        buffers[(*n_buffers)++] = memory;
        out[j].data = memory;
    }
    g->copy[g->n_copies++] = (struct copy){.k = k, .out = out};
    return true;
}

static bool product_begin(struct reading *g, const struct recipe_product *p, struct lt_column *out, void **buffers,
                          size_t *n_buffers, size_t rows, struct err *e)
{
    void *memory = mem_bulk(rows + 8, sizeof(double), e);
    if (!memory)
        return false;
    buffers[(*n_buffers)++] = memory;
    out->data = memory;
    g->copy[g->n_copies++] = (struct copy){.product = p, .out = out};
    return true;
}

static bool build_columns(struct design *d, struct reading *g, size_t table_rows_n, struct err *e)
{
    struct lt_column *out = d->owned[0];
    void **buffers = mem_zero(g->r->n_outputs + 1, sizeof *buffers); /* the last one is NULL */
    size_t n_buffers = 0;
    d->owned[2] = buffers;
    g->copy = mem_zero(g->r->n_inputs + g->r->n_products + 1, sizeof *g->copy);
    bool good = true;
    for (size_t i = 0; i < g->r->n_inputs && good; i++) {
        const struct reader *k = &g->reader[i];
        if (k->in->width && !pass_column(g, k, &out[k->in->first]))
            good = copy_begin(g, k, &out[k->in->first], buffers, &n_buffers, table_rows_n, e);
    }
    for (size_t i = 0; i < g->r->n_products && good; i++)
        good = product_begin(g, &g->r->product[i], &out[g->r->first_product + i], buffers, &n_buffers,
                             table_rows_n, e);
    g->blocks = (g->n + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
    if (good)
        parallel_for(g->n_copies * g->blocks, copy_block, g);
    mem_free(g->copy);
    d->data.rows = g->rows;
    return good;
}

/* ---- the design --------------------------------------------------------------------------------------------- */

bool design_build(struct design *d, const struct recipe *r, const struct table *t, const uint32_t *rows, size_t n,
                  enum lt_layout layout, size_t *unseen, struct err *e)
{
    struct reading g = {.r = r, .rows = rows, .n = n};
    memset(d, 0, sizeof *d);
    d->table = table_ref(t);
    struct lt_column *columns = mem_zero(r->n_outputs ? r->n_outputs : 1, sizeof *columns);
    memcpy(columns, r->output, r->n_outputs * sizeof *columns);
    d->owned[0] = columns;
    d->data =
        (struct lt_data){.size = sizeof d->data, .layout = layout, .n = n, .p = r->n_outputs, .column = columns};

    bool good = bind_all(&g, t, e);
    if (good && layout == LT_COLUMNS)
        good = build_columns(d, &g, table_rows(t), e);
    else if (good && layout == LT_SPARSE)
        good = build_sparse(d, &g, e);
    else if (good)
        good = build_rows(d, &g, layout == LT_ROWS_F64, e);

    /* A category that was made from another type is copied by now. */
    for (size_t i = 0; g.reader && i < r->n_inputs; i++) {
        column_unref(g.reader[i].cast);
        mem_free(g.reader[i].map);
    }
    mem_free(g.reader);
    if (unseen)
        *unseen = atomic_load(&g.unseen);
    if (!good)
        design_done(d);
    return good;
}

void design_done(struct design *d)
{
    void **buffers = d->owned[2];
    for (size_t i = 0; buffers && buffers[i]; i++)
        mem_bulk_free(buffers[i]);
    mem_free(buffers);
    mem_free(d->owned[0]);
    mem_bulk_free(d->owned[1]);
    for (size_t i = 3; i < 6; i++)
        mem_bulk_free(d->owned[i]);
    table_unref(d->table);
    memset(d, 0, sizeof *d);
}
