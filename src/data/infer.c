/* infer: the rules of infer.h. */
#include "data/infer.h"

#include <string.h>

#include "base/mem.h"
#include "base/number.h"

#define SMALL_ROWS 40
#define SMALL_CATEGORIES 20
#define WORD_BYTES 60

bool infer_leading_zero(const char *s, size_t n)
{
    if (n && (*s == '-' || *s == '+'))
        s++, n--;
    return n > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9';
}

static bool is_bool(const char *s, size_t n)
{
    static const char *const words[] = {"true", "false", "TRUE", "FALSE", "True", "False"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == n && memcmp(words[i], s, n) == 0)
            return true;
    return false;
}

enum infer_kind infer_cell(const char *s, size_t n)
{
    int64_t i;
    double f;
    if ((n == 4 || n == 5) && is_bool(s, n))
        return INFER_BOOL;
    if (infer_leading_zero(s, n))
        return date_parse(s, n, &i) ? INFER_DATE : time_parse(s, n, &i) ? INFER_TIME : INFER_TEXT;
    if (number_parse_int(s, n, &i))
        return INFER_I64;
    if (number_parse(s, n, &f))
        return INFER_F64;
    if (date_parse(s, n, &i))
        return INFER_DATE;
    return time_parse(s, n, &i) ? INFER_TIME : INFER_TEXT;
}

enum infer_kind infer_join(unsigned kinds)
{
    static const struct {
        unsigned within;
        enum infer_kind kind;
    } rules[] = {
        {0, INFER_NONE},
        {1u << INFER_BOOL, INFER_BOOL},
        {1u << INFER_I64, INFER_I64},
        {1u << INFER_I64 | 1u << INFER_F64, INFER_F64},
        {1u << INFER_DATE, INFER_DATE},
        {1u << INFER_DATE | 1u << INFER_TIME, INFER_TIME},
    };
    kinds &= ~(1u << INFER_NONE);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!(kinds & ~rules[i].within))
            return rules[i].kind;
    return INFER_TEXT;
}

bool infer_is_category(size_t distinct, size_t n, size_t word_bytes)
{
    if (distinct > INFER_MOST_CATEGORIES || word_bytes > distinct * WORD_BYTES)
        return false;
    return distinct <= n / 2 || (distinct <= SMALL_CATEGORIES && n <= SMALL_ROWS);
}

struct column *infer_text(struct column *text, struct err *e)
{
    size_t n = column_size(text) - column_missing(text);
    size_t limit = n / 2 > SMALL_CATEGORIES ? n / 2 : SMALL_CATEGORIES;
    limit = limit < INFER_MOST_CATEGORIES ? limit : INFER_MOST_CATEGORIES;
    size_t distinct = column_distinct_upto(text, limit, e);
    if (distinct == SIZE_MAX) {
        column_unref(text);
        return NULL;
    }
    if (n == 0 || !infer_is_category(distinct, n, 0))
        return text;
    struct column *c = column_to_category(text, NULL); /* fails for text with zero bytes, which stays text */
    if (!c)
        return text;
    size_t bytes = 0;
    for (size_t i = 0; i < distinct; i++)
        bytes += strlen(dictionary_word(column_dictionary(c), (int32_t)i));
    bool fits = infer_is_category(distinct, n, bytes);
    column_unref(fits ? text : c);
    return fits ? c : text;
}

struct column *infer_text_or_date(struct column *text, struct err *e)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < column_size(text) && !(kinds & 1u << INFER_TEXT); i++) {
        size_t n;
        int64_t value;
        const char *s = column_text(text, i, &n);
        if (s)
            kinds |= 1u << (date_parse(s, n, &value)   ? INFER_DATE
                            : time_parse(s, n, &value) ? INFER_TIME
                                                       : INFER_TEXT);
    }
    enum infer_kind kind = infer_join(kinds);
    if (kind != INFER_DATE && kind != INFER_TIME)
        return infer_text(text, e);
    struct column *c = column_cast(text, kind == INFER_DATE ? COLUMN_DATE : COLUMN_TIME, NULL, e);
    column_unref(text);
    return c;
}

/* ---- missing codes ------------------------------------------------------------------------------------------ */

void missing_init(struct missing *m, const char *const *codes, size_t n)
{
    static const char *const usual[] = {"NA", "N/A", "NaN", "nan", "null", "NULL"};
    memset(m, 0, sizeof *m);
    if (!codes) {
        codes = usual;
        n = sizeof usual / sizeof *usual;
    }
    m->code = codes;
    m->n = n;
    m->length = mem_zero(n + 1, sizeof *m->length);
    for (size_t i = 0; i < n; i++) {
        double x;
        m->length[i] = strlen(codes[i]);
        m->first[(unsigned char)codes[i][0]] = true;
        m->longest = m->length[i] > m->longest ? m->length[i] : m->longest;
        m->numeric = m->numeric || number_parse(codes[i], m->length[i], &x);
    }
}

void missing_done(struct missing *m)
{
    mem_free(m->length);
}

bool missing_match(const struct missing *m, const char *s, size_t n)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->length[i] == n && memcmp(m->code[i], s, n) == 0)
            return true;
    return false;
}
