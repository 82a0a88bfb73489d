#include "plugins/linear/logloss.h"

#include "num/la.h"
#include "num/simd.h"
#include "num/vmath.h"

/* ---- memory ------------------------------------------------------------------------------------------------ */

static size_t vectors_of(const struct logloss *f)
{
    return f->k == 2 ? 1 : f->k;
}

static size_t hessian_blocks(const struct logloss *f)
{
    return f->d * (f->d + 1) / 2;
}

/* A worker's panel: z, z times weights, and some vectors of a panel's rows by k. */
static size_t panel_size(const struct logloss *f, size_t rows)
{
    return rows * (2 * f->q + 2 * f->k + 3);
}

int logloss_work_new(struct lt_ctx *ctx, const struct logloss *f, bool hessian, struct logloss_work *work)
{
    size_t width = 1 + vectors_of(f) * f->q + (hessian ? hessian_blocks(f) * f->q * f->q : 0);
    size_t most = ((size_t)1 << 23) / width; /* slots of 64 MB together, but enough for some threads */
    work->width = width;
    work->panel_rows = f->q <= 96 ? 512 : f->q <= 384 ? 128 : 64;
    work->max_blocks = most < 4 ? 4 : most > 64 ? 64 : most;
    work->slots = kit_scratch(ctx, work->max_blocks, width * sizeof(double));
    work->panels = kit_scratch(ctx, ctx->threads, panel_size(f, work->panel_rows) * sizeof(double));
    work->vectors = kit_scratch_f64(ctx, f->k * f->q);
    return work->slots && work->panels && work->vectors ? LT_OK : LT_MEMORY;
}

void logloss_basis(size_t k, double *basis)
{
    for (size_t a = 0; a + 1 < k; a++) {
        double length = sqrt((double)(a + 1) * (double)(a + 2));
        for (size_t c = 0; c < k; c++)
            basis[c * (k - 1) + a] = c <= a ? 1 / length : c == a + 1 ? -(double)(a + 1) / length : 0;
    }
}

void logloss_vectors(const struct logloss *f, const double *v, double *vectors)
{
    if (f->k == 2)
        memcpy(vectors, v, f->q * sizeof *v);
    else
        la_gemm(0, 0, f->k, f->q, f->d, 1.0, f->basis, f->d, v, f->q, 0.0, vectors, f->q);
}

/* ---- one panel of rows ------------------------------------------------------------------------------------- */

struct job {
    const struct logloss *f;
    const struct logloss_work *work;
    struct lt_ctx *ctx;
    bool hessian;
};

struct panel {
    size_t begin, rows;
    double *weight; /* rows */
    int32_t *class; /* rows */
    double *z;      /* rows x q */
    double *scaled; /* rows x q */
    double *eta;    /* rows x k: log odds, then probabilities, then residuals times weights */
    double *other;  /* rows x k */
    double *curve;  /* rows: weights of a block of the Hessian */
    double *value;  /* one */
    double *gradient;
    double *products;
};

NUM_CLONES static void fill_all(size_t rows, size_t p, size_t q, const double *x, size_t ld, const double *centre,
                                const double *scale, double *z)
{
    for (size_t i = 0; i < rows; i++, x += ld, z += q)
        for (size_t j = 0; j < p; j++)
            z[j] = (x[j] - centre[j]) * scale[j];
}

static void fill(const struct logloss *f, struct panel *panel)
{
    bool all = !f->n_active || f->active[f->n_active - 1] == f->n_active - 1; /* no column is left out */
    if (all && !f->rows)
        fill_all(panel->rows, f->n_active, f->q, f->x + panel->begin * f->ld, f->ld, f->centre, f->scale,
                 panel->z);
    for (size_t i = 0; i < panel->rows; i++) {
        size_t row = f->rows ? f->rows[panel->begin + i] : panel->begin + i;
        const double *x = f->x + row * f->ld;
        double *z = panel->z + i * f->q;
        panel->class[i] = f->class_of[f->label[row]];
        panel->weight[i] = f->weight ? f->weight[row] : 1.0;
        if (all && f->rows)
            fill_all(1, f->n_active, f->q, x, f->ld, f->centre, f->scale, z);
        for (size_t j = 0; !all && j < f->n_active; j++)
            z[j] = (x[f->active[j]] - f->centre[j]) * f->scale[j];
        if (f->intercept)
            z[f->q - 1] = 1;
    }
}

