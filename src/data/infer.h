/* infer: what a cell's text is, and what a column of such cells becomes.
 *
 * A cell is, in this order: missing (empty or one of the codes); a bool (true false TRUE FALSE True False, no
 * other words); a whole number that fits 64 bits; a number; a date (2020-02-29); a time (2020-02-29 12:30…);
 * text. Hex, "1d5", "1,000" and anything with a leading zero ("007", a post code) are text.
 *
 * A column is the narrowest type that holds all of its cells: whole numbers and numbers together are f64, dates
 * and times together are times, any other mixture is text. A column without any value is f64.
 *
 * Text is a category when values repeat: with n values that aren't missing, at most 1000 different ones, at
 * most n/2 of them (or at most 20 of them when n <= 40: small tables), and their words are at most 60 bytes
 * long on average. Otherwise it stays text. */
#ifndef LATHE_DATA_INFER_H
#define LATHE_DATA_INFER_H

#include "data/column.h"

enum infer_kind { INFER_BOOL, INFER_I64, INFER_F64, INFER_DATE, INFER_TIME, INFER_TEXT, INFER_NONE };

#define INFER_MOST_CATEGORIES 1000

/* The text of a cell that isn't missing. */
enum infer_kind infer_cell(const char *s, size_t n);
/* What a column is whose cells were of the kinds in the set (bit 1 << kind). */
enum infer_kind infer_join(unsigned kinds);
/* Starts with a zero that a number wouldn't have: "007", "-01", "00.5". */
bool infer_leading_zero(const char *s, size_t n);

bool infer_is_category(size_t distinct, size_t n, size_t word_bytes);
/* A text column (taken) as a category when the rule above says so, otherwise itself. NULL: no memory. */
struct column *infer_text(struct column *text, struct err *e);
/* A text column (taken) as dates or times when all its values are, otherwise by infer_text. */
struct column *infer_text_or_date(struct column *text, struct err *e);

/* The codes that mean "missing". NULL codes: NA N/A NaN nan null NULL. Empty is always missing. */
struct missing {
    const char *const *code;
    size_t *length;
    size_t n;
    size_t longest;
    bool numeric;    /* one of the codes reads as a number, so numbers must be compared too */
    bool first[256]; /* bytes that a code begins with */
};
void missing_init(struct missing *m, const char *const *codes, size_t n);
void missing_done(struct missing *m);
bool missing_match(const struct missing *m, const char *s, size_t n); /* n > 0 */

static inline bool missing_is(const struct missing *m, const char *s, size_t n)
{
    return n == 0 || (n <= m->longest && m->first[(unsigned char)*s] && missing_match(m, s, n));
}

#endif
