#include "plugins/cluster/merging.h"

#include <math.h>

#include "num/simd.h"
#include "plugins/cluster/centres.h"
#include "plugins/kit/kit.h"

/* ---- begin -------------------------------------------------------------------------------------------------- */

enum { PIECE = 2048 }; /* active clusters that one task looks at */

struct nearest {
    double distance;
    uint32_t cluster; /* UINT32_MAX: none */
};

static size_t before(size_t i)
{
    return i * (i - (i > 0)) / 2;
}

struct measuring {
    const double *x;
    size_t p;
    double *distance;
};

static void measure_rows(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct measuring *job = arg;
    (void)block;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        for (size_t j = 0; j < i; j++)
            job->distance[before(i) + j] =
                sqrt(squared_distance(job->p, job->x + i * job->p, job->x + j * job->p));
}

static int measure_pairs(struct lt_ctx *ctx, struct merging *m, const double *x, size_t p)
{
    m->distance = malloc((before(m->n) + 1) * sizeof *m->distance);
    if (!m->distance)
        return ctx->fail(ctx, LT_MEMORY, "there is no memory for the distances of %zu rows; train on a sample",
                         m->n);
    struct measuring job = {x, p, m->distance};
    return kit_blocks(ctx, m->n, 16, measure_rows, &job);
}

int merging_begin(struct lt_ctx *ctx, struct merging *m, enum linkage linkage, const double *x, size_t n, size_t p)
{
    *m = (struct merging){.linkage = linkage, .n = n, .left = n};
    m->chain = kit_alloc(ctx, n, sizeof *m->chain);
    m->active = kit_alloc(ctx, n, sizeof *m->active);
    m->size = kit_alloc_f64(ctx, n);
    m->q = kit_alloc_f64(ctx, p);
    m->other = kit_alloc_f64(ctx, p);
    m->nearest = kit_alloc(ctx, kit_block_count(n, PIECE), sizeof *m->nearest);
    if (!m->chain || !m->active || !m->size || !m->q || !m->other || !m->nearest)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i++) {
        m->active[i] = (uint32_t)i;
        m->size[i] = 1;
    }
    return linkage == LINKAGE_WARD ? lanes_begin(ctx, &m->centre, x, n, p, m->size) : measure_pairs(ctx, m, x, p);
}

void merging_free(struct merging *m)
{
    lanes_free(&m->centre);
    free(m->chain);
    free(m->active);
    free(m->size);
    free(m->distance);
    free(m->q);
    free(m->other);
    free(m->nearest);
    *m = (struct merging){0};
}

/* ---- the nearest cluster ------------------------------------------------------------------------------------ */

static double *between(struct merging *m, size_t a, size_t b)
{
    return &m->distance[a > b ? before(a) + b : before(b) + a];
}

/* Twice the growth of the sum of squares if the clusters were joined: its root is the height. Returns the least. */
NUM_CLONES static double growth_of(size_t n, const double *squared, const double *other, double size,
                                   const uint32_t *number, uint32_t self, double *value)
{
    for (size_t i = 0; i < n; i++) {
        const double growth = 2 * size * other[i] / (size + other[i]) * squared[i];
        value[i] = number[i] == self ? INFINITY : growth;
    }
    return lanes_least(n, value);
}

static double ward_distances(const struct lanes *l, const double *q, double size, uint32_t self, void *arg,
                             size_t begin, size_t end)
{
    double least = INFINITY;
    _Alignas(64) double squared[LANES_PIECE];
    (void)arg;
    for (size_t at = begin; at < end; at += LANES_PIECE) {
        const size_t n = end - at < LANES_PIECE ? end - at : LANES_PIECE;
        lanes_squares(l, q, at, at + n, squared);
        least = fmin(least, growth_of(n, squared, l->extra + at, size, l->number + at, self, l->value + at));
    }
    return least;
}

struct searching {
    struct merging *m;
    uint32_t a;
};

/* The first of the least in a piece of the active clusters. */
static void search_piece(void *arg, size_t piece, unsigned worker)
{
    const struct searching *job = arg;
    struct merging *m = job->m;
    const size_t begin = piece * PIECE, end = m->left - begin < PIECE ? m->left : begin + PIECE;
    struct nearest best = {INFINITY, UINT32_MAX};
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        const uint32_t other = m->active[i];
        if (other == job->a)
            continue;
        const double d = *between(m, job->a, other);
        if (d < best.distance || best.cluster == UINT32_MAX)
            best = (struct nearest){d, other};
    }
    m->nearest[piece] = best;
}

