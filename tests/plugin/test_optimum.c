/* The optimum of every convex problem, checked from what a model says and keeps: this file has the objectives and
 * their derivatives of its own and shares no code with the solvers. Tight tolerances must reach the optimum: smooth
 * problems by the gradient, penalties with absolute values by the conditions of the subgradient, corners (quantile,
 * hinge) by multipliers that add up, kernel machines by the duality gap. With the defaults the objective must not be
 * above that of scikit-learn 1.9.1's defaults (numbers below, with the estimator that gave them). */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"

struct fit {
    const struct lt_algo *algo;
    struct mini_host *host;
    struct mini_params *params;
    struct mini_csv *csv;
    struct mini_data *data;
    void *model;
};

/* What a problem is learned from. scaled: columns have mean 0 and standard deviation 1. */
struct table {
    const char *path, *target;
    bool classes, scaled, weighted;
};

static struct mini_csv *csv_of(const struct table *t)
{
    struct mini_csv *csv = dataset_load(t->path, t->target);
    if (!csv)
        skip();
    if (t->scaled)
        dataset_scale(csv);
    return csv;
}

static struct fit fit_table(const char *family, const char *id, const char *text, const struct table *t)
{
    struct mini_csv *csv = csv_of(t);
    struct fit fit = {.algo = mini_algo(family, id), .host = mini_host_new(2, 1), .csv = csv};
    uint32_t task = fit.algo->tasks & LT_ANOMALY ? LT_ANOMALY : t->classes ? LT_CLASSIFY : LT_REGRESS;
    fit.data = mini_csv_data(fit.algo, csv, task);
    if (t->weighted) {
        double *weight = malloc(csv->n * sizeof *weight);
        for (size_t i = 0; i < csv->n; i++)
            weight[i] = 0.5 + (double)(i % 3);
        mini_data_weights(fit.data, weight);
        free(weight);
    }
    fit.params = mini_params_new(fit.algo, text);
    int status = mini_train(fit.host, fit.algo, fit.params, fit.data, 1, &fit.model);
    if (status != LT_DONE)
        fail_msg("%s %s: %s", id, text, fit.host->error);
    assert_int_equal(fit.algo->describe(&fit.host->ctx, fit.model), LT_OK);
    assert_int_equal(fit.algo->save(&fit.host->ctx, fit.model), LT_OK);
    return fit;
}

static void unfit(struct fit *fit)
{
    fit->algo->free(fit->model);
    mini_data_free(fit->data);
    mini_csv_free(fit->csv);
    mini_params_free(fit->params);
    mini_host_free(fit->host);
}

static const struct mini_item *saved(const struct fit *fit, const char *name)
{
    for (size_t i = 0; i < fit->host->n_items; i++)
        if (!strcmp(fit->host->item[i].name, name))
            return &fit->host->item[i];
    fail_msg("the model has no %s", name);
    return NULL;
}

static const struct lt_value *param(const struct fit *fit, const char *name)
{
    for (uint32_t i = 0; i < fit->algo->n_params; i++)
        if (!strcmp(fit->algo->params[i].name, name))
            return &fit->params->params.v[i];
    fail_msg("%s has no parameter %s", fit->algo->id, name);
    return NULL;
}

static double weight_of(const struct fit *fit, size_t i)
{
    return fit->data->data.weight ? fit->data->data.weight[i] : 1;
}

static double total_weight(const struct fit *fit)
{
    double total = 0;
    for (size_t i = 0; i < fit->data->data.n; i++)
        total += weight_of(fit, i);
    return total;
}

/* Column p is the constant. */
static double cell(const struct fit *fit, size_t i, size_t j)
{
    size_t p = fit->data->data.p;
    return j < p ? fit->data->x[i * p + j] : 1;
}

/* The standard deviation of column j: derivatives are judged as if columns had been scaled by it. */
static double spread(const struct fit *fit, size_t j)
{
    size_t n = fit->data->data.n;
    double mean = 0, square = 0;
    if (j == fit->data->data.p)
        return 1;
    for (size_t i = 0; i < n; i++)
        mean += cell(fit, i, j) / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (cell(fit, i, j) - mean) * (cell(fit, i, j) - mean) / (double)n;
    return sqrt(square);
}

/* ---- linear predictors: sum of losses + l1 |w| + l2 / 2 |w|^2 ----------------------------------------------- */

/* f of row i and output k from the coefficients that the model keeps: `outputs` rows of p, and constants. */
struct plane {
    size_t outputs;
    double *w;    /* outputs x (p + 1), constants last */
    double *f;    /* n x outputs */
    double sigma; /* huber: the scale of the errors */
};

/* As printed, for numbers; as saved, for classes. */
static double coefficient(const struct fit *fit, size_t k, size_t j)
{
    const struct lt_data *d = &fit->data->data;
    if (!d->label)
        return mini_cell(fit->host, "coefficients", j < d->p ? d->column[j].name : "(Intercept)", "estimate");
    if (!strcmp(fit->algo->id, "linearsvm"))
        return ((const double *)saved(fit, "weights")->data)[k * (d->p + 1) + j];
    return j < d->p ? ((const double *)saved(fit, "coef")->data)[k * d->p + j]
                    : ((const double *)saved(fit, "constant")->data)[k];
}

