/* cluster: how good a clustering is: by the rows and their clusters alone, and against classes that are known. Equal
 * to scikit-learn's. Rows are x[i * ld + j], j < p; labels are 0 … k-1, every one of them in use; -1 is noise: such a
 * row belongs to no cluster and is left out. All values must be finite. */
#ifndef LATHE_NUM_CLUSTER_H
#define LATHE_NUM_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

/* ---- without a truth ---------------------------------------------------------------------------------------- */

/* inertia: sum of squared distances of the rows to the mean of their cluster. davies_bouldin: mean over clusters of
 * the worst (spread + other spread) / distance of the means (Davies and Bouldin 1979). calinski_harabasz: variance
 * between clusters over variance within (Calinski and Harabasz 1974). The last two are NaN unless 2 <= k < rows. */
struct cluster_spread {
    double inertia, davies_bouldin, calinski_harabasz;
};
struct cluster_spread cluster_spread(size_t n, size_t p, const double *x, size_t ld, const int32_t *label,
                                     size_t k, void *work);
size_t cluster_spread_work(size_t p, size_t k); /* bytes, aligned as malloc's */

/* Silhouettes (Rousseeuw 1987): with a the mean distance of a row to the others of its cluster, and b to the rows of
 * the nearest other cluster, (b - a) / max(a, b); 0 where the row is alone in its cluster. All distances are computed,
 * n^2 of them, for which the rows are copied in the order of their clusters; calls for different ranges may run at
 * the same time. */
struct silhouette {
    size_t n, p, k; /* rows that are no noise */
    size_t panels;  /* eight rows side by side; a cluster begins a new one */
    double *x;      /* panels x p x 8 */
    double *weight; /* panels x 8: 1, or 0 where there is no row */
    size_t *first;  /* k + 1: the first panel of each cluster */
    size_t *size;   /* k: rows */
    uint32_t *row;  /* panels x 8: which row that is */
    size_t *place;  /* n: the lane of the i-th row, counted over all panels */
};
size_t silhouette_work(size_t n, size_t p, size_t k);
void silhouette_begin(struct silhouette *s, size_t n, size_t p, const double *x, size_t ld, const int32_t *label,
                      size_t k, void *work);
/* The rows begin … end-1 of s->n, counted in the order of the clusters. value and next are written at the rows' own
 * numbers; next (or NULL): the nearest other cluster, -1 when there is none. scratch: 4 k numbers. */
void silhouette_rows(const struct silhouette *s, size_t begin, size_t end, double *value, int32_t *next,
                     double *scratch);
/* NaN unless 2 <= k < rows. */
double silhouette_mean(size_t n, const int32_t *label, size_t k, const double *value);

/* ---- against a truth ---------------------------------------------------------------------------------------- */

/* Of count[rows x cols]: rows classes, cols clusters. ari: adjusted Rand index (Hubert and Arabie 1985); homogeneity:
 * every cluster holds one class; completeness: every class lies in one cluster; nmi: the mutual information over the
 * mean of both entropies, which is their harmonic mean too, the V-measure (Rosenberg and Hirschberg 2007). */
struct cluster_agreement {
    double ari, nmi, homogeneity, completeness;
};
struct cluster_agreement cluster_agreement(size_t rows, size_t cols, const double *count);

#endif
