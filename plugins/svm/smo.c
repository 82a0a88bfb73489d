#include "plugins/svm/smo.h"

#include <math.h>

#include "num/simd.h"
#include "num/sort.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"

enum { LANES = 16, BLOCK = 256 };
static const double FLAT = 1e-12; /* curvature of pairs that have none, as in LIBSVM */

/* ---- the two passes of an iteration ------------------------------------------------------------------------- */

struct extremes {
    double top, bottom; /* largest g of those that may grow, smallest of those that may shrink */
    size_t block;       /* where the largest is */
};

/* A block of at most 256: maxima in explicit lanes, which become vectors. */
NUM_INLINE void block_extremes(size_t n, const double *g, const float *up, const float *low, double *top,
                               double *bottom)
{
    double most[LANES], least[LANES];
    const size_t whole = n - n % LANES;
    for (size_t l = 0; l < LANES; l++) {
        most[l] = -INFINITY;
        least[l] = INFINITY;
    }
    for (size_t t = 0; t < whole; t += LANES)
        for (size_t l = 0; l < LANES; l++) {
            const double grow = g[t + l] + up[t + l], shrink = g[t + l] + low[t + l];
            most[l] = grow > most[l] ? grow : most[l];
            least[l] = shrink < least[l] ? shrink : least[l];
        }
    for (size_t t = whole; t < n; t++) {
        const double grow = g[t] + up[t], shrink = g[t] + low[t];
        most[0] = grow > most[0] ? grow : most[0];
        least[0] = shrink < least[0] ? shrink : least[0];
    }
    *top = most[0];
    *bottom = least[0];
    for (size_t l = 1; l < LANES; l++) {
        *top = most[l] > *top ? most[l] : *top;
        *bottom = least[l] < *bottom ? least[l] : *bottom;
    }
}

/* g -= step (ki - kj) and, while at it, the extremes of the new g. Of equal ones the first block counts. */
NUM_CLONES static struct extremes span_move(size_t n, double step, const float *restrict ki,
                                            const float *restrict kj, double *restrict g, const float *restrict up,
                                            const float *restrict low)
{
    struct extremes e = {-INFINITY, INFINITY, 0};
    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t m = n - first < BLOCK ? n - first : BLOCK;
        double top, bottom;
        for (size_t t = first; t < first + m; t++)
            g[t] -= step * ((double)ki[t] - (double)kj[t]);
        block_extremes(m, g + first, up + first, low + first, &top, &bottom);
        if (top > e.top) {
            e.top = top;
            e.block = first;
        }
        e.bottom = bottom < e.bottom ? bottom : e.bottom;
    }
    return e;
}

NUM_CLONES static void span_subtract(size_t n, double b, const float *restrict k, double *restrict g)
{
    for (size_t t = 0; t < n; t++)
        g[t] -= b * (double)k[t];
}

/* Four rows at a time: g is read and written a quarter as often. */
NUM_CLONES static void span_subtract_4(size_t n, const double *b, const float *restrict k0,
                                       const float *restrict k1, const float *restrict k2,
                                       const float *restrict k3, double *restrict g)
{
    const double b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3];
    for (size_t t = 0; t < n; t++)
        g[t] -= (b0 * (double)k0[t] + b1 * (double)k1[t]) + (b2 * (double)k2[t] + b3 * (double)k3[t]);
}

/* What a pair gains, to second order: d^2 / 2a along the curvature a = k_ii + k_tt - 2 k_it, d = g_i - g_t.
 * Returns the best of the span, -1: none; *at is the first that has it. */
NUM_CLONES static float span_partner(size_t n, double top, float self, const float *restrict ki,
                                     const float *restrict diagonal, const double *restrict g,
                                     const float *restrict low, size_t *at)
{
    float best = -1;
    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t m = n - first < BLOCK ? n - first : BLOCK, padded = (m + LANES - 1) / LANES * LANES;
        float gain[BLOCK], most[LANES];
        for (size_t t = 0; t < m; t++) {
            const float d = (float)(top - (g[first + t] + low[first + t]));
            const float a = self + diagonal[first + t] - 2 * ki[first + t];
            gain[t] = d > 0 ? d * d / (a > (float)FLAT ? a : (float)FLAT) : -1;
        }
        for (size_t t = m; t < padded; t++)
            gain[t] = -1;
        for (size_t l = 0; l < LANES; l++)
            most[l] = -1;
        for (size_t t = 0; t < padded; t += LANES)
            for (size_t l = 0; l < LANES; l++)
                most[l] = gain[t + l] > most[l] ? gain[t + l] : most[l];
        for (size_t l = 1; l < LANES; l++)
            most[0] = most[l] > most[0] ? most[l] : most[0];
        if (most[0] > best) {
            best = most[0];
            size_t t = 0;
            while (gain[t] != best)
                t++;
            *at = first + t;
        }
    }
    return best;
}

