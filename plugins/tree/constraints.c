#include "plugins/tree/constraints.h"

#include <string.h>

static const char SPACE[] = " \t";

/* A piece of a text. */
struct word {
    const char *at;
    size_t length;
};

/* Cuts the next word off *text, at one of `ends`; without the space around it. 0 at the end of the text. */
static int next_word(const char **text, const char *ends, struct word *word)
{
    if (**text == '\0')
        return 0;
    size_t length = strcspn(*text, ends);
    *word = (struct word){*text, length};
    *text += length + ((*text)[length] != '\0');
    while (word->length && strchr(SPACE, word->at[0])) {
        word->at++;
        word->length--;
    }
    while (word->length && strchr(SPACE, word->at[word->length - 1]))
        word->length--;
    return 1;
}

static int is_word(struct word word, const char *text)
{
    return strlen(text) == word.length && memcmp(word.at, text, word.length) == 0;
}

static size_t column_named(struct word name, size_t p, const struct lt_column *column)
{
    size_t j = 0;
    while (j < p && !(column[j].name && is_word(name, column[j].name)))
        j++;
    return j;
}

static int no_column(struct lt_ctx *ctx, const char *parameter, struct word name)
{
    return ctx->fail(ctx, LT_INVALID, "%s names '%.*s', which is not a column of the features", parameter,
                     (int)name.length, name.at);
}

/* 2: not a sign. */
static int sign_of(struct word word)
{
    static const struct {
        const char *text;
        int sign;
    } rows[] = {{"+1", 1}, {"1", 1}, {"+", 1}, {"-1", -1}, {"-", -1}, {"0", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (is_word(word, rows[i].text))
            return rows[i].sign;
    return 2;
}

int constraints_monotone(struct lt_ctx *ctx, const char *text, size_t p, const struct lt_column *column,
                         int8_t *sign)
{
    struct word item, name;
    memset(sign, 0, p * sizeof *sign);
    while (next_word(&text, ",", &item)) {
        size_t length = item.length;
        while (length && item.at[length - 1] != ':')
            length--;
        const char *begin = item.at;
        if (item.length == 0)
            continue;
        struct word value = {item.at + length, item.length - length};
        name = (struct word){begin, length ? length - 1 : 0};
        if (length == 0 || sign_of(value) == 2)
            return ctx->fail(ctx, LT_INVALID,
                             "monotone wants a column and a direction, as in age:+1,fare:-1; '%.*s' is not one",
                             (int)item.length, item.at);
        size_t j = column_named(name, p, column);
        if (j == p)
            return no_column(ctx, "monotone", name);
        if (column[j].kind == LT_CATEGORY)
            return ctx->fail(ctx, LT_INVALID, "monotone can't hold for '%s': its levels have no order",
                             column[j].name);
        sign[j] = (int8_t)sign_of(value);
    }
    return LT_OK;
}

/* The names of one group: between commas, or where it has none between spaces. */
static int mark_group(struct lt_ctx *ctx, struct word group, uint64_t bit, size_t p,
                      const struct lt_column *column, uint64_t *member)
{
    const char *ends = memchr(group.at, ',', group.length) ? ",;" : " \t;", *at = group.at;
    struct word name;
    while (at < group.at + group.length && next_word(&at, ends, &name)) {
        if (name.length == 0)
            continue;
        size_t j = column_named(name, p, column);
        if (j == p)
            return no_column(ctx, "interaction", name);
        member[j] |= bit;
    }
    return LT_OK;
}

int constraints_interaction(struct lt_ctx *ctx, const char *text, size_t p, const struct lt_column *column,
                            uint64_t *member)
{
    struct word group;
    uint32_t groups = 0;
    int status = LT_OK;
    memset(member, 0, p * sizeof *member);
    while (status == LT_OK && next_word(&text, ";", &group)) {
        if (group.length == 0)
            continue;
        if (groups == CONSTRAINT_GROUPS)
            return ctx->fail(ctx, LT_INVALID, "interaction takes at most %d groups", CONSTRAINT_GROUPS);
        status = mark_group(ctx, group, (uint64_t)1 << groups++, p, column, member);
    }
    for (size_t j = 0; j < p; j++)
        if (member[j] == 0)
            member[j] = (uint64_t)1 << groups;
    return status;
}
