/* split: rows into training and test parts and into folds, by random numbers that belong to the row. */
#include "data/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/lathe.h"
#include "base/mem.h"

enum { STREAM_HOLDOUT = 0x5e1d0, STREAM_FOLDS = 0x5e1d1, STREAM_GROUPS = 0x5e1d2 };

/* Rows ordered by stratum, and shuffled within each. */
struct deal {
    uint64_t key;
    int32_t stratum;
    uint32_t row;
};

static int deal_order(const void *a, const void *b)
{
    const struct deal *x = a, *y = b;
    if (x->stratum != y->stratum)
        return x->stratum < y->stratum ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static struct deal *deal_new(size_t n, const int32_t *strata, uint64_t seed, uint64_t stream, struct err *e)
{
    if (n >= UINT32_MAX) {
        err_set(e, ERR_RANGE, "%zu rows are more than a split can hold", n);
        return NULL;
    }
    struct deal *d = mem_bulk(n, sizeof *d, e);
    for (size_t i = 0; d && i < n; i++)
        d[i] = (struct deal){lt_random(seed, stream, i), strata ? strata[i] : 0, (uint32_t)i};
    if (d && n)
        qsort(d, n, sizeof *d, deal_order);
    return d;
}

/* A run of rows of one stratum within the deal, and how many of them are tested. */
struct share {
    size_t from, n, test;
    double rest; /* what rounding down left over */
};

static int share_order(const void *a, const void *b)
{
    const struct share *x = *(const struct share *const *)a, *y = *(const struct share *const *)b;
    if (x->rest != y->rest)
        return x->rest > y->rest ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

static size_t deal_shares(const struct deal *d, size_t n, struct share **out)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += i == 0 || d[i].stratum != d[i - 1].stratum;
    struct share *s = mem_zero(count, sizeof *s);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || d[i].stratum != d[i - 1].stratum)
            s[k++].from = i;
        s[k - 1].n++;
    }
    *out = s;
    return count;
}

/* Largest remainder: whole shares first, then one more to those that lost most, until `total` are placed. A
 * stratum always keeps a training row. */
static void apportion(struct share *s, size_t count, double test, size_t total)
{
    struct share **by_rest = mem_alloc(count * sizeof *by_rest);
    size_t placed = 0;
    for (size_t k = 0; k < count; k++) {
        double ideal = (double)s[k].n * test;
        s[k].test = (size_t)floor(ideal + 1e-9);
        s[k].rest = ideal - (double)s[k].test;
        if (s[k].test >= s[k].n)
            s[k].test = s[k].n - 1;
        placed += s[k].test;
        by_rest[k] = &s[k];
    }
    qsort(by_rest, count, sizeof *by_rest, share_order);
    for (bool moved = true; moved && placed < total;) {
        moved = false;
        for (size_t k = 0; k < count && placed < total; k++)
            if (by_rest[k]->test + 1 < by_rest[k]->n) {
                by_rest[k]->test++;
                placed++;
                moved = true;
            }
    }
    mem_free(by_rest);
}

bool split_holdout(size_t n, const int32_t *strata, double test, uint64_t seed, uint8_t *in_test, struct err *e)
{
    if (!(test > 0 && test < 1)) {
        err_set(e, ERR_RANGE, "the test share is %g, and must lie between 0 and 1", test);
        return err_hint(e, "test=0.2 holds out a fifth of the rows");
    }
    if (n < 2) {
        err_set(e, ERR_DATA, "%zu row%s can't be split into a training and a test part", n, n == 1 ? "" : "s");
        return err_hint(e, "a split needs at least 2 rows");
    }
    struct deal *d = deal_new(n, strata, seed, STREAM_HOLDOUT, e);
    if (!d)
        return false;
    struct share *s;
    size_t count = deal_shares(d, n, &s), total = (size_t)llround((double)n * test);
    total = total < 1 ? 1 : total > n - 1 ? n - 1 : total;
    apportion(s, count, test, total);
    memset(in_test, 0, n);
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < s[k].test; i++)
            in_test[d[s[k].from + i].row] = 1;
    mem_free(s);
    mem_bulk_free(d);
    return true;
}

/* ---- folds -------------------------------------------------------------------------------------------------- */

