/* spectral: k-means on the leading eigenvectors of the normalised affinities. A step widens the space in which the
 * eigenvectors are sought by one block (a block Krylov method with restarts); the last one runs k-means. */
#include "plugins/cluster/cluster.h"

#include <math.h>

#include "num/la.h"
#include "plugins/cluster/affinity.h"
#include "plugins/cluster/kmeans.h"
#include "plugins/cluster/lanes.h"
#include "plugins/cluster/remembered.h"
#include "plugins/kit/kit.h"

enum { N_CLUSTERS, AFFINITY, GAMMA, N_NEIGHBORS, N_INIT, N_PARAMS };
enum { AFFINITY_RBF, AFFINITY_NEIGHBOURS };
enum { MOST_DENSE_ROWS = 30000, MOST_STEPS = 1000 };
static const double tolerance = 1e-8; /* of an eigenvector: |M v - theta v| */

static const struct lt_param spectral_params[N_PARAMS] = {
    [N_CLUSTERS] = {.name = "n_clusters",
                    .aliases = "k,clusters",
                    .type = LT_INT,
                    .flags = LT_TUNE,
                    .def = "8",
                    .min = 1,
                    .max = 1000,
                    .unit = "clusters",
                    .doc = "How many clusters are sought, and how many eigenvectors"},
    [AFFINITY] = {.name = "affinity",
                  .type = LT_CHOICE,
                  .flags = LT_TUNE,
                  .def = "rbf",
                  .choices = "rbf,nearest_neighbors",
                  .doc = "When rows are alike: by exp(-gamma d^2), or when they are among each other's nearest"},
    [GAMMA] = {.name = "gamma",
               .type = LT_REAL,
               .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,
               .def = "1",
               .min = 0,
               .max = 1e100,
               .doc = "affinity=rbf: how fast likeness falls with distance"},
    [N_NEIGHBORS] = {.name = "n_neighbors",
                     .aliases = "neighbors",
                     .type = LT_INT,
                     .flags = LT_TUNE,
                     .def = "10",
                     .min = 2,
                     .max = 10000,
                     .unit = "rows",
                     .doc = "affinity=nearest_neighbors: how many are near, the row itself included"},
    [N_INIT] = {.name = "n_init",
                .aliases = "restarts",
                .type = LT_INT,
                .flags = LT_ADVANCED,
                .def = "10",
                .min = 1,
                .max = 10000,
                .unit = "runs",
                .doc = "Starts of k-means on the eigenvectors"},
};

struct training {
    struct affinity affinity;
    size_t m, block, most; /* vectors of the space, new ones at its end, room */
    double *v, *w;         /* most x n: orthonormal vectors, and their products with M */
    uint64_t drawn;        /* random vectors so far */
    int ready;             /* the eigenvectors are the first k of v */
};

struct spectral {
    size_t k, n_neighbors, n_init;
    int kind;
    double gamma;
    struct remembered rows;
    double *eigenvalue; /* k: of 1 - M, ascending */
    uint64_t taken;
    struct training *training; /* NULL when done, or loaded */
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void training_free(struct training *t)
{
    if (!t)
        return;
    affinity_free(&t->affinity);
    free(t->v);
    free(t->w);
    free(t);
}

static void spectral_free(void *model)
{
    struct spectral *m = model;
    if (!m)
        return;
    training_free(m->training);
    remembered_free(&m->rows);
    free(m->eigenvalue);
    free(m);
}

static struct spectral *spectral_new(struct lt_ctx *ctx, const struct lt_params *params)
{
    struct spectral *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->k = (size_t)kit_int(params, N_CLUSTERS);
    m->kind = kit_choice(params, AFFINITY);
    m->gamma = kit_real(params, GAMMA);
    m->n_neighbors = (size_t)kit_int(params, N_NEIGHBORS);
    m->n_init = (size_t)kit_int(params, N_INIT);
    m->eigenvalue = kit_alloc_f64(ctx, m->k);
    if (m->eigenvalue)
        return m;
    spectral_free(m);
    return 0;
}

/* ---- begin -------------------------------------------------------------------------------------------------- */

static int spectral_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const size_t k = (size_t)kit_int(params, N_CLUSTERS), near = (size_t)kit_int(params, N_NEIGHBORS);
    const int kind = kit_choice(params, AFFINITY);
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status != LT_OK)
        return status;
    if (k > data->n)
        return ctx->fail(ctx, LT_INVALID, "n_clusters=%zu is more than there are rows (%zu); use %zu or less", k,
                         data->n, data->n);
    if (kind == AFFINITY_NEIGHBOURS && near > data->n)
        return ctx->fail(ctx, LT_INVALID, "n_neighbors=%zu is more than there are rows (%zu); use %zu or less",
                         near, data->n, data->n);
    if (data->n > (kind == AFFINITY_RBF ? MOST_DENSE_ROWS : INT32_MAX - 1))
        return ctx->fail(ctx, LT_INVALID,
                         "affinity=rbf compares all pairs, at most of %d rows; use "
                         "affinity=nearest_neighbors or a sample",
                         MOST_DENSE_ROWS);
    return LT_OK;
}

