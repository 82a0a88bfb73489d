#include "host/recipe_parts.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/vec.h"
#include "host/select.h"
#include "num/moments.h"

enum { MAX_LEVELS = 1000, FEW_LEVELS = 20, SAMPLE = 2000 };

/* ---- parts -------------------------------------------------------------------------------------------------- */

struct recipe *recipe_new(void)
{
    struct recipe *r = mem_zero(1, sizeof *r);
    r->refs = 1;
    r->arena = arena_new();
    return r;
}

struct recipe *recipe_ref(const struct recipe *r)
{
    struct recipe *m = (struct recipe *)(uintptr_t)r;
    if (m)
        __atomic_add_fetch(&m->refs, 1, __ATOMIC_RELAXED);
    return m;
}

static void input_done(struct recipe_input *in)
{
    mem_free(in->name);
    if (in->levels)
        dictionary_unref(in->levels);
    mem_free(in->seen);
    mem_free(in->slot);
}

void recipe_unref(struct recipe *r)
{
    if (!r || __atomic_sub_fetch(&r->refs, 1, __ATOMIC_ACQ_REL))
        return;
    for (size_t i = 0; i < r->n_inputs; i++)
        input_done(&r->input[i]);
    mem_free(r->input);
    mem_free(r->product);
    mem_free(r->output);
    arena_free(r->arena);
    sentences_done(&r->notes);
    mem_free(r);
}

struct recipe_input *recipe_add_input(struct recipe *r, const char *name, enum column_type type)
{
    if (r->n_inputs == r->cap_inputs) {
        r->cap_inputs = r->cap_inputs ? 2 * r->cap_inputs : 16;
        r->input = mem_resize(r->input, r->cap_inputs, sizeof *r->input);
    }
    struct recipe_input *in = &r->input[r->n_inputs++];
    *in = (struct recipe_input){.name = mem_strdup(name), .type = type, .fill_code = -1, .scale = 1};
    return in;
}

void recipe_remove_last(struct recipe *r)
{
    input_done(&r->input[--r->n_inputs]);
}

size_t input_levels_seen(const struct recipe_input *in)
{
    size_t n = 0;
    for (size_t i = 0; in->levels && i < dictionary_size(in->levels); i++)
        n += in->seen[i];
    return n;
}

const char *input_type_word(enum column_type t)
{
    static const char *const words[] = {
        [COLUMN_F64] = "number", [COLUMN_I64] = "number", [COLUMN_BOOL] = "yes/no", [COLUMN_CATEGORY] = "category",
        [COLUMN_TEXT] = "text",  [COLUMN_DATE] = "date",  [COLUMN_TIME] = "time"};
    return words[t];
}

static uint32_t number_storage(enum column_type type)
{
    return type == COLUMN_I64 || type == COLUMN_DATE ? LT_I64 : type == COLUMN_BOOL ? LT_U8 : LT_F64;
}

/* One output column for each level that was seen, in the order of the levels; the first is implied by the others
 * where the algorithm wants it so. */
static void finish_levels(struct recipe *r, struct recipe_input *in)
{
    size_t n = dictionary_size(in->levels);
    in->slot = mem_alloc(n * sizeof *in->slot);
    bool skip = r->drop_first;
    for (size_t level = 0; level < n; level++) {
        in->slot[level] = -1;
        if (!in->seen[level])
            continue;
        if (!skip)
            in->slot[level] = (int32_t)in->width++;
        skip = false;
    }
}

static void finish_outputs(struct recipe *r, const struct recipe_input *in)
{
    for (size_t k = 0; k < in->width; k++)
        r->output[in->first + k] = (struct lt_column){
            .name = arena_strdup(r->arena, in->name), .kind = LT_NUMERIC_COLUMN, .storage = LT_F64};
    struct lt_column *out = &r->output[in->first];
    if (in->use == INPUT_NUMBER) {
        out->storage = in->scales ? LT_F64 : number_storage(in->type);
    } else if (in->use == INPUT_CODE) {
        out->kind = LT_CATEGORY;
        out->storage = LT_I32;
        out->n_levels = (uint32_t)dictionary_size(in->levels);
        out->levels = dictionary_words(in->levels);
    } else {
        for (size_t level = 0; level < dictionary_size(in->levels); level++)
            if (in->slot[level] >= 0) {
                struct lt_column *one = &out[in->slot[level]];
                one->name = arena_printf(r->arena, "%s=%s", in->name, dictionary_word(in->levels, (int32_t)level));
                one->storage = LT_U8;
            }
    }
}

