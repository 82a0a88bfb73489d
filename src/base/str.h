/* str: a growable string. Always NUL-terminated after the first append; embedded zeros are allowed (len counts). */
#ifndef LATHE_BASE_STR_H
#define LATHE_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
    char *s; /* owned; NULL while empty */
    size_t len, cap;
};

#define STR_INIT ((struct str){0, 0, 0})

void str_done(struct str *b);  /* frees and resets */
void str_clear(struct str *b); /* keeps the memory */
void str_add(struct str *b, const char *s);
void str_addn(struct str *b, const char *s, size_t n);
void str_addc(struct str *b, char c);
void str_pad(struct str *b, char c, size_t n); /* n times c */
void str_printf(struct str *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_vprintf(struct str *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
char *str_steal(struct str *b);      /* the string, owned by the caller (mem_free); b is empty after */
const char *str_get(const struct str *b); /* never NULL */

/* Comparison helpers used all over. */
bool str_eq(const char *a, const char *b);                 /* NULL equals NULL only */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_eq_nocase(const char *a, const char *b);          /* ASCII case only */
int str_distance(const char *a, const char *b, int limit); /* Damerau-Levenshtein, limit+1 when larger */

/* Order for people: "x2" before "x10". */
int str_natural_cmp(const char *a, const char *b);

#endif
