/* ldaproj: Fisher's and Rao's linear discriminants as a projection. Of all directions, those in which the class
 * means lie furthest apart, measured by the spread of the rows within their classes. */
#include "plugins/linear/linear.h"

#include "num/la.h"
#include "plugins/linear/scatter.h"
#include "plugins/linear/shrinkage.h"

enum { N_COMPONENTS, SOLVER, SHRINKAGE, PRIORS, TOL, N_PARAMS };
enum { BY_SVD, BY_EIGEN };
enum { SAMPLE = 512, PANEL = 256, MOST_SHOWN = 32 }; /* rows of the picture, rows at a time, components shown */

static const struct lt_param params[N_PARAMS] = {
    [N_COMPONENTS] = {.name = "n_components",
                      .aliases = "k,components",
                      .type = LT_INT,
                      .flags = LT_NULLABLE,
                      .def = "none",
                      .min = 1,
                      .max = 1e9,
                      .unit = "components",
                      .doc = "How many discriminants to keep; none: as many as there are, one fewer than classes "
                             "but no more than columns"},
    [SOLVER] = {.name = "solver",
                .type = LT_CHOICE,
                .def = "svd",
                .choices = "svd,eigen",
                .doc = "How they are found: the singular values of the class means, or the eigenvectors of the "
                       "spread between classes, which can be shrunk"},
    [SHRINKAGE] = {.name = "shrinkage",
                   .type = LT_STRING,
                   .flags = LT_NULLABLE,
                   .def = "none",
                   .doc = "solver=eigen: how far covariances are pulled to a multiple of the identity: none, auto "
                          "(Ledoit and Wolf's estimate of the best) or a number from 0 to 1"},
    [PRIORS] = {.name = "priors",
                .type = LT_REAL_LIST,
                .flags = LT_NULLABLE,
                .def = "none",
                .min = 0,
                .max = 1,
                .doc = "How much the classes count, in their order; none: their shares of the training rows"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_OPEN_MIN | LT_LOG | LT_ADVANCED,
             .def = "1e-4",
             .min = 0,
             .max = 1,
             .doc = "Directions in which the standardised columns spread less within the classes are left out"},
};

enum statistic { N_ROWS, RANK, SHRUNK, N_STATISTICS };

struct projection {
    size_t p, k, n_classes, axes;
    double statistic[N_STATISTICS];
    double *mean;     /* p: the classes' means, weighted by the priors; it becomes 0 */
    double *scaling;  /* axes x p */
    double *ratio;    /* axes: spread between the classes in units of the spread within */
    double *share;    /* axes: of the ratios of all directions */
    int32_t *present; /* k: the label of each class that occurs */
    double *centre;   /* k x axes: the class means, projected */
    size_t n_sample;
    double *sample; /* n_sample x 2: some rows on the first two axes */
    int32_t *sample_class;
    char **column_name, **class_name;
    bool done;
};

static void ldaproj_free(void *model)
{
    struct projection *m = model;
    if (!m)
        return;
    free(m->mean);
    free(m->scaling);
    free(m->ratio);
    free(m->share);
    free(m->present);
    free(m->centre);
    free(m->sample);
    free(m->sample_class);
    free(m->column_name);
    free(m->class_name);
    free(m);
}

/* p, k, axes, n_classes and n_sample are set. */
static struct projection *projection_new(struct lt_ctx *ctx, struct projection size,
                                         const struct lt_column *column, const char *const *class_names)
{
    struct projection *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    *m = size;
    m->mean = kit_alloc_f64(ctx, m->p);
    m->scaling = kit_alloc(ctx, m->axes, m->p * sizeof(double));
    m->ratio = kit_alloc_f64(ctx, m->axes);
    m->share = kit_alloc_f64(ctx, m->axes);
    m->present = kit_alloc(ctx, m->k, sizeof *m->present);
    m->centre = kit_alloc(ctx, m->k, m->axes * sizeof(double));
    m->sample = kit_alloc(ctx, m->n_sample, 2 * sizeof(double));
    m->sample_class = kit_alloc(ctx, m->n_sample, sizeof *m->sample_class);
    m->column_name = kit_column_names(ctx, column, m->p);
    m->class_name = kit_class_names(ctx, class_names, m->n_classes);
    if (m->mean && m->scaling && m->ratio && m->share && m->present && m->centre && m->sample && m->sample_class &&
        m->column_name && m->class_name)
        return m;
    ldaproj_free(m);
    return NULL;
}