/* Takes the space out of vector x, twice, and makes its length 1. The length that was left. */
static double orthonormal(size_t n, size_t m, const double *v, double *x)
{
    double left = 0;
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < m; i++) {
            const double dot = la_dot(n, v + i * n, x);
            for (size_t j = 0; j < n; j++)
                x[j] -= dot * v[i * n + j];
        }
        const double length = sqrt(la_dot(n, x, x));
        left = again ? left : length;
        if (!(length > 1e-12))
            return 0;
        for (size_t j = 0; j < n; j++)
            x[j] /= length;
    }
    return left;
}

static void draw_vector(struct lt_ctx *ctx, struct training *t, size_t n, double *x)
{
    for (size_t j = 0; j < n; j++)
        x[j] = lt_uniform(ctx->seed, t->drawn, j) - 0.5;
    t->drawn++;
}

/* New vectors at the end of the space: candidate[k x n], or random ones where nothing new is left of these. */
static void widen(struct lt_ctx *ctx, struct training *t, size_t n, size_t k, const double *candidate)
{
    size_t want = t->most - t->m < k ? t->most - t->m : k;
    for (t->block = 0; t->block < want; t->block++) {
        double *x = t->v + (t->m + t->block) * n;
        double left = 0;
        if (candidate) {
            memcpy(x, candidate + t->block * n, n * sizeof *x);
            left = sqrt(la_dot(n, x, x)) > 1e-13 ? orthonormal(n, t->m + t->block, t->v, x) : 0;
        }
        for (int tries = 0; !(left > 0) && tries < 3; tries++) {
            draw_vector(ctx, t, n, x);
            left = orthonormal(n, t->m + t->block, t->v, x);
        }
        if (!(left > 0))
            break;
    }
}

static int training_begin(struct lt_ctx *ctx, struct spectral *m)
{
    const struct remembered *r = &m->rows;
    const size_t wanted = 8 * m->k > 40 ? 8 * m->k : 40;
    struct training *t = m->training = kit_alloc(ctx, 1, sizeof *t);
    if (!t)
        return LT_MEMORY;
    t->most = wanted < r->n ? wanted : r->n;
    t->v = kit_alloc(ctx, t->most, r->n * sizeof *t->v);
    t->w = kit_alloc(ctx, t->most, r->n * sizeof *t->w);
    if (!t->v || !t->w)
        return LT_MEMORY;
    int status = lanes_check(ctx, r->x, r->n, r->p);
    if (status == LT_OK)
        status = m->kind == AFFINITY_RBF
                     ? affinity_rbf(ctx, &t->affinity, r->x, r->n, r->p, m->gamma)
                     : affinity_neighbours(ctx, &t->affinity, r->x, r->n, r->p, m->n_neighbors);
    if (status == LT_OK)
        widen(ctx, t, r->n, m->k, 0);
    return status;
}

