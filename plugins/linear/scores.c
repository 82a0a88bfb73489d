#include "plugins/linear/scores.h"

#include "num/la.h"
#include "num/vmath.h"

enum { ROWS = 1024 };

struct job {
    const struct lt_data *data;
    const struct coefficients *c;
    enum scores_link link;
    const int32_t *present;
    size_t n_classes;
    double *proba;
    double *work; /* a worker: ROWS x rows of coefficients */
};

/* Where all rivals are out of the question the largest sum decides. */
static void share_among_rivals(size_t n, size_t rows, double *eta)
{
    for (size_t i = 0; i < n; i++, eta += rows) {
        double total = 0;
        size_t best = 0;
        for (size_t r = 1; r < rows; r++)
            best = eta[r] > eta[best] ? r : best;
        vmath_sigmoid(rows, eta, eta);
        for (size_t r = 0; r < rows; r++)
            total += eta[r];
        if (!(total > 1e-300)) {
            memset(eta, 0, rows * sizeof *eta);
            eta[best] = total = 1;
        }
        for (size_t r = 0; r < rows; r++)
            eta[r] /= total;
    }
}

static void predict_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct job *job = arg;
    const struct coefficients *c = job->c;
    const struct lt_data *d = job->data;
    size_t n = end - begin, rows = c->rows;
    double *eta = job->work + worker * ROWS * rows, *out = job->proba + begin * job->n_classes;
    (void)block;
    for (size_t i = 0; i < n; i++)
        memcpy(eta + i * rows, c->constant, rows * sizeof *eta);
    if (c->p)
        la_gemm(0, 1, n, rows, c->p, 1.0, d->x64 + begin * d->ld, d->ld, c->b, c->p, 1.0, eta, rows);
    memset(out, 0, n * job->n_classes * sizeof *out);
    if (rows == 1)
        vmath_sigmoid(n, eta, eta);
    else if (job->link == SCORES_SOFTMAX)
        vmath_softmax(n, rows, eta, rows);
    else
        share_among_rivals(n, rows, eta);
    for (size_t i = 0; i < n; i++, out += job->n_classes) {
        for (size_t r = 0; r < rows; r++)
            out[job->present[rows == 1 ? 1 : r]] = eta[i * rows + r];
        if (rows == 1)
            out[job->present[0]] = 1 - eta[i];
    }
}

int scores_predict(struct lt_ctx *ctx, const struct lt_data *data, const struct coefficients *c,
                   enum scores_link link, const int32_t *present, size_t n_classes, double *proba)
{
    struct job job = {
        data, c, link, present, n_classes, proba, kit_scratch(ctx, ctx->threads, ROWS * c->rows * sizeof(double))};
    return job.work ? kit_blocks(ctx, data->n, ROWS, predict_block, &job) : LT_MEMORY;
}

int scores_check_present(struct lt_ctx *ctx, const int32_t *present, size_t k, size_t n_classes)
{
    for (size_t c = 0; c < k; c++)
        if (present[c] < 0 || (size_t)present[c] >= n_classes || (c && present[c] <= present[c - 1]))
            return ctx->fail(ctx, LT_INVALID, "the model speaks of class %d of %zu; the file is damaged",
                             present[c] + 1, n_classes);
    return LT_OK;
}