static int ldaproj_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    double shrinkage;
    int status = shrinkage_read(ctx, &p->v[SHRINKAGE], &shrinkage);
    if (status == LT_OK && shrinkage != 0 && kit_choice(p, SOLVER) == BY_SVD)
        status = ctx->fail(ctx, LT_INVALID, "solver=svd can't shrink; use solver=eigen, or shrinkage=none");
    if (status == LT_OK)
        status = kit_need_rows(ctx, data, 2);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK)
        status = kit_need_classes(ctx, data);
    return status == LT_OK ? kit_check_finite(ctx, data) : status;
}

/* ---- what is learned ---------------------------------------------------------------------------------------- */

/* Everything that the two ways of finding directions share; in scratch memory. */
struct search {
    const struct lt_data *data;
    const struct scatter *s;
    size_t p, k, rank;
    double *prior;        /* k */
    double *mean;         /* p */
    double *white;        /* rank x p: makes the spread within classes the identity */
    double *axis, *ratio; /* found x p, found: best first */
    size_t found;
    double total, shrunk; /* of the ratios; how far covariances were pulled */
};

static int no_spread(struct lt_ctx *ctx)
{
    return ctx->fail(ctx, LT_INVALID,
                     "no column varies within a class, so there is no spread to measure distances by; use "
                     "solver=eigen with shrinkage=auto, or drop constant columns");
}

static int whiten_pooled(struct lt_ctx *ctx, struct search *f, double tol, double *cov)
{
    if (!(f->s->total > (double)f->k))
        return ctx->fail(ctx, LT_INVALID,
                         "%g rows in %zu classes leave nothing to estimate the spread within classes from; take "
                         "more rows",
                         f->s->total, f->k);
    for (size_t i = 0; i < f->p * f->p; i++)
        cov[i] = f->s->within[i] / f->s->total;
    int status = shrinkage_whiten(ctx, f->p, cov, f->s->mean, f->k, tol, f->white, &f->rank);
    return status == LT_OK && !f->rank ? no_spread(ctx) : status;
}

/* Singular vectors of the whitened class means. */
static int by_means(struct lt_ctx *ctx, struct search *f, double tol, double *cov)
{
    int status = whiten_pooled(ctx, f, tol, cov);
    if (status != LT_OK)
        return status;
    size_t k = f->k, p = f->p, rank = f->rank, few = k < rank ? k : rank;
    double *from = kit_scratch(ctx, k, p * sizeof *from), *a = kit_scratch(ctx, k, rank * sizeof *a);
    double *s = kit_scratch_f64(ctx, few), *u = kit_scratch(ctx, k, few * sizeof *u);
    double *vt = kit_scratch(ctx, few, rank * sizeof *vt);
    if (!from || !a || !s || !u || !vt)
        return LT_MEMORY;
    for (size_t c = 0; c < k; c++)
        for (size_t j = 0; j < p; j++)
            from[c * p + j] = sqrt(f->prior[c]) * (f->s->mean[c * p + j] - f->mean[j]);
    la_gemm(0, 1, k, rank, p, 1.0, from, p, f->white, p, 0.0, a, rank);
    if (la_svd(k, rank, a, rank, s, u, few, vt, rank))
        return ctx->fail(ctx, LT_NUMERIC, "the class means can't be decomposed; rescale the columns");
    for (size_t i = 0; i < few; i++) {
        f->total += s[i] * s[i];
        if (!(s[i] > tol * s[0]))
            continue;
        f->ratio[f->found] = s[i] * s[i];
        la_gemm(0, 0, 1, p, rank, 1.0, vt + i * rank, rank, f->white, p, 0.0, f->axis + f->found * p, p);
        f->found++;
    }
    return LT_OK;
}

