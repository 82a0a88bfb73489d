/* err: filling in an error value. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

#define SUGGEST_LIST 12

/* snprintf may cut inside a character: drop the torn tail. */
static void trim_torn_character(char *s, size_t cap)
{
    size_t n = strlen(s);
    if (n + 1 < cap)
        return;
    size_t start = n;
    while (start > 0 && n - start < 4 && ((unsigned char)s[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)s[start - 1] >= 0xC0 && !utf8_valid(s + start - 1, n - start + 1))
        s[start - 1] = '\0';
}

bool err_vset(struct err *e, enum err_code code, const char *format, va_list args)
{
    if (!e)
        return false;
    *e = ERR_INIT;
    e->code = code;
    vsnprintf(e->text, sizeof e->text, format, args);
    trim_torn_character(e->text, sizeof e->text);
    return false;
}

bool err_set(struct err *e, enum err_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err_vset(e, code, format, args);
    va_end(args);
    return false;
}

bool err_hint(struct err *e, const char *format, ...)
{
    if (!e)
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(e->hint, sizeof e->hint, format, args);
    va_end(args);
    trim_torn_character(e->hint, sizeof e->hint);
    return false;
}

bool err_wrap(struct err *e, const char *format, ...)
{
    if (!e)
        return false;
    char context[sizeof e->text], whole[2 * sizeof e->text + 3];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    snprintf(whole, sizeof whole, "%s: %s", context, e->text);
    snprintf(e->text, sizeof e->text, "%.*s", (int)sizeof e->text - 1, whole);
    trim_torn_character(e->text, sizeof e->text);
    return false;
}

bool err_errno(struct err *e, enum err_code code, const char *format, ...)
{
    int saved = errno;
    if (!e)
        return false;
    char reason[128];
    va_list args;
    va_start(args, format);
    err_vset(e, code, format, args);
    va_end(args);
    /* The GNU strerror_r, which may return a constant instead of filling the buffer. */
    const char *text = strerror_r(saved, reason, sizeof reason);
    size_t n = strlen(e->text);
    snprintf(e->text + n, sizeof e->text - n, ": %s", text);
    trim_torn_character(e->text, sizeof e->text);
    errno = saved;
    return false;
}

const char *err_code_name(enum err_code code)
{
    static const char *const names[] = {
        [ERR_NONE] = "NONE",       [ERR_INPUT] = "INPUT",         [ERR_NOT_FOUND] = "NOT_FOUND",
        [ERR_TYPE] = "TYPE",       [ERR_RANGE] = "RANGE",         [ERR_MEMORY] = "MEMORY",
        [ERR_IO] = "IO",           [ERR_DATA] = "DATA",           [ERR_PLUGIN] = "PLUGIN",
        [ERR_NUMERIC] = "NUMERIC", [ERR_CANCELLED] = "CANCELLED", [ERR_INTERNAL] = "INTERNAL",
    };
    return (size_t)code < sizeof names / sizeof *names ? names[code] : "INTERNAL";
}

/* The closest name: within a third of the word's length (at least 1, at most 4 edits), or one that it begins. */
static const char *closest(const char *word, const char *const *names, int n)
{
    size_t length = strlen(word);
    int limit = length < 4 ? 1 : length < 12 ? (int)(length + 2) / 3 : 4;
    const char *best = NULL, *longer = NULL;
    for (int i = 0; i < n; i++) {
        int d = str_distance(word, names[i], limit);
        if (str_eq_nocase(word, names[i]))
            d = 0;
        if (d <= limit && (!best || d < str_distance(word, best, limit + 1)))
            best = names[i];
        if (!longer && length >= 2 && str_starts(names[i], word))
            longer = names[i];
    }
    return best ? best : longer;
}

bool err_suggest(struct err *e, const char *word, const char *const *names, int n)
{
    if (!e || n <= 0)
        return false;
    struct str text = STR_INIT;
    const char *best = word && *word ? closest(word, names, n) : NULL;
    if (best)
        str_printf(&text, "did you mean '%s'? ", best);
    str_add(&text, "valid: ");
    int shown = 0;
    while (shown < n && shown < SUGGEST_LIST && text.len + strlen(names[shown]) + 20 < sizeof e->hint) {
        str_printf(&text, "%s%s", shown ? ", " : "", names[shown]);
        shown++;
    }
    if (shown < n)
        str_printf(&text, "%s%d more", shown ? " and " : "", n - shown);
    err_hint(e, "%s", str_get(&text));
    str_done(&text);
    return false;
}
