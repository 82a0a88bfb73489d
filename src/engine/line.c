/* line: text to words, with positions. */
#include "engine/line.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"

/* A quote opens at the start of a word, after =, ( or a comma; so that `bob's.csv` needs no quoting. */
static bool quote_opens(const char *text, size_t i)
{
    return (text[i] == '"' || text[i] == '\'') && (i == 0 || !isalnum((unsigned char)text[i - 1]));
}

/* The end of the quoted text that starts at i: index of the closing quote, or of the terminating NUL. */
static size_t quote_end(const char *text, size_t i)
{
    char q = text[i++];
    for (; text[i]; i++) {
        if (q == '"' && text[i] == '\\' && text[i + 1])
            i++;
        else if (text[i] == q && text[i + 1] == q && q == '\'')
            i++;
        else if (text[i] == q)
            return i;
    }
    return i;
}

static bool comment_starts(const char *text, size_t i)
{
    return text[i] == '#' && (i == 0 || isspace((unsigned char)text[i - 1]) || text[i - 1] == ';');
}

static bool continues(const char *text, size_t i)
{
    return text[i] == '\\' && (text[i + 1] == '\n' || (text[i + 1] == '\r' && text[i + 2] == '\n'));
}

struct cutter {
    struct arena *arena;
    struct str text; /* of the command under way */
    int start_line, start_column;
    VEC(struct line_part) parts;
};

static void cutter_end(struct cutter *c)
{
    size_t n = c->text.len;
    while (n > 0 && isspace((unsigned char)c->text.s[n - 1]))
        n--;
    if (n > 0)
        vec_push(&c->parts,
                 (struct line_part){arena_strndup(c->arena, c->text.s, n), c->start_line, c->start_column});
    str_clear(&c->text);
}

bool line_split(const char *script, struct arena *a, struct line_part **parts, size_t *n, struct err *e)
{
    struct cutter c = {.arena = a, .text = STR_INIT};
    int line = 1;
    size_t line_start = 0;
    bool good = true;

    for (size_t i = 0; script[i]; i++) {
        char ch = script[i];
        if (c.text.len == 0 && !isspace((unsigned char)ch) && ch != ';') {
            c.start_line = line;
            c.start_column = (int)(i - line_start) + 1;
        }
        if (quote_opens(script, i)) {
            size_t end = quote_end(script, i);
            if (!script[end]) {
                err_set(e, ERR_INPUT, "a quotation that starts with %c has no end", ch);
                err_hint(e, "close it with another %c", ch);
                if (e)
                    e->line = line;
                good = false;
                break;
            }
            for (size_t k = i; k <= end; k++)
                if (script[k] == '\n') {
                    line++;
                    line_start = k + 1;
                }
            str_addn(&c.text, script + i, end - i + 1);
            i = end;
        } else if (comment_starts(script, i)) {
            while (script[i + 1] && script[i + 1] != '\n')
                i++;
        } else if (continues(script, i)) {
            i += script[i + 1] == '\r' ? 2 : 1;
            line++;
            line_start = i + 1;
            str_addc(&c.text, ' ');
        } else if (ch == ';' || ch == '\n') {
            cutter_end(&c);
            if (ch == '\n') {
                line++;
                line_start = i + 1;
            }
        } else if (c.text.len > 0 || !isspace((unsigned char)ch)) {
            str_addc(&c.text, isspace((unsigned char)ch) ? ' ' : ch);
        }
    }
    cutter_end(&c);
    *n = c.parts.n;
    *parts = arena_alloc(a, (c.parts.n + 1) * sizeof **parts);
    if (c.parts.n)
        memcpy(*parts, c.parts.v, c.parts.n * sizeof **parts);
    vec_done(&c.parts);
    str_done(&c.text);
    return good;
}

