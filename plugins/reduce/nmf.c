/* nmf: non-negative matrix factorisation by coordinate descent. A step brings W up to date, and then H: each is a
 * least-squares problem with bounds for every row, solved coordinate by coordinate. */
#include "plugins/reduce/reduce.h"

#include <math.h>

#include "num/la.h"
#include "num/simd.h"
#include "plugins/kit/kit.h"
#include "plugins/reduce/component_view.h"
#include "plugins/reduce/principal.h"
#include "plugins/reduce/subspace.h"

enum { N_COMPONENTS, INIT, TOL, MAX_ITER, ALPHA_W, ALPHA_H, L1_RATIO, N_PARAMS };
enum { NNDSVDA, NNDSVD, RANDOM };
enum { ROWS = 256, COLUMNS = 1024, LANES = 16, MOST_SLOTS = 32, INIT_ITERATIONS = 20, MOST_SWEEPS = 1000 };
static const double SETTLED = 1e-9; /* predict: the share of the first violation that ends a row */

static const struct lt_param nmf_params[N_PARAMS] = {
    [N_COMPONENTS] = {.name = "n_components",
                      .aliases = "k,components",
                      .type = LT_INT,
                      .flags = LT_NULLABLE | LT_TUNE,
                      .def = "none",
                      .min = 1,
                      .max = 100000,
                      .unit = "components",
                      .doc = "How many parts; none: as many as columns, or rows if these are fewer"},
    [INIT] =
        {.name = "init",
         .type = LT_CHOICE,
         .def = "nndsvda",
         .choices = "nndsvda,nndsvd,random",
         .doc = "Where the factors start: at the positive parts of the singular vectors, with zeros filled by the "
                "mean or left, or anywhere"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_LOG,
             .def = "1e-4",
             .min = 0,
             .max = 1,
             .doc = "Ends when the optimality conditions are violated this much less than at first"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "iterations",
                  .type = LT_INT,
                  .def = "200",
                  .min = 1,
                  .max = 1000000,
                  .unit = "iterations",
                  .doc = "The most iterations"},
    [ALPHA_W] = {.name = "alpha_W",
                 .aliases = "alpha",
                 .type = LT_REAL,
                 .flags = LT_ADVANCED,
                 .def = "0",
                 .min = 0,
                 .max = INFINITY,
                 .doc = "The penalty of W, times the columns"},
    [ALPHA_H] = {.name = "alpha_H",
                 .type = LT_REAL,
                 .flags = LT_ADVANCED | LT_NULLABLE,
                 .def = "none",
                 .min = 0,
                 .max = INFINITY,
                 .doc = "The penalty of H, times the rows; none: alpha_W"},
    [L1_RATIO] = {.name = "l1_ratio",
                  .type = LT_REAL,
                  .flags = LT_ADVANCED,
                  .def = "0",
                  .min = 0,
                  .max = 1,
                  .doc = "The share of the penalties that is of absolutes, the rest being of squares"},
};

/* l1 and l2 of one factor. */
struct penalty {
    double l1, l2;
};

/* What is needed while steps are taken. */
struct training {
    double *w, *next_w; /* n x k */
    double *h, *next_h; /* p x k: H transposed */
    struct penalty on_w, on_h;
    double tol, first_violation;
    uint64_t max_iter;
};

struct nmf {
    size_t n, p, k;
    uint64_t taken;
    double *h;      /* p x k: H transposed */
    double squares; /* of all cells */
    double error;   /* |X - WH| */
    double l1, l2;  /* of W, for predict */
    char **column_name;
    struct training *training; /* NULL when done, or loaded */
};

static void training_free(struct training *t)
{
    if (!t)
        return;
    free(t->w);
    free(t->next_w);
    free(t->h);
    free(t->next_h);
    free(t);
}

static void nmf_free(void *model)
{
    struct nmf *m = model;
    if (!m)
        return;
    training_free(m->training);
    free(m->h);
    free(m->column_name);
    free(m);
}