static struct plane plane_of(const struct fit *fit)
{
    size_t n = fit->data->data.n, p = fit->data->data.p;
    struct plane a = {.outputs = 1};
    if (fit->data->data.label)
        a.outputs = saved(fit, strcmp(fit->algo->id, "linearsvm") ? "coef" : "weights")->tensor.shape[0];
    a.w = malloc(a.outputs * (p + 1) * sizeof *a.w);
    a.f = calloc(n * a.outputs, sizeof *a.f);
    for (size_t k = 0; k < a.outputs; k++) {
        for (size_t j = 0; j <= p; j++)
            a.w[k * (p + 1) + j] = coefficient(fit, k, j);
        for (size_t j = 0; j <= p; j++)
            assert_true(isfinite(a.w[k * (p + 1) + j]));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= p; j++)
                a.f[i * a.outputs + k] += a.w[k * (p + 1) + j] * cell(fit, i, j);
    }
    if (!strcmp(fit->algo->id, "huber"))
        a.sigma = mini_cell(fit->host, "summary", "scale", "value");
    return a;
}

static void plane_free(struct plane *a)
{
    free(a->w);
    free(a->f);
}

/* An objective: its value at f, and the slope of a row's loss along output k. A weight of the row is not in it. */
struct penalties {
    double l1, l2;
    bool constant_too;
};

static double sign_of(const struct fit *fit, size_t i, size_t k, size_t outputs)
{
    int32_t label = fit->data->data.label[i];
    return outputs == 1 ? (label ? 1 : -1) : label == (int32_t)k ? 1 : -1;
}

/* Probability of output k: of the second class where there is one output. */
static double probability(const double *f, size_t outputs, size_t k)
{
    double most = 0, sum = 0;
    if (outputs == 1)
        return 1 / (1 + exp(-f[0]));
    for (size_t c = 0; c < outputs; c++)
        most = f[c] > most || c == 0 ? f[c] : most;
    for (size_t c = 0; c < outputs; c++)
        sum += exp(f[c] - most);
    return exp(f[k] - most) / sum;
}

static double row_loss(const struct fit *fit, const struct plane *a, size_t i)
{
    const char *id = fit->algo->id;
    const double *f = a->f + i * a->outputs, y = fit->data->data.y ? fit->data->data.y[i] : 0;
    double r = y - f[0];
    if (!strcmp(id, "linear") || !strcmp(id, "ridge"))
        return r * r;
    if (!strcmp(id, "lasso") || !strcmp(id, "elasticnet"))
        return r * r / 2 / total_weight(fit);
    if (!strcmp(id, "huber")) {
        double z = fabs(r) / a->sigma, e = param(fit, "epsilon")->r;
        return a->sigma + a->sigma * (z < e ? z * z : 2 * e * z - e * e);
    }
    if (!strcmp(id, "quantile"))
        return (r > 0 ? param(fit, "quantile")->r : param(fit, "quantile")->r - 1) * r / total_weight(fit);
    if (!strcmp(id, "poisson"))
        return ((y > 0 ? y * log(y) - y * f[0] : 0) - y + exp(f[0])) / total_weight(fit);
    if (!strcmp(id, "gamma"))
        return (f[0] - log(y) + y / exp(f[0]) - 1) / total_weight(fit);
    if (!strcmp(id, "logistic")) {
        int32_t label = fit->data->data.label[i];
        double c = param(fit, "penalty")->i == 1 ? 1 : param(fit, "C")->r;
        return -c * (a->outputs == 1 ? -log1p(exp(-(label ? f[0] : -f[0])))
                                     : log(probability(f, a->outputs, (size_t)label)));
    }
    double loss = 0;
    for (size_t k = 0; k < a->outputs; k++) {
        double inside = fmax(0, 1 - sign_of(fit, i, k, a->outputs) * f[k]);
        loss += param(fit, "C")->r * (param(fit, "loss")->i ? inside : inside * inside);
    }
    return loss;
}

static double row_slope(const struct fit *fit, const struct plane *a, size_t i, size_t k)
{
    const char *id = fit->algo->id;
    const double *f = a->f + i * a->outputs, y = fit->data->data.y ? fit->data->data.y[i] : 0;
    if (!strcmp(id, "linear") || !strcmp(id, "ridge"))
        return 2 * (f[0] - y);
    if (!strcmp(id, "lasso") || !strcmp(id, "elasticnet"))
        return (f[0] - y) / total_weight(fit);
    if (!strcmp(id, "huber"))
        return 2 * fmax(-param(fit, "epsilon")->r, fmin(param(fit, "epsilon")->r, (f[0] - y) / a->sigma));
    if (!strcmp(id, "poisson"))
        return (exp(f[0]) - y) / total_weight(fit);
    if (!strcmp(id, "gamma"))
        return (1 - y / exp(f[0])) / total_weight(fit);
    if (!strcmp(id, "logistic")) {
        int32_t label = fit->data->data.label[i];
        double c = param(fit, "penalty")->i == 1 ? 1 : param(fit, "C")->r;
        return c * (probability(f, a->outputs, k) - (a->outputs == 1 ? label != 0 : label == (int32_t)k));
    }
    double s = sign_of(fit, i, k, a->outputs);
    return -2 * param(fit, "C")->r * s * fmax(0, 1 - s * f[k]);
}

