/* show: the table of clusters that describe emits. */
#ifndef LATHE_CLUSTER_SHOW_H
#define LATHE_CLUSTER_SHOW_H

#include "api/lathe.h"

/* Table "centres": number, size and centre[k x p] of each cluster, and a note on their units. LT_OK or LT_MEMORY. */
int show_centres(struct lt_ctx *ctx, const char *title, size_t k, size_t p, char *const *column_name,
                 const double *size, const double *centre);

#endif