bool recipe_finish(struct recipe *r, struct err *e)
{
    r->n_outputs = r->n_numbers = 0;
    for (size_t i = 0; i < r->n_inputs; i++) {
        struct recipe_input *in = &r->input[i];
        in->first = r->n_outputs;
        in->width = in->use == INPUT_LEVELS ? 0 : 1;
        if (in->use == INPUT_LEVELS)
            finish_levels(r, in);
        if (in->use == INPUT_NUMBER)
            in->number = r->n_numbers++;
        r->n_outputs += in->width;
    }
    r->first_product = r->n_outputs;
    r->n_outputs += r->n_products;
    if (r->n_outputs > 10000000)
        return err_set(e, ERR_RANGE, "the features would become %zu columns; take fewer, or fewer levels",
                       r->n_outputs);
    r->output = mem_zero(r->n_outputs ? r->n_outputs : 1, sizeof *r->output);
    for (size_t i = 0; i < r->n_inputs; i++)
        if (r->input[i].width)
            finish_outputs(r, &r->input[i]);
    for (size_t i = 0; i < r->n_products; i++)
        r->output[r->first_product + i] = (struct lt_column){
            .name = product_name(r, &r->product[i]), .kind = LT_NUMERIC_COLUMN, .storage = LT_F64};
    return true;
}

size_t recipe_notes(const struct recipe *r, const char *const **sentences)
{
    *sentences = r->notes.v;
    return r->notes.n;
}

size_t recipe_inputs(const struct recipe *r)
{
    return r->n_inputs;
}

const char *recipe_input_name(const struct recipe *r, size_t i)
{
    return r->input[i].name;
}

enum column_type recipe_input_type(const struct recipe *r, size_t i)
{
    return r->input[i].type;
}

size_t recipe_outputs(const struct recipe *r, const struct lt_column **columns)
{
    *columns = r->output;
    return r->n_outputs;
}

/* ---- fitting ------------------------------------------------------------------------------------------------ */

/* What is found out of one column; the columns are looked at side by side. */
struct look {
    const struct column *column;
    enum input_use use;
    size_t missing; /* among the rows */
    size_t present;
    double fill, mean, sd;
    bool constant, infinite;
    size_t seen;  /* levels */
    int32_t most; /* the most frequent level */
    uint8_t *level_seen;
    char why_not[96]; /* left out, because … */
    bool failed;
};

struct fitting {
    const struct table *table;
    const uint32_t *rows;
    size_t n;
    const struct lt_algo *algo;
    struct recipe_options options;
    bool keep_missing, scale;
    struct look *look;
};

static size_t row_at(const struct fitting *f, size_t i)
{
    return f->rows ? f->rows[i] : i;
}

/* The median of x[n] without missing values; x is reordered. */
static double median_in_place(double *x, size_t n)
{
    if (!n)
        return NAN;
    size_t half = n / 2;
    double high = select_nth(x, n, half);
    if (n % 2)
        return high;
    double low = x[0]; /* the largest of what is below */
    for (size_t i = 1; i < half; i++)
        low = x[i] > low ? x[i] : low;
    return low + (high - low) * 0.5;
}

void spread_of(size_t n, double *x, double *mean, double *sd)
{
    struct moments m = moments_of(n, x);
    *mean = m.mean;
    *sd = m.n ? sqrt(m.m2 / (double)m.n) : 0;
    if (isfinite(*mean) && isfinite(*sd))
        return;
    double largest = fmax(fabs(m.min), fabs(m.max));
    if (!isfinite(largest))
        return;
    for (size_t i = 0; i < n; i++)
        x[i] /= largest;
    m = moments_of(n, x);
    *mean = m.mean * largest;
    *sd = sqrt(m.m2 / (double)m.n) * largest;
}