/* ---- variables ---------------------------------------------------------------------------------------------- */

static int inner_new(struct lt_ctx *ctx, struct smo *smo)
{
    struct smo_inner *in = &smo->inner;
    const size_t room = smo->room;
    const struct smo_span span = {0, room, 1};
    in->smo = kit_alloc(ctx, 1, sizeof *in->smo);
    in->k = kit_alloc(ctx, room, room * sizeof *in->k);
    in->rows.row = kit_alloc(ctx, room, sizeof *in->rows.row);
    in->rows.used = kit_alloc(ctx, room, sizeof *in->rows.used);
    in->rows.diagonal = kit_alloc_f32(ctx, room);
    in->key = kit_alloc_f64(ctx, smo->n);
    in->candidate = kit_alloc(ctx, smo->n, sizeof *in->candidate);
    in->work = kit_alloc(ctx, sort_order_work(smo->n), 1);
    if (!in->smo || !in->k || !in->rows.row || !in->rows.used || !in->rows.diagonal || !in->key ||
        !in->candidate || !in->work)
        return LT_MEMORY;
    for (size_t i = 0; i < room; i++)
        in->rows.row[i] = in->k + i * room;
    return smo_new(ctx, in->smo, &span, 1, 0);
}

int smo_new(struct lt_ctx *ctx, struct smo *smo, const struct smo_span *span, size_t n_spans, size_t room)
{
    *smo = (struct smo){.n_spans = n_spans, .max_iterations = UINT64_MAX};
    for (size_t s = 0; s < n_spans; s++) {
        smo->span[s] = span[s];
        smo->n += span[s].n;
    }
    smo->room = room < smo->n ? room : smo->n;
    const size_t n = (smo->n + LANES) / LANES * LANES, set = (smo->room + LANES) / LANES * LANES;
    smo->bytes = n * 2 * (sizeof(double) + sizeof(float)) + set * sizeof *smo->set;
    smo->memory = kit_alloc(ctx, n * sizeof(double) + smo->bytes, 1);
    if (!smo->memory)
        return LT_MEMORY;
    smo->b = smo->memory;
    smo->g = smo->b + n;
    smo->up = (float *)(smo->g + n);
    smo->low = smo->up + n;
    smo->set = (uint32_t *)(smo->low + n);
    smo->limit = (double *)(void *)(smo->set + set);
    const int status = smo->room ? inner_new(ctx, smo) : LT_OK;
    if (status != LT_OK)
        smo_free(smo);
    return status;
}

void smo_free(struct smo *smo)
{
    struct smo_inner *in = &smo->inner;
    if (in->smo)
        smo_free(in->smo);
    free(in->smo);
    free(in->k);
    free(in->rows.row);
    free(in->rows.used);
    free(in->rows.diagonal);
    free(in->key);
    free(in->candidate);
    free(in->work);
    free(smo->memory);
    *smo = (struct smo){0};
}

static size_t span_of(const struct smo *smo, size_t t)
{
    return smo->n_spans == 2 && t >= smo->span[0].n;
}

/* The variable that the span begins with. */
static size_t span_offset(const struct smo *smo, size_t s)
{
    return s ? smo->span[0].n : 0;
}

static uint32_t point_of(const struct smo *smo, size_t t)
{
    const size_t s = span_of(smo, t);
    return (uint32_t)(smo->span[s].first + t - span_offset(smo, s));
}

/* Where variable t may go from where it is. */
static void set_freedom(struct smo *smo, size_t t)
{
    const bool positive = smo->span[span_of(smo, t)].sign > 0;
    const double high = positive ? smo->limit[t] : 0, least = positive ? 0 : -smo->limit[t];
    smo->up[t] = smo->b[t] < high ? 0 : -INFINITY;
    smo->low[t] = smo->b[t] > least ? 0 : INFINITY;
}

