#include "plugins/linear/proximal.h"

#include "num/la.h"

enum { HALVINGS = 50, SWEEPS = 1000 };

int proximal_new(struct lt_ctx *ctx, size_t size, const double *lasso, struct proximal *proximal)
{
    *proximal = (struct proximal){lasso, kit_alloc_f64(ctx, size), 1, 0.01};
    return proximal->before ? LT_OK : LT_MEMORY;
}

void proximal_free(struct proximal *proximal)
{
    free(proximal->before);
    *proximal = (struct proximal){0};
}

double proximal_penalty(const struct proximal *proximal, size_t size, const double *v)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += proximal->lasso[i] * fabs(v[i]);
    return sum;
}

double proximal_slope(const struct proximal *proximal, const struct descent *descent)
{
    double most = 0;
    for (size_t i = 0; i < descent->size; i++) {
        double g = descent->at.gradient[i], v = descent->at.v[i], lasso = proximal->lasso[i];
        double slope = v != 0 ? fabs(g + copysign(lasso, v)) : fabs(g) - lasso;
        most = slope > most ? slope : most;
    }
    return most;
}

static double soft(double x, double by)
{
    return x > by ? x - by : x < -by ? x + by : 0;
}

static int point_scratch(struct lt_ctx *ctx, const struct descent *descent, struct logloss_point *point)
{
    size_t size = descent->size;
    bool newton = descent->at.hessian != NULL;
    *point = (struct logloss_point){kit_scratch_f64(ctx, size), 0, kit_scratch_f64(ctx, size),
                                    newton ? kit_scratch(ctx, size, size * sizeof(double)) : NULL};
    return point->v && point->gradient && (point->hessian || !newton) ? LT_OK : LT_MEMORY;
}

static void take(struct descent *descent, const struct logloss_point *trial)
{
    size_t size = descent->size;
    memcpy(descent->at.v, trial->v, size * sizeof *trial->v);
    memcpy(descent->at.gradient, trial->gradient, size * sizeof *trial->v);
    if (descent->at.hessian)
        memcpy(descent->at.hessian, trial->hessian, size * size * sizeof *trial->v);
    descent->at.value = trial->value;
}

static void judge(const struct proximal *proximal, struct descent *descent)
{
    if (proximal_slope(proximal, descent) <= 1e-3 * descent->tol)
        descent->state = DESCENT_CONVERGED;
}

/* ---- prox-Newton ------------------------------------------------------------------------------------------- */

/* direction d: the minimum of g'd + d'Hd/2 + |lasso (v + d)|_1 by coordinate descent; slope = H d. */
static void quadratic_minimum(const struct proximal *proximal, const struct descent *descent, double *slope,
                              double *direction)
{
    size_t size = descent->size;
    const struct logloss_point *at = &descent->at;
    memset(slope, 0, size * sizeof *slope);
    memset(direction, 0, size * sizeof *direction);
    for (int turn = 0; turn < SWEEPS; turn++) {
        double most = 0;
        for (size_t i = 0; i < size; i++) {
            const double *row = at->hessian + i * size;
            double curve = row[i] > 1e-12 ? row[i] : 1e-12, v = at->v[i] + direction[i];
            double to = soft(curve * v - at->gradient[i] - slope[i], proximal->lasso[i]) / curve, by = to - v;
            if (by == 0)
                continue;
            direction[i] += by;
            for (size_t j = 0; j < size; j++)
                slope[j] += by * row[j];
            most = fmax(most, fabs(by) * curve);
        }
        if (most <= 1e-4 * descent->tol)
            break;
    }
}

static int newton_advance(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work,
                          struct proximal *proximal, struct descent *descent, struct logloss_point *trial)
{
    size_t size = descent->size;
    const struct logloss_point *at = &descent->at;
    double *direction = kit_scratch_f64(ctx, size), *slope = kit_scratch_f64(ctx, size);
    if (!direction || !slope)
        return LT_MEMORY;
    quadratic_minimum(proximal, descent, slope, direction);
    double old = proximal_penalty(proximal, size, at->v), length = 1;
    for (int halving = 0; halving < HALVINGS; halving++, length /= 2) {
        for (size_t i = 0; i < size; i++)
            trial->v[i] = at->v[i] + length * direction[i];
        double change =
            length * la_dot(size, at->gradient, direction) + proximal_penalty(proximal, size, trial->v) - old;
        int status = logloss_evaluate(ctx, f, work, true, trial);
        if (status != LT_OK)
            return status;
        if (trial->value + proximal_penalty(proximal, size, trial->v) <=
            at->value + old + 1e-4 * change + 1e-15 * fabs(at->value)) {
            take(descent, trial);
            judge(proximal, descent);
            return LT_OK;
        }
    }
    descent->state = proximal_slope(proximal, descent) <= descent->tol ? DESCENT_CONVERGED : DESCENT_STUCK;
    return LT_OK;
}

/* ---- FISTA ------------------------------------------------------------------------------------------------- */

/* From the extrapolated point y a gradient step and the penalty's shrinkage; the step grows shorter until the
 * quadratic bound holds. */
static int gradient_advance(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work,
                            struct proximal *proximal, struct descent *descent, struct logloss_point *trial)
{
    size_t size = descent->size;
    struct logloss_point y;
    int status = point_scratch(ctx, descent, &y);
    double next = (1 + sqrt(1 + 4 * proximal->momentum * proximal->momentum)) / 2, onward = 0;
    double share = (proximal->momentum - 1) / next, curvature = proximal->curvature;
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < size; i++)
        y.v[i] =
            descent->at.v[i] + (proximal->momentum > 1 ? share * (descent->at.v[i] - proximal->before[i]) : 0);
    status = logloss_evaluate(ctx, f, work, false, &y);
    for (int doubling = 0; status == LT_OK && doubling < HALVINGS; doubling++, curvature *= 2) {
        double bound = y.value + 1e-14 * fabs(y.value);
        for (size_t i = 0; i < size; i++) {
            trial->v[i] = soft(y.v[i] - y.gradient[i] / curvature, proximal->lasso[i] / curvature);
            double by = trial->v[i] - y.v[i];
            bound += by * (y.gradient[i] + 0.5 * curvature * by);
        }
        status = logloss_evaluate(ctx, f, work, false, trial);
        if (status == LT_OK && trial->value <= bound)
            break;
    }
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < size; i++)
        onward += (y.v[i] - trial->v[i]) * (trial->v[i] - descent->at.v[i]);
    proximal->curvature = 0.9 * curvature;
    proximal->momentum = onward > 0 ? 1 : next; /* overshot: start the momentum again */
    memcpy(proximal->before, descent->at.v, size * sizeof(double));
    take(descent, trial);
    judge(proximal, descent);
    return LT_OK;
}

int proximal_advance(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work,
                     struct proximal *proximal, struct descent *descent)
{
    struct logloss_point trial;
    int status = point_scratch(ctx, descent, &trial);
    if (status != LT_OK)
        return status;
    return descent->at.hessian ? newton_advance(ctx, f, work, proximal, descent, &trial)
                               : gradient_advance(ctx, f, work, proximal, descent, &trial);
}