static struct penalties penalties_of(const struct fit *fit)
{
    const char *id = fit->algo->id;
    if (!strcmp(id, "linear"))
        return (struct penalties){0};
    if (!strcmp(id, "lasso"))
        return (struct penalties){.l1 = param(fit, "alpha")->r};
    if (!strcmp(id, "quantile"))
        return (struct penalties){.l1 = param(fit, "alpha")->r};
    if (!strcmp(id, "elasticnet"))
        return (struct penalties){.l1 = param(fit, "alpha")->r * param(fit, "l1_ratio")->r,
                                  .l2 = param(fit, "alpha")->r * (1 - param(fit, "l1_ratio")->r)};
    if (!strcmp(id, "ridge") || !strcmp(id, "huber"))
        return (struct penalties){.l2 = 2 * param(fit, "alpha")->r};
    if (!strcmp(id, "poisson") || !strcmp(id, "gamma"))
        return (struct penalties){.l2 = param(fit, "alpha")->r};
    if (!strcmp(id, "linearsvm"))
        return (struct penalties){.l2 = 1, .constant_too = true};
    double ratio = param(fit, "l1_ratio")->r;
    switch (param(fit, "penalty")->i) {
    case 0:
        return (struct penalties){.l2 = 1};
    case 1:
        return (struct penalties){0};
    case 2:
        return (struct penalties){.l1 = 1};
    default:
        return (struct penalties){.l1 = ratio, .l2 = 1 - ratio};
    }
}

static double objective(const struct fit *fit, const struct plane *a)
{
    struct penalties q = penalties_of(fit);
    size_t p = fit->data->data.p, outputs = a->outputs;
    double value = 0;
    for (size_t i = 0; i < fit->data->data.n; i++)
        value += weight_of(fit, i) * row_loss(fit, a, i);
    for (size_t k = 0; k < outputs; k++)
        for (size_t j = 0; j < p + q.constant_too; j++) {
            double w = a->w[k * (p + 1) + j];
            value += q.l1 * fabs(w) + q.l2 / 2 * w * w;
        }
    return value;
}

/* How far the conditions of the optimum are violated: |g| where the objective is smooth, what exceeds l1 where a
 * coefficient is 0; columns as if scaled. */
static double violation(const struct fit *fit, const struct plane *a)
{
    struct penalties q = penalties_of(fit);
    size_t n = fit->data->data.n, p = fit->data->data.p;
    double worst = 0;
    for (size_t k = 0; k < a->outputs; k++)
        for (size_t j = 0; j <= p; j++) {
            double g = 0, w = a->w[k * (p + 1) + j], sd = spread(fit, j);
            if (sd == 0)
                continue;
            for (size_t i = 0; i < n; i++)
                g += weight_of(fit, i) * row_slope(fit, a, i, k) * cell(fit, i, j);
            if (j < p || q.constant_too) {
                g += q.l2 * w;
                g = q.l1 == 0 ? g : w > 0 ? g + q.l1 : w < 0 ? g - q.l1 : fmax(0, fabs(g) - q.l1);
            }
            worst = fmax(worst, fabs(g) / sd);
        }
    return worst;
}

/* The model that says 0, but for the constant that it starts from: the unit that violations are measured in. */
static double violation_at_start(const struct fit *fit, const struct plane *a)
{
    size_t n = fit->data->data.n, p = fit->data->data.p;
    struct plane zero = {a->outputs, calloc(a->outputs * (p + 1), sizeof(double)),
                         calloc(n * a->outputs, sizeof(double)), a->sigma};
    double mean = 0;
    for (size_t i = 0; fit->data->data.y && i < n; i++)
        mean += weight_of(fit, i) * fit->data->data.y[i] / total_weight(fit);
    if (!strcmp(fit->algo->id, "poisson") || !strcmp(fit->algo->id, "gamma"))
        mean = log(mean);
    for (size_t i = 0; i < n * a->outputs; i++)
        zero.f[i] = mean;
    double start = violation(fit, &zero);
    plane_free(&zero);
    return start;
}

static const struct table DIABETES = {"datasets/diabetes.csv", "progression", false, false, false},
                          CONCRETE = {"datasets/concrete.csv", "strength", false, false, false},
                          CANCER = {"datasets/breast_cancer.csv", "diagnosis", true, false, false},
                          WINE = {"datasets/wine.csv", "cultivar", true, false, false},
                          SONAR = {"datasets/sonar.csv", "object", true, false, false};

static struct table with(struct table t, bool scaled, bool weighted)
{
    t.scaled = scaled;
    t.weighted = weighted;
    return t;
}

static void check_smooth(const char *family, const char *id, const char *text, struct table t)
{
    struct fit fit = fit_table(family, id, text, &t);
    struct plane a = plane_of(&fit);
    double left = violation(&fit, &a) / violation_at_start(&fit, &a);
    if (!(left <= 1e-7))
        fail_msg("%s %s on %s%s: the conditions of the optimum are violated by %g", id, text, t.path,
                 t.weighted ? ", weighted" : "", left);
    if (a.sigma > 0) { /* huber: the clipped errors have the scale that was found */
        double squares = 0, e = param(&fit, "epsilon")->r;
        for (size_t i = 0; i < fit.data->data.n; i++) {
            double z = fmin(fabs(fit.data->data.y[i] - a.f[i]) / a.sigma, e);
            squares += weight_of(&fit, i) * z * z / total_weight(&fit);
        }
        assert_close(squares, 1, 1e-7);
    }
    plane_free(&a);
    unfit(&fit);
}