void smo_start(struct smo *smo, bool complete)
{
    smo->state = (struct smo_state){.gap = INFINITY, .lead = SIZE_MAX, .partner = SIZE_MAX};
    smo->state.cursor = complete ? smo->n : 0;
    for (size_t t = 0; t < smo->n; t++)
        set_freedom(smo, t);
}

/* ---- an iteration ------------------------------------------------------------------------------------------- */

/* From what a pass over each span found: the worst violation, and its lead. */
static void choose_lead(struct smo *smo, const struct extremes *e)
{
    struct smo_state *s = &smo->state;
    size_t from = 0;
    s->gap = e[0].top - e[0].bottom;
    s->reach[0] = e[0].bottom;
    if (smo->n_spans == 2) {
        s->reach[1] = e[1].bottom;
        if (smo->grouped)
            from = e[1].top - e[1].bottom > s->gap;
        else
            from = e[1].top > e[0].top;
        s->gap = smo->grouped ? e[from].top - e[from].bottom : e[from].top - fmin(e[0].bottom, e[1].bottom);
    }
    s->top = e[from].top;
    s->partner = s->lead = SIZE_MAX;
    s->solved = !(s->gap >= smo->tol); /* a gap of -inf: nothing may move */
    if (s->solved)
        return;
    s->lead = span_offset(smo, from) + e[from].block;
    while (smo->g[s->lead] + smo->up[s->lead] != s->top)
        s->lead++;
}

static void choose_partner(struct smo *smo, const struct rows *rows, const float *ki)
{
    struct smo_state *s = &smo->state;
    const float self = rows->diagonal[point_of(smo, s->lead)];
    float best = -1;
    for (size_t i = 0; i < smo->n_spans; i++) {
        const size_t offset = span_offset(smo, i), first = smo->span[i].first;
        size_t at = 0;
        if (smo->grouped && i != span_of(smo, s->lead))
            continue;
        const float gain = span_partner(smo->span[i].n, s->top, self, ki + first, rows->diagonal + first,
                                        smo->g + offset, smo->low + offset, &at);
        if (gain > best) {
            best = gain;
            s->partner = offset + at;
        }
    }
}

/* All spans: g -= step (ki - kj). */
static void move_all(struct smo *smo, double step, const float *ki, const float *kj)
{
    struct extremes e[2] = {{-INFINITY, INFINITY, 0}, {-INFINITY, INFINITY, 0}};
    for (size_t s = 0; s < smo->n_spans; s++) {
        const size_t offset = span_offset(smo, s), first = smo->span[s].first;
        e[s] = span_move(smo->span[s].n, step, ki + first, kj + first, smo->g + offset, smo->up + offset,
                         smo->low + offset);
    }
    choose_lead(smo, e);
}

/* The pair moves to the best point between its bounds; a bound that is reached is reached exactly. */
static void move_pair(struct smo *smo, const struct rows *rows, const float *ki, const float *kj)
{
    const size_t i = smo->state.lead, j = smo->state.partner;
    const uint32_t pi = point_of(smo, i), pj = point_of(smo, j);
    const double a = (double)rows->diagonal[pi] + rows->diagonal[pj] - 2 * (double)ki[pj];
    const double high = smo->span[span_of(smo, i)].sign > 0 ? smo->limit[i] : 0;
    const double least = smo->span[span_of(smo, j)].sign > 0 ? 0 : -smo->limit[j];
    const double room_i = high - smo->b[i], room_j = smo->b[j] - least;
    const double best = (smo->g[i] - smo->g[j]) / (a > FLAT ? a : FLAT);
    const double step = fmin(best, fmin(room_i, room_j));
    smo->b[i] = step >= room_i ? high : smo->b[i] + step;
    smo->b[j] = step >= room_j ? least : smo->b[j] - step;
    set_freedom(smo, i);
    set_freedom(smo, j);
    move_all(smo, step, ki, kj);
    smo->state.iterations++;
}

/* ---- which rows next ---------------------------------------------------------------------------------------- */

/* Adds a row that isn't here to the wishes. */
static void wish(struct smo *smo, const struct rows *rows, uint32_t point, size_t most)
{
    if (rows->row[point] || smo->n_want == most)
        return;
    for (size_t i = 0; i < smo->n_want; i++)
        if (smo->want[i] == point)
            return;
    smo->want[smo->n_want++] = point;
}

