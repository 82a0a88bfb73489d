/* merging: which two clusters are joined next, for complete, average and Ward linkage, by chains of nearest
 * neighbours: follow the nearest cluster of the nearest cluster until two are each other's. Merges come out in the
 * order of their finding; sorted by height they are those of the textbook. */
#ifndef LATHE_CLUSTER_MERGING_H
#define LATHE_CLUSTER_MERGING_H

#include "plugins/cluster/spanning.h"

enum linkage { LINKAGE_WARD, LINKAGE_COMPLETE, LINKAGE_AVERAGE, LINKAGE_SINGLE };

struct merging {
    enum linkage linkage;
    size_t n, left;  /* rows; clusters that are left */
    uint32_t *chain; /* n: clusters, each the nearest of the one before */
    size_t length;
    uint32_t *active;        /* clusters that are left, ascending; a cluster is called by one of its rows */
    double *size;            /* n */
    double *distance;        /* complete, average: row i has i distances, to the clusters before it */
    struct nearest *nearest; /* a piece of the active clusters each, for searches */
    struct lanes centre;     /* Ward */
    double *q, *other;       /* p each */
};

/* x[n x p]. LT_OK or a failure. */
int merging_begin(struct lt_ctx *ctx, struct merging *m, enum linkage linkage, const double *x, size_t n,
                  size_t p);
void merging_free(struct merging *m);
/* The next merge: a row of each of the two clusters. LT_OK or LT_CANCELLED, after which it can be asked again. */
int merging_next(struct lt_ctx *ctx, struct merging *m, struct edge *merge);

#endif