/* cov[p x p]: of all rows about their mean, pulled as far as those within classes are. */
static int total_covariance(struct lt_ctx *ctx, const struct lt_data *data, double shrinkage, double *cov)
{
    static const double whole = 1;
    double unused;
    struct scatter s;
    struct lt_data all = *data;
    int32_t *label = kit_scratch(ctx, data->n, sizeof *label);
    if (!label)
        return LT_MEMORY;
    memset(label, 0, data->n * sizeof *label);
    all.label = label;
    all.n_classes = 1;
    int status = scatter_measure(ctx, &all, true, &s);
    return status == LT_OK ? shrinkage_covariance(ctx, &all, &s, &whole, shrinkage, cov, &unused) : status;
}

/* b = w (total - within) w' for the whitening w of `within`. */
static int whiten_between(struct lt_ctx *ctx, const struct search *f, double *total, const double *within,
                          double *b)
{
    size_t p = f->p, rank = f->rank;
    double *half = kit_scratch(ctx, rank, p * sizeof *half);
    if (!half)
        return LT_MEMORY;
    for (size_t i = 0; i < p * p; i++)
        total[i] -= within[i];
    la_gemm(0, 0, rank, p, p, 1.0, f->white, p, total, p, 0.0, half, p);
    la_gemm(0, 1, rank, rank, p, 1.0, half, p, f->white, p, 0.0, b, rank);
    for (size_t i = 0; i < rank; i++)
        for (size_t j = 0; j < i; j++)
            b[i * rank + j] = b[j * rank + i] = 0.5 * (b[i * rank + j] + b[j * rank + i]);
    return LT_OK;
}

/* Eigenvectors of the spread between classes, when the spread within them is the unit. */
static int by_spread(struct lt_ctx *ctx, struct search *f, double shrinkage, double tol, double *cov)
{
    size_t p = f->p;
    double *within = kit_scratch(ctx, p, p * sizeof *within), *total = kit_scratch(ctx, p, p * sizeof *total);
    double *b = kit_scratch(ctx, p, p * sizeof *b), *value = kit_scratch_f64(ctx, p);
    if (!within || !total || !b || !value)
        return LT_MEMORY;
    int status = shrinkage_covariance(ctx, f->data, f->s, f->prior, shrinkage, cov, &f->shrunk);
    if (status != LT_OK)
        return status;
    memcpy(within, cov, p * p * sizeof *within);
    status = shrinkage_whiten(ctx, p, cov, f->s->mean, f->k, tol, f->white, &f->rank);
    if (status == LT_OK && !f->rank)
        status = no_spread(ctx);
    if (status == LT_OK)
        status = total_covariance(ctx, f->data, shrinkage, total);
    if (status == LT_OK)
        status = whiten_between(ctx, f, total, within, b);
    if (status != LT_OK)
        return status;
    size_t rank = f->rank;
    if (la_eigen_sym(rank, b, rank, value))
        return ctx->fail(ctx, LT_NUMERIC, "the spread between classes can't be decomposed; rescale the columns");
    for (size_t i = 0; i < rank; i++) {
        size_t at = rank - 1 - i; /* ascending there, best first here */
        f->total += value[at];
        if (f->found == f->k - 1)
            continue;
        f->ratio[f->found] = value[at];
        la_gemm(0, 0, 1, p, rank, 1.0, b + at * rank, rank, f->white, p, 0.0, f->axis + f->found * p, p);
        f->found++;
    }
    return LT_OK;
}

/* A direction and its opposite are the same: that of the two in which the largest weight is positive. */
static void point_up(size_t p, double *axis)
{
    double largest = 0;
    for (size_t j = 0; j < p; j++)
        largest = fabs(axis[j]) > fabs(largest) ? axis[j] : largest;
    for (size_t j = 0; largest < 0 && j < p; j++)
        axis[j] = -axis[j];
}

static double project(const struct projection *m, const double *x, size_t axis)
{
    double sum = 0;
    for (size_t j = 0; j < m->p; j++)
        sum += (x[j] - m->mean[j]) * m->scaling[axis * m->p + j];
    return sum;
}

static void keep_sample(struct projection *m, const struct lt_data *data)
{
    for (size_t i = 0; i < m->n_sample; i++) {
        size_t row = (size_t)((uint64_t)i * data->n / m->n_sample);
        for (size_t a = 0; a < 2 && a < m->axes; a++)
            m->sample[2 * i + a] = project(m, data->x64 + row * data->ld, a);
        m->sample_class[i] = data->label[row];
    }
}