/* The worst violators whose rows aren't here, in `list`, worst first; they will be asked for next. `sign` +1: of
 * those that may grow, -1: of those that may shrink. */
static size_t worst(const struct smo *smo, const struct rows *rows, int sign, size_t most, size_t *list)
{
    double value[ROWS_AT_ONCE];
    size_t n = 0;
    const float *freedom = sign > 0 ? smo->up : smo->low;
    const double limit =
        sign > 0 ? fmin(smo->state.reach[0], smo->state.reach[smo->n_spans - 1]) : -smo->state.top;
    for (size_t t = 0; t < smo->n; t++) {
        const double v = sign * (smo->g[t] + freedom[t]);
        if (v <= limit || (n == most && v <= value[n - 1]) || rows->row[point_of(smo, t)])
            continue;
        size_t at = n < most ? n++ : n - 1;
        for (; at > 0 && value[at - 1] < v; at--) {
            value[at] = value[at - 1];
            list[at] = list[at - 1];
        }
        value[at] = v;
        list[at] = t;
    }
    return n;
}

/* Row i is needed (and stays, with the row of `beside`); what will be needed soon comes along. */
static enum smo_turn want_rows(struct smo *smo, const struct rows *rows, size_t i, size_t beside, size_t most)
{
    size_t up[ROWS_AT_ONCE], low[ROWS_AT_ONCE];
    const size_t half = most / 2, n_up = worst(smo, rows, 1, half, up), n_low = worst(smo, rows, -1, half, low);
    smo->n_want = 0;
    smo->want[smo->n_want++] = point_of(smo, i);
    if (beside != SIZE_MAX && point_of(smo, beside) != smo->want[0])
        smo->want[smo->n_want++] = point_of(smo, beside);
    for (size_t k = 0; k < half; k++) {
        if (k < n_up)
            wish(smo, rows, point_of(smo, up[k]), most);
        if (k < n_low)
            wish(smo, rows, point_of(smo, low[k]), most);
    }
    return SMO_ROWS;
}

/* g gets the rows of the variables that don't start at 0. */
static enum smo_turn begin_rows(struct smo *smo, const struct rows *rows, size_t work, size_t most)
{
    struct smo_state *s = &smo->state;
    for (size_t passed = 0; s->cursor < smo->n; s->cursor++) {
        if (smo->b[s->cursor] == 0)
            continue;
        const float *k = rows_look(rows, point_of(smo, s->cursor));
        if (!k) {
            smo->n_want = 0;
            for (size_t t = s->cursor; t < smo->n && smo->n_want < most; t++)
                if (smo->b[t] != 0)
                    wish(smo, rows, point_of(smo, t), most);
            return SMO_ROWS;
        }
        if (passed >= work)
            return SMO_PAUSED;
        for (size_t i = 0; i < smo->n_spans; i++)
            span_subtract(smo->span[i].n, smo->b[s->cursor], k + smo->span[i].first, smo->g + span_offset(smo, i));
        passed += smo->n;
    }
    s->started = true;
    return SMO_SOLVED;
}

/* ---- working sets ------------------------------------------------------------------------------------------- */

/* Adds up to `most` variables that aren't in the set, in the order of the candidates, from the front or the back;
 * of span `only` alone where pairs are within a span. */
static void take_in(struct smo *smo, size_t only, size_t most, bool back, const float *freedom)
{
    struct smo_state *s = &smo->state;
    for (size_t i = 0; i < smo->n && most; i++) {
        const uint32_t t = smo->inner.candidate[back ? smo->n - 1 - i : i];
        if (freedom[t] != 0 || isnan(smo->inner.key[t]) || (smo->grouped && span_of(smo, t) != only))
            continue;
        smo->inner.key[t] = NAN; /* it is in */
        smo->set[s->n_set++] = t;
        most--;
    }
}

/* The newest half of the last set stays; then those that most want to grow, and as many that most want to
 * shrink. */
