#include "plugins/tree/cut.h"

#include <math.h>

enum { FEW_LEVELS = 4 };

static const double LEVEL_SMOOTHING = 10; /* added to H where levels are ordered by G / H, and to lambda there */

/* Running sums by code, as they lie in cells, and what cutting after each code scores. */
struct running {
    uint64_t word[BIN_NARROW], h_n[BIN_NARROW]; /* packed sums; or g, and h with the rows */
    double score[BIN_NARROW];
};

struct side_sums {
    double g, h, n; /* in real units */
};

static struct side_sums in_units(const struct hist_form *form, struct hist_sum s)
{
    return (struct side_sums){(double)s.g * form->g_unit,
                              form->constant_h ? (double)s.n : (double)s.h * form->h_unit, (double)s.n};
}

struct hist_sum cut_total(const struct hist_form *form, const void *cells, int packed, size_t at, uint32_t n_codes)
{
    struct hist_sum total = {0, 0, 0};
    for (uint32_t k = 0; k < n_codes; k++) {
        struct hist_sum s = hist_sum_of(form, cells, packed, at + k);
        total.g += s.g;
        total.h += s.h;
        total.n += s.n;
    }
    return total;
}

/* What both sides score; -1 where a side is too small. */
NUM_INLINE double score_cut(double g, double h, double n, struct side_sums whole, const struct cut_rules *rules)
{
    double hl = h + rules->lambda, gr = whole.g - g, hr = whole.h - h + rules->lambda, below = hl * hr;
    double both = (g * g * hr + gr * gr * hl) / (below > 1e-200 ? below : 1e-200);
    double least_n = (double)rules->min_leaf, least_h = rules->min_weight;
    int fits =
        (n >= least_n) & (whole.n - n >= least_n) & (h >= least_h) & (whole.h - h >= least_h) & (below > 1e-200);
    return fits ? both : -1;
}

/* The scores of n packed running sums: plain arithmetic, for the vector unit. */
NUM_CLONES static void score_words(size_t n, const struct hist_form *form, const uint64_t *word,
                                   struct side_sums whole, const struct cut_rules *rules, double *score)
{
    double g_unit = form->g_unit, h_unit = form->h_unit;
    uint32_t g_shift = form->g_shift, h_shift = form->h_shift;
    uint64_t h_mask = form->h_mask, n_mask = form->n_mask;
    struct cut_rules r = *rules;
    if (form->constant_h)
        for (size_t k = 0; k < n; k++) {
            double count = (double)(int64_t)(word[k] & n_mask);
            score[k] = score_cut((double)((int64_t)word[k] >> g_shift) * g_unit, count, count, whole, &r);
        }
    else
        for (size_t k = 0; k < n; k++)
            score[k] = score_cut((double)((int64_t)word[k] >> g_shift) * g_unit,
                                 (double)(int64_t)(word[k] >> h_shift & h_mask) * h_unit,
                                 (double)(int64_t)(word[k] & n_mask), whole, &r);
}

/* The same of running sums of wide cells. */
NUM_CLONES static void score_cells(size_t n, const struct hist_form *form, const uint64_t *g, const uint64_t *h_n,
                                   struct side_sums whole, const struct cut_rules *rules, double *score)
{
    double g_unit = form->g_unit, h_unit = form->h_unit;
    int constant_h = form->constant_h;
    struct cut_rules r = *rules;
    for (size_t k = 0; k < n; k++) {
        double count = (double)(int64_t)(h_n[k] & 0xffffffffu), h = (double)(int64_t)(h_n[k] >> 32) * h_unit;
        score[k] = score_cut((double)(int64_t)g[k] * g_unit, constant_h ? count : h, count, whole, &r);
    }
}

