/* The first byte chooses a row, the rest is what a user writes: refused with a sentence, or a value within its
 * row's range that prints and reads back equal. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "host/param.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct lt_param rows[] = {
    {.name = "whole", .type = LT_INT, .min = 1, .max = 1000, .doc = "d"},
    {.name = "any", .type = LT_INT, .flags = LT_NULLABLE, .doc = "d"},
    {.name = "real", .type = LT_REAL, .flags = LT_OPEN_MIN, .min = 0, .max = 1, .doc = "d"},
    {.name = "free", .type = LT_REAL, .min = -INFINITY, .max = INFINITY, .doc = "d"},
    {.name = "choice", .type = LT_CHOICE, .choices = "gini,entropy,log_loss", .doc = "d"},
    {.name = "yes", .type = LT_BOOL, .doc = "d"},
    {.name = "wholes", .type = LT_INT_LIST, .min = 1, .max = 65536, .doc = "d"},
    {.name = "reals", .type = LT_REAL_LIST, .flags = LT_NULLABLE, .doc = "d"},
    {.name = "text", .type = LT_STRING, .doc = "d"},
    {.name = "column", .type = LT_COLUMN, .doc = "d"},
    {.name = "as", .type = PARAM_NAME, .doc = "d"},
};
enum { N = sizeof rows / sizeof rows[0] };

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

static void check_value(const struct lt_param *row, const struct lt_value *v, struct arena *a)
{
    struct lt_value back;
    struct str text = STR_INIT;
    param_print(row, v, &text);
    must(param_parse(row, str_get(&text), &back, a, NULL));
    must(v->is_none == back.is_none && v->i == back.i && v->n == back.n);
    must(memcmp(&v->r, &back.r, sizeof v->r) == 0);
    must(!v->s == !back.s && (!v->s || !strcmp(v->s, back.s)));
    for (uint32_t i = 0; i < v->n; i++)
        must(v->list[i] == back.list[i] && (row->max == 0 || (v->list[i] >= row->min && v->list[i] <= row->max)));
    if (!v->is_none && row->type == LT_INT && row->max > 0)
        must(v->i >= row->min && v->i <= row->max);
    str_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!n)
        return 0;
    struct arena *a = arena_new();
    const struct lt_param *row = &rows[data[0] % N];
    char *text = arena_strndup(a, (const char *)data + 1, n - 1);
    struct lt_value v;
    struct err e = ERR_INIT;
    if (param_parse(row, text, &v, a, &e))
        check_value(row, &v, a);
    else
        must(e.code && e.text[0]);
    param_find_prefix(rows, sizeof rows[0], N, text);
    param_unknown(rows, sizeof rows[0], N, text, "train", &e);
    arena_free(a);
    return 0;
}