static int settle(struct lt_ctx *ctx, struct projection *m, const struct search *f)
{
    memcpy(m->mean, f->mean, m->p * sizeof *m->mean);
    memcpy(m->present, f->s->present, m->k * sizeof *m->present);
    memcpy(m->scaling, f->axis, m->axes * m->p * sizeof *m->scaling);
    for (size_t i = 0; i < m->axes; i++) {
        point_up(m->p, m->scaling + i * m->p);
        m->ratio[i] = f->ratio[i];
        m->share[i] = f->total > 0 ? f->ratio[i] / f->total : 0;
        for (size_t c = 0; c < m->k; c++)
            m->centre[c * m->axes + i] = project(m, f->s->mean + c * m->p, i);
        if (!isfinite(m->ratio[i]) || !isfinite(m->centre[i]))
            return ctx->fail(ctx, LT_NUMERIC, "the numbers are too large or too small; rescale the columns");
    }
    keep_sample(m, f->data);
    m->statistic[N_ROWS] = f->s->total;
    m->statistic[RANK] = (double)f->rank;
    m->statistic[SHRUNK] = f->shrunk;
    if (f->rank < m->p)
        ctx->note(ctx, LT_WARNING,
                  "within the classes the %zu columns vary in %zu directions only; the others are left out", m->p,
                  f->rank);
    return LT_OK;
}

static int search_begin(struct lt_ctx *ctx, const struct lt_params *given, struct search *f)
{
    size_t p = f->p, few = f->k < p ? f->k : p;
    f->prior = kit_scratch_f64(ctx, f->k);
    f->mean = kit_scratch_f64(ctx, p);
    f->white = kit_scratch(ctx, p, p * sizeof(double));
    f->axis = kit_scratch(ctx, few, p * sizeof(double));
    f->ratio = kit_scratch_f64(ctx, few);
    if (!f->prior || !f->mean || !f->white || !f->axis || !f->ratio)
        return LT_MEMORY;
    int status = scatter_priors(ctx, &given->v[PRIORS], f->data, f->s, f->prior);
    memset(f->mean, 0, p * sizeof *f->mean);
    for (size_t c = 0; status == LT_OK && c < f->k; c++)
        for (size_t j = 0; j < p; j++)
            f->mean[j] += f->prior[c] * f->s->mean[c * p + j];
    return status;
}

static int learn(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data, double shrinkage,
                 struct projection **model)
{
    bool eigen = kit_choice(given, SOLVER) == BY_EIGEN;
    double tol = kit_real(given, TOL);
    size_t p = data->p;
    struct scatter s;
    double *cov = kit_scratch(ctx, p, p * sizeof *cov);
    int status = cov ? scatter_measure(ctx, data, eigen, &s) : LT_MEMORY;
    if (status != LT_OK)
        return status;
    size_t most = s.k - 1 < p ? s.k - 1 : p;
    size_t asked = kit_none(given, N_COMPONENTS) ? most : (size_t)kit_int(given, N_COMPONENTS);
    if (asked > most)
        return ctx->fail(ctx, LT_INVALID,
                         "n_components=%zu, but %zu classes of %zu columns have only %zu; use %zu or less", asked,
                         s.k, p, most, most);
    struct search f = {.data = data, .s = &s, .p = p, .k = s.k};
    status = search_begin(ctx, given, &f);
    if (status == LT_OK)
        status = eigen ? by_spread(ctx, &f, shrinkage, tol, cov) : by_means(ctx, &f, tol, cov);
    if (status == LT_OK && !f.found)
        status =
            ctx->fail(ctx, LT_INVALID, "the means of the classes are the same, so no direction tells them apart");
    if (status != LT_OK)
        return status;
    if (f.found < asked)
        ctx->note(ctx, LT_NOTE, "the class means differ in %zu direction%s only", f.found,
                  f.found == 1 ? "" : "s");
    struct projection size = {.p = p, .k = s.k, .n_classes = data->n_classes};
    size.axes = f.found < asked ? f.found : asked;
    size.n_sample = data->n < SAMPLE ? data->n : SAMPLE;
    *model = projection_new(ctx, size, data->column, data->class_names);
    return *model ? settle(ctx, *model, &f) : LT_MEMORY;
}

