/* recipe_products: products of a recipe's numbers: which there are, what they are called, how they are scaled, and
 * their way into a model's file and back. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/str.h"
#include "host/recipe_parts.h"

/* ---- which there are ---------------------------------------------------------------------------------------- */

struct choosing {
    struct recipe *r;
    const uint32_t *number; /* inputs that are numbers */
    size_t n;
    bool interaction_only;
    uint32_t degree;                      /* of the products that are being made */
    uint32_t factor[PRODUCT_DEGREE_MOST]; /* chosen so far */
};

/* The square of a 0/1 column is the column. */
static bool may_repeat(const struct choosing *c, uint32_t input)
{
    return !c->interaction_only && c->r->input[input].type != COLUMN_BOOL;
}

/* How many products of 2 to `degree` numbers there are; beyond 2^60 it no longer counts. Numbers that may repeat
 * multiply the series of the counts by 1 + z + z^2 + …, the others by 1 + z. */
static uint64_t count_products(const struct choosing *c, int degree)
{
    static const uint64_t most = (uint64_t)1 << 60;
    uint64_t ways[PRODUCT_DEGREE_MOST + 1] = {1}, sum = 0;
    for (size_t i = 0; i < c->n; i++) {
        bool repeats = may_repeat(c, c->number[i]);
        for (int k = 1; k <= degree; k++) {
            int d = repeats ? k : degree + 1 - k;
            ways[d] = ways[d] + ways[d - 1] < most ? ways[d] + ways[d - 1] : most;
        }
    }
    for (int d = 2; d <= degree; d++)
        sum = sum + ways[d] < most ? sum + ways[d] : most;
    return sum;
}

/* All ways to choose the factors from place `at` on, from the numbers from `from` on. */
static void choose(struct choosing *c, uint32_t at, size_t from)
{
    if (at == c->degree) {
        struct recipe_product *p = &c->r->product[c->r->n_products++];
        *p = (struct recipe_product){.degree = c->degree, .scale = 1};
        memcpy(p->factor, c->factor, c->degree * sizeof *p->factor);
        return;
    }
    for (size_t i = from; i < c->n; i++) {
        c->factor[at] = c->number[i];
        choose(c, at + 1, may_repeat(c, c->number[i]) ? i : i + 1);
    }
}

static size_t outputs_without_products(const struct recipe *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_inputs; i++)
        n += r->input[i].use == INPUT_LEVELS ? input_levels_seen(&r->input[i]) : 1;
    return n;
}

/* Training takes about as much again. */
static bool fits_memory(uint64_t columns, size_t rows, struct err *e)
{
    double wanted = (double)columns * (double)rows * sizeof(double);
    double there = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (!(there > 0) || wanted <= there / 2)
        return true;
    err_set(e, ERR_MEMORY,
            "%zu rows of %" PRIu64 " columns and products would take %.1f GB, more than half of this machine",
            rows, columns, wanted / 1e9);
    return err_hint(e, "take a lower degree, fewer features, or fewer rows (sample)");
}

bool products_make(struct recipe *r, int degree, bool interaction_only, size_t rows, struct err *e)
{
    struct choosing c = {.r = r, .interaction_only = interaction_only};
    if (degree > PRODUCT_DEGREE_MOST)
        return err_set(e, ERR_RANGE, "degree=%d: products have at most %d factors", degree, PRODUCT_DEGREE_MOST);
    uint32_t *number = mem_alloc((r->n_inputs + 1) * sizeof *number);
    for (size_t i = 0; i < r->n_inputs; i++)
        if (r->input[i].use == INPUT_NUMBER)
            number[c.n++] = (uint32_t)i;
    c.number = number;
    uint64_t wanted = count_products(&c, degree), all = wanted + outputs_without_products(r);
    bool good = !wanted || all <= PRODUCT_OUTPUTS_MOST;
    if (!good) {
        err_set(e, ERR_RANGE, "degree=%d would make %" PRIu64 " columns of %zu numbers; at most %d are made",
                degree, all, c.n, PRODUCT_OUTPUTS_MOST);
        err_hint(e, "take a lower degree, fewer features%s", interaction_only ? "" : ", or interaction_only=yes");
    } else if (wanted && !fits_memory(all, rows, e)) {
        good = false;
    } else if (wanted) {
        r->product = mem_zero((size_t)wanted, sizeof *r->product);
        for (c.degree = 2; c.degree <= (uint32_t)degree; c.degree++)
            choose(&c, 0, 0);
    }
    mem_free(number);
    return good;
}

const char *product_name(const struct recipe *r, const struct recipe_product *p)
{
    struct str s = STR_INIT;
    for (uint32_t i = 0, times; i < p->degree; i += times) {
        for (times = 1; i + times < p->degree && p->factor[i + times] == p->factor[i];)
            times++;
        str_printf(&s, "%s%s", i ? " " : "", r->input[p->factor[i]].name);
        if (times > 1)
            str_printf(&s, "^%u", times);
    }
    const char *name = arena_strdup(r->arena, str_get(&s));
    str_done(&s);
    return name;
}

/* ---- how they are scaled ------------------------------------------------------------------------------------ */

struct scaling {
    struct recipe *r;
    const struct table *table;
    const uint32_t *rows;
    size_t n;
    uint8_t *trouble; /* a product each: 1: no memory, 2: infinite */
};

