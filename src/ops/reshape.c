/* reshape: tables from tables. */
#include "ops/reshape.h"

#include <ctype.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/lathe.h"
#include "base/mem.h"
#include "base/vec.h"
#include "data/sql.h"

/* ---- select ------------------------------------------------------------------------------------------------ */

typedef VEC(int) int_vec;

static void keep(int_vec *v, int col)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->v[i] == col)
            return;
    vec_push(v, col);
}

static void leave_out(int_vec *v, int col)
{
    size_t k = 0;
    for (size_t i = 0; i < v->n; i++)
        if (v->v[i] != col)
            v->v[k++] = v->v[i];
    v->n = k;
}

/* The columns a word stands for, in table order. */
static bool columns_of_word(const struct table *t, const char *word, int_vec *out, struct err *e)
{
    out->n = 0;
    int exact = table_find(t, word);
    if (exact >= 0) {
        vec_push(out, exact);
        return true;
    }
    const char *colon = strchr(word, ':');
    if (colon) {
        char *left = mem_strndup(word, (size_t)(colon - word));
        int a = table_require(t, left, e), b = a < 0 ? -1 : table_require(t, colon + 1, e);
        mem_free(left);
        for (int j = a; b >= 0 && (a <= b ? j <= b : j >= b); j += a <= b ? 1 : -1)
            vec_push(out, j);
        return b >= 0;
    }
    if (strpbrk(word, "*?[")) {
        for (size_t j = 0; j < table_cols(t); j++)
            if (fnmatch(word, table_name(t, j), 0) == 0)
                vec_push(out, (int)j);
        return out->n || err_set(e, ERR_NOT_FOUND, "no column's name matches %s", word);
    }
    return table_require(t, word, e) >= 0;
}

bool reshape_columns(const struct table *t, const char *const *words, size_t n, int **cols, size_t *n_cols,
                     struct err *e)
{
    int_vec kept = {0}, some = {0};
    bool good = true;
    bool first_excludes = n > 0 && words[0][0] == '-' && table_find(t, words[0]) < 0;
    for (size_t j = 0; first_excludes && j < table_cols(t); j++)
        vec_push(&kept, (int)j);
    for (size_t i = 0; good && i < n; i++) {
        bool minus = words[i][0] == '-' && table_find(t, words[i]) < 0;
        good = columns_of_word(t, words[i] + minus, &some, e);
        for (size_t k = 0; good && k < some.n; k++)
            if (minus)
                leave_out(&kept, some.v[k]);
            else
                keep(&kept, some.v[k]);
    }
    vec_done(&some);
    *cols = kept.v;
    *n_cols = kept.n;
    return good;
}

struct table *reshape_select(const struct table *t, const char *const *words, size_t n, struct err *e)
{
    int *cols;
    size_t n_cols;
    struct table *out = NULL;
    if (reshape_columns(t, words, n, &cols, &n_cols, e)) {
        if (n_cols)
            out = table_select(t, cols, n_cols);
        else
            err_set(e, ERR_INPUT, "no column would be left");
    }
    mem_free(cols);
    return out;
}

/* ---- sort -------------------------------------------------------------------------------------------------- */

struct table *reshape_sort(const struct table *t, const char *const *words, size_t n, bool descending,
                           struct err *e)
{
    int *col = mem_zero(n + 1, sizeof *col);
    bool *down = mem_zero(n + 1, sizeof *down);
    uint32_t *order = mem_bulk(table_rows(t), sizeof *order, e);
    struct table *out = NULL;
    bool good = order != NULL;
    for (size_t i = 0; good && i < n; i++) {
        bool minus = words[i][0] == '-' && table_find(t, words[i]) < 0;
        col[i] = table_require(t, words[i] + minus, e);
        down[i] = minus != descending;
        good = col[i] >= 0;
    }
    if (good && table_order(t, col, down, n, order, e))
        out = table_take(t, order, table_rows(t), e);
    mem_free(col);
    mem_free(down);
    mem_bulk_free(order);
    return out;
}