NUM_CLONES static void scale_rows(size_t rows, size_t q, const double *by, const double *z, double *to)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < q; j++)
            to[i * q + j] = by[i] * z[i * q + j];
}

static void panel_two(const struct logloss *f, const double *v, struct panel *panel, bool hessian)
{
    size_t rows = panel->rows, q = f->q;
    double *eta = panel->eta, *proba = panel->other, *curve = panel->curve, loss = 0;
    la_gemv(0, rows, q, 1.0, panel->z, q, v, 0.0, eta);
    vmath_sigmoid(rows, eta, proba);
    vmath_log1p_exp(rows, eta, curve);
    for (size_t i = 0; i < rows; i++) {
        double w = panel->weight[i], y = (double)panel->class[i];
        loss += w * (curve[i] - y * eta[i]);
        eta[i] = w * (proba[i] - y);
        curve[i] = sqrt(w * proba[i] * (1 - proba[i]));
    }
    *panel->value += loss;
    la_gemv(1, rows, q, 1.0, panel->z, q, eta, 1.0, panel->gradient);
    if (!hessian)
        return;
    scale_rows(rows, q, curve, panel->z, panel->scaled);
    la_gram(rows, q, 1.0, panel->scaled, q, panel->products, q);
}

/* eta becomes the probabilities; returns the panel's loss. */
static double softmax_loss(const struct logloss *f, struct panel *panel)
{
    size_t rows = panel->rows, k = f->k;
    double loss = 0;
    for (size_t i = 0; i < rows; i++) {
        double *eta = panel->eta + i * k, top = eta[0];
        for (size_t c = 1; c < k; c++)
            top = eta[c] > top ? eta[c] : top;
        for (size_t c = 0; c < k; c++)
            eta[c] -= top;
        panel->curve[i] = eta[panel->class[i]];
    }
    vmath_exp(rows * k, panel->eta, panel->eta);
    for (size_t i = 0; i < rows; i++) {
        double *e = panel->eta + i * k, sum = 0;
        for (size_t c = 0; c < k; c++)
            sum += e[c];
        for (size_t c = 0; c < k; c++)
            e[c] /= sum;
        loss += panel->weight[i] * (log(sum) - panel->curve[i]);
    }
    return loss;
}

/* Block (a, b) of the Hessian has the row weights w (sum_c B_ca B_cb p_c - u_a u_b), u = B'p. */
static void panel_curvature(const struct logloss *f, struct panel *panel, double *u)
{
    size_t rows = panel->rows, q = f->q, k = f->k, d = f->d;
    double *products = panel->products;
    la_gemm(0, 0, rows, d, k, 1.0, panel->eta, k, f->basis, d, 0.0, u, d);
    for (size_t a = 0; a < d; a++)
        for (size_t b = 0; b <= a; b++, products += q * q) {
            for (size_t i = 0; i < rows; i++) {
                const double *proba = panel->eta + i * k;
                double sum = 0;
                for (size_t c = 0; c < k; c++)
                    sum += f->basis[c * d + a] * f->basis[c * d + b] * proba[c];
                panel->curve[i] = panel->weight[i] * (sum - u[i * d + a] * u[i * d + b]);
            }
            scale_rows(rows, q, panel->curve, panel->z, panel->scaled);
            la_gemm(1, 0, q, q, rows, 1.0, panel->scaled, q, panel->z, q, 1.0, products, q);
        }
}

