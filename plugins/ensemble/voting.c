/* voting: the mean of what several models predict, or the class that most of them choose. There is nothing to learn:
 * the model is a weight for each member. */
#include "plugins/ensemble/ensemble.h"

#include "plugins/kit/kit.h"

enum { VOTING, WEIGHTS, N_PARAMS };
enum { SOFT, HARD };

static const struct lt_param params[N_PARAMS] = {
    [VOTING] = {.name = "voting",
                .type = LT_CHOICE,
                .def = "soft",
                .choices = "soft,hard",
                .doc = "Classes: soft is the mean of the probabilities, hard counts the models that choose a class"},
    [WEIGHTS] = {.name = "weights",
                 .type = LT_REAL_LIST,
                 .flags = LT_NULLABLE,
                 .def = "none",
                 .doc = "How much each model counts, in their order; all the same when not said"},
};

struct voting {
    bool hard;
    size_t members, k; /* k: columns of a member: the classes, or 1 */
    double *weight;    /* members; they sum to 1 */
    char **name;       /* members */
    bool done;
};

static void voting_free(void *model)
{
    struct voting *m = model;
    if (!m)
        return;
    free(m->weight);
    free(m->name);
    free(m);
}

/* The columns of a member are called "forest.yes", "forest.no", or, for numbers, "forest". */
static char **member_names(struct lt_ctx *ctx, const struct lt_column *column, size_t members, size_t k,
                           const char *const *classes)
{
    const char **first = (const char **)kit_scratch(ctx, members, sizeof *first);
    if (!first)
        return NULL;
    for (size_t j = 0; j < members; j++)
        first[j] = column[j * k].name;
    char **name = kit_names(ctx, members, first, NULL);
    for (size_t j = 0; name && classes && j < members; j++) {
        size_t n = strlen(name[j]), cut = strlen(classes[0]) + 1;
        if (n > cut && name[j][n - cut] == '.')
            name[j][n - cut] = 0;
    }
    return name;
}

static struct voting *voting_new(struct lt_ctx *ctx, const struct lt_column *column, size_t members, size_t k,
                                 const char *const *classes)
{
    struct voting *m = (struct voting *)kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->members = members;
    m->k = k;
    m->weight = kit_alloc_f64(ctx, members);
    m->name = member_names(ctx, column, members, k, classes);
    if (m->weight && m->name)
        return m;
    voting_free(m);
    return NULL;
}

static size_t columns_of_a_member(uint32_t task, size_t n_classes)
{
    return task == LT_CLASSIFY ? n_classes : 1;
}

static int voting_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    size_t k = columns_of_a_member(data->task, data->n_classes);
    if (!k || !data->p || data->p % k)
        return ctx->fail(ctx, LT_INVALID, "%zu columns are not the predictions of models for %zu classes", data->p, k);
    if (data->task != LT_CLASSIFY && kit_choice(p, VOTING) == HARD)
        return ctx->fail(ctx, LT_INVALID, "voting=hard counts classes, and the target is a number; leave it away");
    if (kit_none(p, WEIGHTS))
        return LT_OK;
    const struct lt_value *w = &p->v[WEIGHTS];
    double sum = 0;
    if (w->n != data->p / k)
        return ctx->fail(ctx, LT_INVALID, "weights has %u numbers, and there are %zu models", w->n, data->p / k);
    for (uint32_t i = 0; i < w->n; i++) {
        if (!(w->list[i] >= 0) || !isfinite(w->list[i]))
            return ctx->fail(ctx, LT_INVALID, "weight %u is %g; weights are 0 or more", i + 1, w->list[i]);
        sum += w->list[i];
    }
    return sum > 0 && isfinite(sum) ? LT_OK : ctx->fail(ctx, LT_INVALID, "the weights add up to %g", sum);
}

static int voting_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    size_t k = columns_of_a_member(data->task, data->n_classes), members = data->p / k;
    struct voting *m =
        voting_new(ctx, data->column, members, k, data->task == LT_CLASSIFY ? data->class_names : NULL);
    double sum = 0;
    if (!m)
        return LT_MEMORY;
    m->hard = kit_choice(p, VOTING) == HARD;
    for (size_t i = 0; i < members; i++) {
        m->weight[i] = kit_none(p, WEIGHTS) ? 1 : p->v[WEIGHTS].list[i];
        sum += m->weight[i];
    }
    for (size_t i = 0; i < members; i++)
        m->weight[i] /= sum;
    *model = m;
    return LT_OK;
}

