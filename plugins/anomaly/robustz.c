/* robustz: how many deviations a row's values lie from the middle of their columns, where middle and deviation are
 * medians, so that the strange values don't hide themselves by widening the measure. */
#include "plugins/anomaly/anomaly.h"

#include "num/sort.h"
#include "plugins/kit/kit.h"

enum { COMBINE, THRESHOLD, N_PARAMS };
enum { LARGEST, MEAN, ROOT_MEAN_SQUARE };

static const struct lt_param params[N_PARAMS] = {
    [COMBINE] = {.name = "combine",
                 .type = LT_CHOICE,
                 .def = "max",
                 .choices = "max,mean,rms",
                 .doc = "What a row's columns add up to: the strangest of them, their mean, or the root of the mean "
                        "square"},
    [THRESHOLD] = {.name = "threshold",
                   .type = LT_REAL,
                   .flags = LT_OPEN_MIN,
                   .def = "3.5",
                   .min = 0,
                   .max = 1e6,
                   .doc = "From which score on `show` counts a value as strange; Iglewicz and Hoaglin take 3.5"},
};

struct robustz {
    size_t n, p, done; /* done: columns measured */
    int combine;
    double threshold;
    double *centre, *scale; /* p; scale 0: the column is constant and says nothing */
    double *strange;        /* p: training rows above the threshold */
    char **name;
};

static void robustz_free(void *model)
{
    struct robustz *m = model;
    if (!m)
        return;
    free(m->centre);
    free(m->scale);
    free(m->strange);
    free(m->name);
    free(m);
}

static struct robustz *robustz_new(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_column *column,
                                   size_t p)
{
    struct robustz *m = (struct robustz *)kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->p = p;
    m->combine = kit_choice(given, COMBINE);
    m->threshold = kit_real(given, THRESHOLD);
    m->centre = kit_alloc_f64(ctx, p);
    m->scale = kit_alloc_f64(ctx, p);
    m->strange = kit_alloc_f64(ctx, p);
    m->name = kit_column_names(ctx, column, p);
    if (m->centre && m->scale && m->strange && m->name)
        return m;
    robustz_free(m);
    return NULL;
}

static int robustz_begin(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data, void **model)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK && data->n > UINT32_MAX)
        status = ctx->fail(ctx, LT_INVALID, "robustz can sort at most %u rows; train on a sample", UINT32_MAX);
    if (status != LT_OK)
        return status;
    struct robustz *m = robustz_new(ctx, given, data->column, data->p);
    if (!m)
        return LT_MEMORY;
    m->n = data->n;
    *model = m;
    return LT_OK;
}

/* ---- training: a column at a time --------------------------------------------------------------------------- */

static double median_of_sorted(const double *x, size_t n)
{
    return n % 2 ? x[n / 2] : x[n / 2 - 1] / 2 + x[n / 2] / 2;
}

/* The values that are numbers, sorted. */
static size_t sorted_values(const struct lt_data *data, size_t j, double *x, double *work)
{
    const double *all = kit_piece(data, j, 0, data->n, work);
    size_t n = 0;
    for (size_t i = 0; i < data->n; i++)
        if (isfinite(all[i]))
            x[n++] = all[i];
    sort_f64(n, x, work);
    return n;
}

/* 1.4826 MAD estimates the standard deviation of normal values. More than half of the values the same: the mean
 * deviation instead (Iglewicz and Hoaglin 1993). */
static double scale_of(double *x, size_t n, double centre, double *work)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = fabs(x[i] - centre);
        sum += x[i] / (double)n;
    }
    sort_f64(n, x, work);
    double mad = median_of_sorted(x, n);
    return mad > 0 ? 1.4826022185056018 * mad : 1.2533141373155003 * sum;
}

struct measuring {
    struct robustz *m;
    const struct lt_data *data;
    size_t first;
    double *room; /* threads x 2n */
};

/* An infinite value is as strange as a number can be that still has a square. */
static double score_of(const struct robustz *m, size_t j, double x)
{
    return m->scale[j] > 0 && !isnan(x) ? fmin(fabs(x - m->centre[j]) / m->scale[j], 1e100) : 0;
}

static void measure(void *arg, size_t i, unsigned worker)
{
    const struct measuring *a = arg;
    struct robustz *m = a->m;
    size_t j = a->first + i, n = a->data->n;
    double *x = a->room + (size_t)worker * 2 * n, *work = x + n;
    size_t held = sorted_values(a->data, j, x, work);
    m->centre[j] = held ? median_of_sorted(x, held) : 0;
    m->scale[j] = 0;
    m->strange[j] = 0;
    if (!held)
        return;
    double scale = scale_of(x, held, m->centre[j], work);
    m->scale[j] = isfinite(scale) ? scale : 0;
    for (size_t k = held; m->scale[j] > 0 && k > 0 && x[k - 1] / m->scale[j] > m->threshold; k--)
        m->strange[j]++; /* x holds the sorted deviations */
}

static int robustz_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct robustz *m = model;
    size_t left = m->p - m->done, take = units < left ? (size_t)units : left;
    take = take < 4 * (size_t)ctx->threads ? take : 4 * (size_t)ctx->threads; /* a few at a time: to be stopped */
    size_t room = (size_t)ctx->threads * 2 * data->n;
    struct measuring a = {m, data, m->done, (double *)kit_scratch(ctx, room, sizeof *a.room)};
    if (!a.room)
        return LT_MEMORY;
    if (ctx->cancelled(ctx))
        return LT_CANCELLED;
    ctx->parallel(ctx, take, measure, &a);
    m->done += take;
    return m->done == m->p ? LT_DONE : LT_MORE;
}