static void choose_set(struct smo *smo)
{
    struct smo_state *s = &smo->state;
    const size_t half = smo->room / 2, stay = s->n_set < half ? s->n_set : half;
    if (smo->room == smo->n) { /* there is nothing to choose */
        for (s->n_set = 0; s->n_set < smo->n; s->n_set++)
            smo->set[s->n_set] = (uint32_t)s->n_set;
        return;
    }
    memmove(smo->set, smo->set + s->n_set - stay, stay * sizeof *smo->set);
    s->n_set = stay;
    memcpy(smo->inner.key, smo->g, smo->n * sizeof(double));
    sort_order_f64(smo->n, smo->inner.key, smo->inner.candidate, smo->inner.work);
    for (size_t i = 0; i < stay; i++)
        smo->inner.key[smo->set[i]] = NAN;
    const size_t parts = smo->grouped ? smo->n_spans : 1, share = (smo->room - stay) / 2 / parts;
    for (size_t only = 0; only < parts; only++) {
        take_in(smo, only, share, true, smo->up);
        take_in(smo, only, share, false, smo->low);
    }
}

/* All rows of the set are here, or up to `most` of those that aren't are wanted. */
static enum smo_turn want_set(struct smo *smo, const struct rows *rows, size_t most)
{
    smo->n_want = 0;
    for (size_t i = 0; i < smo->state.n_set; i++)
        if (!rows_look(rows, point_of(smo, smo->set[i])))
            wish(smo, rows, point_of(smo, smo->set[i]), most);
    return smo->n_want ? SMO_ROWS : SMO_PAUSED;
}

static int compare_variables(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The set as a problem of its own, in the order of the variables, so span after span. order[n_set] gets them. */
static void fill_inner(struct smo *smo, const struct rows *rows, uint32_t *order)
{
    struct smo *inner = smo->inner.smo;
    size_t n = 0;
    inner->n_spans = smo->n_spans;
    inner->n = smo->state.n_set;
    memcpy(order, smo->set, inner->n * sizeof *order);
    qsort(order, inner->n, sizeof *order, compare_variables);
    for (size_t s = 0; s < smo->n_spans; s++) {
        inner->span[s] = (struct smo_span){n, 0, smo->span[s].sign};
        while (n < inner->n && span_of(smo, order[n]) == s)
            n++;
        inner->span[s].n = n - inner->span[s].first;
    }
    for (size_t i = 0; i < n; i++) {
        const float *row = rows_look(rows, point_of(smo, order[i]));
        for (size_t j = i; j < n; j++)
            smo->inner.rows.row[i][j] = row[point_of(smo, order[j])];
        for (size_t j = 0; j < i; j++)
            smo->inner.rows.row[i][j] = smo->inner.rows.row[j][i];
        smo->inner.rows.diagonal[i] = rows->diagonal[point_of(smo, order[i])];
        inner->b[i] = smo->b[order[i]];
        inner->g[i] = smo->g[order[i]];
        inner->limit[i] = smo->limit[order[i]];
    }
    inner->grouped = smo->grouped;
    inner->tol = fmax(smo->tol, 0.1 * smo->state.gap);
    inner->max_iterations = 20 * n;
    smo_start(inner, true);
}

struct change_job {
    const struct smo *smo;
    const struct rows *rows;
    const uint32_t *order;
    size_t n, offset, first;
    const double *change;
};

static void change_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct change_job *job = arg;
    (void)block;
    (void)worker;
    double *g = job->smo->g + job->offset + begin, change[4];
    const float *k[4];
    size_t n = 0;
    for (size_t i = 0; i < job->n; i++) {
        if (job->change[i] == 0)
            continue;
        change[n] = job->change[i];
        k[n++] = job->rows->row[point_of(job->smo, job->order[i])] + job->first + begin;
        if (n == 4) {
            span_subtract_4(end - begin, change, k[0], k[1], k[2], k[3], g);
            n = 0;
        }
    }
    for (size_t i = 0; i < n; i++)
        span_subtract(end - begin, change[i], k[i], g);
}

/* What the small problem changed goes into b and g. False when that was nothing. */
static bool take_changes(struct lt_ctx *ctx, struct smo *smo, const struct rows *rows, const uint32_t *order,
                         double *change)
{
    const size_t n = smo->inner.smo->n;
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        change[i] = smo->inner.smo->b[i] - smo->b[order[i]];
        smo->b[order[i]] = smo->inner.smo->b[i];
        set_freedom(smo, order[i]);
        any |= change[i] != 0;
    }
    for (size_t s = 0; s < smo->n_spans; s++) {
        struct change_job job = {smo, rows, order, n, span_offset(smo, s), smo->span[s].first, change};
        (void)kit_blocks(ctx, smo->span[s].n, 2048, change_block, &job); /* when cancelled the step is undone */
    }
    move_all(smo, 0, rows->diagonal, rows->diagonal);
    return any;
}

