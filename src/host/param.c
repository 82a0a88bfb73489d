#include "host/param.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/vec.h"

const struct lt_param *param_at(const struct lt_param *rows, size_t stride, uint32_t i)
{
    return (const struct lt_param *)(const void *)((const char *)rows + (size_t)i * stride);
}

/* ---- comma lists of words ("a,b,c") ------------------------------------------------------------------------- */

/* The next word of a comma list, without spaces around it; NULL at the end. */
static const char *word_next(const char **at, size_t *n)
{
    const char *s = *at;
    if (!s)
        return NULL;
    const char *end = strchr(s, ',');
    *at = end ? end + 1 : NULL;
    size_t len = end ? (size_t)(end - s) : strlen(s);
    while (len && *s == ' ')
        s++, len--;
    while (len && s[len - 1] == ' ')
        len--;
    *n = len;
    return s;
}

int choice_index(const char *choices, const char *word, size_t n)
{
    size_t len;
    int i = 0;
    for (const char *at = choices, *w; (w = word_next(&at, &len)); i++)
        if (len == n && !memcmp(w, word, n))
            return i;
    return -1;
}

/* The words whose beginning `word` is, without regard to case. -1: none, -2: several. */
static int choice_prefix(const char *choices, const char *word, size_t n)
{
    size_t len;
    int i = 0, found = -1;
    for (const char *at = choices, *w; (w = word_next(&at, &len)); i++) {
        if (len < n)
            continue;
        size_t k = 0;
        while (k < n && tolower((unsigned char)w[k]) == tolower((unsigned char)word[k]))
            k++;
        if (k < n)
            continue;
        if (len == n)
            return i;
        found = found == -1 ? i : -2;
    }
    return found;
}

/* Owned copies of all words. */
struct words {
    char **v;
    size_t n, cap;
};

static void words_add(struct words *l, const char *s, size_t n)
{
    vec_push(l, mem_strndup(s, n));
}

static void words_split(struct words *l, const char *list)
{
    size_t len;
    for (const char *at = list, *w; (w = word_next(&at, &len));)
        if (len)
            words_add(l, w, len);
}

static void words_done(struct words *l)
{
    for (size_t i = 0; i < l->n; i++)
        mem_free(l->v[i]);
    vec_done(l);
}

static bool words_suggest(struct words *l, const char *word, struct err *e)
{
    err_suggest(e, word, (const char *const *)l->v, (int)l->n);
    words_done(l);
    return false;
}

/* ---- ranges ------------------------------------------------------------------------------------------------- */

static bool has_range(const struct lt_param *row)
{
    return row->min != 0 || row->max != 0;
}

static bool in_range(const struct lt_param *row, double x)
{
    if (!has_range(row))
        return true;
    bool low = row->flags & LT_OPEN_MIN ? x > row->min : x >= row->min;
    bool high = row->flags & LT_OPEN_MAX ? x < row->max : x <= row->max;
    return low && high;
}

static void add_number(struct str *out, double x)
{
    char text[NUMBER_MAX];
    size_t n = number_print(x, text);
    str_addn(out, text, n);
}

/* "between 1 and 100000", "above 0", "above 0 and at most 1". */
static void range_sentence(const struct lt_param *row, struct str *out)
{
    bool low = isfinite(row->min), high = isfinite(row->max);
    bool open_low = row->flags & LT_OPEN_MIN, open_high = row->flags & LT_OPEN_MAX;
    if (low && high && !open_low && !open_high) {
        str_add(out, "between ");
        add_number(out, row->min);
        str_add(out, " and ");
        add_number(out, row->max);
        return;
    }
    if (low) {
        str_add(out, open_low ? "above " : "at least ");
        add_number(out, row->min);
    }
    if (low && high)
        str_add(out, " and ");
    if (high) {
        str_add(out, open_high ? "below " : "at most ");
        add_number(out, row->max);
    }
    if (!low && !high)
        str_add(out, "finite");
}

static bool takes_numbers(const struct lt_param *row)
{
    return row->type == LT_INT || row->type == LT_REAL || row->type == LT_INT_LIST || row->type == LT_REAL_LIST;
}

void param_range(const struct lt_param *row, struct str *out)
{
    if (row->type == LT_BOOL) {
        str_add(out, "yes | no");
    } else if (row->choices && row->choices[0]) {
        size_t len;
        bool first = true;
        for (const char *at = row->choices, *w; (w = word_next(&at, &len)); first = false) {
            str_add(out, first ? "" : " | ");
            str_addn(out, w, len);
        }
    } else if (takes_numbers(row) && has_range(row)) {
        bool low = isfinite(row->min), high = isfinite(row->max);
        bool open_low = row->flags & LT_OPEN_MIN, open_high = row->flags & LT_OPEN_MAX;
        if (low && high && !open_low && !open_high) {
            add_number(out, row->min);
            str_add(out, " … ");
            add_number(out, row->max);
        } else {
            if (low) {
                str_add(out, open_low ? "> " : ">= ");
                add_number(out, row->min);
            }
            if (low && high)
                str_add(out, ", ");
            if (high) {
                str_add(out, open_high ? "< " : "<= ");
                add_number(out, row->max);
            }
        }
    }
    if (row->flags & LT_NULLABLE) {
        str_add(out, out->len ? " | none" : "none");
    }
}

