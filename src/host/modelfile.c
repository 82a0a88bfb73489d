/* modelfile: a model as bytes, and back. Tensors are the module's; the metadata holds everything else as text:
 * what was trained, with what, from what. Nothing in it depends on the clock, so the same seed gives the same
 * bytes. */
#include <config.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/utf8.h"
#include "host/asked.h"
#include "host/ensemble_parts.h"
#include "host/model_parts.h"
#include "host/param.h"
#include "host/recipe_parts.h"
#include "host/safetensors.h"

static const char FORMAT[] = "lathe-model";
static const char FORMAT_VERSION[] = "1";

/* ---- small things as JSON ----------------------------------------------------------------------------------- */

static void set_text(json_t *meta, const char *key, const char *value)
{
    json_object_set_new(meta, key, json_text(value));
}

/* The metadata of a safetensors file is texts, so what has a structure is JSON in a text. */
static void set_json(json_t *meta, const char *key, json_t *value /* taken */)
{
    char *text = json_dumps(value, JSON_COMPACT);
    set_text(meta, key, text ? text : "null");
    free(text);
    json_decref(value);
}

static void set_count(json_t *meta, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    set_text(meta, key, text);
}

/* As a text that reads back as the same double, also when it is no finite number. */
static json_t *number_text(double x)
{
    char text[NUMBER_MAX];
    text[number_print(x, text)] = 0;
    return json_string(isnan(x) ? "nan" : isinf(x) ? (x > 0 ? "inf" : "-inf") : text);
}

static bool text_number(const char *s, double *out)
{
    if (!s)
        return false;
    if (!strcmp(s, "nan") || !strcmp(s, "inf") || !strcmp(s, "-inf")) {
        *out = s[0] == 'n' ? NAN : s[0] == '-' ? -INFINITY : INFINITY;
        return true;
    }
    return number_parse(s, strlen(s), out);
}

static json_t *params_json(const struct model *m)
{
    json_t *j = json_object();
    for (uint32_t i = 0; i < m->algo->d.n_params; i++) {
        const struct lt_param *row = algo_param(m->algo, i);
        struct str text = STR_INIT;
        if (m->values[i].is_none && !(row->flags & LT_NULLABLE))
            continue;
        param_print(row, &m->values[i], &text);
        json_object_set_new(j, row->name, json_text(str_get(&text)));
        str_done(&text);
    }
    return j;
}

static json_t *given_json(const struct model *m)
{
    json_t *j = json_array();
    for (uint32_t i = 0; i < m->algo->d.n_params; i++)
        if (m->values[i].given)
            json_array_append_new(j, json_string(algo_param(m->algo, i)->name));
    return j;
}

static json_t *texts_json(const char *const *v, size_t n)
{
    json_t *j = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(j, json_text(v[i]));
    return j;
}

static json_t *curve_numbers(const double *x, size_t n)
{
    json_t *j = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(j, isfinite(x[i]) ? json_real(x[i]) : json_null());
    return j;
}

static json_t *curves_json(const struct model *m)
{
    json_t *j = json_array();
    for (size_t i = 0; i < m->curves.n; i++) {
        const struct curve *c = &m->curves.v[i];
        json_array_append_new(j, json_pack("{s:o, s:o, s:o}", "name", json_text(c->name), "unit",
                                           curve_numbers(c->unit, c->n), "value", curve_numbers(c->value, c->n)));
    }
    return j;
}

static json_t *numbers_json(const struct state *s)
{
    json_t *j = json_object();
    for (size_t i = 0; i < s->numbers.n; i++)
        json_object_set_new(j, s->numbers.v[i].name, number_text(s->numbers.v[i].value));
    return j;
}