/* x[n] = the product of these rows, of values that are filled; y[n] is overwritten. */
static void multiply(const struct scaling *s, const struct recipe_product *p, double *x, double *y)
{
    for (uint32_t k = 0; k < p->degree; k++) {
        const struct recipe_input *in = &s->r->input[p->factor[k]];
        column_numbers(table_column(s->table, (size_t)table_find(s->table, in->name)), s->rows, s->n, y);
        for (size_t i = 0; i < s->n; i++) {
            double value = in->fills && isnan(y[i]) ? in->fill : y[i];
            x[i] = k ? x[i] * value : value;
        }
    }
}

static void scale_one(void *arg, size_t i, unsigned worker)
{
    struct scaling *s = arg;
    struct recipe_product *p = &s->r->product[i];
    double *x = mem_bulk(s->n + 1, 2 * sizeof *x, NULL), mean, sd;
    size_t present = 0;
    (void)worker;
    if (!x) {
        s->trouble[i] = 1;
        return;
    }
    multiply(s, p, x, x + s->n);
    for (size_t k = 0; k < s->n; k++)
        if (!isnan(x[k]))
            x[present++] = x[k];
    if (present) {
        spread_of(present, x, &mean, &sd);
        p->scales = true;
        p->center = mean;
        p->scale = sd > 0 ? sd : 1;
        s->trouble[i] = isfinite(mean) && isfinite(sd) ? 0 : 2;
    }
    mem_bulk_free(x);
}

bool products_scale(struct recipe *r, const struct table *t, const uint32_t *rows, size_t n, struct err *e)
{
    struct scaling s = {r, t, rows, n, mem_zero(r->n_products + 1, 1)};
    bool good = true;
    parallel_for(r->n_products, scale_one, &s);
    for (size_t i = 0; good && i < r->n_products; i++) {
        if (s.trouble[i] == 1)
            good = err_set(e, ERR_MEMORY, "not enough memory to multiply columns");
        if (s.trouble[i] == 2) {
            err_set(e, ERR_DATA, "%s has infinite values, so it can't be scaled", product_name(r, &r->product[i]));
            good = err_hint(e, "take a lower degree, or say scale=no");
        }
    }
    mem_free(s.trouble);
    return good;
}

/* ---- in files ----------------------------------------------------------------------------------------------- */

json_t *products_to_json(const struct recipe *r)
{
    json_t *all = json_array();
    for (size_t i = 0; i < r->n_products; i++) {
        const struct recipe_product *p = &r->product[i];
        json_t *j = json_object(), *of = json_array();
        for (uint32_t k = 0; k < p->degree; k++)
            json_array_append_new(of, json_integer(p->factor[k]));
        json_object_set_new(j, "of", of);
        if (p->scales) {
            json_object_set_new(j, "center", json_real(p->center));
            json_object_set_new(j, "scale", json_real(p->scale));
        }
        json_array_append_new(all, j);
    }
    return all;
}

static bool broken(struct err *e, const char *what)
{
    return err_set(e, ERR_DATA, "the recipe is damaged: %s", what);
}

static bool factors_from_json(const struct recipe *r, const json_t *of, struct recipe_product *p, struct err *e)
{
    size_t n = json_array_size(of);
    if (!json_is_array(of) || n < 2 || n > PRODUCT_DEGREE_MOST)
        return broken(e, "a product has too few or too many factors");
    p->degree = (uint32_t)n;
    for (size_t k = 0; k < n; k++) {
        const json_t *v = json_array_get(of, k);
        json_int_t at = json_is_integer(v) ? json_integer_value(v) : -1;
        if (at < 0 || (size_t)at >= r->n_inputs || r->input[at].use != INPUT_NUMBER)
            return broken(e, "a product is of what is no number");
        p->factor[k] = (uint32_t)at;
        if (k && p->factor[k] < p->factor[k - 1])
            return broken(e, "the factors of a product are not in order");
    }
    return true;
}

static bool comes_before(const struct recipe_product *a, const struct recipe_product *b)
{
    if (a->degree != b->degree)
        return a->degree < b->degree;
    for (uint32_t k = 0; k < a->degree; k++)
        if (a->factor[k] != b->factor[k])
            return a->factor[k] < b->factor[k];
    return false;
}

static bool product_from_json(const struct recipe *r, const json_t *j, struct recipe_product *p, struct err *e)
{
    const json_t *center = json_object_get(j, "center"), *scale = json_object_get(j, "scale");
    *p = (struct recipe_product){.scale = 1};
    if (!factors_from_json(r, json_object_get(j, "of"), p, e))
        return false;
    if (!center && !scale)
        return true;
    p->scales = true;
    p->center = json_number_value(center);
    p->scale = json_number_value(scale);
    return (json_is_number(center) && json_is_number(scale) && isfinite(p->center) && isfinite(p->scale) &&
            p->scale > 0) ||
           broken(e, "the scale of a product is not positive");
}

bool products_from_json(struct recipe *r, const json_t *j, struct err *e)
{
    size_t n = json_array_size(j);
    if (!j)
        return true;
    if (!json_is_array(j) || n > PRODUCT_OUTPUTS_MOST)
        return broken(e, "its products are no list, or too many");
    r->product = mem_zero(n ? n : 1, sizeof *r->product);
    for (size_t i = 0; i < n; i++) {
        struct recipe_product *p = &r->product[i];
        if (!product_from_json(r, json_array_get(j, i), p, e))
            return false;
        if (i && !comes_before(p - 1, p))
            return broken(e, "its products are not in order");
        r->n_products++;
    }
    return true;
}
