/* json: writing strings and numbers as JSON. */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"

static const char *escape_of(unsigned char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

void json_string_n(struct str *out, const char *s, size_t n)
{
    if (!s) {
        str_add(out, "null");
        return;
    }
    str_addc(out, '"');
    size_t plain = 0; /* start of the run that needs no escape */
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        uint32_t cp;
        size_t length = c < 0x80 ? 1 : utf8_decode(s + i, n - i, &cp);
        bool invalid = c >= 0x80 && length == 1;
        if (!invalid && c >= 0x20 && c != '"' && c != '\\') {
            i += length;
            continue;
        }
        str_addn(out, s + plain, i - plain);
        const char *escape = escape_of(c);
        if (invalid)
            str_add(out, "\xEF\xBF\xBD");
        else if (escape)
            str_add(out, escape);
        else
            str_printf(out, "\\u%04x", c);
        i += length;
        plain = i;
    }
    str_addn(out, s + plain, n - plain);
    str_addc(out, '"');
}

void json_number(struct str *out, double x)
{
    char text[NUMBER_MAX];
    if (isfinite(x))
        str_addn(out, text, number_print(x, text));
    else
        str_add(out, "null");
}

void json_int(struct str *out, int64_t x)
{
    str_printf(out, "%" PRId64, x);
}