static json_t *state_texts_json(const struct state *s)
{
    json_t *j = json_object();
    for (size_t i = 0; i < s->texts.n; i++)
        json_object_set_new(j, s->texts.v[i].name, json_text(s->texts.v[i].value));
    return j;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static bool check_word(const char *what, const char *word, struct err *e)
{
    if (!word || utf8_valid(word, strlen(word)))
        return true;
    err_set(e, ERR_DATA, "the model can't be saved: %s '%s' is not valid UTF-8", what, word);
    return err_hint(e, "rename it, or load the data in its true encoding, and train again");
}

/* Names that predictions depend on have to come back as they are. */
static bool check_words(const struct model *m, struct err *e)
{
    bool good = check_word("the target", m->target, e);
    for (size_t c = 0; good && c < m->n_classes; c++)
        good = check_word("the class", m->class_names[c], e);
    for (size_t i = 0; good && i < m->recipe->n_inputs; i++) {
        const struct recipe_input *in = &m->recipe->input[i];
        good = check_word("the column", in->name, e);
        for (size_t k = 0; good && in->levels && k < dictionary_size(in->levels); k++)
            good = check_word("the level", dictionary_word(in->levels, (int32_t)k), e);
    }
    return good;
}

static json_t *metadata_of(const struct model *m, const struct state *s)
{
    json_t *meta = json_object();
    const struct lt_algo *d = &m->algo->d;
    char hash[32];
    set_text(meta, "format", FORMAT);
    set_text(meta, "format_version", FORMAT_VERSION);
    set_text(meta, "lathe_version", PACKAGE_VERSION);
    set_text(meta, "algo", d->id);
    set_text(meta, "algo_version", d->version);
    set_count(meta, "state_version", d->state_version);
    set_text(meta, "task", task_word(m->task));
    if (m->target)
        set_text(meta, "target", m->target);
    if (m->n_classes) {
        set_json(meta, "classes", texts_json(m->class_names, m->n_classes));
        set_count(meta, "positive", (uint64_t)(m->positive < 0 ? 0 : m->positive));
    }
    json_object_set_new(meta, "target_mean", number_text(m->target_mean));
    json_object_set_new(meta, "target_sd", number_text(m->target_sd));
    if (m->weights)
        set_text(meta, "weights", m->weights);
    set_json(meta, "params", params_json(m));
    set_json(meta, "given", given_json(m));
    set_json(meta, "recipe", recipe_to_json(m->recipe));
    set_json(meta, "training", asked_to_json(&m->asked));
    set_count(meta, "seed", m->seed);
    set_count(meta, "rows", m->rows);
    set_count(meta, "units", m->units);
    if (m->updates) {
        set_count(meta, "updates", m->updates);
        set_count(meta, "updated_rows", m->updated_rows);
    }
    set_text(meta, "partial", m->partial ? "yes" : "no");
    set_text(meta, "table", m->table_source);
    snprintf(hash, sizeof hash, "%016" PRIx64, model_data_hash(m));
    set_text(meta, "data_hash", hash);
    set_json(meta, "numbers", numbers_json(s));
    set_json(meta, "texts", state_texts_json(s));
    set_json(meta, "curves", curves_json(m));
    set_json(meta, "notes", texts_json(m->notes.v, m->notes.n));
    return meta;
}

bool model_bytes(const struct model *m, struct str *out, struct err *e)
{
    struct state s = {0};
    json_t *members = NULL;
    bool good = check_words(m, e) && model_state_save(m, m->state, &s, e) &&
                (!m->ensemble || ensemble_save(m->ensemble, &s, &members, e));
    if (good) {
        json_t *meta = metadata_of(m, &s);
        if (members)
            set_json(meta, "ensemble", members);
        good = safetensors_write(&s, meta, out, e);
        json_decref(meta);
    }
    state_done(&s);
    return good;
}

bool model_save(const struct model *m, const char *path, struct err *e)
{
    struct str bytes = STR_INIT;
    bool good = model_bytes(m, &bytes, e) && file_write_atomic(path, str_get(&bytes), bytes.len, e);
    str_done(&bytes);
    return good;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static bool broken(struct err *e, const char *key)
{
    return err_set(e, ERR_DATA, "the file is damaged: '%s' is missing or wrong", key);
}

static const char *get_text(const json_t *meta, const char *key)
{
    return json_string_value(json_object_get(meta, key));
}

static bool get_count(const json_t *meta, const char *key, uint64_t most, uint64_t *out, struct err *e)
{
    const char *s = get_text(meta, key);
    char *end = NULL;
    if (!s || *s < '0' || *s > '9' || strlen(s) > 20)
        return broken(e, key);
    *out = strtoull(s, &end, 10);
    return (*end == 0 && *out <= most) || broken(e, key);
}

/* The JSON inside a text; NULL and no error when the key is absent. */
static json_t *get_json(const json_t *meta, const char *key)
{
    const char *s = get_text(meta, key);
    return s ? json_loads(s, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

static bool read_algo(const json_t *meta, const struct algo **out, struct err *e)
{
    const char *format = get_text(meta, "format"), *version = get_text(meta, "format_version");
    const char *id = get_text(meta, "algo");
    uint64_t state_version;
    if (!format || strcmp(format, FORMAT))
        return err_set(e, ERR_DATA, "it is a safetensors file, but no model of lathe");
    if (!version || strcmp(version, FORMAT_VERSION)) {
        err_set(e, ERR_DATA, "the file has format version %.20s; this lathe reads version %s",
                version ? version : "?", FORMAT_VERSION);
        return err_hint(e, "use the version of lathe that wrote it (%.20s), or a newer one",
                        get_text(meta, "lathe_version") ? get_text(meta, "lathe_version") : "unknown");
    }
    *out = id ? algo_find(id) : NULL;
    if (!*out) {
        err_set(e, ERR_NOT_FOUND, "the model needs the algorithm '%.60s', which is not installed", id ? id : "");
        return err_hint(e, "`plugins` lists the modules and where they are looked for");
    }
    if (!get_count(meta, "state_version", UINT32_MAX, &state_version, e))
        return false;
    if (state_version != (*out)->d.state_version) {
        const char *by = get_text(meta, "algo_version");
        err_set(e, ERR_DATA,
                "the model was saved by version %.40s of %s, whose state (%llu) this version %s can't read (%u)",
                by ? by : "?", id, (unsigned long long)state_version, (*out)->d.version, (*out)->d.state_version);
        return err_hint(e, "train it again, or use the module that wrote it");
    }
    return true;
}

static bool read_classes(struct model *m, const json_t *meta, struct err *e)
{
    json_t *classes = get_json(meta, "classes"), *word;
    size_t i;
    uint64_t positive = 0;
    bool good = json_is_array(classes) && json_array_size(classes) && json_array_size(classes) <= 1000000;
    if (good) {
        m->n_classes = json_array_size(classes);
        m->class_names = arena_zero(m->arena, m->n_classes + 1, sizeof *m->class_names);
        json_array_foreach (classes, i, word) {
            good = good && json_is_string(word);
            m->class_names[i] = arena_strdup(m->arena, json_is_string(word) ? json_string_value(word) : "");
        }
    }
    json_decref(classes);
    if (!good)
        return broken(e, "classes");
    if (!get_count(meta, "positive", m->n_classes - 1, &positive, e))
        return false;
    m->positive = (int)positive;
    return true;
}

static bool read_task(struct model *m, const json_t *meta, struct err *e)
{
    const char *word = get_text(meta, "task"), *target = get_text(meta, "target");
    if (!word || !task_from_word(word, &m->task) || !(m->algo->d.tasks & m->task))
        return broken(e, "task");
    bool needs = algo_learns_target(&m->algo->d, m->task);
    if (needs && !target)
        return broken(e, "target");
    m->target = needs ? arena_strdup(m->arena, target) : NULL;
    if (!text_number(get_text(meta, "target_mean"), &m->target_mean) || !isfinite(m->target_mean))
        return broken(e, "target_mean");
    if (!text_number(get_text(meta, "target_sd"), &m->target_sd) || !isfinite(m->target_sd) || !(m->target_sd > 0))
        return broken(e, "target_sd");
    return !algo_learns_classes(&m->algo->d, m->task) || read_classes(m, meta, e);
}

/* Parameters are read as a user's are. Rows that this version of the module has no longer are passed over. */
static bool read_params(struct model *m, const json_t *meta, struct err *e)
{
    const struct lt_algo *d = &m->algo->d;
    m->values = arena_zero(m->arena, d->n_params ? d->n_params : 1, sizeof *m->values);
    if (!param_defaults(d->params, d->param_size, d->n_params, m->values, m->arena, e))
        return false;
    json_t *params = get_json(meta, "params"), *given = get_json(meta, "given"), *value;
    const char *name;
    size_t i;
    bool good = json_is_object(params) || broken(e, "params");
    if (good)
        json_object_foreach (params, name, value) {
            int at = param_find(d->params, d->param_size, d->n_params, name);
            if (at < 0 || !good)
                continue;
            good = json_is_string(value) ? param_parse(algo_param(m->algo, (uint32_t)at), json_string_value(value),
                                                       &m->values[at], m->arena, e)
                                         : broken(e, "params");
            m->values[at].given = 0;
        }
    json_array_foreach (given, i, value) {
        int at = json_is_string(value)
                     ? param_find(d->params, d->param_size, d->n_params, json_string_value(value))
                     : -1;
        if (at >= 0)
            m->values[at].given = 1;
    }
    json_decref(params);
    json_decref(given);
    if (!good && e)
        e->code = ERR_DATA;
    return good;
}

/* Older files don't say; then it is the defaults. */
static bool read_training(struct model *m, const json_t *meta, struct err *e)
{
    json_t *j = get_json(meta, "training");
    bool good = j ? asked_from_json(&m->asked, j) : !get_text(meta, "training");
    json_decref(j);
    return good || broken(e, "training");
}

static bool read_recipe(struct model *m, const json_t *meta, struct err *e)
{
    json_t *j = get_json(meta, "recipe");
    m->recipe = j ? recipe_from_json(j, e) : NULL;
    if (!j)
        broken(e, "recipe");
    json_decref(j);
    return m->recipe != NULL;
}

/* Models that never learned more don't say so. */
static bool read_updates(struct model *m, const json_t *meta, struct err *e)
{
    uint64_t updates, rows;
    if (!get_text(meta, "updates"))
        return true;
    if (!get_count(meta, "updates", UINT32_MAX, &updates, e) || !get_count(meta, "updated_rows", m->rows, &rows, e))
        return false;
    m->updates = (size_t)updates;
    m->updated_rows = (size_t)rows;
    return true;
}

static bool read_origin(struct model *m, const json_t *meta, struct err *e)
{
    const char *hash = get_text(meta, "data_hash"), *partial = get_text(meta, "partial");
    const char *table = get_text(meta, "table"), *weights = get_text(meta, "weights");
    uint64_t rows;
    if (!get_count(meta, "seed", UINT64_MAX, &m->seed, e) || !get_count(meta, "rows", (uint64_t)1 << 53, &rows, e) ||
        !get_count(meta, "units", UINT64_MAX, &m->units, e))
        return false;
    m->rows = (size_t)rows;
    if (!read_updates(m, meta, e))
        return false;
    if (!hash || strlen(hash) != 16 || strspn(hash, "0123456789abcdef") != 16)
        return broken(e, "data_hash");
    m->data_hash = strtoull(hash, NULL, 16);
    m->partial = partial && !strcmp(partial, "yes");
    m->table_source = arena_strdup(m->arena, table ? table : "");
    m->weights = arena_strdup(m->arena, weights);
    return true;
}

static bool read_curves(struct model *m, const json_t *meta, struct err *e)
{
    json_t *curves = get_json(meta, "curves"), *c;
    size_t i;
    bool good = true;
    json_array_foreach (curves, i, c) {
        const char *name = json_string_value(json_object_get(c, "name"));
        const json_t *unit = json_object_get(c, "unit"), *value = json_object_get(c, "value");
        good = good && name && json_is_array(unit) && json_array_size(unit) == json_array_size(value);
        for (size_t k = 0; good && k < json_array_size(unit); k++) {
            const json_t *v = json_array_get(value, k);
            curves_add(&m->curves, name, json_number_value(json_array_get(unit, k)),
                       json_is_number(v) ? json_number_value(v) : NAN);
        }
    }
    json_decref(curves);
    curves_view(&m->curves);
    return good || broken(e, "curves");
}

static void read_notes(struct model *m, const json_t *meta)
{
    json_t *notes = get_json(meta, "notes"), *s;
    size_t i;
    json_array_foreach (notes, i, s)
        if (json_is_string(s))
            sentences_add(&m->notes, "%s", json_string_value(s));
    json_decref(notes);
}

static bool read_numbers(struct state *s, const json_t *meta, struct err *e)
{
    json_t *numbers = get_json(meta, "numbers"), *texts = get_json(meta, "texts"), *value;
    const char *name;
    double x;
    bool good = json_is_object(numbers) && json_is_object(texts);
    if (good)
        json_object_foreach (numbers, name, value)
            good = good && text_number(json_string_value(value), &x) && state_put_number(s, name, x, NULL);
    if (good)
        json_object_foreach (texts, name, value)
            good = good && json_is_string(value) && state_put_text(s, name, json_string_value(value), NULL);
    json_decref(numbers);
    json_decref(texts);
    return good || broken(e, "numbers");
}

static bool read_ensemble(struct model *m, const json_t *meta, const struct state *s, int depth, struct err *e)
{
    json_t *j = get_json(meta, "ensemble");
    bool combines = m->algo->d.traits & LT_COMBINES;
    if (!j)
        return (!combines && !get_text(meta, "ensemble")) || broken(e, "ensemble");
    m->ensemble = ensemble_load(j, s, m, depth, e);
    json_decref(j);
    return m->ensemble != NULL;
}

struct model *model_read(const char *data, size_t size, int depth, struct err *e)
{
    struct state s = {0};
    json_t *meta = NULL;
    const struct algo *algo = NULL;
    struct model *m = NULL;
    bool good = safetensors_read(data, size, &s, &meta, e) && read_algo(meta, &algo, e);
    if (good) {
        m = model_new(algo);
        good = read_task(m, meta, e) && read_params(m, meta, e) && read_recipe(m, meta, e) &&
               read_training(m, meta, e) && read_origin(m, meta, e) && read_curves(m, meta, e) &&
               read_numbers(&s, meta, e) && model_bind_columns(m, e) && read_ensemble(m, meta, &s, depth, e);
        if (good) {
            read_notes(m, meta);
            m->state = model_state_load(m, &s, e);
            good = m->state != NULL;
            /* Whatever a module finds wrong with a file is the file's fault. */
            if (!good && e && e->code != ERR_MEMORY)
                e->code = ERR_DATA;
        }
    }
    if (!good) {
        model_unref(m);
        m = NULL;
    }
    json_decref(meta);
    state_done(&s);
    return m;
}

struct model *model_load_bytes(const char *data, size_t size, struct err *e)
{
    return model_read(data, size, 0, e);
}

struct model *model_load(const char *path, struct err *e)
{
    struct file_bytes bytes;
    if (!file_read(path, &bytes, e))
        return NULL;
    struct model *m = model_load_bytes(bytes.data, bytes.size, e);
    file_bytes_done(&bytes);
    if (!m)
        err_wrap(e, "%s", path);
    return m;
}