static struct nmf *nmf_new(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_column *column,
                           size_t n, size_t p)
{
    struct nmf *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->n = n;
    m->p = p;
    m->k = kit_none(params, N_COMPONENTS) ? (n < p ? n : p) : (size_t)kit_int(params, N_COMPONENTS);
    m->l1 = (double)p * kit_real(params, ALPHA_W) * kit_real(params, L1_RATIO);
    m->l2 = (double)p * kit_real(params, ALPHA_W) * (1 - kit_real(params, L1_RATIO));
    m->h = kit_alloc(ctx, p, m->k * sizeof *m->h);
    m->column_name = kit_column_names(ctx, column, p);
    if (m->h && m->column_name)
        return m;
    nmf_free(m);
    return 0;
}

/* ---- rows of a factor ------------------------------------------------------------------------------------------ */

/* One sweep of coordinate descent over f[k] >= 0 for 1/2 f'G f - f'b: each coordinate goes to its optimum. Adds how
 * much the optimality conditions were violated. Rows don't know of each other, so `lanes` of them go side by side: b
 * and f are k x lanes. */
NUM_INLINE void sweep_lanes(size_t lanes, size_t k, const double *gram, const double *b, struct penalty penalty,
                            double *f, double *violation)
{
    for (size_t c = 0; c < k; c++) {
        const double *row = gram + c * k, curvature = row[c] + penalty.l2;
        double gradient[LANES];
        for (size_t l = 0; l < lanes; l++)
            gradient[l] = penalty.l1 - b[c * lanes + l] + penalty.l2 * f[c * lanes + l];
        for (size_t o = 0; o < k; o++)
            for (size_t l = 0; l < lanes; l++)
                gradient[l] += row[o] * f[o * lanes + l];
        for (size_t l = 0; l < lanes; l++) {
            const double from = f[c * lanes + l], to = from - gradient[l] / curvature;
            violation[l] += from == 0 && gradient[l] > 0 ? 0 : fabs(gradient[l]);
            f[c * lanes + l] = curvature > 0 ? (to > 0 ? to : 0) : from;
        }
    }
}

/* A row; returns its violation. */
static double sweep(size_t k, const double *gram, const double *b, struct penalty penalty, double *f)
{
    double violation = 0;
    sweep_lanes(1, k, gram, b, penalty, f, &violation);
    return violation;
}

NUM_CLONES static void sweep_group(size_t k, const double *gram, const double *b, struct penalty penalty,
                                   double *f, double *violation)
{
    sweep_lanes(LANES, k, gram, b, penalty, f, violation);
}

/* b[n x k] and f[n x k], in groups that are turned round into room[2 x k x LANES]; returns the sum of violations. */
static double sweep_rows(size_t n, size_t k, const double *gram, const double *b, struct penalty penalty,
                         double *f, double *room)
{
    double violation[LANES] = {0}, sum = 0, *turned = room + k * LANES;
    for (size_t at = 0; at < n; at += LANES) {
        const size_t rows = n - at < LANES ? n - at : LANES;
        memset(room, 0, 2 * k * LANES * sizeof *room);
        for (size_t l = 0; l < rows; l++)
            for (size_t c = 0; c < k; c++) {
                room[c * LANES + l] = b[(at + l) * k + c];
                turned[c * LANES + l] = f[(at + l) * k + c];
            }
        sweep_group(k, gram, room, penalty, turned, violation);
        for (size_t l = 0; l < rows; l++)
            for (size_t c = 0; c < k; c++)
                f[(at + l) * k + c] = turned[c * LANES + l];
    }
    for (size_t l = 0; l < LANES; l++)
        sum += violation[l];
    return sum;
}

/* ---- begin ----------------------------------------------------------------------------------------------------- */

static int check_positive(struct lt_ctx *ctx, const struct lt_data *data)
{
    const int status = kit_check_finite(ctx, data);
    for (size_t i = 0; i < data->n && status == LT_OK; i++)
        for (size_t j = 0; j < data->p; j++)
            if (data->x64[i * data->ld + j] < 0) {
                char name[32];
                return ctx->fail(
                    ctx, LT_INVALID,
                    "'%s' of row %zu is negative (%g); nmf needs numbers of 0 or more: drop or shift the "
                    "column",
                    kit_column_name(data->column, j, name, sizeof name), i + 1, data->x64[i * data->ld + j]);
            }
    return status;
}