/* Every objective on two tables, with and without weights. */
static void test_linear_predictors(void **state)
{
    static const struct {
        const char *family, *id, *text;
        bool classes,
            scaled; /* scaled: in raw units the optimum is out of reach of doubles (l1 on areas and shares) */
    } problems[] = {
        {"linear", "linear", "", false, false},
        {"linear", "ridge", "alpha=3", false, false},
        {"linear", "ridge", "alpha=1000", false, false},
        {"linear", "lasso", "tol=1e-15 alpha=2 max_iter=100000", false, false},
        {"linear", "lasso", "tol=1e-15 alpha=0.1 max_iter=100000", false, true},
        {"linear", "elasticnet", "tol=1e-15 alpha=0.5 l1_ratio=0.7 max_iter=100000", false, false},
        {"linear", "huber", "tol=1e-12", false, false},
        {"linear", "huber", "tol=1e-12 epsilon=1.1 alpha=5", false, false},
        {"linear", "poisson", "tol=1e-12", false, false},
        {"linear", "poisson", "tol=1e-12 alpha=0", false, false},
        {"linear", "gamma", "tol=1e-12", false, false},
        {"linear", "gamma", "tol=1e-12 alpha=0", false, false},
        {"linear", "logistic", "tol=1e-12", true, false},
        {"linear", "logistic", "tol=1e-12 C=0.01", true, false},
        {"linear", "logistic", "tol=1e-12 penalty=l1 C=0.2 max_iter=10000", true, true},
        {"linear", "logistic", "tol=1e-12 penalty=l1 C=5 max_iter=10000", true, true},
        {"linear", "logistic", "tol=1e-12 penalty=elasticnet l1_ratio=0.3 C=0.5 max_iter=10000", true, true},
        {"svm", "linearsvm", "tol=1e-12", true, true},
        {"svm", "linearsvm", "tol=1e-12 C=0.01", true, false}};
    (void)state;
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++)
        for (int weighted = 0; weighted < 2; weighted++) {
            bool c = problems[i].classes, s = problems[i].scaled;
            check_smooth(problems[i].family, problems[i].id, problems[i].text,
                         with(c ? CANCER : DIABETES, s, weighted));
            check_smooth(problems[i].family, problems[i].id, problems[i].text,
                         with(c ? WINE : CONCRETE, s, weighted));
        }
}

/* Without a penalty classes must overlap. */
static void test_likelihood(void **state)
{
    static const struct table race = {"datasets/classics/birthwt.csv", "race", true, false, false},
                              low = {"datasets/german_credit.csv", "class", true, true, false};
    (void)state;
    check_smooth("linear", "logistic", "penalty=none tol=1e-12", race);
    check_smooth("linear", "logistic", "penalty=none tol=1e-12", with(race, false, true));
    check_smooth("linear", "logistic", "penalty=none tol=1e-12", low);
}

/* ---- corners: multipliers of the rows that lie on the kink -------------------------------------------------- */

/* The least squares solution of a z = b, a[rows x m] by normal equations and elimination; the largest error left. */
static double solve(size_t rows, size_t m, const double *a, const double *b, double *z)
{
    double *s = calloc(m * (m + 1) + 1, sizeof *s), worst = 0;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j <= m; j++)
            for (size_t r = 0; r < rows; r++)
                s[i * (m + 1) + j] += a[r * m + i] * (j < m ? a[r * m + j] : b[r]);
    for (size_t i = 0; i < m; i++) /* rows that are alike share what they need */
        s[i * (m + 1) + i] *= 1 + 1e-12;
    for (size_t c = 0; c < m; c++) {
        size_t top = c;
        for (size_t r = c + 1; r < m; r++)
            top = fabs(s[r * (m + 1) + c]) > fabs(s[top * (m + 1) + c]) ? r : top;
        for (size_t j = 0; j <= m; j++) {
            double keep = s[c * (m + 1) + j];
            s[c * (m + 1) + j] = s[top * (m + 1) + j];
            s[top * (m + 1) + j] = keep;
        }
        for (size_t r = 0; r < m; r++)
            for (size_t j = m + 1; r != c && j-- > c;)
                s[r * (m + 1) + j] -= s[r * (m + 1) + c] / s[c * (m + 1) + c] * s[c * (m + 1) + j];
    }
    for (size_t i = 0; i < m; i++)
        z[i] = s[i * (m + 1) + m] / s[i * (m + 1) + i];
    for (size_t r = 0; r < rows; r++) {
        double left = -b[r];
        for (size_t i = 0; i < m; i++)
            left += a[r * m + i] * z[i];
        worst = fmax(worst, fabs(left));
    }
    free(s);
    return worst;
}

/* Where more rows lie on the kink than a corner needs, one solution is not the only one: z, put into its bounds, goes
 * one number at a time to where least is left. The largest error then. */
static double settle(size_t rows, size_t m, const double *a, const double *b, const double *low,
                     const double *high, double *z)
{
    double *left = calloc(rows, sizeof *left), worst = 0;
    for (size_t i = 0; i < m; i++)
        z[i] = fmin(fmax(z[i], low[i]), high[i]);
    for (size_t r = 0; r < rows; r++) {
        left[r] = b[r];
        for (size_t i = 0; i < m; i++)
            left[r] -= a[r * m + i] * z[i];
    }
    for (int sweep = 0; sweep < 20000; sweep++)
        for (size_t i = 0; i < m; i++) {
            double along = 0, square = 0;
            for (size_t r = 0; r < rows; r++) {
                along += a[r * m + i] * left[r];
                square += a[r * m + i] * a[r * m + i];
            }
            double to = fmin(fmax(z[i] + along / square, low[i]), high[i]);
            for (size_t r = 0; r < rows; r++)
                left[r] -= a[r * m + i] * (to - z[i]);
            z[i] = to;
        }
    for (size_t r = 0; r < rows; r++)
        worst = fmax(worst, fabs(left[r]));
    free(left);
    return worst;
}

