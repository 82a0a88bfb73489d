/* ensemble: the members of a trained ensemble, and the table of what they predict. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "host/ensemble_parts.h"
#include "num/metrics.h"
#include "view/view.h"

const char *ensemble_kind_word(enum ensemble_kind kind)
{
    static const char *const words[] = {"vote", "stack", "blend"};
    return words[kind];
}

/* ---- making ------------------------------------------------------------------------------------------------- */

static void add_input(struct ensemble *s, size_t *room, const char *name)
{
    for (size_t i = 0; i < s->n_inputs; i++)
        if (str_eq(s->input[i], name))
            return;
    if (s->n_inputs == *room) {
        size_t more = *room ? 2 * *room : 16;
        const char **longer = arena_zero(s->arena, more, sizeof *longer);
        if (s->n_inputs)
            memcpy(longer, s->input, s->n_inputs * sizeof *longer);
        s->input = longer;
        *room = more;
    }
    s->input[s->n_inputs++] = arena_strdup(s->arena, name);
}

static const char *const *inputs_of(struct arena *a, const struct model *m)
{
    size_t n = model_inputs(m);
    const char **names = arena_zero(a, n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++)
        names[i] = arena_strdup(a, model_input_name(m, i));
    return names;
}

struct ensemble *ensemble_new(const struct ensemble_options *o, struct model **member, const char *const *raw,
                              size_t n_raw)
{
    struct ensemble *s = mem_zero(1, sizeof *s);
    size_t room = 0;
    atomic_init(&s->refs, 1);
    s->arena = arena_new();
    s->options = *o;
    s->member = mem_zero(o->n, sizeof(struct model *));
    s->score = mem_zero(o->n, sizeof *s->score);
    struct ensemble_member *who = arena_zero(s->arena, o->n, sizeof *who);
    for (size_t i = 0; i < o->n; i++) {
        s->member[i] = member[i];
        s->score[i][0] = s->score[i][1] = NAN;
        who[i].name = arena_strdup(s->arena, o->member[i].name);
        train_options_of(member[i], &who[i].train);
        who[i].n_features = model_inputs(member[i]);
        who[i].features = inputs_of(s->arena, member[i]);
        for (size_t j = 0; j < who[i].n_features; j++)
            add_input(s, &room, who[i].features[j]);
    }
    s->options.member = who;
    s->raw = arena_zero(s->arena, n_raw + 1, sizeof *s->raw);
    for (size_t j = 0; j < n_raw; j++) {
        s->raw[s->n_raw++] = arena_strdup(s->arena, raw[j]);
        add_input(s, &room, raw[j]);
    }
    return s;
}

struct ensemble *ensemble_ref(struct ensemble *s)
{
    if (s)
        atomic_fetch_add(&s->refs, 1);
    return s;
}

void ensemble_unref(struct ensemble *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    for (size_t i = 0; i < s->options.n; i++)
        model_unref(s->member[i]);
    mem_free(s->member);
    mem_free(s->score);
    arena_free(s->arena);
    mem_free(s);
}

/* ---- what is known of one ----------------------------------------------------------------------------------- */

const struct ensemble_options *model_ensemble(const struct model *m)
{
    return m->ensemble ? &m->ensemble->options : NULL;
}

const struct model *model_member(const struct model *m, size_t i)
{
    return m->ensemble && i < m->ensemble->options.n ? m->ensemble->member[i] : NULL;
}

double model_member_score(const struct model *m, size_t i, int which)
{
    return model_member(m, i) ? m->ensemble->score[i][which] : (double)NAN;
}

/* ---- the level ---------------------------------------------------------------------------------------------- */

bool level_add_classes(struct table_builder *b, const char *name, const double *proba, size_t n, size_t k,
                       const char *const *classes, bool all, struct err *e)
{
    struct str label = STR_INIT;
    bool good = true;
    for (size_t c = k == 2 && !all ? 1 : 0; good && c < k; c++) {
        double *data = column_buffer(COLUMN_F64, n, e);
        good = data != NULL;
        for (size_t i = 0; good && i < n; i++)
            data[i] = proba[i * k + c];
        str_clear(&label);
        str_printf(&label, "%s.%s", name, classes[c]);
        if (good)
            table_builder_add(b, str_get(&label), column_from_f64(data, n));
    }
    str_done(&label);
    return good;
}

bool level_add_numbers(struct table_builder *b, const char *name, const double *value, size_t n, struct err *e)
{
    double *data = column_buffer(COLUMN_F64, n, e);
    if (!data)
        return false;
    memcpy(data, value, n * sizeof *data);
    table_builder_add(b, name, column_from_f64(data, n));
    return true;
}