static int nmf_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const size_t most = data->n < data->p ? data->n : data->p;
    int status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK && !kit_none(params, N_COMPONENTS) && (size_t)kit_int(params, N_COMPONENTS) > most &&
        kit_choice(params, INIT) != RANDOM)
        return ctx->fail(
            ctx, LT_INVALID,
            "n_components=%zu, but %zu row%s of %zu columns have %zu singular vectors; use %zu or less, or "
            "init=random",
            (size_t)kit_int(params, N_COMPONENTS), data->n, data->n == 1 ? "" : "s", data->p, most, most);
    return status;
}

/* |x+|, or |x-| for sign -1. */
static double half_length(size_t n, size_t stride, const double *x, double sign)
{
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += x[i * stride] * sign > 0 ? x[i * stride] * x[i * stride] : 0;
    return sqrt(square);
}

/* to = scale * x+ (or x-), without what is next to nothing. */
static void half(size_t n, size_t stride, const double *x, double sign, double scale, double *to)
{
    for (size_t i = 0; i < n; i++) {
        const double value = fmax(0, x[i * stride] * sign) * scale;
        to[i * stride] = value < 1e-6 ? 0 : value;
    }
}

/* The better half of each pair of singular vectors (Boutsidis and Gallopoulos 2008). */
static int start_at_halves(struct lt_ctx *ctx, const struct nmf *m, const struct lt_data *data, double fill)
{
    struct training *t = m->training;
    const size_t n = m->n, p = m->p, k = m->k, most = n < p ? n : p, l = k + 10 < most ? k + 10 : most;
    struct subspace s = {0};
    int status = subspace_begin(ctx, &s, data, 0, l, 1);
    for (int i = 0; i < INIT_ITERATIONS && status == LT_OK; i++)
        status = subspace_step(ctx, &s);
    if (status == LT_OK)
        status = subspace_finish(ctx, &s);
    if (status == LT_OK)
        status = principal_project(ctx, data, k, s.axis, 0, 0, t->w, k);
    for (size_t c = 0; c < k && status == LT_OK; c++) {
        const double value = sqrt(s.square[c]), *v = s.axis + c * p;
        double *u = t->w + c;
        for (size_t j = 0; j < p; j++)
            t->h[j * k + c] = v[j];
        for (size_t i = 0; i < n; i++)
            u[i * k] /= value > 0 ? value : 1;
        const double up = half_length(n, k, u, 1), un = half_length(n, k, u, -1);
        const double vp = half_length(p, k, t->h + c, 1), vn = half_length(p, k, t->h + c, -1);
        const double sign = up * vp > un * vn ? 1 : -1, ul = sign > 0 ? up : un, vl = sign > 0 ? vp : vn;
        const double size = sqrt(value * ul * vl);
        half(n, k, u, sign, ul > 0 ? size / ul : 0, u);
        half(p, k, t->h + c, sign, vl > 0 ? size / vl : 0, t->h + c);
    }
    subspace_free(&s);
    for (size_t i = 0; i < n * k && status == LT_OK; i++)
        t->w[i] = t->w[i] > 0 ? t->w[i] : fill;
    for (size_t i = 0; i < p * k && status == LT_OK; i++)
        t->h[i] = t->h[i] > 0 ? t->h[i] : fill;
    return status;
}

static void start_anywhere(struct lt_ctx *ctx, const struct nmf *m, double mean)
{
    struct training *t = m->training;
    const double scale = sqrt(mean / (double)m->k);
    for (size_t i = 0; i < m->n * m->k; i++)
        t->w[i] = scale * (0.1 + lt_uniform(ctx->seed, 1, i));
    for (size_t i = 0; i < m->p * m->k; i++)
        t->h[i] = scale * (0.1 + lt_uniform(ctx->seed, 2, i));
}

