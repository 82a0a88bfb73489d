/* What belongs to a row lies together: a panel holds q, or k, stretches of its rows, one after another. */
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
    return rows * (2 * f->z.q + 2 * f->k + 4);
}

int logloss_work_new(struct lt_ctx *ctx, const struct logloss *f, bool hessian, struct logloss_work *work)
{
    size_t q = f->z.q, width = 1 + vectors_of(f) * q + (hessian ? hessian_blocks(f) * q * q : 0);
    size_t most = ((size_t)1 << 23) / width; /* slots of 64 MB together, but enough for some threads */
    work->width = width;
    work->panel_rows = q <= 96 ? 512 : q <= 384 ? 128 : 64;
    work->max_blocks = most < 4 ? 4 : most > 64 ? 64 : most;
    work->slots = kit_scratch(ctx, work->max_blocks, width * sizeof(double));
    work->panels = kit_scratch(ctx, ctx->threads, panel_size(f, work->panel_rows) * sizeof(double));
    work->vectors = kit_scratch_f64(ctx, f->k * q);
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
        memcpy(vectors, v, f->z.q * sizeof *v);
    else
        la_gemm(0, 0, f->k, f->z.q, f->d, 1.0, f->basis, f->d, v, f->z.q, 0.0, vectors, f->z.q);
}

/* ---- one panel of rows ------------------------------------------------------------------------------------- */

struct job {
    const struct logloss *f;
    const struct logloss_work *work;
    struct lt_ctx *ctx;
    bool hessian;
};

struct panel {
    size_t begin, rows, ld; /* ld: from one stretch to the next */
    double *z;              /* q x ld */
    double *scaled;         /* q x ld */
    double *eta;            /* k x ld: log odds, then probabilities, then residuals times weights */
    double *other;          /* k x ld */
    double *weight, *curve; /* rows; curve: weights of a block of the Hessian */
    double *top;            /* rows */
    int32_t *class;         /* rows */
    double *value;          /* one */
    double *gradient;
    double *products;
};

static void fill(const struct logloss *f, struct panel *panel)
{
    const struct lt_data *d = f->z.data;
    scaled_fill(&f->z, panel->begin, panel->rows, panel->z, panel->ld);
    for (size_t i = 0; i < panel->rows; i++) {
        panel->class[i] = f->class_of[d->label[panel->begin + i]];
        panel->weight[i] = d->weight ? d->weight[panel->begin + i] : 1.0;
    }
}

NUM_CLONES static void multiply(size_t n, const double *x, const double *by, double *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = x[i] * by[i];
}

static void scale_rows(const struct logloss *f, struct panel *panel)
{
    for (size_t j = 0; j < f->z.q; j++)
        multiply(panel->rows, panel->z + j * panel->ld, panel->curve, panel->scaled + j * panel->ld);
}

/* eta becomes the residuals times weights; curve comes with log(1 + exp(eta)) and becomes the roots of the
 * Hessian's weights. Returns the loss. */
NUM_CLONES static double judge_two(size_t rows, const double *weight, const int32_t *class, const double *proba,
                                   double *eta, double *curve)
{
    double loss = 0;
    for (size_t i = 0; i < rows; i++) {
        double w = weight[i], y = (double)class[i], e = eta[i];
        loss += w * (curve[i] - y * e);
        eta[i] = w * (proba[i] - y);
        curve[i] = sqrt(w * proba[i] * (1 - proba[i]));
    }
    return loss;
}

static void panel_two(const struct logloss *f, const double *v, struct panel *panel, bool hessian)
{
    size_t rows = panel->rows, q = f->z.q;
    la_gemv(1, q, rows, 1.0, panel->z, panel->ld, v, 0.0, panel->eta);
    vmath_sigmoid(rows, panel->eta, panel->other);
    vmath_log1p_exp(rows, panel->eta, panel->curve);
    *panel->value += judge_two(rows, panel->weight, panel->class, panel->other, panel->eta, panel->curve);
    la_gemv(0, q, rows, 1.0, panel->z, panel->ld, panel->eta, 1.0, panel->gradient);
    if (!hessian)
        return;
    scale_rows(f, panel);
    la_gram_t(rows, q, panel->scaled, panel->ld, panel->products, q);
}

NUM_CLONES static void raise_to(size_t n, const double *x, double *most)
{
    for (size_t i = 0; i < n; i++)
        most[i] = x[i] > most[i] ? x[i] : most[i];
}

NUM_CLONES static void subtract(size_t n, const double *by, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] -= by[i];
}

NUM_CLONES static void add(size_t n, double by, const double *x, double *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] += by * x[i];
}

NUM_CLONES static void divide(size_t n, const double *by, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] /= by[i];
}

