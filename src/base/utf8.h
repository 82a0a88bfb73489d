/* utf8: how wide a string is on a screen and where it may be cut. Invalid bytes count as width 1. */
#ifndef LATHE_BASE_UTF8_H
#define LATHE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one code point from s[0..n), n > 0; returns its bytes (1 and U+FFFD for an invalid byte). */
size_t utf8_decode(const char *s, size_t n, uint32_t *cp);
size_t utf8_encode(uint32_t cp, char out[4]); /* returns bytes */
bool utf8_valid(const char *s, size_t n);
int utf8_cp_width(uint32_t cp);               /* 0 combining, 1, or 2 (wide); controls 0; independent of the locale */
size_t utf8_width(const char *s);             /* columns of the whole string */
size_t utf8_width_n(const char *s, size_t n);
/* Bytes of the longest prefix of s that is at most `columns` wide; *width gets its width (may be NULL). */
size_t utf8_cut(const char *s, size_t columns, size_t *width);

#endif