/* Rows on the kink get multipliers between the slopes at its sides so that all derivatives vanish. */
static void check_corner(const char *family, const char *id, const char *text, struct table t)
{
    struct fit fit = fit_table(family, id, text, &t);
    struct plane a = plane_of(&fit);
    struct penalties q = penalties_of(&fit);
    size_t n = fit.data->data.n, p = fit.data->data.p;
    bool hinge = !strcmp(id, "linearsvm");
    assert_int_equal(a.outputs, 1);
    double *low = malloc(n * sizeof *low), *high = malloc(n * sizeof *high), *z = malloc(n * sizeof *z);
    size_t *kink = malloc(n * sizeof *kink), m = 0, equations = 0;
    for (size_t i = 0; i < n; i++) { /* slopes of the loss along f, left and right of where it is */
        double s = hinge ? sign_of(&fit, i, 0, 1) : 1, scale = weight_of(&fit, i);
        double at = hinge ? 1 - s * a.f[i] : fit.data->data.y[i] - a.f[i];
        scale *= hinge ? param(&fit, "C")->r : 1 / total_weight(&fit);
        low[i] = hinge ? (s > 0 ? -scale : 0) : -scale * param(&fit, "quantile")->r;
        high[i] = hinge ? (s > 0 ? 0 : scale) : scale * (1 - param(&fit, "quantile")->r);
        if (fabs(at) <= 1e-6)
            kink[m++] = i;
        else if ((hinge ? s : 1) * at > 0)
            high[i] = low[i];
        else
            low[i] = high[i];
        if (hinge && fabs(at) > 1e-6)
            low[i] = high[i] = at > 0 ? -s * scale : 0;
    }
    double *left = malloc((p + 1) * (m + 1) * sizeof *left), *right = malloc((p + 1) * sizeof *right), unit = 0;
    for (size_t j = 0; j <= p; j++) {
        double w = a.w[j], g = j < p || q.constant_too ? q.l2 * w : 0, sd = spread(&fit, j), most = 0;
        if (sd == 0 || (q.l1 > 0 && j < p && w == 0))
            continue;
        g += q.l1 > 0 && j < p ? (w > 0 ? q.l1 : -q.l1) : 0;
        for (size_t i = 0; i < n; i++) {
            g += low[i] == high[i] ? low[i] * cell(&fit, i, j) : 0;
            most += fmax(fabs(low[i]), fabs(high[i])) * fabs(cell(&fit, i, j));
        }
        for (size_t k = 0; k < m; k++)
            left[equations * m + k] = cell(&fit, kink[k], j) / sd;
        right[equations++] = -g / sd;
        unit = fmax(unit, most / sd);
    }
    double error = solve(equations, m, left, right, z) / unit, *from = malloc((m + 1) * sizeof *from),
           *to = malloc((m + 1) * sizeof *to);
    bool inside = true;
    for (size_t k = 0; k < m; k++) {
        double slack = 1e-5 * (high[kink[k]] - low[kink[k]]);
        from[k] = low[kink[k]] - slack;
        to[k] = high[kink[k]] + slack;
        inside = inside && z[k] >= from[k] && z[k] <= to[k];
    }
    if (!inside && m > equations)
        error = settle(equations, m, left, right, from, to, z) / unit;
    if (!(error <= 1e-7) || (!inside && m <= equations))
        fail_msg("%s %s on %s: %zu multipliers, %s their bounds, leave %g of %zu derivatives", id, text, t.path, m,
                 inside ? "inside" : "out of", error, equations);
    for (size_t k = 0; k < m; k++)
        low[kink[k]] = high[kink[k]] = z[k];
    free(from);
    free(to);
    for (size_t j = 0; q.l1 > 0 && j < p; j++) { /* what is 0 must want to be */
        double g = 0;
        for (size_t i = 0; a.w[j] == 0 && i < n; i++)
            g += low[i] * cell(&fit, i, j);
        assert_true(fabs(g) <= q.l1 * (1 + 1e-6));
    }
    free(low);
    free(high);
    free(z);
    free(kink);
    free(left);
    free(right);
    plane_free(&a);
    unfit(&fit);
}

static void test_corners(void **state)
{
    static const char *const quantile[] = {"alpha=0", "alpha=0.1", "quantile=0.9 alpha=0.01",
                                           "quantile=0.2 alpha=1"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        check_corner("linear", "quantile", quantile[i], DIABETES);
        check_corner("linear", "quantile", quantile[i], with(DIABETES, true, true));
        check_corner("linear", "quantile", quantile[i], with(CONCRETE, true, false));
    }
    check_corner("svm", "linearsvm", "loss=hinge tol=1e-10 max_iter=1000000", with(SONAR, true, false));
    check_corner("svm", "linearsvm", "loss=hinge tol=1e-10 C=0.1 max_iter=1000000", with(CANCER, true, false));
    check_corner("svm", "linearsvm", "loss=hinge tol=1e-10 C=0.1 max_iter=1000000", with(CANCER, true, true));
}

/* ---- kernel machines: primal and dual ----------------------------------------------------------------------- */

static double kernel(const struct fit *fit, size_t i, size_t k)
{
    size_t p = fit->data->data.p;
    const double *x = fit->data->x + i * p, *z = fit->data->x + k * p, gamma = saved(fit, "gamma")->number;
    double dot = 0, square = 0;
    for (size_t j = 0; j < p; j++) {
        dot += x[j] * z[j];
        square += (x[j] - z[j]) * (x[j] - z[j]);
    }
    switch (param(fit, "kernel")->i) {
    case 0:
        return exp(-gamma * square);
    case 1:
        return dot;
    default:
        return pow(gamma * dot + param(fit, "coef0")->r, (double)param(fit, "degree")->i);
    }
}