static void panel_many(const struct logloss *f, const double *vectors, struct panel *panel, bool hessian)
{
    size_t rows = panel->rows, q = f->q, k = f->k;
    la_gemm(0, 1, rows, k, q, 1.0, panel->z, q, vectors, q, 0.0, panel->eta, k);
    *panel->value += softmax_loss(f, panel);
    if (hessian)
        panel_curvature(f, panel, panel->other);
    for (size_t i = 0; i < rows; i++) {
        double w = panel->weight[i], *proba = panel->eta + i * k;
        proba[panel->class[i]] -= 1;
        for (size_t c = 0; c < k; c++)
            proba[c] *= w;
    }
    la_gemm(1, 0, k, q, rows, 1.0, panel->eta, k, panel->z, q, 1.0, panel->gradient, q);
}

static void evaluate_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct job *job = arg;
    const struct logloss *f = job->f;
    const struct logloss_work *work = job->work;
    size_t most = work->panel_rows;
    double *slot = work->slots + block * work->width;
    struct panel panel = {.z = work->panels + worker * panel_size(f, most)};
    panel.scaled = panel.z + most * f->q;
    panel.eta = panel.scaled + most * f->q;
    panel.other = panel.eta + most * f->k;
    panel.curve = panel.other + most * f->k;
    panel.weight = panel.curve + most;
    panel.class = (int32_t *)(panel.weight + most);
    panel.value = slot;
    panel.gradient = slot + 1;
    panel.products = panel.gradient + vectors_of(f) * f->q;
    memset(slot, 0, work->width * sizeof *slot);
    for (size_t at = begin; at < end && !job->ctx->cancelled(job->ctx); at += most) {
        panel.begin = at;
        panel.rows = end - at < most ? end - at : most;
        fill(f, &panel);
        if (f->k == 2)
            panel_two(f, work->vectors, &panel, job->hessian);
        else
            panel_many(f, work->vectors, &panel, job->hessian);
    }
}

/* ---- all rows ---------------------------------------------------------------------------------------------- */

static void gather_gradient(const struct logloss *f, const double *slot, struct logloss_point *point)
{
    double inverse = 1 / f->total_weight, penalty = 0;
    if (f->k == 2)
        memcpy(point->gradient, slot + 1, f->q * sizeof *slot);
    else
        la_gemm(1, 0, f->d, f->q, f->k, 1.0, f->basis, f->d, slot + 1, f->q, 0.0, point->gradient, f->q);
    for (size_t a = 0; a < f->d; a++)
        for (size_t j = 0; j < f->q; j++) {
            double v = point->v[a * f->q + j], *g = &point->gradient[a * f->q + j];
            *g = *g * inverse + f->ridge[j] * v;
            penalty += 0.5 * f->ridge[j] * v * v;
        }
    point->value = slot[0] * inverse + penalty;
}

static void gather_hessian(const struct logloss *f, const double *products, double *hessian)
{
    size_t q = f->q, side = f->d * q;
    double inverse = 1 / f->total_weight;
    for (size_t a = 0; a < f->d; a++)
        for (size_t b = 0; b <= a; b++, products += q * q)
            for (size_t i = 0; i < q; i++)
                for (size_t j = 0; j < q; j++) {
                    double h = products[i * q + j] * inverse + (a == b && i == j ? f->ridge[j] : 0);
                    hessian[(a * q + i) * side + b * q + j] = h;
                    hessian[(b * q + j) * side + a * q + i] = h;
                }
}

int logloss_evaluate(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work, bool hessian,
                     struct logloss_point *point)
{
    size_t rows = kit_block_rows(f->n, work->panel_rows, work->max_blocks);
    struct job job = {f, work, ctx, hessian};
    logloss_vectors(f, point->v, work->vectors);
    int status = kit_blocks(ctx, f->n, rows, evaluate_block, &job);
    if (status != LT_OK)
        return status;
    kit_add_slots(work->slots, kit_block_count(f->n, rows), work->width);
    gather_gradient(f, work->slots, point);
    if (hessian)
        gather_hessian(f, work->slots + 1 + vectors_of(f) * f->q, point->hessian);
    return LT_OK;
}
