#include "plugins/linear/descent.h"

#include "num/la.h"

enum { HALVINGS = 40 };
enum { KEEP_FROM = 20000 }; /* rows from which a Hessian is worth keeping */

int descent_new(struct lt_ctx *ctx, const struct logloss *f, bool newton, double tol, struct descent *descent)
{
    size_t size = f->d * f->z.q, memory = newton ? 0 : DESCENT_MEMORY;
    *descent = (struct descent){.size = size, .tol = tol};
    descent->at.v = kit_alloc_f64(ctx, size);
    descent->at.gradient = kit_alloc_f64(ctx, size);
    descent->at.hessian = newton ? kit_alloc(ctx, size, size * sizeof(double)) : NULL;
    descent->step = kit_alloc(ctx, memory, size * sizeof(double));
    descent->change = kit_alloc(ctx, memory, size * sizeof(double));
    if (descent->at.v && descent->at.gradient && (descent->at.hessian || !newton) && descent->step &&
        descent->change)
        return LT_OK;
    descent_free(descent);
    return LT_MEMORY;
}

void descent_free(struct descent *descent)
{
    free(descent->at.v);
    free(descent->at.gradient);
    free(descent->at.hessian);
    free(descent->step);
    free(descent->change);
    *descent = (struct descent){0};
}

static double largest(size_t n, const double *x)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fabs(x[i]) > most ? fabs(x[i]) : most;
    return most;
}

double descent_gradient(const struct descent *descent)
{
    return largest(descent->size, descent->at.gradient);
}

int descent_start(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work, bool keep,
                  struct descent *descent)
{
    descent->state = DESCENT_GOES_ON;
    descent->stale = keep;
    descent->pairs = descent->next = 0;
    return logloss_evaluate(ctx, f, work, descent->at.hessian != NULL && !keep, &descent->at);
}

static int point_scratch(struct lt_ctx *ctx, const struct descent *descent, struct logloss_point *point)
{
    size_t size = descent->size;
    bool newton = descent->at.hessian != NULL;
    point->v = kit_scratch_f64(ctx, size);
    point->gradient = kit_scratch_f64(ctx, size);
    point->hessian = newton ? kit_scratch(ctx, size, size * sizeof(double)) : NULL;
    return point->v && point->gradient && (point->hessian || !newton) ? LT_OK : LT_MEMORY;
}

static void point_copy(const struct descent *descent, struct logloss_point *to, const struct logloss_point *from,
                       bool hessian)
{
    size_t size = descent->size;
    memcpy(to->v, from->v, size * sizeof *to->v);
    memcpy(to->gradient, from->gradient, size * sizeof *to->v);
    if (hessian)
        memcpy(to->hessian, from->hessian, size * size * sizeof *to->v);
    to->value = from->value;
}

/* Armijo: the first of 1, 1/2, 1/4, … times direction that lowers the value enough, into *trial. *length gets 0
 * when none does: then rounding is all that is left. */
static int search(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work,
                  const struct descent *descent, const double *direction, double first, bool hessian,
                  struct logloss_point *trial, double *length)
{
    const struct logloss_point *at = &descent->at;
    double slope = la_dot(descent->size, at->gradient, direction), slack = 1e-15 * fabs(at->value);
    *length = first;
    for (int halving = 0; halving < HALVINGS; halving++, *length /= 2) {
        for (size_t i = 0; i < descent->size; i++)
            trial->v[i] = at->v[i] + *length * direction[i];
        int status = logloss_evaluate(ctx, f, work, hessian, trial);
        if (status != LT_OK)
            return status;
        if (trial->value <= at->value + 1e-4 * *length * slope + slack)
            return LT_OK;
    }
    *length = 0;
    return LT_OK;
}

/* ---- Newton ------------------------------------------------------------------------------------------------ */

/* direction = -hessian^-1 gradient; a Hessian that floating point makes indefinite gets a growing ridge. */
static int newton_direction(struct lt_ctx *ctx, size_t size, const struct logloss_point *at, double *factor,
                            double *direction)
{
    double trace = 0;
    for (size_t i = 0; i < size; i++)
        trace += at->hessian[i * size + i];
    double jitter = 0;
    for (int attempt = 0; attempt < 12; attempt++) {
        memcpy(factor, at->hessian, size * size * sizeof *factor);
        for (size_t i = 0; i < size; i++)
            factor[i * size + i] += jitter;
        if (!la_cholesky(size, factor, size)) {
            for (size_t i = 0; i < size; i++)
                direction[i] = -at->gradient[i];
            la_cholesky_solve(size, factor, size, direction);
            return LT_OK;
        }
        jitter = jitter > 0 ? 10 * jitter : 1e-14 * (trace / (double)size) + 1e-300;
    }
    return ctx->fail(ctx, LT_NUMERIC, "the curvature of the loss can't be inverted; use penalty=l2");
}

/* Whether one more step is sure to end far below the tolerance: Newton squares the error, by a factor that the
 * last step told; with an old Hessian each step takes the same share off. */
static bool nearly_there(const struct descent *descent, size_t n, double before, double length)
{
    double target = (n >= KEEP_FROM ? 1e-3 : 1e-6) * descent->tol; /* a few rows cost nothing */
    double now = descent_gradient(descent), share = before > 0 ? now / before : 1;
    double after = descent->stale ? now * share : now * share * share;
    return now <= target || (length == 1 && now < 1e-3 && share < 0.1 && after <= target);
}

