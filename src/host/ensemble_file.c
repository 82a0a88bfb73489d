/* ensemble_file: members in the file of their ensemble. Each is a whole model file, as one tensor of bytes. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "host/ensemble_parts.h"
#include "host/recipe_parts.h"

enum { MEMBERS_MOST = 1000 };

static void tensor_name(char *name, size_t size, size_t i)
{
    snprintf(name, size, "lathe.member.%zu", i);
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static json_t *score_json(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *members_json(const struct ensemble *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->options.n; i++)
        json_array_append_new(list, json_pack("{s:o, s:[o, o]}", "name", json_text(s->options.member[i].name), "score",
                                              score_json(s->score[i][0]), score_json(s->score[i][1])));
    return list;
}

bool ensemble_save(const struct ensemble *s, struct state *tensors, json_t **meta, struct err *e)
{
    bool good = true;
    for (size_t i = 0; good && i < s->options.n; i++) {
        struct str bytes = STR_INIT;
        char name[40];
        tensor_name(name, sizeof name, i);
        good = model_bytes(s->member[i], &bytes, e);
        struct lt_tensor t = {.dtype = LT_T_U8, .ndim = 1, .shape = {bytes.len}, .data = bytes.s};
        good = good && state_put_tensor(tensors, name, &t, e);
        str_done(&bytes);
        if (!good)
            return err_wrap(e, "%s", s->options.member[i].name);
    }
    json_t *raw = json_array();
    for (size_t j = 0; j < s->n_raw; j++)
        json_array_append_new(raw, json_text(s->raw[j]));
    *meta = json_pack("{s:s, s:i, s:f, s:o, s:o}", "kind", ensemble_kind_word(s->options.kind), "folds",
                      s->options.folds, "holdout", s->options.holdout, "raw", raw, "members", members_json(s));
    return *meta != NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static bool damaged(struct err *e)
{
    return err_set(e, ERR_DATA, "the file is damaged: 'ensemble' is missing or wrong");
}

static bool read_options(const json_t *meta, struct ensemble_options *o, struct err *e)
{
    const char *kind = json_string_value(json_object_get(meta, "kind"));
    json_int_t folds = json_integer_value(json_object_get(meta, "folds"));
    const json_t *members = json_object_get(meta, "members");
    for (int k = ENSEMBLE_VOTE; kind && k <= ENSEMBLE_BLEND; k++)
        if (str_eq(kind, ensemble_kind_word((enum ensemble_kind)k))) {
            o->kind = (enum ensemble_kind)k;
            o->folds = (int)folds;
            o->holdout = json_number_value(json_object_get(meta, "holdout"));
            o->n = json_array_size(members);
            o->passthrough = json_array_size(json_object_get(meta, "raw")) > 0;
            bool shape = folds >= 0 && folds <= 1000000 && o->holdout >= 0 && o->holdout < 1 && o->n >= 2 &&
                         o->n <= MEMBERS_MOST;
            return shape || damaged(e);
        }
    return damaged(e);
}

/* A member predicts the same as the ensemble does. */
static bool same_target(const struct model *member, const struct model *m)
{
    if (member->task != m->task || member->n_classes != m->n_classes || !str_eq(member->target, m->target))
        return false;
    for (size_t c = 0; c < m->n_classes; c++)
        if (!str_eq(member->class_names[c], m->class_names[c]))
            return false;
    return true;
}

static struct model *read_member(const struct state *tensors, size_t i, const struct model *m, int depth,
                                 struct err *e)
{
    char name[40];
    tensor_name(name, sizeof name, i);
    const struct lt_tensor *t = state_tensor(tensors, name);
    if (!t || t->dtype != LT_T_U8 || t->ndim != 1) {
        damaged(e);
        return NULL;
    }
    struct model *member = model_read(t->data, t->shape[0], depth + 1, e);
    if (member && !same_target(member, m)) {
        damaged(e);
        model_unref(member);
        return NULL;
    }
    return member;
}

struct ensemble *ensemble_load(const json_t *meta, const struct state *tensors, const struct model *m, int depth,
                               struct err *e)
{
    struct ensemble_options o = {0};
    struct ensemble *s = NULL;
    VEC(const char *) raw = {0};
    if (depth >= ENSEMBLE_DEEPEST) {
        err_set(e, ERR_DATA, "the file is damaged: ensembles of ensembles deeper than %d", ENSEMBLE_DEEPEST);
        return NULL;
    }
    if (!read_options(meta, &o, e))
        return NULL;
    struct ensemble_member *who = mem_zero(o.n, sizeof *who);
    struct model **member = mem_zero(o.n, sizeof(struct model *));
    const json_t *members = json_object_get(meta, "members"), *names = json_object_get(meta, "raw");
    bool good = true;
    for (size_t i = 0; good && i < o.n; i++) {
        who[i].name = json_string_value(json_object_get(json_array_get(members, i), "name"));
        good = who[i].name || damaged(e);
        member[i] = good ? read_member(tensors, i, m, depth, e) : NULL;
        good = member[i] != NULL;
    }
    for (size_t j = 0; good && j < json_array_size(names); j++) {
        vec_push(&raw, json_string_value(json_array_get(names, j)));
        good = raw.v[j] || damaged(e);
    }
    o.member = who;
    if (good) {
        s = ensemble_new(&o, member, raw.v, raw.n);
        for (size_t i = 0; i < o.n; i++)
            for (size_t k = 0; k < 2; k++) {
                const json_t *x = json_array_get(json_object_get(json_array_get(members, i), "score"), k);
                s->score[i][k] = json_is_number(x) ? json_number_value(x) : (double)NAN;
            }
    } else {
        for (size_t i = 0; i < o.n; i++)
            model_unref(member[i]);
    }
    vec_done(&raw);
    mem_free(who);
    mem_free(member);
    return s;
}