/* A problem of a machine: the rows in it, their multipliers b, sum_k b_k K(i, k), and b'Kb. */
struct machine {
    size_t n, *row;
    double *b, *kb, bkb, rho;
};

/* Of the classes first and second (or all rows, when both are 0) */
static struct machine machine_of(const struct fit *fit, size_t first, size_t second, size_t k)
{
    const struct mini_item *coef = saved(fit, "coef");
    const uint32_t *row = saved(fit, "row")->data;
    const int32_t *label = fit->data->data.label;
    size_t n = fit->data->data.n, supports = coef->tensor.shape[1], pair = 0;
    struct machine m = {0, malloc(n * sizeof(size_t)), calloc(n, sizeof(double)), calloc(n, sizeof(double)), 0, 0};
    double *b = calloc(n, sizeof *b);
    for (size_t a = 0; a < first; a++)
        pair += k - 1 - a;
    pair += second ? second - first - 1 : 0;
    m.rho = ((const double *)saved(fit, "rho")->data)[pair];
    for (size_t v = 0; v < supports; v++) {
        size_t which = second == 0 ? 0 : label[row[v]] == (int32_t)first ? second - 1 : first;
        b[row[v]] = ((const double *)coef->data)[which * supports + v];
    }
    for (size_t i = 0; i < n; i++)
        if (second == 0 || label[i] == (int32_t)first || label[i] == (int32_t)second)
            m.row[m.n++] = i;
    for (size_t i = 0; i < m.n; i++)
        m.b[i] = b[m.row[i]];
    for (size_t i = 0; i < m.n; i++) {
        for (size_t v = 0; v < m.n; v++)
            m.kb[i] += m.b[v] != 0 ? m.b[v] * kernel(fit, m.row[i], m.row[v]) : 0;
        m.bkb += m.b[i] * m.kb[i];
    }
    free(b);
    return m;
}

static void machine_free(struct machine *m)
{
    free(m->row);
    free(m->b);
    free(m->kb);
}

/* (primal - dual) / dual of 1/2 b'Kb + sum of limits x hinge, where b_i has the sign of its class and is at most its
 * limit; *dual gets the dual. */
static double gap_of_classes(const struct fit *fit, const struct machine *m, size_t second, double c, double *dual)
{
    double primal = m->bkb / 2, sum = 0, balance = 0, positive = 0;
    *dual = -m->bkb / 2;
    for (size_t i = 0; i < m->n; i++) /* which class is the positive one */
        positive += m->b[i] * (fit->data->data.label[m->row[i]] == (int32_t)second ? 1 : -1);
    for (size_t i = 0; i < m->n; i++) {
        double y = (fit->data->data.label[m->row[i]] == (int32_t)second) == (positive > 0) ? 1 : -1;
        double limit = c * weight_of(fit, m->row[i]);
        assert_true(y * m->b[i] >= 0 && y * m->b[i] <= limit * (1 + 1e-9));
        primal += limit * fmax(0, 1 - y * (m->kb[i] - m->rho));
        *dual += fabs(m->b[i]);
        balance += m->b[i];
        sum += limit;
    }
    assert_true(fabs(balance) <= 1e-9 * sum);
    return (primal - *dual) / *dual;
}

static double gap_of_numbers(const struct fit *fit, const struct machine *m, double c, double epsilon,
                             double *dual)
{
    double primal = m->bkb / 2, balance = 0;
    *dual = -m->bkb / 2;
    for (size_t i = 0; i < m->n; i++) {
        double y = fit->data->data.y[m->row[i]], limit = c * weight_of(fit, m->row[i]);
        assert_true(fabs(m->b[i]) <= limit * (1 + 1e-9));
        primal += limit * fmax(0, fabs(y - (m->kb[i] - m->rho)) - epsilon);
        *dual += y * m->b[i] - epsilon * fabs(m->b[i]);
        balance += m->b[i];
    }
    assert_true(fabs(balance) <= 1e-9 * c * total_weight(fit));
    return (primal - *dual) / fabs(*dual);
}

static double largest(const struct machine *m)
{
    double most = 0;
    for (size_t i = 0; i < m->n; i++)
        most = fmax(most, fabs(m->b[i]));
    return most;
}

static double sum_of_sizes(const struct machine *m)
{
    double sum = 0;
    for (size_t i = 0; i < m->n; i++)
        sum += fabs(m->b[i]);
    return sum;
}

/* The worst relative gap of the machines of a model, and the sum of their duals. The nu machines are those of C or
 * epsilon at the optimum, with as many multipliers as nu says. */
