/* number: numbers to text and back, independent of the locale and correctly rounded.
 *
 * Parsing equals strtod in the C locale bit for bit on what it accepts: [+-]digits[.digits][e[+-]digits], inf,
 * infinity (any case). Hex, "1d5", spaces and thousands separators are not numbers. */
#ifndef LATHE_BASE_NUMBER_H
#define LATHE_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* The whole of s[0..n) must be the number. */
bool number_parse(const char *s, size_t n, double *out);
bool number_parse_int(const char *s, size_t n, int64_t *out); /* false on overflow */

/* Shortest text that reads back as the same double ("0.1", "1e-300"); returns its length. NaN is "nan". */
#define NUMBER_MAX 32
size_t number_print(double x, char out[NUMBER_MAX]);

/* For people: `digits` significant digits, no trailing zeros beyond them, plain notation between 1e-4 and 1e15,
 * otherwise scientific. */
void number_nice(struct str *out, double x, int digits);

/* "1.2 GB", "640 kB". */
void number_bytes(struct str *out, double bytes);
/* "850 us", "12.3 ms", "4.2 s", "3 min 20 s". */
void number_seconds(struct str *out, double seconds);

#endif