const char *param_type_word(const struct lt_param *row)
{
    static const char *const words[] = {
        [LT_BOOL] = "yes/no",        [LT_INT] = "integer",      [LT_REAL] = "number",
        [LT_CHOICE] = "word",        [LT_STRING] = "text",      [LT_INT_LIST] = "integers",
        [LT_REAL_LIST] = "numbers",  [LT_COLUMN] = "column",    [LT_COLUMNS_LIST] = "columns",
        [PARAM_TABLE] = "table",     [PARAM_MODEL] = "model",   [PARAM_ALGO] = "algorithm",
        [PARAM_METRIC] = "metric",   [PARAM_PATH] = "path",     [PARAM_ALGO_OR_MODEL] = "algorithm or model",
        [PARAM_DATASET] = "dataset", [PARAM_COLUMN] = "column", [PARAM_FORMULA] = "formula",
        [PARAM_EXPR] = "expression", [PARAM_SQL] = "query",     [PARAM_VERB] = "command",
        [PARAM_SETTING] = "setting", [PARAM_NAME] = "name",     [PARAM_WORD] = "word",
    };
    return row->type < sizeof words / sizeof words[0] && words[row->type] ? words[row->type] : "value";
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

/* The hint of every refusal: what the parameter is, and what it is when nobody says anything. */
static bool row_hint(const struct lt_param *row, struct err *e)
{
    if (row->def)
        return err_hint(e, "%s: %s (default %s)", row->name, row->doc ? row->doc : "", row->def);
    return err_hint(e, "%s: %s", row->name, row->doc ? row->doc : "");
}

static bool out_of_range(const struct lt_param *row, const char *text, struct err *e)
{
    struct str range = STR_INIT;
    range_sentence(row, &range);
    bool list = row->type == LT_INT_LIST || row->type == LT_REAL_LIST;
    err_set(e, ERR_RANGE, "%s%s must be %s%s, not %s", list ? "each number of " : "", row->name, str_get(&range),
            row->flags & LT_NULLABLE ? " (or none)" : "", text);
    str_done(&range);
    return row_hint(row, e);
}

static bool parse_bool(const struct lt_param *row, const char *text, struct lt_value *out, struct err *e)
{
    static const struct {
        const char *word;
        int value;
    } words[] = {{"yes", 1}, {"no", 0},  {"true", 1}, {"false", 0}, {"1", 1}, {"0", 0},
                 {"on", 1},  {"off", 0}, {"y", 1},    {"n", 0},     {"t", 1}, {"f", 0}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_eq_nocase(text, words[i].word)) {
            out->i = words[i].value;
            out->r = words[i].value;
            return true;
        }
    err_set(e, ERR_INPUT, "%s must be yes or no, not '%s'", row->name, text);
    return row_hint(row, e);
}

/* A whole number also when it is written 1e5 or 100.0. */
static bool whole_number(const char *s, size_t n, int64_t *out)
{
    double x;
    if (number_parse_int(s, n, out))
        return true;
    if (!number_parse(s, n, &x) || x != floor(x) || fabs(x) > 0x1p53)
        return false;
    *out = (int64_t)x;
    return true;
}

static bool parse_int(const struct lt_param *row, const char *text, struct lt_value *out, struct err *e)
{
    double x;
    size_t n = strlen(text);
    if (!whole_number(text, n, &out->i)) {
        if (number_parse(text, n, &x) && x == floor(x))
            return out_of_range(row, text, e);
        err_set(e, ERR_INPUT, "%s must be a whole number%s, not '%s'", row->name,
                row->flags & LT_NULLABLE ? " (or none)" : "", text);
        return row_hint(row, e);
    }
    out->r = (double)out->i;
    return in_range(row, out->r) || out_of_range(row, text, e);
}

static bool parse_real(const struct lt_param *row, const char *text, struct lt_value *out, struct err *e)
{
    if (!number_parse(text, strlen(text), &out->r) || isnan(out->r)) {
        err_set(e, ERR_INPUT, "%s must be a number%s, not '%s'", row->name,
                row->flags & LT_NULLABLE ? " (or none)" : "", text);
        return row_hint(row, e);
    }
    /* An infinite value is meant only where the row's range says so. */
    if (isinf(out->r) && !(has_range(row) && in_range(row, out->r)))
        return out_of_range(row, text, e);
    return in_range(row, out->r) || out_of_range(row, text, e);
}

static bool parse_choice(const struct lt_param *row, const char *text, struct lt_value *out, struct arena *a,
                         struct err *e)
{
    size_t n = strlen(text), len = 0;
    int i = n ? choice_index(row->choices, text, n) : -1;
    if (i < 0 && n)
        i = choice_prefix(row->choices, text, n);
    if (i < 0) {
        struct words words = {0};
        words_split(&words, row->choices);
        err_set(e, ERR_INPUT, i == -2 ? "%s=%s is ambiguous" : "%s cannot be '%s'", row->name, text);
        return words_suggest(&words, text, e);
    }
    const char *at = row->choices, *w = word_next(&at, &len);
    for (int k = 0; k < i; k++)
        w = word_next(&at, &len);
    out->i = i;
    out->s = arena_strndup(a, w, len);
    return true;
}

/* "64,32", "(64, 32)", "[64 32]", "64x32": numbers with anything of ", ;x" between them. */
static bool parse_list(const struct lt_param *row, const char *text, struct lt_value *out, struct arena *a,
                       struct err *e)
{
    VEC(double) list = {0};
    const char *s = text, *end = text + strlen(text);
    while (s < end && (*s == ' ' || *s == '(' || *s == '['))
        s++;
    while (end > s && (end[-1] == ' ' || end[-1] == ')' || end[-1] == ']' || end[-1] == ','))
        end--;
    const char *between = row->type == LT_INT_LIST ? ", ;xX\t" : ", ;\t";
    bool good = s < end;
    while (good && s < end) {
        size_t n = 0;
        while (s + n < end && !strchr(between, s[n]))
            n++;
        double x = 0;
        int64_t whole = 0;
        good = row->type == LT_INT_LIST ? whole_number(s, n, &whole) : number_parse(s, n, &x) && isfinite(x);
        if (row->type == LT_INT_LIST)
            x = (double)whole;
        if (good && !in_range(row, x)) {
            char *word = mem_strndup(s, n);
            out_of_range(row, word, e);
            mem_free(word);
            vec_done(&list);
            return false;
        }
        vec_push(&list, x);
        s += n;
        while (s < end && *s == ' ')
            s++;
        if (s < end && strchr(between, *s))
            s++;
        while (s < end && *s == ' ')
            s++;
    }
    if (!good || list.n > UINT32_MAX) {
        vec_done(&list);
        err_set(e, ERR_INPUT, "%s must be a list of %s such as %s, not '%s'", row->name,
                row->type == LT_INT_LIST ? "whole numbers" : "numbers",
                row->type == LT_INT_LIST ? "64,32" : "0.1,0.5", text);
        return row_hint(row, e);
    }
    double *copy = arena_alloc(a, list.n * sizeof *copy);
    memcpy(copy, list.v, list.n * sizeof *copy);
    out->list = copy;
    out->n = (uint32_t)list.n;
    vec_done(&list);
    return true;
}

/* A name that can be written without quotes: letters, digits, _ . - and anything beyond ASCII. */
static bool parse_name(const struct lt_param *row, const char *text, struct err *e)
{
    bool good = isalpha((unsigned char)text[0]) || text[0] == '_' || (unsigned char)text[0] >= 0x80;
    for (const char *s = text; good && *s; s++)
        good = isalnum((unsigned char)*s) || strchr("_.-", *s) || (unsigned char)*s >= 0x80;
    if (good)
        return true;
    err_set(e, ERR_INPUT, "'%s' is no good name for %s", text, row->name);
    return err_hint(e, "a name begins with a letter and goes on with letters, digits, _ . or -");
}

static bool parse_text(const struct lt_param *row, const char *text, struct lt_value *out, struct arena *a,
                       struct err *e)
{
    if (!text[0] && row->type != LT_STRING) {
        err_set(e, ERR_INPUT, "%s is empty; it must be a %s", row->name, param_type_word(row));
        return row_hint(row, e);
    }
    if (row->type == PARAM_NAME && !parse_name(row, text, e))
        return false;
    out->s = arena_strdup(a, text);
    out->i = row->type == LT_COLUMN ? -1 : 0;
    return true;
}

bool param_parse(const struct lt_param *row, const char *text, struct lt_value *out, struct arena *a,
                 struct err *e)
{
    memset(out, 0, sizeof *out);
    out->given = 1;
    if (!text) {
        err_set(e, ERR_INPUT, "%s has no value", row->name);
        return row_hint(row, e);
    }
    if (row->flags & LT_NULLABLE && (str_eq_nocase(text, "none") || str_eq_nocase(text, "null"))) {
        out->is_none = 1;
        out->i = row->type == LT_COLUMN || row->type == LT_CHOICE ? -1 : 0;
        return true;
    }
    switch (row->type) {
    case LT_BOOL:
        return parse_bool(row, text, out, e);
    case LT_INT:
        return parse_int(row, text, out, e);
    case LT_REAL:
        return parse_real(row, text, out, e);
    case LT_CHOICE:
        return parse_choice(row, text, out, a, e);
    case LT_INT_LIST:
    case LT_REAL_LIST:
        return parse_list(row, text, out, a, e);
    default:
        return parse_text(row, text, out, a, e);
    }
}

bool param_defaults(const struct lt_param *rows, size_t stride, uint32_t n, struct lt_value *out, struct arena *a,
                    struct err *e)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct lt_param *row = param_at(rows, stride, i);
        memset(&out[i], 0, sizeof out[i]);
        if (!row->def) {
            out[i].is_none = 1;
            out[i].i = row->type == LT_COLUMN || row->type == LT_CHOICE ? -1 : 0;
        } else if (!param_parse(row, row->def, &out[i], a, e)) {
            return err_wrap(e, "default of %s", row->name);
        }
        out[i].given = 0;
    }
    return true;
}