/* ---- mutate ------------------------------------------------------------------------------------------------ */

/* Where a top-level comma or the end is: quotes and parentheses are passed over, as are case … end (they hold no
 * commas outside parentheses). */
static size_t piece_length(const char *s)
{
    int depth = 0;
    size_t i = 0;
    for (; s[i] && !(s[i] == ',' && depth == 0); i++) {
        if (s[i] == '\'' || s[i] == '"') {
            char q = s[i++];
            while (s[i] && s[i] != q)
                i++;
            if (!s[i])
                break;
        }
        depth += s[i] == '(';
        depth -= s[i] == ')';
    }
    return i;
}

/* "name = expression" apart; the name may be quoted. Owned strings; *at: where the expression begins. */
static bool cut_assignment(const char *s, size_t n, char **name, char **expression, size_t *at, struct err *e)
{
    const char *start = s;
    while (n && isspace((unsigned char)*s))
        s++, n--;
    bool quoted = n && *s == '"';
    const char *close = quoted ? memchr(s + 1, '"', n - 1) : NULL;
    const char *eq = memchr(close ? close : s, '=', n - (size_t)((close ? close : s) - s));
    const char *end = close ? close : eq;
    const char *from = s + (close ? 1 : 0);
    while (!close && end && end > from && isspace((unsigned char)end[-1]))
        end--;
    if (!eq || end <= from || eq[1] == '=') {
        err_set(e, ERR_INPUT, "'%.*s' assigns nothing", (int)(n < 60 ? n : 60), s);
        return err_hint(e, "mutate new_column = expression, other = expression");
    }
    *name = mem_strndup(from, (size_t)(end - from));
    *expression = mem_strndup(eq + 1, n - (size_t)(eq + 1 - s));
    *at = (size_t)(eq + 1 - start);
    if (!close && strpbrk(*name, " ()+-*/<>'")) {
        err_set(e, ERR_INPUT, "'%s' is not a name for a column", *name);
        err_hint(e, "a name with odd characters goes into double quotes: mutate \"%s\" = …", *name);
        mem_free(*name);
        mem_free(*expression);
        return false;
    }
    return true;
}

struct table *reshape_mutate(const struct table *t, const char *assignments, struct progress *p, struct err *e)
{
    struct table *now = table_ref(t);
    for (const char *s = assignments; now && *s;) {
        size_t n = piece_length(s), at = 0;
        char *name = NULL, *expression = NULL;
        struct table *next = NULL;
        if (cut_assignment(s, n, &name, &expression, &at, e)) {
            struct column *c = sql_compute(now, expression, p, e);
            if (!c && e && e->to) { /* marked within the expression: to where that stands */
                e->from += (int)(s - assignments + (ptrdiff_t)at);
                e->to += (int)(s - assignments + (ptrdiff_t)at);
            }
            next = c ? table_with(now, name, c) : NULL;
            mem_free(name);
            mem_free(expression);
        }
        table_unref(now);
        now = next;
        s += n + (s[n] == ',');
    }
    return now;
}

/* ---- sample ------------------------------------------------------------------------------------------------ */

/* Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S): each row is taken with the
 * chance that exactly n come out. */
struct table *reshape_sample(const struct table *t, size_t n, double share, uint64_t seed, struct err *e)
{
    size_t rows = table_rows(t), taken = 0;
    if (n == 0)
        n = (size_t)llround(share * (double)rows);
    if (n > rows) {
        err_set(e, ERR_RANGE, "%zu rows are more than the %zu there are", n, rows);
        return NULL;
    }
    uint32_t *kept = mem_bulk(n + 1, sizeof *kept, e);
    if (!kept)
        return NULL;
    for (size_t i = 0; i < rows && taken < n; i++)
        if (lt_uniform(seed, 11, i) * (double)(rows - i) < (double)(n - taken))
            kept[taken++] = (uint32_t)i;
    struct table *out = table_take(t, kept, n, e);
    mem_bulk_free(kept);
    return out;
}