/* eta becomes the probabilities; returns the panel's loss. */
static double softmax_loss(const struct logloss *f, struct panel *panel)
{
    size_t rows = panel->rows, ld = panel->ld, k = f->k;
    double loss = 0, *own = panel->curve, *top = panel->top, *eta = panel->eta;
    memcpy(top, eta, rows * sizeof *top);
    for (size_t c = 1; c < k; c++)
        raise_to(rows, eta + c * ld, top);
    for (size_t c = 0; c < k; c++)
        subtract(rows, top, eta + c * ld);
    for (size_t i = 0; i < rows; i++) {
        own[i] = eta[(size_t)panel->class[i] * ld + i];
        top[i] = 0; /* from here on the sum */
    }
    for (size_t c = 0; c < k; c++) {
        vmath_exp(rows, eta + c * ld, eta + c * ld);
        add(rows, 1, eta + c * ld, top);
    }
    for (size_t c = 0; c < k; c++)
        divide(rows, top, eta + c * ld);
    vmath_log(rows, top, top);
    for (size_t i = 0; i < rows; i++)
        loss += panel->weight[i] * (top[i] - own[i]);
    return loss;
}

/* Block (a, b) of the Hessian has the row weights w (sum_c B_ca B_cb p_c - u_a u_b), u = B'p. */
static void panel_curvature(const struct logloss *f, struct panel *panel, double *u)
{
    size_t rows = panel->rows, ld = panel->ld, q = f->z.q, k = f->k, d = f->d;
    double *products = panel->products, *curve = panel->curve;
    la_gemm(1, 0, d, rows, k, 1.0, f->basis, d, panel->eta, ld, 0.0, u, ld);
    for (size_t a = 0; a < d; a++)
        for (size_t b = 0; b <= a; b++, products += q * q) {
            for (size_t i = 0; i < rows; i++)
                curve[i] = -u[a * ld + i] * u[b * ld + i];
            for (size_t c = 0; c < k; c++)
                add(rows, f->basis[c * d + a] * f->basis[c * d + b], panel->eta + c * ld, curve);
            multiply(rows, curve, panel->weight, curve);
            scale_rows(f, panel);
            la_gemm(0, 1, q, q, rows, 1.0, panel->scaled, ld, panel->z, ld, 1.0, products, q);
        }
}

static void panel_many(const struct logloss *f, const double *vectors, struct panel *panel, bool hessian)
{
    size_t rows = panel->rows, ld = panel->ld, q = f->z.q, k = f->k;
    la_gemm(0, 0, k, rows, q, 1.0, vectors, q, panel->z, ld, 0.0, panel->eta, ld);
    *panel->value += softmax_loss(f, panel);
    if (hessian)
        panel_curvature(f, panel, panel->other);
    for (size_t i = 0; i < rows; i++)
        panel->eta[(size_t)panel->class[i] * ld + i] -= 1;
    for (size_t c = 0; c < k; c++)
        multiply(rows, panel->eta + c * ld, panel->weight, panel->eta + c * ld);
    la_gemm(0, 1, k, q, rows, 1.0, panel->eta, ld, panel->z, ld, 1.0, panel->gradient, q);
}

static void evaluate_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct job *job = arg;
    const struct logloss *f = job->f;
    const struct logloss_work *work = job->work;
    size_t most = work->panel_rows;
    double *slot = work->slots + block * work->width;
    struct panel panel = {.z = work->panels + worker * panel_size(f, most), .ld = most};
    panel.scaled = panel.z + most * f->z.q;
    panel.eta = panel.scaled + most * f->z.q;
    panel.other = panel.eta + most * f->k;
    panel.curve = panel.other + most * f->k;
    panel.weight = panel.curve + most;
    panel.top = panel.weight + most;
    panel.class = (int32_t *)(panel.top + most);
    panel.value = slot;
    panel.gradient = slot + 1;
    panel.products = panel.gradient + vectors_of(f) * f->z.q;
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
    double inverse = 1 / f->z.weight, penalty = 0;
    if (f->k == 2)
        memcpy(point->gradient, slot + 1, f->z.q * sizeof *slot);
    else
        la_gemm(1, 0, f->d, f->z.q, f->k, 1.0, f->basis, f->d, slot + 1, f->z.q, 0.0, point->gradient, f->z.q);
    for (size_t a = 0; a < f->d; a++)
        for (size_t j = 0; j < f->z.q; j++) {
            double v = point->v[a * f->z.q + j], *g = &point->gradient[a * f->z.q + j];
            *g = *g * inverse + f->ridge[j] * v;
            penalty += 0.5 * f->ridge[j] * v * v;
        }
    point->value = slot[0] * inverse + penalty;
}

static void gather_hessian(const struct logloss *f, const double *products, double *hessian)
{
    size_t q = f->z.q, side = f->d * q;
    double inverse = 1 / f->z.weight;
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
    size_t rows = kit_block_rows(f->z.data->n, work->panel_rows, work->max_blocks);
    struct job job = {f, work, ctx, hessian};
    logloss_vectors(f, point->v, work->vectors);
    int status = kit_blocks(ctx, f->z.data->n, rows, evaluate_block, &job);
    if (status != LT_OK)
        return status;
    kit_add_slots(work->slots, kit_block_count(f->z.data->n, rows), work->width);
    gather_gradient(f, work->slots, point);
    if (hessian)
        gather_hessian(f, work->slots + 1 + vectors_of(f) * f->z.q, point->hessian);
    return LT_OK;
}