static int spectral_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                          void **model)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct spectral *m = spectral_new(ctx, params);
    if (!m)
        return LT_MEMORY;
    status = remembered_begin(ctx, &m->rows, data);
    if (status == LT_OK)
        status = training_begin(ctx, m);
    if (status != LT_OK) {
        spectral_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- one step ----------------------------------------------------------------------------------------------- */

/* The best eigenvectors within the space (Rayleigh and Ritz), and whether they are good enough. */
static int seek(struct lt_ctx *ctx, struct spectral *model)
{
    struct training *t = model->training;
    const size_t n = model->rows.n, k = model->k, m = t->m + t->block, kept = 2 * k < m ? 2 * k : m;
    double *h = kit_scratch(ctx, m, m * sizeof *h), *theta = kit_scratch_f64(ctx, m);
    double *y = kit_scratch(ctx, kept, m * sizeof *y), *u = kit_scratch(ctx, kept, n * sizeof *u);
    double *mu = kit_scratch(ctx, kept, n * sizeof *mu), *residual = kit_scratch(ctx, k, n * sizeof *residual);
    if (!h || !theta || !y || !u || !mu || !residual)
        return LT_MEMORY;
    const int status = affinity_multiply(ctx, &t->affinity, t->v + t->m * n, t->block, t->w + t->m * n);
    if (status != LT_OK)
        return status;
    la_gemm(0, 1, m, m, n, 1, t->v, n, t->w, n, 0, h, m);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < i; j++)
            h[i * m + j] = h[j * m + i] = (h[i * m + j] + h[j * m + i]) / 2;
    if (la_eigen_sym(m, h, m, theta) != 0)
        return ctx->fail(ctx, LT_NUMERIC, "the eigenvectors of the affinities were not found");
    for (size_t i = 0; i < kept; i++)
        memcpy(y + i * m, h + (m - 1 - i) * m, m * sizeof *y);
    la_gemm(0, 0, kept, n, m, 1, y, m, t->v, n, 0, u, n);
    la_gemm(0, 0, kept, n, m, 1, y, m, t->w, n, 0, mu, n);

    double worst = 0;
    for (size_t i = 0; i < k && i < kept; i++) {
        const double value = theta[m - 1 - i];
        for (size_t j = 0; j < n; j++)
            residual[i * n + j] = mu[i * n + j] - value * u[i * n + j];
        worst = fmax(worst, sqrt(la_dot(n, residual + i * n, residual + i * n)));
        model->eigenvalue[i] = 1 - value;
    }
    t->m = m;
    t->block = 0;
    model->taken++;
    ctx->metric(ctx, "residual", model->taken, worst);
    t->ready = m >= k && (worst < tolerance || m == n || model->taken >= MOST_STEPS);
    if (model->taken >= MOST_STEPS && !(worst < tolerance))
        ctx->note(ctx, LT_WARNING, "the eigenvectors are only known to %.1e: clusters may be blurred", worst);
    if (t->ready || m + k > t->most) { /* the best of the space stand for all of it */
        memcpy(t->v, u, kept * n * sizeof *u);
        memcpy(t->w, mu, kept * n * sizeof *mu);
        t->m = kept;
    }
    if (!t->ready)
        widen(ctx, t, n, k, residual);
    return LT_OK;
}

/* k-means on the rows of the eigenvectors; clusters are numbered by their first rows. */
static int finish(struct lt_ctx *ctx, struct spectral *model)
{
    const struct training *t = model->training;
    const size_t n = model->rows.n, k = model->k;
    double *embedding = kit_scratch(ctx, n, k * sizeof *embedding);
    int32_t *label = kit_scratch(ctx, n, sizeof *label), *number = kit_scratch(ctx, k, sizeof *number), next = 0;
    if (!embedding || !label || !number)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < k; c++)
            embedding[i * k + c] = t->v[c * n + i] * t->affinity.root[i];
    const struct lt_data data = {.size = sizeof data, .n = n, .p = k, .x64 = embedding, .ld = k};
    const int status = kmeans_labels(ctx, &data, k, model->n_init, 0, label);
    if (status != LT_OK)
        return status;
    for (size_t c = 0; c < k; c++)
        number[c] = -1;
    for (size_t i = 0; i < n; i++) {
        if (number[label[i]] < 0)
            number[label[i]] = next++;
        model->rows.label[i] = number[label[i]];
        model->rows.speaks[i] = 1;
    }
    return LT_OK;
}