/* Eight running maxima side by side. */
NUM_CLONES static double greatest(size_t n, const double *x)
{
    double lane[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            lane[j] = x[i + j] > lane[j] ? x[i + j] : lane[j];
    for (; i < n; i++)
        lane[0] = x[i] > lane[0] ? x[i] : lane[0];
    for (size_t j = 1; j < 8; j++)
        lane[0] = lane[j] > lane[0] ? lane[j] : lane[0];
    return lane[0];
}

/* Scores the cuts after codes 1 … n; the missing are on the left already when `missing_left`. Whole numbers are
 * added as they lie in the cells. */
static void score_column(const struct cut_node *q, struct side_sums whole, const void *cells, int packed,
                         size_t at, uint32_t n, int missing_left, struct running *run)
{
    if (packed) {
        const uint64_t *cell = (const uint64_t *)cells + at;
        uint64_t sum = missing_left ? cell[0] : 0;
        for (uint32_t k = 0; k < n; k++)
            run->word[k] = sum += cell[k + 1];
        score_words(n, q->form, run->word, whole, q->rules, run->score);
        return;
    }
    const struct hist_cell *cell = (const struct hist_cell *)cells + at;
    uint64_t g = missing_left ? (uint64_t)cell[0].g : 0, h_n = missing_left ? cell[0].h_n : 0;
    for (uint32_t k = 0; k < n; k++) {
        run->word[k] = g += (uint64_t)cell[k + 1].g;
        run->h_n[k] = h_n += cell[k + 1].h_n;
    }
    score_cells(n, q->form, run->word, run->h_n, whole, q->rules, run->score);
}

/* ---- with constraints --------------------------------------------------------------------------------------- */

static double bounded_value(const struct cut_node *q, double g, double h)
{
    double v = h > 0 ? -g / h : 0;
    return v < q->lower ? q->lower : v > q->upper ? q->upper : v;
}

/* What a side scores with a value that need not be its best: G^2 / H where it is. h includes lambda. */
static double value_score(double g, double h, double v)
{
    return -(2 * g * v + h * v * v);
}

/* Score of both sides, and the middle of their values; -inf where they are too small or in the wrong order. */
static double score_bounded(const struct cut_node *q, struct side_sums left, struct side_sums whole, double lambda,
                            int sign, double *middle)
{
    const struct cut_rules *r = q->rules;
    struct side_sums right = {whole.g - left.g, whole.h - left.h, whole.n - left.n};
    double least_n = (double)r->min_leaf;
    if (left.n < least_n || right.n < least_n || left.h < r->min_weight || right.h < r->min_weight ||
        !(left.h + lambda > 1e-100) || !(right.h + lambda > 1e-100))
        return -INFINITY;
    double a = bounded_value(q, left.g, left.h + lambda), b = bounded_value(q, right.g, right.h + lambda);
    if (sign * (b - a) < 0)
        return -INFINITY;
    *middle = a / 2 + b / 2;
    return value_score(left.g, left.h + lambda, a) + value_score(right.g, right.h + lambda, b);
}

static double node_bounded(const struct cut_node *q, struct side_sums s, double lambda)
{
    return s.h + lambda > 0 ? value_score(s.g, s.h + lambda, bounded_value(q, s.g, s.h + lambda)) : 0;
}

/* What a split must gain at least: more than rounding can make up. */
static double least_gain(const struct cut_rules *rules, double before)
{
    return fmax(rules->min_gain, 1e-9 * fabs(before));
}

static double node_score(struct side_sums s, double lambda)
{
    return s.h + lambda > 0 ? s.g * s.g / (s.h + lambda) : 0;
}

/* Cuts between codes 1 … n_codes-1, with the missing on one side. */
static void cut_numbers(const struct cut_node *q, uint32_t n_codes, uint32_t feature, const void *cells,
                        int packed, size_t at, int missing_right, struct cut *best)
{
    struct running run;
    struct side_sums whole = in_units(q->form, q->total);
    int missing = hist_sum_of(q->form, cells, packed, at).n > 0;
    uint32_t n = n_codes - 1 - !(missing && missing_right), k = 0; /* the last cut parts known from missing */
    score_column(q, whole, cells, packed, at, n, !missing_right, &run);
    double before = node_score(whole, q->rules->lambda), top = greatest(n, run.score);
    if (!(top > before + (best->found ? best->gain : least_gain(q->rules, before))))
        return;
    while (run.score[k] != top)
        k++;
    *best = (struct cut){.found = 1,
                         .feature = feature,
                         .code = k + 1,
                         .missing_right = missing_right,
                         .missing_seen = missing,
                         .gain = top - before,
                         .n_left = packed ? run.word[k] & q->form->n_mask : run.h_n[k] & 0xffffffffu};
}

/* The same under constraints, one cut at a time. */
static void cut_numbers_bounded(const struct cut_node *q, uint32_t n_codes, uint32_t feature, const void *cells,
                                int packed, size_t at, int missing_right, struct cut *best)
{
    struct side_sums whole = in_units(q->form, q->total);
    struct hist_sum left = {0, 0, 0}, first = hist_sum_of(q->form, cells, packed, at);
    int missing = first.n > 0;
    uint32_t n = n_codes - 1 - !(missing && missing_right);
    double before = node_bounded(q, whole, q->rules->lambda), middle = 0;
    if (!missing_right)
        left = first;
    for (uint32_t k = 1; k <= n; k++) {
        struct hist_sum s = hist_sum_of(q->form, cells, packed, at + k);
        left.g += s.g;
        left.h += s.h;
        left.n += s.n;
        double gain = score_bounded(q, in_units(q->form, left), whole, q->rules->lambda,
                                    q->rules->monotone[feature], &middle) -
                      before;
        if (gain > (best->found ? best->gain : least_gain(q->rules, before)))
            *best = (struct cut){.found = 1,
                                 .feature = feature,
                                 .code = k,
                                 .missing_right = missing_right,
                                 .missing_seen = missing,
                                 .gain = gain,
                                 .n_left = left.n,
                                 .middle = middle};
    }
}

struct level {
    uint32_t code;
    double key;
    struct hist_sum sum;
};

static uint32_t levels_in_order(const struct cut_node *q, uint32_t n_codes, const void *cells, int packed,
                                size_t at, struct level *level)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < n_codes; k++) {
        struct hist_sum s = hist_sum_of(q->form, cells, packed, at + k);
        if (s.n == 0)
            continue;
        struct side_sums u = in_units(q->form, s);
        struct level l = {k, u.g / (u.h + LEVEL_SMOOTHING), s};
        uint32_t i = n++;
        for (; i > 0 && level[i - 1].key > l.key; i--)
            level[i] = level[i - 1];
        level[i] = l;
    }
    return n;
}

