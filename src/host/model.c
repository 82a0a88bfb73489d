#include "host/model_parts.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "host/asked.h"
#include "host/ensemble_parts.h"
#include "host/param.h"

struct model *model_new(const struct algo *a)
{
    struct model *m = mem_zero(1, sizeof *m);
    atomic_init(&m->refs, 1);
    m->algo = a;
    m->arena = arena_new();
    m->target_sd = 1;
    m->fit_seconds = NAN;
    m->positive = -1;
    m->created = m->table_source = "";
    train_options_init(&m->asked);
    return m;
}

void train_options_of(const struct model *m, struct train_options *o)
{
    *o = m->asked;
    o->algo = m->algo;
    o->params = m->values;
    o->task = m->task;
    o->seed = m->seed;
    o->weights = m->weights;
    o->max_units = m->partial ? m->units : 0;
    o->ensemble = model_ensemble(m);
}

struct model *model_ref(const struct model *m)
{
    struct model *mine = (struct model *)(uintptr_t)m;
    if (mine)
        atomic_fetch_add(&mine->refs, 1);
    return mine;
}

void model_unref(struct model *m)
{
    if (!m || atomic_fetch_sub(&m->refs, 1) != 1)
        return;
    if (m->state)
        m->algo->d.free(m->state);
    ensemble_unref(m->ensemble);
    recipe_unref(m->recipe);
    table_unref(m->table);
    curves_done(&m->curves);
    sentences_done(&m->notes);
    arena_free(m->arena);
    mem_free(m);
}

/* ---- parameters --------------------------------------------------------------------------------------------- */

struct lt_value *values_copy(struct arena *a, const struct lt_value *v, uint32_t n)
{
    struct lt_value *copy = arena_zero(a, n ? n : 1, sizeof *copy);
    for (uint32_t i = 0; i < n; i++) {
        copy[i] = v[i];
        copy[i].s = arena_strdup(a, v[i].s);
        if (v[i].list && v[i].n) {
            double *list = arena_alloc(a, v[i].n * sizeof *list);
            memcpy(list, v[i].list, v[i].n * sizeof *list);
            copy[i].list = list;
        }
    }
    return copy;
}

struct lt_params model_lt_params(const struct model *m)
{
    return (struct lt_params){sizeof(struct lt_params), m->algo->d.n_params, m->values};
}

static int output_index(const struct model *m, const char *name, size_t n)
{
    const struct lt_column *columns;
    size_t count = recipe_outputs(m->recipe, &columns);
    for (size_t i = 0; i < count; i++)
        if (strlen(columns[i].name) == n && !memcmp(columns[i].name, name, n))
            return (int)i;
    return -1;
}