/* A value for rows to come, when the training rows lack none: it needs no exact median, that of evenly spread
 * rows will do. work: min(n, SAMPLE) numbers. */
static double sampled_median(const struct fitting *f, const struct column *c, double *work)
{
    size_t n = f->n < SAMPLE ? f->n : SAMPLE;
    for (size_t i = 0; i < n; i++)
        work[i] = column_number(c, row_at(f, (size_t)((uint64_t)i * f->n / n)));
    return median_in_place(work, n);
}

/* x: room for n numbers; work: for min(n, SAMPLE). */
static void look_at_numbers(const struct fitting *f, struct look *k, double *x, double *work)
{
    if (column_missing(k->column) == 0 && !f->scale) {
        k->present = f->n;
        k->fill = sampled_median(f, k->column, work);
        return;
    }
    column_numbers(k->column, f->rows, f->n, x);
    for (size_t i = 0; i < f->n; i++)
        if (!isnan(x[i]))
            x[k->present++] = x[i];
    k->missing = f->n - k->present;
    if (!k->present)
        return;
    if (!f->keep_missing)
        k->fill = k->missing ? median_in_place(x, k->present) : sampled_median(f, k->column, work);
    if (!f->scale)
        return;
    spread_of(k->present, x, &k->mean, &k->sd);
    if (k->missing && !f->keep_missing) {
        /* The filled values count: sums of n values, of which `missing` are the median. */
        double a = (double)k->present / (double)f->n, b = 1 - a, d = k->fill - k->mean;
        k->sd = sqrt(a * k->sd * k->sd + a * b * d * d);
        k->mean += b * d;
    }
    k->constant = !(k->sd > 0);
    k->infinite = !isfinite(k->mean) || !isfinite(k->sd);
}

static void look_at_codes(const struct fitting *f, struct look *k)
{
    const int32_t *codes = column_codes(k->column);
    size_t levels = dictionary_size(column_dictionary(k->column));
    uint32_t *count = mem_zero(levels ? levels : 1, sizeof *count);
    k->level_seen = mem_zero(levels ? levels : 1, 1);
    for (size_t i = 0; i < f->n; i++) {
        int32_t code = codes[row_at(f, i)];
        if (code >= 0)
            count[code]++;
        else
            k->missing++;
    }
    k->present = f->n - k->missing;
    k->most = -1;
    for (size_t c = 0; c < levels; c++) {
        k->level_seen[c] = count[c] > 0;
        k->seen += count[c] > 0;
        if (count[c] && (k->most < 0 || count[c] > count[k->most]))
            k->most = (int32_t)c;
    }
    mem_free(count);
}

/* An id or a free text in disguise: too many levels, or nearly every row its own. */
static bool too_many_levels(const struct look *k)
{
    return k->seen > MAX_LEVELS || (k->seen > FEW_LEVELS && k->seen > k->present / 2);
}

static void leave_out(struct look *k, const char *why)
{
    snprintf(k->why_not, sizeof k->why_not, "%s", why);
}

static void look_one(void *arg, size_t i, unsigned worker)
{
    struct fitting *f = arg;
    struct look *k = &f->look[i];
    (void)worker;
    enum column_type type = column_type(k->column);
    if (type == COLUMN_TEXT) {
        leave_out(k, "text");
        return;
    }
    if (type == COLUMN_CATEGORY) {
        look_at_codes(f, k);
        k->use = f->algo->traits & LT_CATEGORY_OK ? INPUT_CODE : INPUT_LEVELS;
        if (too_many_levels(k))
            snprintf(k->why_not, sizeof k->why_not, "%zu levels for %zu rows", k->seen, k->present);
        else if (k->use == INPUT_LEVELS && !f->options.encode)
            leave_out(k, "category, encode=no");
        else if (k->use == INPUT_LEVELS && k->seen == 1)
            leave_out(k, "one level only");
    } else {
        k->use = INPUT_NUMBER;
        if (f->keep_missing && !f->scale) {
            k->present = f->n; /* goes through as it is: there is nothing to find out */
            return;
        }
        double *x = mem_bulk(f->n + SAMPLE, sizeof *x, NULL);
        if (x)
            look_at_numbers(f, k, x, x + f->n);
        k->failed = !x;
        mem_bulk_free(x);
    }
    if (!k->present && !(k->use != INPUT_LEVELS && f->keep_missing))
        leave_out(k, "all values missing");
}