static void take_levels(const struct level *level, uint32_t first, uint32_t last, uint32_t n, uint32_t feature,
                        double gain, uint64_t n_left, struct cut *best)
{
    *best = (struct cut){.found = 1, .feature = feature, .category = 1, .gain = gain, .n_left = n_left};
    for (uint32_t i = 0; i < n; i++) {
        set_add(&best->seen, level[i].code);
        if (i >= first && i <= last)
            set_add(&best->set, level[i].code);
        best->missing_seen |= level[i].code == 0;
    }
}

/* Few levels: each against the others. More: along the order of G / H, with more shrinkage, for there is more to
 * choose from. Missing is a level like the others. */
static void cut_levels(const struct cut_node *q, uint32_t n_codes, uint32_t feature, const void *cells, int packed,
                       size_t at, struct cut *best)
{
    struct level level[BIN_NARROW];
    uint32_t n = levels_in_order(q, n_codes, cells, packed, at, level);
    int few = n <= FEW_LEVELS;
    const struct cut_rules *rules = q->rules;
    struct cut_rules shrunk = *rules;
    shrunk.lambda += few ? 0 : LEVEL_SMOOTHING;
    struct side_sums whole = in_units(q->form, q->total);
    double before = rules->monotone ? node_bounded(q, whole, rules->lambda) : node_score(whole, rules->lambda);
    double middle;
    struct hist_sum left = {0, 0, 0};
    for (uint32_t i = 0; i + 1 < n + (uint32_t)(few && n > 2); i++) {
        if (few)
            left = (struct hist_sum){0, 0, 0};
        left.g += level[i].sum.g;
        left.h += level[i].sum.h;
        left.n += level[i].sum.n;
        struct side_sums l = in_units(q->form, left);
        double score = rules->monotone ? score_bounded(q, l, whole, shrunk.lambda, 0, &middle)
                                       : score_cut(l.g, l.h, l.n, whole, &shrunk);
        double gain = score - before;
        if ((score >= 0 || rules->monotone) && gain > least_gain(rules, before) &&
            (!best->found || gain > best->gain))
            take_levels(level, few ? i : 0, i, n, feature, gain, left.n, best);
    }
}

void cut_column(const struct cut_node *q, const struct bin_column *column, uint32_t feature, const void *cells,
                int packed, size_t at, struct cut *best)
{
    if (column->n_codes < 2 || q->total.n == 0)
        return;
    if (column->category) {
        cut_levels(q, column->n_codes, feature, cells, packed, at, best);
        return;
    }
    int missing = hist_sum_of(q->form, cells, packed, at).n > 0;
    for (int missing_right = 0; missing_right <= missing; missing_right++)
        if (q->rules->monotone)
            cut_numbers_bounded(q, column->n_codes, feature, cells, packed, at, missing_right, best);
        else
            cut_numbers(q, column->n_codes, feature, cells, packed, at, missing_right, best);
}
