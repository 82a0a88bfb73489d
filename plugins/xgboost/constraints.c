#include "plugins/xgboost/constraints.h"

#include <stdio.h>

#include "plugins/kit/kit.h"

enum { NUMBER_ROOM = 24 }; /* characters of a column's number, and what is between two */

/* The next word of *text, between `between`; 0 at the end. */
static size_t next_word(const char **text, const char *between, const char **word)
{
    *word = *text + strspn(*text, between);
    const size_t length = strcspn(*word, between);
    *text = *word + length;
    return length;
}

/* Which column it is; data->p (said) when there is none of this name. */
static size_t column_named(struct lt_ctx *ctx, const char *parameter, const struct lt_data *data, const char *name,
                           size_t length)
{
    size_t j = 0;
    while (j < data->p && !(data->column[j].name && strlen(data->column[j].name) == length &&
                            !memcmp(data->column[j].name, name, length)))
        j++;
    if (j == data->p)
        ctx->fail(ctx, LT_INVALID, "%s names '%.*s', which is not a column of the features", parameter,
                  (int)length, name);
    return j;
}

/* -1, 0 or 1; 2 when it is none of them. */
static int sign_of(const char *text, size_t length)
{
    static const struct {
        const char *text;
        int sign;
    } rows[] = {{"+1", 1}, {"1", 1}, {"+", 1}, {"-1", -1}, {"-", -1}, {"0", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strlen(rows[i].text) == length && !memcmp(rows[i].text, text, length))
            return rows[i].sign;
    return 2;
}

static int read_sign(struct lt_ctx *ctx, const struct lt_data *data, const char *word, size_t length, int *sign)
{
    size_t colon = length;
    while (colon && word[colon - 1] != ':')
        colon--;
    const int direction = colon ? sign_of(word + colon, length - colon) : 2;
    if (direction == 2)
        return ctx->fail(ctx, LT_INVALID,
                         "monotone_constraints wants columns and directions, as in age:+1,fare:-1; '%.*s' is not "
                         "one",
                         (int)length, word);
    const size_t j = column_named(ctx, "monotone_constraints", data, word, colon - 1);
    if (j == data->p)
        return LT_INVALID;
    if (data->column[j].kind == LT_CATEGORY)
        return ctx->fail(ctx, LT_INVALID, "monotone_constraints can't hold for '%s': its levels have no order",
                         data->column[j].name);
    sign[j] = direction;
    return LT_OK;
}

const char *constraints_monotone(struct lt_ctx *ctx, const char *text, const struct lt_data *data)
{
    int *sign = kit_scratch(ctx, data->p, sizeof *sign);
    char *out = kit_scratch(ctx, data->p + 1, NUMBER_ROOM);
    const char *word;
    size_t at = 0;
    if (!sign || !out)
        return NULL;
    memset(sign, 0, data->p * sizeof *sign);
    for (size_t length; (length = next_word(&text, ", \t", &word));)
        if (read_sign(ctx, data, word, length, sign) != LT_OK)
            return NULL;
    for (size_t j = 0; j < data->p; j++)
        at += (size_t)snprintf(out + at, NUMBER_ROOM, "%c%d", j ? ',' : '(', sign[j]);
    snprintf(out + at, NUMBER_ROOM, ")");
    return out;
}

const char *constraints_interaction(struct lt_ctx *ctx, const char *text, const struct lt_data *data)
{
    /* No list names more columns than it has characters. */
    char *out = kit_scratch(ctx, strlen(text) + 2, NUMBER_ROOM);
    const char *group, *word;
    size_t at = 0;
    if (!out)
        return NULL;
    out[at++] = '[';
    for (size_t whole; (whole = next_word(&text, ";", &group));) {
        const char *from = group;
        bool first = true;
        for (size_t length;
             from < group + whole && (length = next_word(&from, ", \t;", &word)) && word < group + whole;) {
            const size_t j = column_named(ctx, "interaction_constraints", data, word, length);
            if (j == data->p)
                return NULL;
            at += (size_t)snprintf(out + at, NUMBER_ROOM, "%s%zu", !first ? "," : at > 1 ? ",[" : "[", j);
            first = false;
        }
        if (!first)
            out[at++] = ']';
    }
    snprintf(out + at, NUMBER_ROOM, "]");
    return out;
}
