#include "host/state.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

size_t dtype_size(uint32_t dtype)
{
    static const size_t sizes[] = {[LT_T_F64] = 8, [LT_T_F32] = 4, [LT_T_I64] = 8, [LT_T_I32] = 4,
                                   [LT_T_U8] = 1,  [LT_T_U16] = 2, [LT_T_U32] = 4};
    return dtype < sizeof sizes / sizeof sizes[0] ? sizes[dtype] : 0;
}

bool tensor_bytes(const struct lt_tensor *t, size_t *bytes)
{
    *bytes = dtype_size(t->dtype);
    if (!*bytes || t->ndim > 4)
        return false;
    for (uint32_t i = 0; i < t->ndim; i++)
        if (!mem_mul(*bytes, t->shape[i], bytes))
            return false;
    return true;
}

/* All three kinds share one space of names. */
static bool check_name(const struct state *s, const char *name, struct err *e)
{
    size_t n = name ? strlen(name) : 0;
    if (!n || n > 200 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.") != n)
        return err_set(e, ERR_PLUGIN, "'%s' is no proper name of a value (a-z 0-9 _ . only)", name ? name : "");
    if (state_tensor(s, name) || state_number(s, name) || state_text(s, name))
        return err_set(e, ERR_PLUGIN, "the value '%s' was put twice", name);
    return true;
}

bool state_put_tensor(struct state *s, const char *name, const struct lt_tensor *t, struct err *e)
{
    size_t bytes;
    if (!check_name(s, name, e))
        return false;
    if (!tensor_bytes(t, &bytes) || (bytes && !t->data))
        return err_set(e, ERR_PLUGIN, "the tensor '%s' has no proper type or shape", name);
    void *copy = mem_bulk(bytes ? bytes : 1, 1, e);
    if (!copy)
        return false;
    if (bytes)
        memcpy(copy, t->data, bytes);
    struct state_tensor kept = {mem_strdup(name), *t, copy};
    for (uint32_t i = t->ndim; i < 4; i++)
        kept.t.shape[i] = 0;
    kept.t.data = copy;
    vec_push(&s->tensors, kept);
    return true;
}

bool state_put_number(struct state *s, const char *name, double value, struct err *e)
{
    if (!check_name(s, name, e))
        return false;
    vec_push(&s->numbers, (struct state_number){mem_strdup(name), value});
    return true;
}

bool state_put_text(struct state *s, const char *name, const char *value, struct err *e)
{
    if (!check_name(s, name, e))
        return false;
    vec_push(&s->texts, (struct state_text){mem_strdup(name), mem_strdup(value ? value : "")});
    return true;
}

const struct lt_tensor *state_tensor(const struct state *s, const char *name)
{
    for (size_t i = 0; i < s->tensors.n; i++)
        if (str_eq(s->tensors.v[i].name, name))
            return &s->tensors.v[i].t;
    return NULL;
}

const double *state_number(const struct state *s, const char *name)
{
    for (size_t i = 0; i < s->numbers.n; i++)
        if (str_eq(s->numbers.v[i].name, name))
            return &s->numbers.v[i].value;
    return NULL;
}

const char *state_text(const struct state *s, const char *name)
{
    for (size_t i = 0; i < s->texts.n; i++)
        if (str_eq(s->texts.v[i].name, name))
            return s->texts.v[i].value;
    return NULL;
}

void state_done(struct state *s)
{
    for (size_t i = 0; i < s->tensors.n; i++) {
        mem_free(s->tensors.v[i].name);
        mem_bulk_free(s->tensors.v[i].owned);
    }
    for (size_t i = 0; i < s->numbers.n; i++)
        mem_free(s->numbers.v[i].name);
    for (size_t i = 0; i < s->texts.n; i++) {
        mem_free(s->texts.v[i].name);
        mem_free(s->texts.v[i].value);
    }
    vec_done(&s->tensors);
    vec_done(&s->numbers);
    vec_done(&s->texts);
}