static int nmf_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    int status = check_positive(ctx, data);
    if (status != LT_OK)
        return status;
    struct nmf *m = nmf_new(ctx, params, data->column, data->n, data->p);
    struct training *t = m ? kit_alloc(ctx, 1, sizeof *t) : 0;
    if (!t) {
        nmf_free(m);
        return LT_MEMORY;
    }
    const double alpha_h = kit_real(params, kit_none(params, ALPHA_H) ? ALPHA_W : ALPHA_H), n = (double)m->n;
    m->training = t;
    t->on_w = (struct penalty){m->l1, m->l2};
    t->on_h =
        (struct penalty){n * alpha_h * kit_real(params, L1_RATIO), n * alpha_h * (1 - kit_real(params, L1_RATIO))};
    t->tol = kit_real(params, TOL);
    t->max_iter = (uint64_t)kit_int(params, MAX_ITER);
    t->w = kit_alloc(ctx, m->n, m->k * sizeof *t->w);
    t->next_w = kit_alloc(ctx, m->n, m->k * sizeof *t->next_w);
    t->h = kit_alloc(ctx, m->p, m->k * sizeof *t->h);
    t->next_h = kit_alloc(ctx, m->p, m->k * sizeof *t->next_h);
    status = t->w && t->next_w && t->h && t->next_h ? LT_OK : LT_MEMORY;
    double mean = 0;
    for (size_t i = 0; i < m->n && status == LT_OK; i++)
        for (size_t j = 0; j < m->p; j++) {
            const double x = data->x64[i * data->ld + j];
            mean += x / (n * (double)m->p);
            m->squares += x * x;
        }
    if (status == LT_OK && !(m->squares > 0))
        status = ctx->fail(ctx, LT_INVALID, "all cells are 0; there is nothing to take apart");
    if (status == LT_OK && !isfinite(m->squares))
        status =
            ctx->fail(ctx, LT_NUMERIC, "the cells' squares are more than a double can hold; scale the columns");
    if (status == LT_OK && kit_choice(params, INIT) == RANDOM)
        start_anywhere(ctx, m, mean);
    else if (status == LT_OK)
        status = start_at_halves(ctx, m, data, kit_choice(params, INIT) == NNDSVDA ? mean : 0);
    if (status != LT_OK) {
        nmf_free(m);
        return status;
    }
    memcpy(m->h, t->h, m->p * m->k * sizeof *m->h);
    *model = m;
    return LT_OK;
}

/* ---- one iteration --------------------------------------------------------------------------------------------- */

struct pass {
    const struct lt_data *data;
    const struct nmf *m;
    const double *gram; /* k x k: H H' */
    double *slot;       /* blocks x width: p x k of X'W, k x k of W'W, the violation */
    double *room;       /* a worker each: ROWS x k of X H', and what sweep_rows needs */
    size_t width;
};

static void w_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const struct lt_data *d = pass->data;
    const struct training *t = pass->m->training;
    const size_t p = d->p, k = pass->m->k;
    double *sum = pass->slot + block * pass->width, *gram = sum + p * k, *violation = gram + k * k;
    double *xh = pass->room + worker * (ROWS + 2 * LANES) * k;
    memset(sum, 0, pass->width * sizeof *sum);
    for (size_t at = begin; at < end; at += ROWS) {
        const size_t n = end - at < ROWS ? end - at : ROWS;
        double *w = t->next_w + at * k;
        la_gemm(0, 0, n, k, p, 1, d->x64 + at * d->ld, d->ld, t->h, k, 0, xh, k);
        memcpy(w, t->w + at * k, n * k * sizeof *w);
        *violation += sweep_rows(n, k, pass->gram, xh, t->on_w, w, xh + ROWS * k);
        la_gemm(1, 0, p, k, n, 1, d->x64 + at * d->ld, d->ld, w, k, 1, sum, k);
        la_gram(n, k, 1, w, k, gram, k);
    }
}