/* Of equals the one that came before in the chain, so that chains end; else the lowest. */
static uint32_t nearest_of(struct lt_ctx *ctx, struct merging *m, uint32_t a, uint32_t previous, double *distance)
{
    uint32_t best = previous;
    *distance = INFINITY;
    if (m->linkage == LINKAGE_WARD) {
        struct lanes *l = &m->centre;
        lanes_get(l, l->place[a], m->q);
        const size_t place = lanes_scan(ctx, l, ward_distances, m->q, m->size[a], a, 0);
        const size_t other = place != SIZE_MAX ? l->number[place] : m->active[m->active[0] == a];
        *distance = l->value[l->place[other]];
        return previous != UINT32_MAX && l->value[l->place[previous]] <= *distance ? previous : (uint32_t)other;
    }
    if (previous != UINT32_MAX)
        *distance = *between(m, a, previous);
    const size_t pieces = kit_block_count(m->left, PIECE);
    struct searching job = {m, a};
    ctx->parallel(ctx, pieces, search_piece, &job);
    for (size_t i = 0; i < pieces; i++) {
        const struct nearest *found = &m->nearest[i];
        if (found->cluster != UINT32_MAX && (found->distance < *distance || best == UINT32_MAX)) {
            *distance = found->distance;
            best = found->cluster;
        }
    }
    return best;
}

/* ---- a merge ------------------------------------------------------------------------------------------------ */

struct joining {
    struct merging *m;
    uint32_t gone, into;
};

/* Lance and Williams: the distances of the union, kept under the name of `into`. */
static void join_piece(void *arg, size_t piece, unsigned worker)
{
    const struct joining *job = arg;
    struct merging *m = job->m;
    const size_t begin = piece * PIECE, end = m->left - begin < PIECE ? m->left : begin + PIECE;
    const double a = m->size[job->gone], b = m->size[job->into];
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        const uint32_t k = m->active[i];
        if (k == job->gone || k == job->into)
            continue;
        const double from_gone = *between(m, job->gone, k);
        double *from_into = between(m, job->into, k);
        *from_into = m->linkage == LINKAGE_COMPLETE ? fmax(from_gone, *from_into)
                                                    : (a * from_gone + b * *from_into) / (a + b);
    }
}

static void join_distances(struct lt_ctx *ctx, struct merging *m, uint32_t gone, uint32_t into)
{
    struct joining job = {m, gone, into};
    ctx->parallel(ctx, kit_block_count(m->left, PIECE), join_piece, &job);
}

static void join_centres(struct merging *m, uint32_t gone, uint32_t into)
{
    struct lanes *l = &m->centre;
    const double a = m->size[gone], b = m->size[into];
    lanes_get(l, l->place[gone], m->other);
    lanes_get(l, l->place[into], m->q);
    for (size_t j = 0; j < l->p; j++)
        m->q[j] = (a * m->other[j] + b * m->q[j]) / (a + b);
    lanes_set(l, l->place[into], m->q);
    l->extra[l->place[into]] = a + b;
    lanes_take_away(l, l->place[gone]);
}

static void join(struct lt_ctx *ctx, struct merging *m, uint32_t gone, uint32_t into)
{
    if (m->linkage == LINKAGE_WARD)
        join_centres(m, gone, into);
    else
        join_distances(ctx, m, gone, into);
    m->size[into] += m->size[gone];
    size_t at = 0;
    while (m->active[at] != gone)
        at++;
    memmove(m->active + at, m->active + at + 1, (m->left - at - 1) * sizeof *m->active);
    m->left--;
}

int merging_next(struct lt_ctx *ctx, struct merging *m, struct edge *merge)
{
    if (!m->length)
        m->chain[m->length++] = m->active[0];
    for (;;) {
        if (ctx->cancelled(ctx))
            return LT_CANCELLED;
        const uint32_t top = m->chain[m->length - 1];
        const uint32_t previous = m->length > 1 ? m->chain[m->length - 2] : UINT32_MAX;
        double distance;
        const uint32_t next = nearest_of(ctx, m, top, previous, &distance);
        if (next == previous) {
            *merge = (struct edge){previous, top, m->linkage == LINKAGE_WARD ? sqrt(distance) : distance};
            m->length -= 2;
            join(ctx, m, top > previous ? previous : top, top > previous ? top : previous);
            return LT_OK;
        }
        m->chain[m->length++] = next;
    }
}
