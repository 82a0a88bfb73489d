/* linking: the clusters of DBSCAN by a tree of boxes, for rows of few columns. Nobody's neighbours are ever listed:
 * a row is core as soon as enough rows are counted, boxes that lie within eps count as a whole, and cells whose core
 * rows are in one cluster already are not compared again (after Gunawan 2013; Gan and Tao 2015; Wang, Gu and Shun
 * 2020). */
#ifndef LATHE_CLUSTER_LINKING_H
#define LATHE_CLUSTER_LINKING_H

#include "api/lathe.h"

/* x[n x p], dense and finite. core[n]: the rows with min_samples rows (or that weight) within eps, themselves
 * included. label[n]: clusters are numbered by their first core row; a border row joins the lowest-numbered of its
 * clusters; -1 is noise. LT_OK, LT_MEMORY (said) or LT_CANCELLED. */
int link_rows(struct lt_ctx *ctx, const double *x, size_t n, size_t p, const double *weight, double eps,
              double min_samples, uint8_t *core, int32_t *label);

#endif
