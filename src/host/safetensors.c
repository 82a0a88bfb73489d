#include "host/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"

#define HEADER_MOST ((size_t)100 * 1000 * 1000)

static const char *const dtype_names[] = {
    [LT_T_F64] = "F64", [LT_T_F32] = "F32", [LT_T_I64] = "I64", [LT_T_I32] = "I32",
    [LT_T_U8] = "U8",   [LT_T_U16] = "U16", [LT_T_U32] = "U32"};

/* ---- writing ------------------------------------------------------------------------------------------------ */

static json_t *entry(const struct lt_tensor *t, size_t begin, size_t end)
{
    json_t *shape = json_array();
    for (uint32_t i = 0; i < t->ndim; i++)
        json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", dtype_names[t->dtype], "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)end);
}

static void put_length(struct str *out, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        str_addc(out, (char)(n >> (8 * i) & 255));
}

bool safetensors_write(const struct state *s, const json_t *metadata, struct str *out, struct err *e)
{
    const struct state_tensor **order = mem_zero(s->tensors.n + 1, sizeof *order);
    size_t n = 0, at = 0;
    for (size_t element = 8; element; element /= 2)
        for (size_t i = 0; i < s->tensors.n; i++)
            if (dtype_size(s->tensors.v[i].t.dtype) == element)
                order[n++] = &s->tensors.v[i];

    json_t *header = json_object();
    json_object_set(header, "__metadata__", (json_t *)(uintptr_t)metadata);
    for (size_t i = 0; i < n; i++) {
        size_t bytes = 0;
        tensor_bytes(&order[i]->t, &bytes);
        json_object_set_new(header, order[i]->name, entry(&order[i]->t, at, at + bytes));
        at += bytes;
    }
    char *text = json_dumps(header, JSON_COMPACT);
    json_decref(header);
    bool good = text && json_object_size(header = json_loads(text, 0, NULL)) == n + 1;
    if (good) {
        size_t length = strlen(text), padded = (length + 7) & ~(size_t)7;
        put_length(out, padded);
        str_addn(out, text, length);
        str_pad(out, ' ', padded - length);
        for (size_t i = 0; i < n; i++) {
            size_t bytes = 0;
            tensor_bytes(&order[i]->t, &bytes);
            str_addn(out, order[i]->t.data, bytes);
        }
    } else {
        err_set(e, ERR_INTERNAL, "the model's header can't be written");
    }
    json_decref(header);
    free(text);
    mem_free(order);
    return good;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

#define broken(e, ...) err_set(e, ERR_DATA, "the file is damaged: " __VA_ARGS__)

/* One tensor of the header: type, shape and place are checked, the data not yet looked at. */
struct place {
    const char *name;
    struct lt_tensor t;
    size_t begin, end;
};

static bool count_of(const json_t *j, size_t *out)
{
    if (!json_is_integer(j) || json_integer_value(j) < 0)
        return false;
    *out = (size_t)json_integer_value(j);
    return true;
}

static bool place_of(const char *name, const json_t *j, size_t data_size, struct place *out, struct err *e)
{
    const char *dtype = json_string_value(json_object_get(j, "dtype"));
    const json_t *shape = json_object_get(j, "shape"), *offsets = json_object_get(j, "data_offsets");
    *out = (struct place){.name = name};
    size_t k = 0, n = sizeof dtype_names / sizeof dtype_names[0], bytes;
    while (dtype && k < n && strcmp(dtype, dtype_names[k]))
        k++;
    if (!dtype || k == n)
        return broken(e, "tensor '%.200s' has a type that models don't use", name);
    out->t.dtype = (uint32_t)k;
    if (!json_is_array(shape) || json_array_size(shape) > 4)
        return broken(e, "tensor '%.200s' has no shape of at most 4 dimensions", name);
    out->t.ndim = (uint32_t)json_array_size(shape);
    for (uint32_t i = 0; i < out->t.ndim; i++)
        if (!count_of(json_array_get(shape, i), &out->t.shape[i]))
            return broken(e, "tensor '%.200s' has a dimension that is no count", name);
    if (json_array_size(offsets) != 2 || !count_of(json_array_get(offsets, 0), &out->begin) ||
        !count_of(json_array_get(offsets, 1), &out->end) || out->begin > out->end || out->end > data_size)
        return broken(e, "tensor '%.200s' lies outside the file", name);
    if (!tensor_bytes(&out->t, &bytes) || bytes != out->end - out->begin)
        return broken(e, "tensor '%.200s' has a shape that doesn't fit its bytes", name);
    if (!*name || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.") != strlen(name) || strlen(name) > 200)
        return broken(e, "'%.200s' is no name of a tensor", name);
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Tensors follow each other without holes or overlap, and fill the file. */
static bool check_places(const struct place *p, size_t n, size_t data_size, struct err *e)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i].begin != at)
            return broken(e, "tensor '%.200s' overlaps another or leaves a hole", p[i].name);
        at = p[i].end;
    }
    return at == data_size || broken(e, "bytes follow the last tensor");
}