/* The whole analysis is one look at the rows: begin takes it, so that the one step has nothing left to do. */
static int ldaproj_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    double shrinkage = 0;
    struct projection *m = NULL;
    int status = ldaproj_check(ctx, p, data);
    if (status == LT_OK)
        status = shrinkage_read(ctx, &p->v[SHRINKAGE], &shrinkage);
    if (status == LT_OK)
        status = learn(ctx, p, data, shrinkage, &m);
    if (status != LT_OK)
        ldaproj_free(m);
    else
        *model = m;
    return status;
}

static int ldaproj_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    (void)data;
    (void)units;
    if (ctx->cancelled(ctx))
        return LT_CANCELLED;
    ((struct projection *)model)->done = true;
    return LT_DONE;
}

static int ldaproj_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct projection *)model)->done;
    *planned = 1;
    return LT_OK;
}

/* ---- rows to points ----------------------------------------------------------------------------------------- */

static size_t ldaproj_width(const void *model)
{
    return ((const struct projection *)model)->axes;
}

struct projecting {
    const struct projection *m;
    const struct lt_data *data;
    double *panel; /* a worker each: PANEL x p */
    double *out;
    size_t ld;
    unsigned char *bad; /* a block each */
};

static void project_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct projecting *j = arg;
    size_t p = j->m->p, axes = j->m->axes, n = end - begin;
    double *panel = j->panel + worker * PANEL * p, *out = j->out + begin * j->ld;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < p; c++)
            panel[i * p + c] = j->data->x64[(begin + i) * j->data->ld + c] - j->m->mean[c];
    la_gemm(0, 1, n, axes, p, 1.0, panel, p, j->m->scaling, p, 0.0, out, j->ld);
    unsigned char bad = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < axes; a++)
            bad |= !isfinite(out[i * j->ld + a]);
    j->bad[block] = bad;
}

static int ldaproj_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct projection *m = model;
    size_t blocks = kit_block_count(data->n, PANEL);
    struct projecting j = {m, data, NULL, out->rows, out->width, kit_scratch(ctx, blocks, 1)};
    j.panel = kit_scratch(ctx, ctx->threads, PANEL * m->p * sizeof(double));
    if (!j.panel || !j.bad)
        return LT_MEMORY;
    int status = kit_blocks(ctx, data->n, PANEL, project_block, &j);
    for (size_t b = 0; status == LT_OK && b < blocks; b++) {
        if (!j.bad[b])
            continue;
        status = kit_check_finite(ctx, data);
        if (status == LT_OK)
            status =
                ctx->fail(ctx, LT_INVALID, "a row after row %zu has values too large to be projected", b * PANEL);
    }
    return status;
}

/* ---- describe ----------------------------------------------------------------------------------------------- */

static int emit_explained(struct lt_ctx *ctx, const struct projection *m)
{
    static const char *const columns[] = {"component:int", "ratio:real", "share:percent", "cumulative:percent"};
    double sum = 0, *cumulative = kit_scratch_f64(ctx, m->axes);
    if (!cumulative)
        return LT_MEMORY;
    ctx->emit_table(ctx, "explained", "Spread between the classes explained", columns, 4);
    for (size_t i = 0; i < m->axes; i++) {
        cumulative[i] = sum += m->share[i];
        struct lt_cell cells[] = {LT_CINT(i + 1), LT_CREAL(m->ratio[i]), LT_CREAL(m->share[i]), LT_CREAL(sum)};
        ctx->emit_row(ctx, cells);
    }
    struct lt_series series[] = {{LT_BARS, "share", m->axes, NULL, m->share, NULL},
                                 {LT_LINE, "cumulative", m->axes, NULL, cumulative, NULL}};
    if (ctx->emit_plot && m->axes > 1)
        ctx->emit_plot(ctx, "scree", "Share of the spread between classes by discriminant", "discriminant",
                       "share of spread", series, 2);
    return LT_OK;
}

