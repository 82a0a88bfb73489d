/* recipe_json: a recipe as JSON, in a model's file, and back. Nothing of a file is trusted. */
#include "host/recipe_parts.h"

#include <math.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

static const char *const use_words[] = {
    [INPUT_NUMBER] = "number", [INPUT_CODE] = "code", [INPUT_LEVELS] = "levels"};

json_t *json_text(const char *s)
{
    json_t *j = json_string(s ? s : "");
    if (j)
        return j;
    struct str clean = STR_INIT;
    for (size_t n = strlen(s), at = 0; at < n;) {
        uint32_t cp;
        char bytes[4];
        at += utf8_decode(s + at, n - at, &cp);
        str_addn(&clean, bytes, utf8_encode(cp, bytes));
    }
    j = json_string(str_get(&clean));
    str_done(&clean);
    return j;
}

static json_t *input_to_json(const struct recipe_input *in)
{
    json_t *j = json_object();
    json_object_set_new(j, "name", json_string(in->name));
    json_object_set_new(j, "type", json_string(column_type_name(in->type)));
    json_object_set_new(j, "use", json_string(use_words[in->use]));
    if (in->use == INPUT_NUMBER) {
        if (in->fills)
            json_object_set_new(j, "fill", json_real(in->fill));
        if (in->scales) {
            json_object_set_new(j, "center", json_real(in->center));
            json_object_set_new(j, "scale", json_real(in->scale));
        }
        return j;
    }
    if (in->fills)
        json_object_set_new(j, "fill", json_integer(in->fill_code));
    json_t *levels = json_array(), *unseen = json_array();
    for (size_t i = 0; i < dictionary_size(in->levels); i++) {
        json_array_append_new(levels, json_string(dictionary_word(in->levels, (int32_t)i)));
        if (!in->seen[i])
            json_array_append_new(unseen, json_integer((json_int_t)i));
    }
    json_object_set_new(j, "levels", levels);
    json_object_set_new(j, "unseen", unseen);
    return j;
}

json_t *recipe_to_json(const struct recipe *r)
{
    json_t *j = json_object(), *inputs = json_array(), *notes = json_array();
    for (size_t i = 0; i < r->n_inputs; i++)
        json_array_append_new(inputs, input_to_json(&r->input[i]));
    for (size_t i = 0; i < r->notes.n; i++)
        json_array_append_new(notes, json_text(r->notes.v[i]));
    json_object_set_new(j, "keep_missing", json_boolean(r->keep_missing));
    json_object_set_new(j, "drop_first", json_boolean(r->drop_first));
    json_object_set_new(j, "inputs", inputs);
    if (r->n_products)
        json_object_set_new(j, "products", products_to_json(r));
    json_object_set_new(j, "notes", notes);
    return j;
}

static bool broken(struct err *e, const char *what)
{
    return err_set(e, ERR_DATA, "the recipe is damaged: %s", what);
}

/* Words as pointers, all texts, no two the same. */
static bool words_from_json(const json_t *levels, const char **words, struct err *e)
{
    const json_t *word;
    size_t i;
    struct map *seen = map_new();
    bool good = true;
    json_array_foreach (levels, i, word) {
        words[i] = json_string_value(word);
        good = good && words[i] && !map_set(seen, words[i], seen);
    }
    map_free(seen);
    return good || broken(e, "a level is no text, or is there twice");
}

static bool levels_from_json(struct recipe_input *in, const json_t *j, struct err *e)
{
    const json_t *levels = json_object_get(j, "levels"), *unseen = json_object_get(j, "unseen"), *index;
    size_t n = json_array_size(levels), i;
    if (!json_is_array(levels) || !n || n > 100000000)
        return broken(e, "a category has no levels");
    const char **words = mem_zero(n, sizeof *words);
    in->levels = words_from_json(levels, words, e) ? dictionary_new(words, n, e) : NULL;
    mem_free(words);
    if (!in->levels)
        return false;
    in->seen = mem_alloc(n);
    memset(in->seen, 1, n);
    json_array_foreach (unseen, i, index) {
        json_int_t k = json_is_integer(index) ? json_integer_value(index) : -1;
        if (k < 0 || (size_t)k >= n)
            return broken(e, "a level is out of range");
        in->seen[k] = 0;
    }
    const json_t *fill = json_object_get(j, "fill");
    in->fills = fill != NULL;
    in->fill_code = -1;
    if (fill) {
        json_int_t k = json_is_integer(fill) ? json_integer_value(fill) : -2;
        if (k < -1 || k >= (json_int_t)n)
            return broken(e, "a level to fill with is out of range");
        in->fill_code = (int32_t)k;
    }
    return true;
}

static bool number_from_json(const json_t *j, const char *key, bool *present, double *out, struct err *e)
{
    const json_t *v = json_object_get(j, key);
    *present = v != NULL;
    if (!v)
        return true;
    *out = json_number_value(v);
    return (json_is_number(v) && isfinite(*out)) || broken(e, "a number is none");
}

static bool input_from_json(struct recipe *r, const json_t *j, struct err *e)
{
    const char *name = json_string_value(json_object_get(j, "name"));
    const char *type = json_string_value(json_object_get(j, "type"));
    const char *use = json_string_value(json_object_get(j, "use"));
    enum column_type t;
    if (!name || !name[0] || !type || !use || !column_type_from_name(type, &t))
        return broken(e, "an input has no name, type or use");
    struct recipe_input *in = recipe_add_input(r, name, t);
    size_t k = 0;
    while (k < sizeof use_words / sizeof use_words[0] && strcmp(use_words[k], use))
        k++;
    bool is_category = t == COLUMN_CATEGORY;
    if (k > INPUT_LEVELS || t == COLUMN_TEXT || is_category != (k != INPUT_NUMBER))
        return broken(e, "an input is used as what it is not");
    in->use = (enum input_use)k;
    if (in->use != INPUT_NUMBER)
        return levels_from_json(in, j, e);
    bool center;
    if (!number_from_json(j, "fill", &in->fills, &in->fill, e) ||
        !number_from_json(j, "center", &center, &in->center, e) ||
        !number_from_json(j, "scale", &in->scales, &in->scale, e))
        return false;
    return (in->scales == center && in->scale > 0) || broken(e, "a scale is not positive");
}

struct recipe *recipe_from_json(const json_t *j, struct err *e)
{
    const json_t *inputs = json_object_get(j, "inputs"), *item;
    struct recipe *r = recipe_new();
    size_t i;
    bool good = json_is_array(inputs) || broken(e, "it has no inputs");
    r->keep_missing = json_is_true(json_object_get(j, "keep_missing"));
    r->drop_first = json_is_true(json_object_get(j, "drop_first"));
    json_array_foreach (inputs, i, item)
        good = good && input_from_json(r, item, e);
    json_array_foreach (json_object_get(j, "notes"), i, item)
        if (json_is_string(item))
            sentences_add(&r->notes, "%s", json_string_value(item));
    if (good && products_from_json(r, json_object_get(j, "products"), e) && recipe_finish(r, e))
        return r;
    recipe_unref(r);
    return NULL;
}