static int iterate(struct lt_ctx *ctx, struct nmf *m, const struct lt_data *data)
{
    struct training *t = m->training;
    const size_t n = m->n, p = m->p, k = m->k, width = p * k + k * k + 1;
    const size_t room = ((size_t)128 << 20) / sizeof(double) / width + 1;
    const size_t rows = kit_block_rows(n, ROWS, room < MOST_SLOTS ? room : MOST_SLOTS);
    const size_t blocks = kit_block_count(n, rows);
    double *gram = kit_scratch(ctx, k, k * sizeof *gram);
    struct pass pass = {data,
                        m,
                        gram,
                        kit_scratch(ctx, blocks, width * sizeof(double)),
                        kit_scratch(ctx, (size_t)ctx->threads * (ROWS + 2 * LANES), k * sizeof(double)),
                        width};
    if (!gram || !pass.slot || !pass.room)
        return LT_MEMORY;
    memset(gram, 0, k * k * sizeof *gram);
    la_gram(p, k, 1, t->h, k, gram, k);
    int status = kit_blocks(ctx, n, rows, w_block, &pass);
    if (status != LT_OK)
        return status;
    kit_add_slots(pass.slot, blocks, width);
    const double *xw = pass.slot, *ww = xw + p * k;
    double violation = ww[k * k], cross = 0, square = 0;
    memcpy(t->next_h, t->h, p * k * sizeof *t->h);
    for (size_t j = 0; j < p; j += COLUMNS) {
        const size_t here = p - j < COLUMNS ? p - j : COLUMNS;
        if (ctx->cancelled(ctx))
            return LT_CANCELLED;
        violation += sweep_rows(here, k, ww, xw + j * k, t->on_h, t->next_h + j * k, pass.room);
    }
    double *swap = t->w;
    t->w = t->next_w;
    t->next_w = swap;
    swap = t->h;
    t->h = t->next_h;
    t->next_h = swap;

    /* |X - WH|^2 = |X|^2 - 2 <X'W, H'> + <W'W, HH'> */
    memset(gram, 0, k * k * sizeof *gram);
    la_gram(p, k, 1, t->h, k, gram, k);
    for (size_t i = 0; i < p * k; i++)
        cross += xw[i] * t->h[i];
    for (size_t i = 0; i < k * k; i++)
        square += ww[i] * gram[i];
    m->error = sqrt(fmax(0, m->squares - 2 * cross + square));
    memcpy(m->h, t->h, p * k * sizeof *m->h);
    m->taken++;
    ctx->metric(ctx, "loss", m->taken, m->error);
    if (m->taken == 1)
        t->first_violation = violation;
    if (!isfinite(violation))
        return ctx->fail(ctx, LT_NUMERIC, "the factors are no longer finite; scale the columns");
    return !(violation > t->tol * t->first_violation) || m->taken == t->max_iter ? LT_DONE : LT_MORE;
}

static int nmf_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct nmf *m = model;
    int status = m->training ? LT_MORE : LT_DONE;
    for (uint64_t u = 0; u < units && status == LT_MORE; u++)
        status = iterate(ctx, m, data);
    if (status == LT_DONE) {
        training_free(m->training);
        m->training = 0;
    }
    return status;
}

static int nmf_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct nmf *)model)->taken;
    *planned = 0;
    return LT_OK;
}

static size_t nmf_width(const void *model)
{
    return ((const struct nmf *)model)->k;
}

/* ---- new rows: W alone, to the optimum ------------------------------------------------------------------------- */

struct prediction {
    struct lt_ctx *ctx;
    const struct lt_data *data;
    const struct nmf *m;
    const double *gram;
    double *room; /* a worker each: ROWS x k */
    double *out;
    size_t ld;
};

static void predict_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct prediction *j = arg;
    const struct lt_data *d = j->data;
    const size_t k = j->m->k;
    double *xh = j->room + worker * ROWS * k;
    (void)block;
    la_gemm(0, 0, end - begin, k, d->p, 1, d->x64 + begin * d->ld, d->ld, j->m->h, k, 0, xh, k);
    for (size_t i = begin; i < end; i++, xh += k) {
        double *w = j->out + i * j->ld;
        if (j->ctx->cancelled(j->ctx))
            return;
        memset(w, 0, k * sizeof *w);
        const double first = sweep(k, j->gram, xh, (struct penalty){j->m->l1, j->m->l2}, w);
        for (int s = 0; s < MOST_SWEEPS; s++)
            if (!(sweep(k, j->gram, xh, (struct penalty){j->m->l1, j->m->l2}, w) > SETTLED * first))
                break;
    }
}