static double worst_gap(const struct fit *fit, double *duals)
{
    const char *id = fit->algo->id;
    size_t n = fit->data->data.n, k = fit->data->data.n_classes;
    double worst = 0, dual;
    *duals = 0;
    if (!strcmp(id, "svm") || !strcmp(id, "nusvm"))
        for (size_t a = 0; a < k; a++)
            for (size_t b = a + 1; b < k; b++) {
                struct machine m = machine_of(fit, a, b, k);
                double c = !strcmp(id, "svm") ? param(fit, "C")->r : largest(&m);
                worst = fmax(worst, fabs(gap_of_classes(fit, &m, b, c, &dual)));
                if (!strcmp(id, "nusvm")) {
                    assert_close(sum_of_sizes(&m) / c / (double)m.n, param(fit, "nu")->r, 1e-6);
                    dual = -m.bkb / 2 / (c * c); /* its own: of multipliers up to 1 */
                }
                *duals += dual;
                machine_free(&m);
            }
    else {
        struct machine m = machine_of(fit, 0, 0, 1);
        if (!strcmp(id, "svr"))
            worst = fabs(gap_of_numbers(fit, &m, param(fit, "C")->r, param(fit, "epsilon")->r, &dual));
        else if (!strcmp(id, "nusvr")) {
            double epsilon = mini_cell(fit->host, "summary", "epsilon", "value"), c = param(fit, "C")->r;
            assert_close(sum_of_sizes(&m) / c / total_weight(fit), param(fit, "nu")->r, 1e-6);
            worst = fabs(gap_of_numbers(fit, &m, c, epsilon, &dual));
            dual += epsilon * c * param(fit, "nu")->r * total_weight(fit); /* its own dual has no epsilon */
        } else {
            double primal = m.bkb / 2 - m.rho * param(fit, "nu")->r * (double)n;
            for (size_t i = 0; i < n; i++) {
                assert_true(m.b[i] >= 0 && m.b[i] <= 1 + 1e-9);
                primal += fmax(0, m.rho - m.kb[i]);
            }
            assert_close(sum_of_sizes(&m) / (double)n, param(fit, "nu")->r, 1e-9);
            dual = -m.bkb / 2;
            worst = fabs(primal - dual) / fabs(dual);
        }
        *duals = dual;
        machine_free(&m);
    }
    return worst;
}

static void test_machines(void **state)
{
    /* Rows of the kernel matrix are kept as floats, as LIBSVM's are: with a large C that is what limits the gap.
     * LIBSVM's, for C=50 on sonar, is 6.702e-6 (scikit-learn 1.9.1, SVC(C=50, gamma=0.01, tol=1e-8)). */
    static const struct {
        const char *id, *text;
        bool weighted;
        double bound;
    } problems[] = {{"svm", "tol=1e-8", false, 1e-6},
                    {"svm", "tol=1e-8", true, 1e-6},
                    {"svm", "tol=1e-8 C=50 gamma=0.01", false, 6.8e-6},
                    {"svm", "tol=1e-8 kernel=linear C=0.05", false, 1e-6},
                    {"svm", "tol=1e-8 kernel=poly coef0=1 degree=2", false, 1e-6},
                    {"nusvm", "tol=1e-8 nu=0.2", false, 1e-6},
                    {"nusvm", "tol=1e-8 nu=0.3 kernel=linear", false, 1e-6},
                    {"svr", "tol=1e-8", false, 1e-6},
                    {"svr", "tol=1e-8 C=100 epsilon=2", false, 1e-6},
                    {"svr", "tol=1e-8 C=10 epsilon=5 kernel=poly coef0=1 degree=2", true, 1e-6},
                    {"nusvr", "tol=1e-8", false, 1e-6},
                    {"nusvr", "tol=1e-8 C=30 nu=0.2", false, 1e-6},
                    {"ocsvm", "tol=1e-8", false, 1e-6},
                    {"ocsvm", "tol=1e-8 nu=0.1 gamma=0.02", false, 1e-6}};
    (void)state;
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        bool numbers = strstr(problems[i].id, "svr") != NULL;
        const struct table tables[] = {with(numbers ? DIABETES : SONAR, true, problems[i].weighted),
                                       with(numbers                             ? CONCRETE
                                            : !strncmp(problems[i].id, "nu", 2) ? CANCER
                                                                                : WINE,
                                            true, problems[i].weighted)};
        for (size_t t = 0; t < 2; t++) {
            struct fit fit = fit_table("svm", problems[i].id, problems[i].text, &tables[t]);
            double duals, gap = worst_gap(&fit, &duals);
            if (!(gap <= problems[i].bound))
                fail_msg("%s %s on %s: the duality gap is %g of the dual", problems[i].id, problems[i].text,
                         tables[t].path, gap);
            unfit(&fit);
        }
    }
}

/* ---- defaults against scikit-learn's defaults --------------------------------------------------------------- */

/* Objectives of scikit-learn 1.9.1 with nothing said: Ridge, Lasso, ElasticNet, HuberRegressor, QuantileRegressor,
 * PoissonRegressor, GammaRegressor, LogisticRegression (l1 and elastic net: saga), LinearSVC; on raw columns, where
 * many of them stop early, and on scaled ones. */