static int spectral_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct spectral *m = model;
    (void)data;
    for (uint64_t u = 0; u < units && u < 16 && m->training;
         u++) { /* scratch memory lasts until the call returns */
        const int status = m->training->ready ? finish(ctx, m) : seek(ctx, m);
        if (status != LT_OK)
            return status;
        if (m->rows.label[0] >= 0) {
            training_free(m->training);
            m->training = 0;
        }
    }
    return m->training ? LT_MORE : LT_DONE;
}

static int spectral_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct spectral *)model)->taken;
    *planned = 0;
    return LT_OK;
}

static int spectral_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    return remembered_predict(ctx, &((const struct spectral *)model)->rows, data, 0, out->label);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int spectral_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"number:int", "eigenvalue:real"};
    const struct spectral *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "clusters", (double)remembered_clusters(&m->rows));
    kit_statistic(ctx, "steps", (double)m->taken);
    const int status = remembered_describe(ctx, &m->rows);
    if (status != LT_OK)
        return status;
    ctx->emit_table(ctx, "eigenvalues", "Eigenvalues of the Laplacian", columns, 2);
    for (size_t i = 0; i < m->k; i++) {
        const struct lt_cell cells[] = {LT_CINT(i + 1), LT_CREAL(m->eigenvalue[i])};
        ctx->emit_row(ctx, cells);
    }
    return LT_OK;
}

static int spectral_save(struct lt_ctx *ctx, const void *model)
{
    const struct spectral *m = model;
    int status = remembered_save(ctx, &m->rows);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "eigenvalues", m->eigenvalue, m->k, 0);
    return status == LT_OK ? kit_put_count(ctx, "taken", m->taken) : status;
}

static int spectral_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info,
                         void **model)
{
    struct spectral *m = spectral_new(ctx, params);
    if (!m)
        return LT_MEMORY;
    int status = remembered_load(ctx, &m->rows, info);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "eigenvalues", m->eigenvalue, m->k, 0);
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 0, 1ull << 53, &m->taken);
    if (status != LT_OK) {
        spectral_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

const struct lt_algo cluster_spectral = {
    LT_HEADER(1),
    .id = "spectral",
    .name = "Spectral clustering",
    .version = "1",
    .summary = "Cuts the graph of alike rows where few are alike: clusters of any shape",
    .doc =
        "Rows are the nodes of a graph, and how alike two rows are is the weight a_ij of their edge. A good cut "
        "leaves groups that are alike within and unlike outside. With the degrees d_i = sum_j a_ij, the k "
        "smallest "
        "eigenvectors of the normalised Laplacian\n\n"
        "    L = 1 - D^-1/2 A D^-1/2\n\n"
        "relax the cut into k that is normalised by the groups' sizes: where the graph falls into k pieces, they "
        "are constant on each (after division by sqrt(d_i)), and k-means on them finds the pieces. So many "
        "eigenvalues near 0, so many clusters: look for the gap in their table.\n\n"
        "`affinity=rbf` compares all pairs by exp(-gamma d^2); `nearest_neighbors` links each row to its "
        "`n_neighbors` nearest. The eigenvectors are sought in a growing space, one block a step, until their "
        "residuals vanish. Clusters are numbered by their first row; a new row gets the cluster of the nearest "
        "row "
        "of the training.",
    .reference = "Ng, Jordan and Weiss, On spectral clustering, NIPS 2001; von Luxburg, A tutorial on spectral "
                 "clustering, Statistics and Computing 17 (2007)",
    .tasks = LT_CLUSTER,
    .traits = LT_WANTS_SCALED,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = spectral_params,
    .unit = "step",
    .check = spectral_check,
    .begin = spectral_begin,
    .step = spectral_step,
    .predict = spectral_predict,
    .describe = spectral_describe,
    .save = spectral_save,
    .load = spectral_load,
    .free = spectral_free,
    .units = spectral_units,
};
