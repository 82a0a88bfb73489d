/* column: one typed, immutable, refcounted array of values.
 *
 * Missing values: an F64 column holds NaN; a category code is -1; the other types carry a bitmap of valid
 * elements (NULL: all are). A column's data is 64-byte aligned and followed by at least 64 readable bytes.
 * Built once with a column_builder, then shared by any number of tables and threads. */
#ifndef LATHE_DATA_COLUMN_H
#define LATHE_DATA_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum column_type {
    COLUMN_F64,      /* double */
    COLUMN_I64,      /* int64_t */
    COLUMN_BOOL,     /* uint8_t 0/1 */
    COLUMN_CATEGORY, /* int32_t code into a dictionary; -1 missing */
    COLUMN_TEXT,     /* offsets into bytes */
    COLUMN_DATE,     /* int64_t days since 1970-01-01 */
    COLUMN_TIME      /* int64_t microseconds since 1970-01-01 00:00 UTC */
};

/* The words of a category column, in the order of their codes: numbers ascending when all are numbers, otherwise
 * byte order ("sorted order" of the metrics' positive class). Refcounted, shared between columns. */
struct dictionary;
/* Copies the words, which must be distinct; code i is words[i], so the caller decides the order (bins of `cut`
 * keep theirs). dictionary_sorted puts them into the usual order: rank[i] (n entries, or NULL) gets the code of
 * words[i]. */
struct dictionary *dictionary_new(const char *const *words, size_t n, struct err *e);
struct dictionary *dictionary_sorted(const char *const *words, size_t n, int32_t *rank, struct err *e);
struct dictionary *dictionary_ref(struct dictionary *d);
void dictionary_unref(struct dictionary *d);
size_t dictionary_size(const struct dictionary *d);
const char *dictionary_word(const struct dictionary *d, int32_t code);
const char *const *dictionary_words(const struct dictionary *d);        /* all, owned by d */
int32_t dictionary_find(const struct dictionary *d, const char *word);  /* -1: not there */

struct column;

struct column *column_ref(const struct column *c);
void column_unref(struct column *c); /* NULL is fine */

enum column_type column_type(const struct column *c);
size_t column_size(const struct column *c);
size_t column_missing(const struct column *c); /* counted once at building */
size_t column_bytes(const struct column *c);
const char *column_type_name(enum column_type t); /* "real", "integer", "bool", "category", "text", "date", "time" */
/* Also real, number, int, string, factor, datetime, … */
bool column_type_from_name(const char *name, enum column_type *out);
bool column_is_numeric(const struct column *c); /* F64, I64, BOOL */

/* The memory, by type; asserts the type. */
const double *column_f64(const struct column *c);
const int64_t *column_i64(const struct column *c);   /* I64, DATE, TIME */
const uint8_t *column_bool(const struct column *c);
const int32_t *column_codes(const struct column *c);
const struct dictionary *column_dictionary(const struct column *c);
const uint64_t *column_valid(const struct column *c); /* NULL: all valid, or the type marks missing itself */

bool column_is_missing(const struct column *c, size_t i);
/* As a number: F64, I64, BOOL as they are, DATE in days, TIME in seconds, CATEGORY its code, TEXT NaN; missing
 * NaN. */
double column_number(const struct column *c, size_t i);
void column_numbers(const struct column *c, const uint32_t *rows, size_t n, double *out); /* rows NULL: 0..n-1 */
/* TEXT: points into the column, *len bytes, not NUL-terminated by contract. NULL when missing. */
const char *column_text(const struct column *c, size_t i, size_t *len);
/* Any type, as text that reads back equal ("" for missing): numbers shortest, dates ISO 8601. Appends. */
void column_print(const struct column *c, size_t i, struct str *out);

/* ---- building ----------------------------------------------------------------------------------------------- */

/* Takes ownership of `data` (from mem_bulk(n + 64/size…): use column_buffer) and `valid` (bitmap or NULL). */
void *column_buffer(enum column_type t, size_t n, struct err *e); /* room for n elements and the readable tail */
uint64_t *column_bitmap(size_t n, bool all_valid, struct err *e);
struct column *column_from_f64(double *data, size_t n);
struct column *column_from_i64(enum column_type t, int64_t *data, uint64_t *valid, size_t n); /* I64, DATE, TIME */
struct column *column_from_bool(uint8_t *data, uint64_t *valid, size_t n);
struct column *column_from_codes(int32_t *codes, size_t n, struct dictionary *d); /* takes the reference of d */
struct column *column_from_text(uint64_t *offsets /* n+1 */, char *bytes, uint64_t *valid, size_t n);

struct column *column_take(const struct column *c, const uint32_t *rows, size_t n, struct err *e);
/* TEXT/I64/F64/BOOL/… to CATEGORY with sorted words; a category column is returned as it is (new reference). */
struct column *column_to_category(const struct column *c, struct err *e);
/* The same values as another type. *lost (or NULL) counts the values that the type can't hold and that are missing
 * now: 1.5 as i64, "abc" as f64, 7 as bool. */
struct column *column_cast(const struct column *c, enum column_type to, size_t *lost, struct err *e);

/* Distinct values that are not missing (exact). */
size_t column_distinct(const struct column *c, struct err *e); /* SIZE_MAX: no memory */
/* The same, but stops counting above `limit` and then returns limit + 1. */
size_t column_distinct_upto(const struct column *c, size_t limit, struct err *e);
/* 64 bits over type and values (not names), computed once; equal columns are equal at any thread count. */
uint64_t column_hash(const struct column *c);

static inline bool bitmap_get(const uint64_t *b, size_t i)
{
    return (b[i >> 6] >> (i & 63)) & 1;
}
static inline void bitmap_set(uint64_t *b, size_t i, bool on)
{
    uint64_t m = (uint64_t)1 << (i & 63);
    b[i >> 6] = on ? b[i >> 6] | m : b[i >> 6] & ~m;
}

/* Dates. date_parse: "2020-02-29"; time_parse: that, or "2020-02-29 12:30[:15[.5]][Z|+02:00]", also with 'T'.
 * Years are 0001 to 9999 (Gregorian); DATE_MIN to DATE_MAX in days, TIME_MIN to TIME_MAX in microseconds. */
#define DATE_MIN (-719162)
#define DATE_MAX 2932896
#define TIME_MIN (DATE_MIN * INT64_C(86400000000))
#define TIME_MAX ((DATE_MAX + 1) * INT64_C(86400000000) - 1)
bool date_parse(const char *s, size_t n, int64_t *days);
bool time_parse(const char *s, size_t n, int64_t *microseconds);
void date_civil(int64_t days, int64_t *year, int *month, int *day); /* month 1 to 12, day 1 to 31 */
void date_print(int64_t days, struct str *out);
void time_print(int64_t microseconds, struct str *out);

#endif