static void test_default_objectives(void **state)
{
    static const struct {
        const char *family, *id, *text;
        const struct table *table;
        bool scaled;
        double theirs;
    } peers[] = {{"linear", "ridge", "", &DIABETES, false, 1268904.549219219},
                 {"linear", "lasso", "", &DIABETES, false, 1511.5983815603458},
                 {"linear", "elasticnet", "", &DIABETES, false, 1550.4220305745646},
                 {"linear", "huber", "", &DIABETES, false, 46144.669046514529},
                 {"linear", "quantile", "", &DIABETES, false, 29.768949466680766},
                 {"linear", "poisson", "", &DIABETES, false, 10.858592993095897},
                 {"linear", "gamma", "", &DIABETES, false, 0.08979787740505496},
                 {"linear", "ridge", "", &DIABETES, true, 1267738.3750276989},
                 {"linear", "lasso", "", &DIABETES, true, 1533.8714705866403},
                 {"linear", "elasticnet", "", &DIABETES, true, 1779.882205395746},
                 {"linear", "huber", "", &DIABETES, true, 44905.669703358304},
                 {"linear", "quantile", "", &DIABETES, true, 32.521493212669682},
                 {"linear", "poisson", "", &DIABETES, true, 9.7218969315177457},
                 {"linear", "gamma", "", &DIABETES, true, 0.097862580715282893},
                 {"linear", "ridge", "", &CONCRETE, false, 110413.30767747796},
                 {"linear", "lasso", "", &CONCRETE, false, 54.474284543488437},
                 {"linear", "elasticnet", "", &CONCRETE, false, 54.078106085806823},
                 {"linear", "huber", "", &CONCRETE, false, 19851.763888863115},
                 {"linear", "quantile", "", &CONCRETE, false, 4.6866869035081509},
                 {"linear", "poisson", "", &CONCRETE, false, 1.7419876702740149},
                 {"linear", "gamma", "", &CONCRETE, false, 0.060566444042970728},
                 {"linear", "ridge", "", &CONCRETE, true, 110747.05523681722},
                 {"linear", "lasso", "", &CONCRETE, true, 83.520880226323555},
                 {"linear", "elasticnet", "", &CONCRETE, true, 93.376346042114221},
                 {"linear", "huber", "", &CONCRETE, true, 19819.300896511366},
                 {"linear", "quantile", "", &CONCRETE, true, 6.7134368932038839},
                 {"linear", "poisson", "", &CONCRETE, true, 1.8342739746656396},
                 {"linear", "gamma", "", &CONCRETE, true, 0.097552449504229199},
                 {"linear", "logistic", "", &CANCER, false, 70.233697860574267},
                 {"linear", "logistic", "penalty=l1", &CANCER, false, 174.79500014281533},
                 {"linear", "logistic", "penalty=elasticnet", &CANCER, false, 174.69370460541069},
                 {"svm", "linearsvm", "", &CANCER, false, 56.794605074220691},
                 {"linear", "logistic", "", &CANCER, true, 37.773081362625319},
                 {"linear", "logistic", "penalty=l1", &CANCER, true, 47.960242256158033},
                 {"linear", "logistic", "penalty=elasticnet", &CANCER, true, 43.345721001426114},
                 {"svm", "linearsvm", "", &CANCER, true, 31.063382693678939},
                 {"linear", "logistic", "", &WINE, false, 21.020621473842827},
                 {"linear", "logistic", "penalty=l1", &WINE, false, 117.3495143524715},
                 {"linear", "logistic", "penalty=elasticnet", &WINE, false, 117.22595586282702},
                 {"svm", "linearsvm", "", &WINE, false, 26.742324894737855},
                 {"linear", "logistic", "", &WINE, true, 12.126846356545308},
                 {"linear", "logistic", "penalty=l1", &WINE, true, 20.212799754713394},
                 {"linear", "logistic", "penalty=elasticnet", &WINE, true, 16.822077789229063},
                 {"svm", "linearsvm", "", &WINE, true, 10.464337004211504}};
    (void)state;
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        struct table t = with(*peers[i].table, peers[i].scaled, false);
        struct fit fit = fit_table(peers[i].family, peers[i].id, peers[i].text, &t);
        struct plane a = plane_of(&fit);
        double ours = objective(&fit, &a);
        if (!(ours <= peers[i].theirs * (1 + 1e-6)))
            fail_msg("%s %s on %s%s: the objective is %.9g, scikit-learn's is %.9g", peers[i].id, peers[i].text,
                     t.path, t.scaled ? ", scaled" : "", ours, peers[i].theirs);
        if (!strcmp(peers[i].id, "ridge") || !strcmp(peers[i].id, "quantile")) /* both are exact */
            assert_close(ours / peers[i].theirs, 1, 1e-9);
        plane_free(&a);
        unfit(&fit);
    }
}

/* Duals (sums over the pairs of classes) of SVC, NuSVC, OneClassSVM, SVR and NuSVR of scikit-learn 1.9.1 with nothing
 * said, on scaled columns. */
static void test_default_duals(void **state)
{
    static const struct {
        const char *id;
        const struct table *table;
        double theirs;
    } peers[] = {{"svm", &SONAR, 75.457092169875736},      {"nusvm", &SONAR, -30.71439430951359},
                 {"ocsvm", &SONAR, -642.90855164100083},   {"svm", &CANCER, 59.761338886529749},
                 {"nusvm", &CANCER, -1499.1311598476159},  {"ocsvm", &CANCER, -6549.7579582628896},
                 {"svm", &WINE, 29.201596621204448},       {"nusvm", &WINE, -466.76612799682192},
                 {"ocsvm", &WINE, -589.00620169222589},    {"svr", &DIABETES, 26690.667744861872},
                 {"nusvr", &DIABETES, 20454.184043406807}, {"svr", &CONCRETE, 9070.9765230521643},
                 {"nusvr", &CONCRETE, 7705.3563076699211}};
    (void)state;
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        struct table t = with(*peers[i].table, true, false);
        struct fit fit = fit_table("svm", peers[i].id, "", &t);
        double ours;
        worst_gap(&fit, &ours);
        if (!(ours >= peers[i].theirs - 1e-6 * fabs(peers[i].theirs)))
            fail_msg("%s on %s: the dual is %.9g, scikit-learn's is %.9g", peers[i].id, t.path, ours,
                     peers[i].theirs);
        unfit(&fit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_predictors),
        cmocka_unit_test(test_likelihood),
        cmocka_unit_test(test_corners),
        cmocka_unit_test(test_machines),
        cmocka_unit_test(test_default_objectives),
        cmocka_unit_test(test_default_duals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
