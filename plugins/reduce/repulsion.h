/* repulsion: what n points do to each other when every pair repels by q^2 d, q = 1 / (1 + |d|^2), and the sum of all
 * q. Exactly, or after Barnes and Hut: a far cell of a quadtree acts as one heavy point. Groups of 32 points that are
 * near each other walk the tree together and gather what acts on them into a list, which then meets the points four
 * at a time in vector registers. */
#ifndef LATHE_REDUCE_REPULSION_H
#define LATHE_REDUCE_REPULSION_H

#include "api/lathe.h"

enum { REPULSION_GROUP = 32, REPULSION_PAD = 16, REPULSION_DIMS = 3 };

struct repulsion {
    size_t n, d;  /* d: 1 to 3 */
    double angle; /* a cell is far when it is seen under less than this; 0: exact (and so for d other than 2) */
    struct lt_ctx *ctx;
    float *at[REPULSION_DIMS]; /* points by dimension, in the order of the tree */
    float *mass;               /* 1 each, then zeros */
    uint32_t *order, *code;    /* of the tree's order: the point, its place on the Morton curve */
    uint32_t *sort_room;
    struct cell *cell;
    size_t n_cells;
    float *list; /* a worker each: (d + 1) x padded n */
    double *sum; /* a group each */
};

/* Room for one call of the module; it is scratch memory. */
int repulsion_room(struct lt_ctx *ctx, struct repulsion *r, size_t n, size_t d, double angle);

/* force[n x d] and *z, the sum of q over ordered pairs, of the points y[n x d]. LT_OK or LT_CANCELLED. */
int repulsion_of(struct repulsion *r, const float *y, float *force, double *z);

/* What a list of n heavy points (padded to a multiple of REPULSION_PAD with mass 0) does to one: adds to force[d] and
 * returns the sum of mass * q. In plain C, for comparison. */
double repulsion_plain(size_t n, size_t d, const float *const *list, const float *mass, const float *point,
                       float *force);

#endif