/* Rows are named by name[index[i]], or name[i]; numbers value[i + c * stride], or its transpose. */
static void emit_axes(struct lt_ctx *ctx, const struct projection *m, const char *id, const char *title,
                      const char *first)
{
    size_t shown = m->axes < MOST_SHOWN ? m->axes : MOST_SHOWN;
    bool classes = !strcmp(first, "class:text");
    char text[MOST_SHOWN][32];
    const char *columns[MOST_SHOWN + 1] = {first};
    struct lt_cell cell[MOST_SHOWN + 1];
    for (size_t a = 0; a < shown; a++) {
        snprintf(text[a], sizeof text[a], "ld%zu:real", a + 1);
        columns[a + 1] = text[a];
    }
    ctx->emit_table(ctx, id, title, columns, (uint32_t)shown + 1);
    for (size_t i = 0; i < (classes ? m->k : m->p); i++) {
        cell[0] = LT_CTEXT(classes ? m->class_name[m->present[i]] : m->column_name[i]);
        for (size_t a = 0; a < shown; a++)
            cell[a + 1] = LT_CREAL(classes ? m->centre[i * m->axes + a] : m->scaling[a * m->p + i]);
        ctx->emit_row(ctx, cell);
    }
}

/* The rows kept, a series for each class; with one discriminant each class has a line of its own. */
static int plot_classes(struct lt_ctx *ctx, const struct projection *m)
{
    double *x = kit_scratch_f64(ctx, m->n_sample + 1), *y = kit_scratch_f64(ctx, m->n_sample + 1);
    struct lt_series *series = kit_scratch(ctx, m->k, sizeof *series);
    if (!x || !y || !series || !ctx->emit_plot)
        return ctx->emit_plot ? LT_MEMORY : LT_OK;
    size_t at = 0, drawn = 0;
    for (size_t c = 0; c < m->k; c++) {
        size_t first = at;
        for (size_t i = 0; i < m->n_sample; i++)
            if (m->sample_class[i] == m->present[c]) {
                x[at] = m->sample[2 * i];
                y[at++] = m->axes > 1 ? m->sample[2 * i + 1] : (double)(c + 1);
            }
        if (at > first)
            series[drawn++] = (struct lt_series){
                LT_POINTS, m->class_name[m->present[c]], at - first, x + first, y + first, NULL};
    }
    ctx->emit_plot(ctx, "discriminant_plane", "Rows by their discriminants", "discriminant 1",
                   m->axes > 1 ? "discriminant 2" : "class", series, drawn);
    return LT_OK;
}

static int ldaproj_describe(struct lt_ctx *ctx, const void *model)
{
    const struct projection *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "n", m->statistic[N_ROWS]);
    kit_statistic(ctx, "classes", (double)m->k);
    kit_statistic(ctx, "components", (double)m->axes);
    kit_statistic(ctx, "rank", m->statistic[RANK]);
    kit_statistic(ctx, "shrinkage", m->statistic[SHRUNK]);
    int status = emit_explained(ctx, m);
    emit_axes(ctx, m, "scalings", "Weights of the columns in the discriminants", "term:text");
    emit_axes(ctx, m, "centres", "Means of the classes on the discriminants", "class:text");
    if (m->axes > MOST_SHOWN)
        ctx->note(ctx, LT_NOTE, "the tables show the first %d of %zu discriminants", (int)MOST_SHOWN, m->axes);
    return status == LT_OK ? plot_classes(ctx, m) : status;
}

/* ---- save and load ------------------------------------------------------------------------------------------ */

static int ldaproj_save(struct lt_ctx *ctx, const void *model)
{
    const struct projection *m = model;
    int status = kit_put_i32(ctx, "present", m->present, m->k, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "scalings", m->scaling, m->axes, m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "mean", m->mean, m->p, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "ratio", m->ratio, m->axes, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "share", m->share, m->axes, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "centre", m->centre, m->k, m->axes);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "sample", m->sample, m->n_sample, 2);
    if (status == LT_OK)
        status = kit_put_i32(ctx, "sample_class", m->sample_class, m->n_sample, 0);
    return status == LT_OK ? kit_put_f64(ctx, "statistics", m->statistic, N_STATISTICS, 0) : status;
}

