/* formula: R's model formulas for the part that a table of columns needs: which column is the target, which are
 * features, and whether there is a constant.
 *
 *     formula  = [target] "~" term { ("+" | "-") term } | term { … }
 *     term     = name | "." | "0" | "1"
 */
#include "data/formula.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"

enum token {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_DOT,
    TOKEN_ZERO,
    TOKEN_ONE,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_TILDE,
    TOKEN_OTHER
};

struct scanner {
    const char *text, *at; /* what comes next */
    enum token token;
    const char *from; /* where the token begins */
    struct str name;  /* of a TOKEN_NAME, without quotes */
    struct err *err;
};

static bool fault(struct scanner *s, enum err_code code, const char *from, const char *to)
{
    if (s->err) {
        s->err->code = code;
        s->err->from = (int)(from - s->text);
        s->err->to = (int)((to > from ? to : from + 1) - s->text);
    }
    return false;
}

static bool begins_name(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool goes_on_name(char c)
{
    return begins_name(c) || isdigit((unsigned char)c) || c == '.';
}

static bool quoted_name(struct scanner *s, char quote)
{
    for (s->at++; *s->at && (*s->at != quote || s->at[1] == quote); s->at++) {
        if (*s->at == quote)
            s->at++; /* a quote inside is written twice */
        str_addc(&s->name, *s->at);
    }
    if (!*s->at) {
        err_set(s->err, ERR_INPUT, "the formula has a quote that is never closed");
        return fault(s, ERR_INPUT, s->from, s->from + 1);
    }
    s->at++;
    s->token = TOKEN_NAME;
    return true;
}

static bool advance(struct scanner *s)
{
    static const struct {
        char c;
        enum token token;
    } signs[] = {{'+', TOKEN_PLUS}, {'-', TOKEN_MINUS}, {'~', TOKEN_TILDE}};
    while (isspace((unsigned char)*s->at))
        s->at++;
    s->from = s->at;
    str_clear(&s->name);
    char c = *s->at;
    if (!c)
        return s->token = TOKEN_END, true;
    if (c == '`' || c == '"')
        return quoted_name(s, c);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (c == signs[i].c)
            return s->at++, s->token = signs[i].token, true;
    if (begins_name(c) || (c == '.' && begins_name(s->at[1]))) {
        while (goes_on_name(*s->at))
            str_addc(&s->name, *s->at++);
        return s->token = TOKEN_NAME, true;
    }
    s->at++;
    bool alone = !goes_on_name(*s->at);
    s->token = c == '.' && alone   ? TOKEN_DOT
               : c == '0' && alone ? TOKEN_ZERO
               : c == '1' && alone ? TOKEN_ONE
                                   : TOKEN_OTHER;
    return true;
}

/* What can't be said in a formula here, with what to do instead. */
static bool refuse(struct scanner *s)
{
    static const struct {
        const char *sign, *what, *hint;
    } kinds[] = {
        {":", "interactions (a:b) aren't part of formulas here",
         "degree=2 interaction_only=yes makes all products; or make the product first: mutate ab = a * b"},
        {"*", "interactions (a*b) aren't part of formulas here",
         "degree=2 interaction_only=yes makes all products; or make the product first: mutate ab = a * b"},
        {"^", "powers aren't part of formulas here",
         "degree=2 makes all squares and products; or make the power first: mutate a2 = a * a"},
        {"(", "functions aren't part of formulas here", "make the column first: mutate log_x = log(x)"},
        {"|", "groups (|) aren't part of formulas here", "list the columns: y ~ a + b"},
        {"%", "nested terms (%in%) aren't part of formulas here", "list the columns: y ~ a + b"},
        {"/", "nested terms (a/b) aren't part of formulas here", "make the column first: mutate ratio = a / b"},
        {",", "a comma doesn't belong into a formula", "terms are joined by +: y ~ a + b"},
        {"=", "an equals sign doesn't belong into a formula", "target and features are parted by ~: y ~ a + b"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (*s->from == *kinds[i].sign) {
            err_set(s->err, ERR_INPUT, "%s", kinds[i].what);
            err_hint(s->err, "%s", kinds[i].hint);
            return fault(s, ERR_INPUT, s->from, s->at);
        }
    if (s->token == TOKEN_END)
        err_set(s->err, ERR_INPUT, "the formula ends where a column is expected");
    else
        err_set(s->err, ERR_INPUT, "the formula can't be understood near '%.*s'", (int)(s->at - s->from), s->from);
    err_hint(s->err, "formulas look like y ~ a + b, or y ~ . - id");
    return fault(s, ERR_INPUT, s->from, s->at);
}

static int named_column(struct scanner *s, const struct table *t)
{
    int j = table_find(t, str_get(&s->name));
    if (j < 0 && *s->at == '(') {
        err_set(s->err, ERR_INPUT, "functions aren't part of formulas here");
        err_hint(s->err, "make the column first: mutate %s_x = %s(x)", s->name.s, s->name.s);
        fault(s, ERR_INPUT, s->from, s->at);
        return -1;
    }
    if (j < 0)
        j = table_require(t, str_get(&s->name), s->err);
    if (j < 0)
        fault(s, ERR_NOT_FOUND, s->from, s->at);
    return j;
}

/* What the terms say about each column, in the order in which they say it. */
struct terms {
    VEC(int) order;    /* columns added, each once */
    unsigned char *in; /* per column */
    bool intercept;
};

static void add_column(struct terms *k, int j)
{
    if (!k->in[j])
        vec_push(&k->order, j);
    k->in[j] = 1;
}

static void drop_column(struct terms *k, int j)
{
    size_t n = 0;
    for (size_t i = 0; i < k->order.n; i++)
        if (k->order.v[i] != j)
            k->order.v[n++] = k->order.v[i];
    k->order.n = n;
    k->in[j] = 0;
}

static bool read_term(struct scanner *s, const struct table *t, int target, bool plus, struct terms *k)
{
    switch (s->token) {
    case TOKEN_NAME: {
        int j = named_column(s, t);
        if (j < 0)
            return false;
        if (plus && j == target) {
            err_set(s->err, ERR_INPUT, "'%s' is the target, and can't be a feature too", table_name(t, (size_t)j));
            return fault(s, ERR_INPUT, s->from, s->at);
        }
        (plus ? add_column : drop_column)(k, j);
        return true;
    }
    case TOKEN_DOT:
        for (int j = 0; j < (int)table_cols(t); j++)
            if (j != target)
                (plus ? add_column : drop_column)(k, j);
        return true;
    case TOKEN_ZERO:
        k->intercept = !plus;
        return true;
    case TOKEN_ONE:
        k->intercept = plus;
        return true;
    default:
        return refuse(s);
    }
}

static bool read_terms(struct scanner *s, const struct table *t, int target, struct terms *k)
{
    bool plus = true;
    if (s->token == TOKEN_PLUS || s->token == TOKEN_MINUS) {
        plus = s->token == TOKEN_PLUS;
        if (!advance(s))
            return false;
    }
    for (;;) {
        if (!read_term(s, t, target, plus, k) || !advance(s))
            return false;
        if (s->token == TOKEN_END)
            return true;
        if (s->token != TOKEN_PLUS && s->token != TOKEN_MINUS)
            return refuse(s);
        plus = s->token == TOKEN_PLUS;
        if (!advance(s))
            return false;
    }
}

/* "y ~", "~", or neither: then the whole text is terms. */
static bool read_target(struct scanner *s, const struct table *t, int *target)
{
    *target = -1;
    if (s->token == TOKEN_TILDE)
        return advance(s);
    if (s->token != TOKEN_NAME)
        return true;
    struct scanner ahead = *s;
    ahead.name = STR_INIT;
    bool ok = advance(&ahead);
    bool tilde = ok && ahead.token == TOKEN_TILDE;
    str_done(&ahead.name);
    if (!tilde)
        return ok;
    *target = named_column(s, t);
    return *target >= 0 && advance(s) && advance(s);
}

bool formula_parse(const char *text, const struct table *t, struct formula *out, struct err *e)
{
    struct scanner s = {.text = text, .at = text, .err = e};
    struct terms k = {.in = mem_zero(table_cols(t) + 1, 1), .intercept = true};
    *out = (struct formula){.target = -1};
    bool ok = advance(&s) && read_target(&s, t, &out->target) && read_terms(&s, t, out->target, &k);
    if (ok) {
        out->feature = k.order.v;
        out->n_features = k.order.n;
        out->intercept = k.intercept;
    } else {
        vec_done(&k.order);
    }
    mem_free(k.in);
    str_done(&s.name);
    return ok;
}

void formula_done(struct formula *f)
{
    mem_free(f->feature);
    *f = (struct formula){.target = -1};
}