bool line_is_open(const char *text)
{
    size_t n = strlen(text);
    if (n > 0 && text[n - 1] == '\\')
        return true;
    for (size_t i = 0; text[i]; i++) {
        if (quote_opens(text, i)) {
            i = quote_end(text, i);
            if (!text[i])
                return true;
        } else if (comment_starts(text, i)) {
            while (text[i + 1] && text[i + 1] != '\n')
                i++;
        }
    }
    return false;
}

static bool is_name_char(char ch, bool first)
{
    return isalpha((unsigned char)ch) || ch == '_' || (!first && (isdigit((unsigned char)ch) || ch == '.'));
}

/* The length of `name` when text[i…] reads `name=` or `name = `; *value gets where the value starts. 0: no name. */
static size_t name_length(const char *text, size_t i, size_t *value)
{
    size_t k = i;
    while (is_name_char(text[k], k == i))
        k++;
    if (k == i)
        return 0;
    size_t eq = k;
    while (text[eq] == ' ' || text[eq] == '\t')
        eq++;
    if (text[eq] != '=' || text[eq + 1] == '=')
        return 0;
    *value = eq + 1;
    if (eq > k)
        while (text[*value] == ' ' || text[*value] == '\t')
            (*value)++;
    return k - i;
}

/* Reads one word from i on, unquoting; returns where it ends. */
static size_t read_word(const char *text, size_t i, struct str *out, bool *quoted)
{
    int depth = 0;
    *quoted = false;
    for (; text[i] && (depth > 0 || !isspace((unsigned char)text[i])); i++) {
        if (quote_opens(text, i)) {
            size_t end = quote_end(text, i);
            char q = text[i];
            *quoted = true;
            for (size_t k = i + 1; k < end; k++) {
                if (q == '"' && text[k] == '\\' && k + 1 < end)
                    k++;
                else if (q == '\'' && text[k] == '\'')
                    k++;
                str_addc(out, text[k]);
            }
            if (!text[end])
                return end;
            i = end;
            continue;
        }
        depth += text[i] == '(';
        depth -= text[i] == ')' && depth > 0;
        str_addc(out, text[i]);
    }
    return i;
}

bool line_words(const char *text, struct arena *a, struct word **words, size_t *n, struct err *e)
{
    VEC(struct word) v = {0};
    struct str s = STR_INIT;
    size_t i = 0;

    (void)e;
    for (;;) {
        while (isspace((unsigned char)text[i]))
            i++;
        if (!text[i])
            break;
        struct word w = {.from = (int)i, .name_from = (int)i};
        if (text[i] == '>' && text[i + 1] != '=') {
            w.text = ">";
            w.to = (int)++i;
            vec_push(&v, w);
            continue;
        }
        size_t value = 0, len = name_length(text, i, &value);
        if (len) {
            w.name = arena_strndup(a, text + i, len);
            w.from = (int)value;
            i = value;
        }
        str_clear(&s);
        i = read_word(text, i, &s, &w.quoted);
        w.text = arena_strndup(a, str_get(&s), s.len);
        w.to = (int)i;
        vec_push(&v, w);
    }
    *n = v.n;
    *words = arena_alloc(a, (v.n + 1) * sizeof **words);
    if (v.n)
        memcpy(*words, v.v, v.n * sizeof **words);
    vec_done(&v);
    str_done(&s);
    return true;
}

void line_quote(struct str *out, const char *word)
{
    int depth = 0;
    bool plain = word[0] && word[0] != '>' && word[0] != '#' && !str_eq(word, "as");
    for (const char *p = word; *p && plain; p++) {
        depth += (*p == '(') - (*p == ')');
        plain = !isspace((unsigned char)*p) && !strchr("\"';=\\", *p) && depth >= 0;
    }
    if (plain && depth == 0) {
        str_add(out, word);
        return;
    }
    str_addc(out, '"');
    for (const char *p = word; *p; p++) {
        if (*p == '"' || *p == '\\')
            str_addc(out, '\\');
        str_addc(out, *p);
    }
    str_addc(out, '"');
}
