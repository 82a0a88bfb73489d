/* remembered: the training rows and the clusters they are in, for methods that have no rule for rows to come.
 *
 * A row that was seen in training gets its own cluster back (of equal rows, the first one's). A new row gets the
 * cluster of the nearest of the rows that speak for theirs, or -1 when none is within reach. */
#ifndef LATHE_CLUSTER_REMEMBERED_H
#define LATHE_CLUSTER_REMEMBERED_H

#include "api/lathe.h"

struct remembered {
    size_t n, p;
    double *x;       /* n x p */
    int32_t *label;  /* n; -1 none */
    uint8_t *speaks; /* n: 1 where new rows may take the label over */
    uint32_t *slot;  /* hash table of the rows: row + 1, or 0; mask + 1 places */
    size_t mask;
    char **column_name;
};

/* Copies the rows; no labels yet. LT_OK or LT_MEMORY. What was made is freed by remembered_free in any case. */
int remembered_begin(struct lt_ctx *ctx, struct remembered *r, const struct lt_data *data);
void remembered_free(struct remembered *r);

/* label[data->n]; reach: of each cluster, the greatest distance at which a row is taken in; NULL: any. */
int remembered_predict(struct lt_ctx *ctx, const struct remembered *r, const struct lt_data *data,
                       const double *reach, int32_t *label);

/* 1 + the greatest label; and the table of the clusters' sizes and means. */
size_t remembered_clusters(const struct remembered *r);
int remembered_describe(struct lt_ctx *ctx, const struct remembered *r);

int remembered_save(struct lt_ctx *ctx, const struct remembered *r);
int remembered_load(struct lt_ctx *ctx, struct remembered *r, const struct lt_info *info);

#endif