/* ---- prediction --------------------------------------------------------------------------------------------- */

struct judging {
    const struct robustz *m;
    const struct lt_data *data;
    double *value, *room; /* room: threads x ROWS */
};

enum { ROWS = 1024 };

static double combined(int combine, double so_far, double z)
{
    return combine == LARGEST ? (z > so_far ? z : so_far) : so_far + (combine == MEAN ? z : z * z);
}

static void judge(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct judging *a = arg;
    const struct robustz *m = a->m;
    double *value = a->value + begin, *room = a->room + (size_t)worker * ROWS;
    size_t n = end - begin;
    (void)block;
    memset(value, 0, n * sizeof *value);
    for (size_t j = 0; j < m->done; j++) {
        const double *x = kit_piece(a->data, j, begin, n, room);
        for (size_t i = 0; i < n; i++)
            value[i] = combined(m->combine, value[i], score_of(m, j, x[i]));
    }
    for (size_t i = 0; m->combine != LARGEST && m->done && i < n; i++) {
        value[i] /= (double)m->done;
        if (m->combine == ROOT_MEAN_SQUARE)
            value[i] = sqrt(value[i]);
    }
}

static int robustz_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    double *room = (double *)kit_scratch(ctx, (size_t)ctx->threads * ROWS, sizeof *room);
    struct judging a = {model, data, out->value, room};
    return a.room ? kit_blocks(ctx, data->n, ROWS, judge, &a) : LT_MEMORY;
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int robustz_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"feature:text", "median:real", "deviation:real", "strange:int"};
    const struct robustz *m = model;
    ctx->emit_table(ctx, "columns", "Middle and deviation of the columns", columns, 4);
    for (size_t j = 0; j < m->done; j++) {
        struct lt_cell cells[] = {LT_CTEXT(m->name[j]), LT_CREAL(m->centre[j]),
                                  m->scale[j] > 0 ? LT_CREAL(m->scale[j]) : LT_CNONE, LT_CINT(m->strange[j])};
        ctx->emit_row(ctx, cells);
    }
    return LT_OK;
}

static int robustz_save(struct lt_ctx *ctx, const void *model)
{
    const struct robustz *m = model;
    int status = kit_put_f64(ctx, "centre", m->centre, m->p, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "scale", m->scale, m->p, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "strange", m->strange, m->p, 0);
    if (status == LT_OK)
        status = kit_put_count(ctx, "rows", m->n);
    return status == LT_OK ? kit_put_count(ctx, "done", m->done) : status;
}

static int robustz_load(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_info *info, void **model)
{
    uint64_t rows = 0, done = 0;
    struct robustz *m = robustz_new(ctx, given, info->column, info->p);
    if (!m)
        return LT_MEMORY;
    int status = kit_get_f64(ctx, "centre", m->centre, m->p, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "scale", m->scale, m->p, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "strange", m->strange, m->p, 0);
    if (status == LT_OK)
        status = kit_get_count(ctx, "rows", 1, UINT32_MAX, &rows);
    if (status == LT_OK)
        status = kit_get_count(ctx, "done", 0, m->p, &done);
    for (size_t j = 0; status == LT_OK && j < m->p; j++)
        if (!isfinite(m->centre[j]) || !(m->scale[j] >= 0) || !isfinite(m->scale[j]) || !(m->strange[j] >= 0) ||
            m->strange[j] > UINT32_MAX)
            status = ctx->fail(ctx, LT_INVALID, "column %zu of the model is no measure; the file is damaged", j + 1);
    if (status != LT_OK) {
        robustz_free(m);
        return status;
    }
    m->n = (size_t)rows;
    m->done = (size_t)done;
    *model = m;
    return LT_OK;
}

static int robustz_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct robustz *m = model;
    *taken = m->done;
    *planned = m->p;
    return LT_OK;
}

const struct lt_algo anomaly_robustz = {
    LT_HEADER(1),
    .id = "robustz",
    .name = "Robust z-score",
    .version = "1",
    .summary = "How many deviations a row lies from the middle of its columns, both by medians",
    .doc = "For each column, with the median m and the median absolute deviation MAD = median |x - m|,\n\n"
           "    z = |x - m| / (1.4826 MAD)\n\n"
           "where 1.4826 makes it the usual z-score for normal values. A row's score is the largest of its columns' "
           "(`combine=mean` and `rms` take all into account). Mean and standard deviation would be drawn towards the "
           "very values that are looked for; the medians stay where they are until half of the rows are strange.\n\n"
           "Where more than half of a column's values are the same, MAD is 0, and 1.2533 times the mean deviation "
           "takes its place. A constant column and a missing value count 0. It looks at columns one by one: "
           "a row that is odd only in combination (tall and light) is for `lof` and `iforest`.",
    .reference = "Iglewicz and Hoaglin (1993), How to detect and handle outliers, ASQC Quality Press",
    .tasks = LT_ANOMALY,
    .traits = LT_MISSING_OK,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "column",
    .begin = robustz_begin,
    .step = robustz_step,
    .predict = robustz_predict,
    .describe = robustz_describe,
    .save = robustz_save,
    .load = robustz_load,
    .free = robustz_free,
    .units = robustz_units,
};