/* ---- finding ------------------------------------------------------------------------------------------------ */

int param_find(const struct lt_param *rows, size_t stride, uint32_t n, const char *name)
{
    size_t len = strlen(name);
    for (uint32_t i = 0; i < n; i++)
        if (str_eq(param_at(rows, stride, i)->name, name))
            return (int)i;
    for (uint32_t i = 0; len && i < n; i++) {
        const char *aliases = param_at(rows, stride, i)->aliases;
        if (aliases && choice_index(aliases, name, len) >= 0)
            return (int)i;
    }
    return -1;
}

int param_find_prefix(const struct lt_param *rows, size_t stride, uint32_t n, const char *prefix)
{
    int found = param_find(rows, stride, n, prefix);
    size_t len = strlen(prefix);
    if (found >= 0 || !len)
        return found;
    for (uint32_t i = 0; i < n; i++) {
        const struct lt_param *row = param_at(rows, stride, i);
        bool match =
            str_starts(row->name, prefix) || (row->aliases && choice_prefix(row->aliases, prefix, len) != -1);
        if (match && found >= 0)
            return -2;
        if (match)
            found = (int)i;
    }
    return found;
}

bool param_unknown(const struct lt_param *rows, size_t stride, uint32_t n, const char *name, const char *of,
                   struct err *e)
{
    struct words words = {0};
    for (uint32_t i = 0; i < n; i++)
        words_add(&words, param_at(rows, stride, i)->name, strlen(param_at(rows, stride, i)->name));
    if (!n)
        err_set(e, ERR_NOT_FOUND, "%s takes no '%s='; it takes no named values", of, name);
    else
        err_set(e, ERR_NOT_FOUND, "%s has no parameter '%s'", of, name);
    /* A misspelt alias points at its row. */
    int best = 3, row_of = -1;
    for (uint32_t i = 0; i < n; i++) {
        struct words aliases = {0};
        words_split(&aliases, param_at(rows, stride, i)->aliases);
        for (size_t k = 0; k < aliases.n; k++) {
            int d = str_distance(name, aliases.v[k], 2);
            if (strlen(aliases.v[k]) > 2 && d < best) {
                best = d;
                row_of = (int)i;
            }
        }
        words_done(&aliases);
    }
    for (size_t i = 0; i < words.n; i++)
        if (str_distance(name, words.v[i], 2) <= best)
            row_of = -1;
    words_suggest(&words, row_of < 0 ? name : param_at(rows, stride, (uint32_t)row_of)->name, e);
    return false;
}

const struct lt_value *param_value(const struct lt_param *rows, size_t stride, uint32_t n,
                                   const struct lt_value *v, const char *name)
{
    int i = param_find(rows, stride, n, name);
    assert(i >= 0);
    return &v[i];
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

void param_print(const struct lt_param *row, const struct lt_value *v, struct str *out)
{
    if (v->is_none) {
        str_add(out, row->flags & LT_NULLABLE ? "none" : "");
        return;
    }
    switch (row->type) {
    case LT_BOOL:
        str_add(out, v->i ? "yes" : "no");
        break;
    case LT_INT:
        str_printf(out, "%lld", (long long)v->i);
        break;
    case LT_REAL:
        add_number(out, v->r);
        break;
    case LT_INT_LIST:
    case LT_REAL_LIST:
        for (uint32_t i = 0; i < v->n; i++) {
            str_add(out, i ? "," : "");
            add_number(out, v->list[i]);
        }
        break;
    default:
        str_add(out, v->s ? v->s : "");
    }
}