static bool take_tensor(struct state *s, const struct place *p, const char *data, struct err *e)
{
    struct state_tensor t = {NULL, p->t, NULL};
    size_t bytes = p->end - p->begin;
    t.t.data = data + p->begin;
    if ((uintptr_t)t.t.data % 8) {
        t.owned = mem_bulk(bytes + 1, 1, e);
        if (!t.owned)
            return false;
        memcpy(t.owned, t.t.data, bytes);
        t.t.data = t.owned;
    }
    t.name = mem_strdup(p->name);
    vec_push(&s->tensors, t);
    return true;
}

static bool read_header(const json_t *header, const char *data, size_t data_size, struct state *s, struct err *e)
{
    struct place *places = mem_zero(json_object_size(header) + 1, sizeof *places);
    const char *name;
    json_t *value;
    size_t n = 0;
    bool good = true;
    json_object_foreach ((json_t *)(uintptr_t)header, name, value)
        if (strcmp(name, "__metadata__"))
            good = good && place_of(name, value, data_size, &places[n++], e);
    if (good && n)
        qsort(places, n, sizeof *places, by_place);
    good = good && check_places(places, n, data_size, e);
    for (size_t i = 0; i < n && good; i++)
        good = take_tensor(s, &places[i], data, e);
    mem_free(places);
    return good;
}

static bool check_metadata(const json_t *metadata, struct err *e)
{
    const char *name;
    json_t *value;
    if (!json_is_object(metadata))
        return err_set(e, ERR_DATA, "it has tensors, but nothing that says what they are");
    json_object_foreach ((json_t *)(uintptr_t)metadata, name, value)
        if (!json_is_string(value))
            return broken(e, "metadata '%.200s' is no text", name);
    return true;
}

bool safetensors_read(const char *data, size_t size, struct state *s, json_t **metadata, struct err *e)
{
    uint64_t length = 0;
    *metadata = NULL;
    if (size < 10)
        return err_set(e, ERR_DATA, "the file is too short to be a model");
    for (int i = 0; i < 8; i++)
        length |= (uint64_t)(unsigned char)data[i] << (8 * i);
    if (length > size - 8 || length > HEADER_MOST || data[8] != '{')
        return err_set(e, ERR_DATA, "it is no model file (safetensors)%s",
                       length <= HEADER_MOST && data[8] == '{' ? ", or it was cut off" : "");
    json_error_t why;
    json_t *header = json_loadb(data + 8, (size_t)length, JSON_REJECT_DUPLICATES, &why);
    if (!header)
        return broken(e, "its header is no JSON (%.200s)", why.text);
    bool good = json_is_object(header) || broken(e, "its header is no object");
    good = good && check_metadata(json_object_get(header, "__metadata__"), e) &&
           read_header(header, data + 8 + length, size - 8 - (size_t)length, s, e);
    if (good)
        *metadata = json_incref(json_object_get(header, "__metadata__"));
    json_decref(header);
    return good;
}