static bool folds_fit(size_t n, const char *what, int k, struct err *e)
{
    if (k < 2) {
        err_set(e, ERR_RANGE, "%d fold%s: cross-validation needs at least 2", k, k == 1 ? "" : "s");
        return false;
    }
    if ((size_t)k > n) {
        err_set(e, ERR_RANGE, "%d folds are more than the %zu %s", k, n, what);
        return err_hint(e, "folds=%zu is the most that is possible", n);
    }
    return true;
}

/* Groups as they are dealt: biggest first, ties shuffled. */
struct group {
    int32_t id;
    size_t n, from; /* rows: index into the deal sorted by group */
    uint64_t key;
};

static int group_order(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* What putting the group's class counts g into fold f adds to the sum of squared class counts, each class weighted
 * by its size: smallest where the group's classes are scarce. */
static double fold_cost(const size_t *in_fold, const size_t *g, const size_t *in_all, size_t classes)
{
    double cost = 0;
    for (size_t c = 0; c < classes; c++)
        if (g[c])
            cost += ((double)in_fold[c] * 2 + (double)g[c]) * (double)g[c] / (double)in_all[c];
    return cost;
}

static bool group_folds(size_t n, const int32_t *strata, const int32_t *groups, int k, uint64_t seed,
                        int32_t *fold, struct err *e)
{
    struct deal *d = deal_new(n, groups, seed, STREAM_GROUPS, e); /* runs of equal group */
    if (!d)
        return false;
    struct share *run;
    size_t count = deal_shares(d, n, &run), classes = 1;
    if (!folds_fit(count, "groups", k, e)) {
        mem_free(run);
        mem_bulk_free(d);
        return false;
    }
    for (size_t i = 0; strata && i < n; i++)
        if (strata[i] >= 0 && (size_t)strata[i] + 2 > classes)
            classes = (size_t)strata[i] + 2; /* class 0 holds the rows without one */
    struct group *g = mem_alloc(count * sizeof *g);
    for (size_t j = 0; j < count; j++) {
        int32_t id = d[run[j].from].stratum;
        g[j] =
            (struct group){id, run[j].n, run[j].from, lt_random(seed, STREAM_GROUPS + 1, (uint64_t)(uint32_t)id)};
    }
    qsort(g, count, sizeof *g, group_order);
    size_t *in_all = mem_zero(classes, sizeof *in_all), *own = mem_zero(classes, sizeof *own);
    size_t *in_fold = mem_zero((size_t)k * classes, sizeof *in_fold), *rows = mem_zero((size_t)k, sizeof *rows);
    for (size_t i = 0; i < n; i++)
        in_all[strata && classes > 1 ? strata[i] + 1 : 0]++;
    for (size_t j = 0; j < count; j++) {
        memset(own, 0, classes * sizeof *own);
        for (size_t i = 0; i < g[j].n; i++)
            own[strata && classes > 1 ? strata[d[g[j].from + i].row] + 1 : 0]++;
        int best = 0;
        double best_cost = INFINITY;
        for (int f = 0; f < k; f++) {
            double cost = fold_cost(in_fold + (size_t)f * classes, own, in_all, classes);
            if (cost < best_cost - 1e-12 || (cost < best_cost + 1e-12 && rows[f] < rows[best])) {
                best = f;
                best_cost = cost;
            }
        }
        rows[best] += g[j].n;
        for (size_t c = 0; c < classes; c++)
            in_fold[(size_t)best * classes + c] += own[c];
        for (size_t i = 0; i < g[j].n; i++)
            fold[d[g[j].from + i].row] = best;
    }
    mem_free(in_all);
    mem_free(own);
    mem_free(in_fold);
    mem_free(rows);
    mem_free(g);
    mem_free(run);
    mem_bulk_free(d);
    return true;
}

bool split_folds(size_t n, const int32_t *strata, const int32_t *groups, int k, uint64_t seed, int32_t *fold,
                 struct err *e)
{
    if (!folds_fit(n, "rows", k, e))
        return false;
    if (groups)
        return group_folds(n, strata, groups, k, seed, fold, e);
    struct deal *d = deal_new(n, strata, seed, STREAM_FOLDS, e);
    if (!d)
        return false;
    for (size_t i = 0; i < n; i++) /* dealing on from stratum to stratum keeps the folds equally big */
        fold[d[i].row] = (int32_t)(i % (size_t)k);
    mem_bulk_free(d);
    return true;
}