static bool no_such_feature(const struct model *m, const struct lt_param *row, const char *name, size_t n,
                            struct err *e)
{
    const struct lt_column *columns;
    size_t count = recipe_outputs(m->recipe, &columns);
    const char **names = mem_zero(count ? count : 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = columns[i].name;
    char *word = mem_strndup(name, n);
    err_set(e, ERR_NOT_FOUND, "%s=%s: there is no such feature among the columns that %s gets", row->name, word,
            m->algo->d.id);
    err_suggest(e, word, names, (int)count);
    mem_free(word);
    mem_free(names);
    return false;
}

bool model_bind_columns(struct model *m, struct err *e)
{
    for (uint32_t i = 0; i < m->algo->d.n_params; i++) {
        const struct lt_param *row = algo_param(m->algo, i);
        struct lt_value *v = &m->values[i];
        if (v->is_none || !v->s || (row->type != LT_COLUMN && row->type != LT_COLUMNS_LIST))
            continue;
        if (row->type == LT_COLUMN) {
            v->i = output_index(m, v->s, strlen(v->s));
            if (v->i < 0)
                return no_such_feature(m, row, v->s, strlen(v->s), e);
            continue;
        }
        size_t room = strlen(v->s) / 2 + 1;
        double *list = arena_alloc(m->arena, room * sizeof *list);
        v->n = 0;
        for (const char *s = v->s; *s;) {
            size_t n = strcspn(s, ",");
            int at = output_index(m, s, n);
            if (at < 0)
                return no_such_feature(m, row, s, n, e);
            list[v->n++] = at;
            s += n + (s[n] == ',');
        }
        v->list = list;
    }
    return true;
}

const struct lt_value *model_param(const struct model *m, const char *name)
{
    int i = param_find(m->algo->d.params, m->algo->d.param_size, m->algo->d.n_params, name);
    return i < 0 ? NULL : &m->values[i];
}

static void print_value(const struct lt_param *row, const struct lt_value *v, struct str *out)
{
    struct str text = STR_INIT;
    param_print(row, v, &text);
    bool plain = text.len && !strpbrk(text.s, " \"#;\\|>");
    str_printf(out, plain ? "%s%s=%s" : "%s%s=\"%s\"", out->len ? " " : "", row->name, str_get(&text));
    str_done(&text);
}

void model_params_text(const struct model *m, bool all, struct str *out)
{
    struct str text = STR_INIT;
    for (uint32_t i = 0; i < m->algo->d.n_params; i++)
        if (all || m->values[i].given)
            print_value(algo_param(m->algo, i), &m->values[i], &text);
    asked_text(&m->asked, &text);
    if (m->weights)
        str_printf(&text, " weights=%s", m->weights);
    str_add(out, str_get(&text) + (text.len && text.s[0] == ' '));
    str_done(&text);
}

/* ---- what is known of it ------------------------------------------------------------------------------------ */

const struct algo *model_algo(const struct model *m)
{
    return m->algo;
}

enum lt_task model_task(const struct model *m)
{
    return m->task;
}

const char *model_target(const struct model *m)
{
    return m->target;
}

const struct recipe *model_recipe(const struct model *m)
{
    return m->recipe;
}

size_t model_inputs(const struct model *m)
{
    return m->ensemble ? m->ensemble->n_inputs : m->recipe ? recipe_inputs(m->recipe) : 0;
}

const char *model_input_name(const struct model *m, size_t i)
{
    return m->ensemble ? m->ensemble->input[i] : recipe_input_name(m->recipe, i);
}

const char *model_kind(const struct model *m)
{
    return m->ensemble ? ensemble_kind_word(m->ensemble->options.kind) : m->algo->d.id;
}

size_t model_classes(const struct model *m, const char *const **names)
{
    if (names)
        *names = m->class_names;
    return m->n_classes;
}

int model_positive(const struct model *m)
{
    return m->positive;
}

uint64_t model_seed(const struct model *m)
{
    return m->seed;
}

size_t model_rows(const struct model *m)
{
    return m->rows;
}

double model_fit_seconds(const struct model *m)
{
    return m->fit_seconds;
}

uint64_t model_units(const struct model *m)
{
    return m->units;
}

size_t model_updates(const struct model *m, size_t *rows)
{
    if (rows)
        *rows = m->updated_rows;
    return m->updates;
}

bool model_is_partial(const struct model *m)
{
    return m->partial;
}

const char *model_table(const struct model *m)
{
    return m->table_source;
}

bool model_learned_from(const struct model *m, const struct table *t)
{
    return m->table == t;
}

uint64_t model_data_hash(const struct model *m)
{
    return m->table ? table_hash(m->table) : m->data_hash;
}

const char *model_created(const struct model *m)
{
    return m->created;
}

size_t model_curves(const struct model *m, const struct model_curve **curves)
{
    *curves = m->curves.view;
    return m->curves.view ? m->curves.n : 0;
}

size_t model_notes(const struct model *m, const char *const **sentences)
{
    *sentences = m->notes.v;
    return m->notes.n;
}

static const struct {
    enum lt_task task;
    const char *word;
} task_words[] = {
    {LT_CLASSIFY, "classify"},   {LT_REGRESS, "regress"}, {LT_CLUSTER, "cluster"},
    {LT_TRANSFORM, "transform"}, {LT_ANOMALY, "anomaly"}, {LT_FORECAST, "forecast"},
    {LT_RECOMMEND, "recommend"}, {LT_EMBED, "embed"},     {LT_GENERATE, "generate"},
};

const char *task_word(enum lt_task t)
{
    for (size_t i = 0; i < sizeof task_words / sizeof task_words[0]; i++)
        if (task_words[i].task == t)
            return task_words[i].word;
    return "?";
}

bool task_from_word(const char *word, enum lt_task *out)
{
    for (size_t i = 0; i < sizeof task_words / sizeof task_words[0]; i++)
        if (str_eq(task_words[i].word, word)) {
            *out = task_words[i].task;
            return true;
        }
    return false;
}

/* ---- the module's state ------------------------------------------------------------------------------------- */

bool model_state_save(const struct model *m, const void *state, struct state *out, struct err *e)
{
    struct plugin_call call;
    plugin_call_init(&call, m->seed, NULL);
    call.put = out;
    int status = m->algo->d.save(plugin_call_reset(&call), state);
    bool good = status == LT_OK && !call.code;
    if (!good)
        plugin_call_error(&call, status == LT_OK ? call.code : status, m->algo, "save", e);
    plugin_call_done(&call);
    return good;
}

void *model_state_load(const struct model *m, const struct state *from, struct err *e)
{
    const struct lt_column *columns;
    struct lt_info info = {.size = sizeof info, .task = m->task, .n = m->rows};
    info.p = recipe_outputs(m->recipe, &columns);
    info.column = columns;
    info.n_classes = (uint32_t)m->n_classes;
    info.class_names = m->class_names;
    struct lt_params params = model_lt_params(m);
    struct plugin_call call;
    void *state = NULL;
    plugin_call_init(&call, m->seed, NULL);
    call.get = from;
    int status = m->algo->d.load(plugin_call_reset(&call), &params, &info, &state);
    if (status != LT_OK || !state) {
        plugin_call_error(&call, status == LT_OK ? LT_INTERNAL : status, m->algo, "load", e);
        state = NULL;
    }
    plugin_call_done(&call);
    return state;
}

bool model_describe(const struct model *m, struct view_list *out, struct err *e)
{
    struct plugin_call call;
    plugin_call_init(&call, m->seed, NULL);
    call.views = out;
    if (m->ensemble)
        ensemble_describe(m->ensemble, m->task, out);
    int status = m->algo->d.describe(plugin_call_reset(&call), m->state);
    plugin_call_finish_views(&call);
    if (status != LT_OK)
        plugin_call_error(&call, status, m->algo, "describe", e);
    plugin_call_done(&call);
    return status == LT_OK;
}