static int voting_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    (void)ctx;
    (void)data;
    (void)units;
    ((struct voting *)model)->done = true;
    return LT_DONE;
}

/* The lowest class on ties. */
static size_t chosen(const double *proba, size_t k)
{
    size_t best = 0;
    for (size_t c = 1; c < k; c++)
        best = proba[c] > proba[best] ? c : best;
    return best;
}

static int voting_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct voting *m = model;
    double *to = out->proba ? out->proba : out->value;
    (void)ctx;
    for (size_t i = 0; i < data->n; i++, to += m->k) {
        const double *said = data->x64 + i * data->ld;
        memset(to, 0, m->k * sizeof *to);
        for (size_t j = 0; j < m->members; j++, said += m->k)
            if (m->hard)
                to[chosen(said, m->k)] += m->weight[j];
            else
                for (size_t c = 0; c < m->k; c++)
                    to[c] += m->weight[j] * said[c];
    }
    return LT_OK;
}

static int voting_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"member:text", "weight:real"};
    const struct voting *m = model;
    ctx->emit_table(ctx, "votes", m->hard ? "Votes" : "Shares in the mean", columns, 2);
    for (size_t j = 0; j < m->members; j++) {
        struct lt_cell cells[] = {LT_CTEXT(m->name[j]), LT_CREAL(m->weight[j])};
        ctx->emit_row(ctx, cells);
    }
    return LT_OK;
}

static int voting_save(struct lt_ctx *ctx, const void *model)
{
    const struct voting *m = model;
    int status = kit_put_f64(ctx, "weight", m->weight, m->members, 0);
    return status == LT_OK ? kit_put_count(ctx, "hard", m->hard) : status;
}

static int voting_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    size_t k = columns_of_a_member(info->task, info->n_classes);
    uint64_t hard = 0;
    (void)p;
    if (!k || !info->p || info->p % k)
        return ctx->fail(ctx, LT_INVALID, "the model has %zu columns for %zu classes; the file is damaged", info->p, k);
    struct voting *m =
        voting_new(ctx, info->column, info->p / k, k, info->task == LT_CLASSIFY ? info->class_names : NULL);
    if (!m)
        return LT_MEMORY;
    int status = kit_get_f64(ctx, "weight", m->weight, m->members, 0);
    if (status == LT_OK)
        status = kit_get_count(ctx, "hard", 0, 1, &hard);
    double sum = 0;
    for (size_t j = 0; status == LT_OK && j < m->members; j++) {
        if (!(m->weight[j] >= 0))
            status = ctx->fail(ctx, LT_INVALID, "weight %zu of the model is %g; the file is damaged", j + 1,
                               m->weight[j]);
        sum += m->weight[j];
    }
    if (status == LT_OK && !(fabs(sum - 1) < 1e-9))
        status = ctx->fail(ctx, LT_INVALID, "the weights of the model add up to %g; the file is damaged", sum);
    if (status != LT_OK) {
        voting_free(m);
        return status;
    }
    m->hard = hard;
    m->done = true;
    *model = m;
    return LT_OK;
}

static int voting_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct voting *)model)->done;
    *planned = 1;
    return LT_OK;
}

const struct lt_algo ensemble_voting = {
    LT_HEADER(1),
    .id = "voting",
    .name = "Vote",
    .version = "1",
    .summary = "The mean of what several models predict, or the class that most of them choose",
    .doc = "Trained by `vote forest logistic knn`, which trains the models and lets them vote.\n\n"
           "soft: p(c | x) = sum of w_j p_j(c | x), with weights w_j that sum to 1. hard: the share of the votes for "
           "c, where a model votes for the class it finds most probable. Numbers: sum of w_j f_j(x).\n\n"
           "Models that err in different ways correct each other: the squared error of a mean is the mean of their "
           "squared errors less how much they differ among themselves. So a vote is never worse than its members are "
           "on average, and nearly always better, unless they all make the same mistakes. Soft voting needs "
           "probabilities that mean what they say: look at `calibration` first.",
    .reference = "Krogh and Vedelsby (1995), Neural network ensembles, cross validation, and active learning, NIPS 7; "
                 "Kittler, Hatef, Duin and Matas (1998), On combining classifiers, IEEE PAMI 20(3)",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_COMBINES,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "pass",
    .check = voting_check,
    .begin = voting_begin,
    .step = voting_step,
    .predict = voting_predict,
    .describe = voting_describe,
    .save = voting_save,
    .load = voting_load,
    .free = voting_free,
    .units = voting_units,
};