/* The last step: taken unseen, since it is tiny. Where a step stays long though the gradient has vanished, the
 * loss has no minimum: classes are separated. */
static int newton_finish(struct lt_ctx *ctx, struct descent *descent, double *factor, double *direction)
{
    int status = newton_direction(ctx, descent->size, &descent->at, factor, direction);
    if (status != LT_OK)
        return status;
    if (largest(descent->size, direction) > 0.05) {
        descent->state = DESCENT_SEPARATED;
        return LT_OK;
    }
    descent->at.value += 0.5 * la_dot(descent->size, descent->at.gradient, direction);
    for (size_t i = 0; i < descent->size; i++)
        descent->at.v[i] += direction[i];
    descent->state = DESCENT_CONVERGED;
    return LT_OK;
}

static int newton_advance(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work,
                          struct descent *descent, struct logloss_point *trial)
{
    size_t size = descent->size;
    double *factor = kit_scratch(ctx, size, size * sizeof *factor), *direction = kit_scratch_f64(ctx, size);
    double length, before = descent_gradient(descent);
    if (!factor || !direction)
        return LT_MEMORY;
    int status = newton_direction(ctx, size, &descent->at, factor, direction);
    bool keep = status == LT_OK && f->z.data->n >= KEEP_FROM && largest(size, direction) <= 2e-3;
    if (status == LT_OK)
        status = search(ctx, f, work, descent, direction, 1, !keep, trial, &length);
    if (status == LT_OK && keep && length > 0 && largest(size, trial->gradient) > 0.1 * before) {
        keep = false;
        status = logloss_evaluate(ctx, f, work, true, trial);
    }
    if (status != LT_OK)
        return status;
    if (length == 0) {
        descent->state = before <= descent->tol ? DESCENT_CONVERGED : DESCENT_STUCK;
        return LT_OK;
    }
    point_copy(descent, &descent->at, trial, !keep);
    descent->stale = keep;
    return nearly_there(descent, f->z.data->n, before, length) ? newton_finish(ctx, descent, factor, direction)
                                                               : LT_OK;
}

/* ---- L-BFGS (Nocedal 1980) --------------------------------------------------------------------------------- */

static void lbfgs_direction(const struct descent *descent, double *direction)
{
    size_t size = descent->size;
    double alpha[DESCENT_MEMORY], scale = 1;
    memcpy(direction, descent->at.gradient, size * sizeof *direction);
    for (size_t back = 1; back <= descent->pairs; back++) {
        size_t i = (descent->next + DESCENT_MEMORY - back) % DESCENT_MEMORY;
        const double *s = descent->step + i * size, *y = descent->change + i * size;
        double sy = la_dot(size, s, y);
        alpha[i] = la_dot(size, s, direction) / sy;
        for (size_t j = 0; j < size; j++)
            direction[j] -= alpha[i] * y[j];
        if (back == 1)
            scale = sy / la_dot(size, y, y);
    }
    for (size_t j = 0; j < size; j++)
        direction[j] *= scale;
    for (size_t back = descent->pairs; back >= 1; back--) {
        size_t i = (descent->next + DESCENT_MEMORY - back) % DESCENT_MEMORY;
        const double *s = descent->step + i * size, *y = descent->change + i * size;
        double beta = la_dot(size, y, direction) / la_dot(size, s, y);
        for (size_t j = 0; j < size; j++)
            direction[j] += (alpha[i] - beta) * s[j];
    }
    for (size_t j = 0; j < size; j++)
        direction[j] = -direction[j];
}

static void lbfgs_remember(struct descent *descent, const struct logloss_point *trial)
{
    size_t size = descent->size;
    double *s = descent->step + descent->next * size, *y = descent->change + descent->next * size;
    for (size_t j = 0; j < size; j++) {
        s[j] = trial->v[j] - descent->at.v[j];
        y[j] = trial->gradient[j] - descent->at.gradient[j];
    }
    if (!(la_dot(size, s, y) > 1e-14 * la_dot(size, y, y)))
        return;
    descent->next = (descent->next + 1) % DESCENT_MEMORY;
    descent->pairs += descent->pairs < DESCENT_MEMORY;
}

static int lbfgs_advance(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work,
                         struct descent *descent, struct logloss_point *trial)
{
    size_t size = descent->size;
    double *direction = kit_scratch_f64(ctx, size), length;
    if (!direction)
        return LT_MEMORY;
    lbfgs_direction(descent, direction);
    double norm = sqrt(la_dot(size, direction, direction));
    double first = descent->pairs || norm <= 1 ? 1 : 1 / norm;
    int status = search(ctx, f, work, descent, direction, first, false, trial, &length);
    if (status != LT_OK)
        return status;
    if (length == 0) {
        descent->state = descent_gradient(descent) <= descent->tol ? DESCENT_CONVERGED : DESCENT_STUCK;
        return LT_OK;
    }
    lbfgs_remember(descent, trial);
    point_copy(descent, &descent->at, trial, false);
    if (descent_gradient(descent) <= descent->tol)
        descent->state = DESCENT_CONVERGED;
    return LT_OK;
}

int descent_advance(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work,
                    struct descent *descent)
{
    struct logloss_point trial;
    int status = point_scratch(ctx, descent, &trial);
    if (status != LT_OK)
        return status;
    return descent->at.hessian ? newton_advance(ctx, f, work, descent, &trial)
                               : lbfgs_advance(ctx, f, work, descent, &trial);
}
