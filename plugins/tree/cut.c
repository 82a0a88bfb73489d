#include "plugins/tree/cut.h"

#include <math.h>
#include <string.h>

enum { FEW_LEVELS = 4 };

static const double LEVEL_SMOOTHING = 10; /* added to H where levels are ordered by G / H, and to lambda there */

/* Sums up to and with each code, as three arrays. */
struct prefix {
    double g[BIN_NARROW], h[BIN_NARROW], n[BIN_NARROW];
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

/* score[k] = what both sides score when codes up to k go left; -1 where a side is too small. All of a row of
 * plain arithmetic, for the vector unit. */
NUM_CLONES static void score_cuts(size_t n, const double *g, const double *h, const double *count,
                                  struct side_sums whole, double lambda, double least_n, double least_h,
                                  double *score)
{
    for (size_t k = 0; k < n; k++) {
        double gl = g[k], hl = h[k] + lambda, gr = whole.g - g[k], hr = whole.h - h[k] + lambda;
        double below = hl * hr;
        double both = (gl * gl * hr + gr * gr * hl) / (below > 1e-200 ? below : 1e-200);
        int fits = (count[k] >= least_n) & (whole.n - count[k] >= least_n) & (h[k] >= least_h) &
                   (whole.h - h[k] >= least_h) & (below > 1e-200);
        score[k] = fits ? both : -1;
    }
}

/* Running sums in whole numbers, then in units. With n codes from `first` on; `start` is on the left already. */
NUM_INLINE void sum_up(const struct hist_form *form, const void *cells, int packed, size_t at, uint32_t n,
                       struct hist_sum start, struct prefix *p)
{
    double g_unit = form->g_unit, h_unit = form->h_unit;
    int64_t g = start.g;
    uint64_t h = start.h, count = start.n;
    for (uint32_t k = 0; k < n; k++) {
        struct hist_sum s = hist_sum_of(form, cells, packed, at + k);
        g += s.g;
        h += s.h;
        count += s.n;
        p->g[k] = (double)g * g_unit;
        p->n[k] = (double)(int64_t)count;
        p->h[k] = form->constant_h ? (double)(int64_t)count : (double)(int64_t)h * h_unit;
    }
}

/* What a split must gain at least: more than rounding can make up. */
static double least_gain(const struct cut_rules *rules, double before)
{
    return fmax(rules->min_gain, 1e-9 * before);
}

static double node_score(struct side_sums s, double lambda)
{
    return s.h + lambda > 0 ? s.g * s.g / (s.h + lambda) : 0;
}

/* Cuts between codes 1 … n_codes-1, with the missing on one side. */
static void cut_numbers(const struct cut_node *q, uint32_t n_codes, uint32_t feature, const void *cells,
                        int packed, size_t at, int missing_right, struct cut *best)
{
    struct prefix p;
    const struct cut_rules *rules = q->rules;
    struct side_sums whole = in_units(q->form, q->total);
    struct hist_sum missing = hist_sum_of(q->form, cells, packed, at), none = {0, 0, 0};
    uint32_t n = n_codes - 1 - (missing.n == 0 || !missing_right); /* the last cut parts known from missing */
    if (packed)
        sum_up(q->form, cells, 1, at + 1, n, missing_right ? none : missing, &p);
    else
        sum_up(q->form, cells, 0, at + 1, n, missing_right ? none : missing, &p);
    score_cuts(n, p.g, p.h, p.n, whole, rules->lambda, (double)rules->min_leaf, rules->min_weight, p.score);
    double before = node_score(whole, rules->lambda),
           top = best->found ? best->gain + before : before + least_gain(rules, before);
    uint32_t found = UINT32_MAX;
    for (uint32_t k = 0; k < n; k++)
        if (p.score[k] > top) {
            top = p.score[k];
            found = k;
        }
    if (found == UINT32_MAX)
        return;
    *best = (struct cut){.found = 1,
                         .feature = feature,
                         .code = found + 1,
                         .missing_right = missing_right,
                         .missing_seen = missing.n > 0,
                         .gain = top - before,
                         .n_left = (uint64_t)p.n[found]};
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
    double lambda = rules->lambda + (few ? 0 : LEVEL_SMOOTHING);
    struct side_sums whole = in_units(q->form, q->total);
    double before = node_score(whole, rules->lambda);
    struct hist_sum left = {0, 0, 0};
    for (uint32_t i = 0; i + 1 < n + (uint32_t)(few && n > 2); i++) {
        if (few)
            left = (struct hist_sum){0, 0, 0};
        left.g += level[i].sum.g;
        left.h += level[i].sum.h;
        left.n += level[i].sum.n;
        struct side_sums l = in_units(q->form, left);
        double score;
        score_cuts(1, &l.g, &l.h, &l.n, whole, lambda, (double)rules->min_leaf, rules->min_weight, &score);
        double gain = score - before;
        if (score >= 0 && gain > least_gain(rules, before) && (!best->found || gain > best->gain))
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
        cut_numbers(q, column->n_codes, feature, cells, packed, at, missing_right, best);
}