static enum smo_turn run_sets(struct lt_ctx *ctx, struct smo *smo, const struct rows *rows, uint64_t until,
                              size_t most)
{
    struct smo_state *s = &smo->state;
    uint32_t *order = smo->inner.candidate;
    while (!s->solved && s->iterations < smo->max_iterations) {
        if (s->iterations >= until)
            return SMO_PAUSED;
        if (!s->chosen)
            choose_set(smo);
        s->chosen = true;
        if (want_set(smo, rows, most) == SMO_ROWS)
            return SMO_ROWS;
        fill_inner(smo, rows, order);
        smo_run(ctx, smo->inner.smo, &smo->inner.rows, UINT64_MAX, SIZE_MAX, 0);
        s->chosen = false;
        s->iterations += smo->inner.smo->state.iterations;
        if (!take_changes(ctx, smo, rows, order, smo->inner.key))
            break; /* the gap is less than a float can tell */
    }
    return SMO_SOLVED;
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static enum smo_turn run_pairs(struct smo *smo, const struct rows *rows, uint64_t until, size_t work,
                               size_t n_wishes)
{
    struct smo_state *s = &smo->state;
    for (size_t passed = 0; !s->solved && s->iterations < smo->max_iterations; passed += 2 * smo->n) {
        if (s->iterations >= until || passed >= work)
            return SMO_PAUSED;
        const float *ki = rows_look(rows, point_of(smo, s->lead));
        if (!ki)
            return want_rows(smo, rows, s->lead, s->partner, n_wishes);
        if (s->partner == SIZE_MAX)
            choose_partner(smo, rows, ki);
        if (s->partner == SIZE_MAX)
            break; /* the gap is less than a float can tell */
        const float *kj = rows_look(rows, point_of(smo, s->partner));
        if (!kj)
            return want_rows(smo, rows, s->partner, s->lead, n_wishes);
        move_pair(smo, rows, ki, kj);
    }
    return SMO_SOLVED;
}

enum smo_turn smo_run(struct lt_ctx *ctx, struct smo *smo, const struct rows *rows, uint64_t until, size_t work,
                      size_t n_wishes)
{
    if (!smo->state.started) {
        const enum smo_turn turn = begin_rows(smo, rows, work, n_wishes);
        if (turn != SMO_SOLVED)
            return turn;
        move_all(smo, 0, rows->diagonal, rows->diagonal); /* only looks */
    }
    return smo->room ? run_sets(ctx, smo, rows, until, n_wishes) : run_pairs(smo, rows, until, work, n_wishes);
}

/* ---- the constant ------------------------------------------------------------------------------------------- */

/* g of the free variables of spans [from, to), their mean; without any, the middle of where it may lie. */
static double level(const struct smo *smo, size_t from, size_t to)
{
    double sum = 0, top = -INFINITY, bottom = INFINITY;
    size_t n_free = 0;
    for (size_t s = from; s < to; s++)
        for (size_t t = span_offset(smo, s), end = t + smo->span[s].n; t < end; t++) {
            const double grow = smo->g[t] + smo->up[t], shrink = smo->g[t] + smo->low[t];
            if (smo->up[t] == 0 && smo->low[t] == 0) {
                sum += smo->g[t];
                n_free++;
            }
            top = grow > top ? grow : top;
            bottom = shrink < bottom ? shrink : bottom;
        }
    if (n_free)
        return sum / (double)n_free;
    if (!isfinite(top) || !isfinite(bottom))
        return isfinite(top) ? top : isfinite(bottom) ? bottom : 0;
    return (top + bottom) / 2;
}

double smo_rho(const struct smo *smo, double *scale)
{
    *scale = 1;
    if (!smo->grouped || smo->n_spans < 2)
        return -level(smo, 0, smo->n_spans);
    const double positive = -level(smo, smo->span[0].sign < 0, 1 + (smo->span[0].sign < 0));
    const double negative = level(smo, smo->span[0].sign > 0, 1 + (smo->span[0].sign > 0));
    *scale = (positive + negative) / 2;
    return (positive - negative) / 2;
}
