/* json: writing JSON. (Reading is jansson's, where it is needed.) Numbers are printed so that they read back as
 * the same double; NaN and infinities are null. */
#ifndef LATHE_BASE_JSON_H
#define LATHE_BASE_JSON_H

#include <stdint.h>
#include <string.h>

#include "base/str.h"

/* Quoted and escaped; NULL is null; invalid UTF-8 becomes U+FFFD. */
void json_string_n(struct str *out, const char *s, size_t n);
/* In the header, because jansson exports a function of this name: a file may include one of the two. */
static inline void json_string(struct str *out, const char *s)
{
    json_string_n(out, s, s ? strlen(s) : 0);
}
void json_number(struct str *out, double x);
void json_int(struct str *out, int64_t x);

#endif