static int nmf_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct nmf *m = model;
    const size_t k = m->k;
    double *gram = kit_scratch(ctx, k, k * sizeof *gram);
    struct prediction job = {
        ctx,       data,      m, gram, kit_scratch(ctx, (size_t)ctx->threads * ROWS, k * sizeof(double)),
        out->rows, out->width};
    if (!gram || !job.room)
        return LT_MEMORY;
    memset(gram, 0, k * k * sizeof *gram);
    la_gram(m->p, k, 1, m->h, k, gram, k);
    const int status = check_positive(ctx, data);
    return status == LT_OK ? kit_blocks(ctx, data->n, ROWS, predict_block, &job) : status;
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int nmf_describe(struct lt_ctx *ctx, const void *model)
{
    const struct nmf *m = model;
    double *parts = kit_scratch(ctx, m->k, m->p * sizeof *parts);
    if (!parts)
        return LT_MEMORY;
    for (size_t c = 0; c < m->k; c++)
        for (size_t j = 0; j < m->p; j++)
            parts[c * m->p + j] = m->h[j * m->k + c];
    kit_summary(ctx);
    kit_statistic(ctx, "components", (double)m->k);
    kit_statistic(ctx, "columns", (double)m->p);
    kit_statistic(ctx, "iterations", (double)m->taken);
    kit_statistic(ctx, "reconstruction error", m->error);
    kit_statistic(ctx, "share of squares", 1 - m->error * m->error / m->squares);
    return view_loadings(ctx, "components", "The parts", "part", m->k, m->p, parts, m->column_name);
}

static int nmf_save(struct lt_ctx *ctx, const void *model)
{
    const struct nmf *m = model;
    int status = kit_put_f64(ctx, "components", m->h, m->p, m->k);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "squares", m->squares);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "error", m->error);
    return status == LT_OK ? kit_put_count(ctx, "taken", m->taken) : status;
}

static int nmf_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    struct nmf *m = nmf_new(ctx, params, info->column, info->n, info->p);
    if (!m)
        return LT_MEMORY;
    int status = kit_get_f64(ctx, "components", m->h, m->p, m->k), bad = 0;
    for (size_t i = 0; i < m->p * m->k && status == LT_OK; i++)
        bad |= !(m->h[i] >= 0 && m->h[i] < 1e150);
    if (bad)
        status = ctx->fail(ctx, LT_INVALID, "the model's parts aren't all positive numbers; the file is damaged");
    if (status == LT_OK)
        status = kit_get_real(ctx, "squares", &m->squares);
    if (status == LT_OK)
        status = kit_get_real(ctx, "error", &m->error);
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 1, 1ull << 53, &m->taken);
    if (status == LT_OK && !(m->squares > 0 && m->error >= 0 && isfinite(m->squares) && isfinite(m->error)))
        status = ctx->fail(ctx, LT_INVALID, "the model's error is damaged; so is the file");
    if (status != LT_OK) {
        nmf_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

const struct lt_algo reduce_nmf = {
    LT_HEADER(1),
    .id = "nmf",
    .name = "Non-negative matrix factorisation",
    .version = "1",
    .summary = "Takes tables of amounts apart into parts that only add up",
    .doc =
        "NMF writes a table of numbers that are never negative as a sum of parts that are never negative "
        "either:\n\n"
        "    X ~ W H,   the least |X - W H|^2 over W >= 0, H >= 0\n\n"
        "Row c of H is a part (a topic by its words, a piece of a face by its pixels), and W says how much of "
        "each "
        "part a row has. Nothing can be taken away again, so parts don't cancel as principal components do, and "
        "most of their entries end at 0: they can be read.\n\n"
        "Coordinate descent brings W and H up to date in turn; with the other fixed, every entry has a formula "
        "for "
        "its best value:\n\n"
        "    w_ic <- max(0, w_ic - (W H H' - X H')_ic / (H H')_cc)\n\n"
        "The problem has many valleys; starting from the positive halves of the singular vectors makes the result "
        "a function of the data. It ends when the optimality conditions are violated `tol` times less than at "
        "first. `alpha_W`, `alpha_H` and `l1_ratio` add penalties as an elastic net does, times the number of "
        "columns and rows. New rows get the W that is best for the H that was learned.",
    .reference =
        "Lee and Seung, Learning the parts of objects by non-negative matrix factorization, Nature 401 (1999); "
        "Cichocki and Phan, Fast local algorithms for large scale nonnegative matrix and tensor "
        "factorizations, IEICE Trans. E92-A (2009)",
    .tasks = LT_TRANSFORM,
    .traits = LT_ITERATIVE,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = nmf_params,
    .unit = "iteration",
    .check = nmf_check,
    .begin = nmf_begin,
    .step = nmf_step,
    .predict = nmf_predict,
    .describe = nmf_describe,
    .save = nmf_save,
    .load = nmf_load,
    .free = nmf_free,
    .units = nmf_units,
    .width = nmf_width,
};