/* ---- what was done, in sentences ---------------------------------------------------------------------------- */

enum { LISTED = 8 };

/* "a, b, c and 12 more" grows word by word. */
struct naming {
    struct str text;
    size_t n;
};

static void naming_add(struct naming *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void naming_add(struct naming *l, const char *format, ...)
{
    if (l->n++ >= LISTED)
        return;
    va_list args;
    va_start(args, format);
    if (l->n > 1)
        str_add(&l->text, ", ");
    str_vprintf(&l->text, format, args);
    va_end(args);
}

static const char *naming_text(struct naming *l)
{
    if (l->n > LISTED)
        str_printf(&l->text, " and %zu more", l->n - LISTED);
    return str_get(&l->text);
}

static void note_left_out(struct recipe *r, const struct fitting *f, const char *const *features, size_t n)
{
    struct naming out = {0};
    for (size_t i = 0; i < n; i++)
        if (f->look[i].why_not[0])
            naming_add(&out, "%s (%s)", features[i], f->look[i].why_not);
    if (out.n)
        sentences_add(&r->notes, "left out: %s", naming_text(&out));
    str_done(&out.text);
}

static void note_filled(struct recipe *r, const struct fitting *f, const char *const *features, size_t n)
{
    size_t filled = 0;
    struct naming many = {0};
    for (size_t i = 0; i < n; i++)
        filled += !f->look[i].why_not[0] && f->look[i].missing > 0;
    for (size_t i = 0; i < n && !r->keep_missing; i++) {
        const struct look *k = &f->look[i];
        if (k->why_not[0] || !k->missing)
            continue;
        struct str value = STR_INIT;
        if (k->use == INPUT_NUMBER) {
            str_add(&value, "the median ");
            number_nice(&value, k->fill, 6);
        } else {
            str_printf(&value, "the most frequent level '%s'",
                       dictionary_word(column_dictionary(k->column), k->most));
        }
        if (filled <= LISTED)
            sentences_add(&r->notes, "%s: %zu missing filled with %s", features[i], k->missing, str_get(&value));
        else
            naming_add(&many, "%s (%zu)", features[i], k->missing);
        str_done(&value);
    }
    if (many.n) {
        size_t columns = many.n;
        sentences_add(&r->notes,
                      "filled missing values of %zu columns with their medians or most frequent levels: %s",
                      columns, naming_text(&many));
    }
    str_done(&many.text);
}

static void note_products(struct recipe *r)
{
    struct naming made = {0};
    for (size_t i = 0; i < r->n_products; i++)
        naming_add(&made, "%s", r->output[r->first_product + i].name);
    if (made.n)
        sentences_add(&r->notes, "multiplied numbers with each other%s: %s%s",
                      r->keep_missing ? "" : ", after filling and before scaling", naming_text(&made),
                      r->n_numbers < r->n_inputs ? "; categories take no part" : "");
    str_done(&made.text);
}

static void note_made(struct recipe *r)
{
    struct naming encoded = {0}, constant = {0}, dates = {0};
    size_t scaled = 0;
    for (size_t i = 0; i < r->n_inputs; i++) {
        const struct recipe_input *in = &r->input[i];
        if (in->use == INPUT_LEVELS)
            naming_add(&encoded, "%s (%zu levels)", in->name, input_levels_seen(in));
        if (in->type == COLUMN_DATE || in->type == COLUMN_TIME)
            naming_add(&dates, "%s (%s)", in->name, in->type == COLUMN_DATE ? "days" : "seconds");
        scaled += in->scales && in->scale != 1;
        if (in->scales && in->scale == 1 && in->center != 0)
            naming_add(&constant, "%s", in->name);
    }
    if (dates.n)
        sentences_add(&r->notes, "taken as numbers since 1970: %s", naming_text(&dates));
    if (encoded.n)
        sentences_add(&r->notes, "encoded as 0/1 columns: %s%s", naming_text(&encoded),
                      r->drop_first ? "; the first level of each is the one compared with" : "");
    note_products(r);
    for (size_t i = 0; i < r->n_products; i++)
        scaled += r->product[i].scales && r->product[i].scale != 1;
    if (scaled)
        sentences_add(&r->notes, "scaled %zu column%s (mean 0, sd 1)", scaled, scaled == 1 ? "" : "s");
    if (constant.n)
        sentences_add(&r->notes, "the same value in all rows: %s", naming_text(&constant));
    str_done(&encoded.text);
    str_done(&constant.text);
    str_done(&dates.text);
}

/* ---- putting it together ------------------------------------------------------------------------------------ */

static bool keep_look(struct recipe *r, const struct fitting *f, struct look *k, const char *name, struct err *e)
{
    enum column_type type = column_type(k->column);
    if (k->missing && !r->keep_missing && !f->options.impute) {
        err_set(e, ERR_INPUT, "%s has %zu missing value%s, which %s can't take", name, k->missing,
                k->missing == 1 ? "" : "s", f->algo->id);
        return err_hint(e, "leave impute=yes, or drop the rows: filter %s is not null", name);
    }
    if (k->infinite) {
        err_set(e, ERR_INPUT, "%s has infinite values, so it can't be scaled", name);
        return err_hint(e, "repair these rows, or drop them: filter abs(%s) < 1e308", name);
    }
    struct recipe_input *in = recipe_add_input(r, name, type);
    in->use = k->use;
    in->fills = !r->keep_missing && f->options.impute;
    in->fill = isfinite(k->fill) ? k->fill : 0;
    if (k->use == INPUT_NUMBER) {
        in->scales = f->scale && type != COLUMN_BOOL;
        in->center = in->scales ? k->mean : 0;
        in->scale = in->scales && !k->constant ? k->sd : 1;
    } else {
        in->levels = dictionary_ref((struct dictionary *)(uintptr_t)column_dictionary(k->column));
        in->fill_code = k->most;
        in->seen = k->level_seen;
        k->level_seen = NULL;
    }
    return true;
}

struct recipe *recipe_fit(const struct table *t, const char *const *features, size_t n_features,
                          const uint32_t *rows, size_t n, const struct lt_algo *algo,
                          const struct recipe_options *o, struct err *e)
{
    struct fitting f = {.table = t, .rows = rows, .n = n, .algo = algo, .options = *o};
    f.keep_missing = algo->traits & LT_MISSING_OK;
    f.scale = (algo->traits & LT_WANTS_SCALED) && o->scale;
    for (size_t i = 0; i < n_features; i++)
        if (table_require(t, features[i], e) < 0)
            return NULL;
    f.look = mem_zero(n_features ? n_features : 1, sizeof *f.look);
    for (size_t i = 0; i < n_features; i++)
        f.look[i].column = table_column(t, (size_t)table_find(t, features[i]));
    parallel_for(n_features, look_one, &f);

    struct recipe *r = recipe_new();
    r->keep_missing = f.keep_missing;
    r->drop_first = algo->traits & LT_DROP_FIRST;
    bool good = true;
    for (size_t i = 0; i < n_features && good; i++) {
        if (f.look[i].failed)
            good = err_set(e, ERR_MEMORY, "not enough memory to look at %s", features[i]);
        else if (!f.look[i].why_not[0])
            good = keep_look(r, &f, &f.look[i], features[i], e);
    }
    if (good && o->degree > 1)
        good = products_make(r, o->degree, o->interaction_only, n, e) &&
               (!f.scale || products_scale(r, t, rows, n, e));
    good = good && recipe_finish(r, e);
    if (good && o->degree > 1 && !r->n_products)
        sentences_add(&r->notes, "degree=%d: there are no numbers to multiply", o->degree);
    if (good) {
        note_left_out(r, &f, features, n_features);
        note_filled(r, &f, features, n_features);
        note_made(r);
    }
    for (size_t i = 0; i < n_features; i++)
        mem_free(f.look[i].level_seen);
    mem_free(f.look);
    if (!good) {
        recipe_unref(r);
        return NULL;
    }
    return r;
}