static int check_labels(struct lt_ctx *ctx, const int32_t *label, size_t n, size_t n_classes)
{
    for (size_t i = 0; i < n; i++)
        if (label[i] < 0 || (size_t)label[i] >= n_classes)
            return ctx->fail(ctx, LT_INVALID, "the model names class %d of %zu; the file is damaged", label[i] + 1,
                             n_classes);
    return LT_OK;
}

static int load_into(struct lt_ctx *ctx, struct projection *m)
{
    int status = kit_get_i32(ctx, "present", m->present, m->k, 0);
    if (status == LT_OK)
        status = check_labels(ctx, m->present, m->k, m->n_classes);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "scalings", m->scaling, m->axes, m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "mean", m->mean, m->p, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "ratio", m->ratio, m->axes, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "share", m->share, m->axes, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "centre", m->centre, m->k, m->axes);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "sample", m->sample, m->n_sample, 2);
    if (status == LT_OK)
        status = kit_get_i32(ctx, "sample_class", m->sample_class, m->n_sample, 0);
    if (status == LT_OK)
        status = check_labels(ctx, m->sample_class, m->n_sample, m->n_classes);
    return status == LT_OK ? kit_get_f64(ctx, "statistics", m->statistic, N_STATISTICS, 0) : status;
}

static int ldaproj_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct lt_tensor present, scalings, sample;
    (void)p;
    int status = kit_find(ctx, "present", LT_T_I32, 1, &present);
    if (status == LT_OK)
        status = kit_find(ctx, "scalings", LT_T_F64, 2, &scalings);
    if (status == LT_OK)
        status = kit_find(ctx, "sample", LT_T_F64, 2, &sample);
    if (status != LT_OK)
        return status;
    struct projection size = {.p = info->p, .k = present.shape[0], .n_classes = info->n_classes};
    size.axes = scalings.shape[0];
    size.n_sample = sample.shape[0];
    if (size.k < 2 || size.k > info->n_classes || size.axes < 1 || size.axes >= size.k || size.axes > size.p ||
        size.n_sample > SAMPLE)
        return ctx->fail(ctx, LT_INVALID,
                         "the model has %zu discriminants of %zu classes and %zu columns; the file is damaged",
                         size.axes, size.k, size.p);
    struct projection *m = projection_new(ctx, size, info->column, info->class_names);
    if (!m)
        return LT_MEMORY;
    status = load_into(ctx, m);
    m->done = true;
    if (status != LT_OK)
        ldaproj_free(m);
    else
        *model = m;
    return status;
}

const struct lt_algo linear_ldaproj = {
    LT_HEADER(1),
    .id = "ldaproj",
    .name = "Discriminant projection",
    .version = "1",
    .summary = "Turns columns into the few directions that tell the classes apart best",
    .doc =
        "Looks for the direction in which the means of the classes lie furthest apart, measured by how much rows "
        "of one class differ among themselves; then for the next one, uncorrelated with it within the classes, "
        "and so on:\n\n"
        "    w_1 = argmax of (w' B w) / (w' S w),   B w_i = lambda_i S w_i\n\n"
        "with `B` the covariance between the class means and `S` that within the classes. There are at most one "
        "fewer than classes, so three classes fit into a plane. PCA keeps what varies; this keeps what tells the "
        "classes apart, and needs their labels for it.\n\n"
        "A row becomes `(x - m) W'`, where `m` is the mean of the class means (with either solver) and each "
        "discriminant has variance 1 within the classes, divided by the rows. `solver=eigen` can shrink "
        "covariances that few rows leave unsure.",
    .reference =
        "Fisher (1936), The use of multiple measurements in taxonomic problems, Annals of Eugenics 7; Rao "
        "(1948), The utilization of multiple measurements in problems of biological classification, JRSS B "
        "10",
    .tasks = LT_TRANSFORM,
    .traits = LT_NEEDS_LABELS | LT_WEIGHTS_OK | LT_DROP_FIRST,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "solution",
    .check = ldaproj_check,
    .begin = ldaproj_begin,
    .step = ldaproj_step,
    .predict = ldaproj_predict,
    .describe = ldaproj_describe,
    .save = ldaproj_save,
    .load = ldaproj_load,
    .free = ldaproj_free,
    .units = ldaproj_units,
    .width = ldaproj_width,
};