/* rows NULL: the first n. */
static struct table *first_or_listed(const struct table *t, const uint32_t *rows, size_t n, struct err *e)
{
    if (!rows && n == table_rows(t))
        return table_ref(t);
    if (rows)
        return table_take(t, rows, n, e);
    uint32_t *first = mem_bulk(n + 1, sizeof *first, e);
    for (size_t i = 0; first && i < n; i++)
        first[i] = (uint32_t)i;
    struct table *taken = first ? table_take(t, first, n, e) : NULL;
    mem_bulk_free(first);
    return taken;
}

bool level_add_raw(struct table_builder *b, const struct table *t, const char *const *raw, size_t n_raw,
                   const uint32_t *rows, size_t n, struct err *e)
{
    VEC(int) cols = {0};
    bool good = true;
    for (size_t j = 0; good && j < n_raw; j++) {
        int at = table_require(t, raw[j], e);
        good = at >= 0;
        vec_push(&cols, at);
    }
    struct table *some = good && n_raw ? table_select(t, cols.v, cols.n) : NULL;
    struct table *taken = some ? first_or_listed(some, rows, n, e) : NULL;
    for (size_t j = 0; taken && j < n_raw; j++)
        table_builder_add(b, raw[j], column_ref(table_column(taken, j)));
    good = good && (!n_raw || taken);
    table_unref(some);
    table_unref(taken);
    vec_done(&cols);
    return good;
}

struct table *ensemble_level(const struct ensemble *s, const struct table *t, const uint32_t *rows, size_t n,
                             size_t *unseen, struct progress *p, struct err *e)
{
    struct table_builder *b = table_builder_new(n, table_source(t));
    bool good = true, all = s->options.kind == ENSEMBLE_VOTE;
    *unseen = 0;
    for (size_t i = 0; good && i < s->options.n; i++) {
        const struct model *m = s->member[i];
        struct predictions is;
        good = model_predict(m, t, rows, n, &is, p, e);
        if (!good) {
            err_wrap(e, "%s", s->options.member[i].name);
            break;
        }
        good = is.proba ? level_add_classes(b, s->options.member[i].name, is.proba, n, is.k, m->class_names, all, e)
                        : level_add_numbers(b, s->options.member[i].name, is.value, n, e);
        *unseen = is.unseen > *unseen ? is.unseen : *unseen;
        predictions_done(&is);
    }
    good = good && level_add_raw(b, t, s->raw, s->n_raw, rows, n, e);
    if (good)
        return table_builder_done(b);
    table_builder_free(b);
    return NULL;
}

/* ---- to see ------------------------------------------------------------------------------------------------- */

void ensemble_describe(const struct ensemble *s, enum lt_task task, struct view_list *out)
{
    static const enum metric_id judged[][2] = {{METRIC_LOGLOSS, METRIC_ACCURACY}, {METRIC_RMSE, METRIC_R2}};
    const enum metric_id *metric = judged[task == LT_REGRESS];
    const struct view_column columns[] = {{"member", NULL, CELL_TEXT, 0},
                                          {"algo", NULL, CELL_TEXT, 0},
                                          {"parameters", NULL, CELL_TEXT, 0},
                                          {metric_table[metric[0]].name, NULL, CELL_REAL, 0},
                                          {metric_table[metric[1]].name, NULL, CELL_REAL, 0}};
    bool judges = s->options.kind != ENSEMBLE_VOTE;
    struct view *v = view_table_new("members", "Members", columns, judges ? 5 : 3);
    struct str text = STR_INIT;
    for (size_t i = 0; i < s->options.n; i++) {
        size_t r = view_row(v);
        str_clear(&text);
        model_params_text(s->member[i], false, &text);
        view_cell_text(v, r, 0, s->options.member[i].name);
        view_cell_text(v, r, 1, model_kind(s->member[i]));
        view_cell_text(v, r, 2, str_get(&text));
        for (int k = 0; judges && k < 2; k++)
            view_cell_real(v, r, 3 + (size_t)k, s->score[i][k]);
    }
    str_done(&text);
    if (s->options.kind == ENSEMBLE_STACK)
        view_set_caption(v, "judged on rows of %d folds that the member had not seen", s->options.folds);
    else if (s->options.kind == ENSEMBLE_BLEND)
        view_set_caption(v, "judged on the %g %% of the rows that were held back", 100 * s->options.holdout);
    view_list_add(out, v);
}
