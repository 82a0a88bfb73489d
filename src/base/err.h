/* err: one error value, filled once, at the place that knows.
 *
 * A function that can fail returns bool or a pointer and takes `struct err *e` last. On failure it has filled
 * `e` exactly once; callers add context with err_wrap. Passing NULL is allowed and discards the message.
 * The text is one sentence that says what went wrong and where; the hint says what to do. Programming mistakes
 * are asserts and never reach a struct err. */
#ifndef LATHE_BASE_ERR_H
#define LATHE_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

enum err_code {
    ERR_NONE = 0,
    ERR_INPUT,     /* the command line or a file's content is wrong */
    ERR_NOT_FOUND, /* a file, column, model, … that isn't there */
    ERR_TYPE,      /* the right name, the wrong kind of thing */
    ERR_RANGE,     /* a value outside what is allowed */
    ERR_MEMORY,
    ERR_IO,     /* the operating system said no */
    ERR_DATA,   /* data that can't be read as what it claims to be (exit status 3) */
    ERR_PLUGIN, /* a module that can't be loaded or broke its contract (exit status 4) */
    ERR_NUMERIC,
    ERR_CANCELLED,
    ERR_INTERNAL
};

struct err {
    enum err_code code;
    char text[480];
    char hint[320];
    int line;     /* 1-based line of a script or data file; 0 = none */
    int from, to; /* byte span in the command line that is to be underlined; to == 0: none */
};

#define ERR_INIT ((struct err){ERR_NONE, "", "", 0, 0, 0})

/* Fills e and returns false, so that `return err_set(e, …)` reads as one sentence. */
bool err_set(struct err *e, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool err_vset(struct err *e, enum err_code code, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* What to do about it; replaces an earlier hint. Returns false. */
bool err_hint(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the text. Returns false. */
bool err_wrap(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "cannot open x: No such file or directory" from errno. Returns false. */
bool err_errno(struct err *e, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "INPUT", "NOT_FOUND", …: the `code` of an error view. */
const char *err_code_name(enum err_code code);

/* Hint "did you mean 'x'?" and the list of valid words (shortened past 12), from names[n]. Returns false. */
bool err_suggest(struct err *e, const char *word, const char *const *names, int n);

#endif
