/* param: the one parser, checker, printer and documenter of rows (struct lt_param), for hyperparameters, command
 * arguments and settings alike. */
#ifndef LATHE_HOST_PARAM_H
#define LATHE_HOST_PARAM_H

#include "api/lathe.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Types that only the host knows; their value is text (value.s), made into an object by whoever binds it. */
enum param_host_type {
    PARAM_TABLE = 64, /* a table of the session */
    PARAM_MODEL,
    PARAM_ALGO,
    PARAM_ALGO_OR_MODEL,
    PARAM_METRIC,
    PARAM_PATH,
    PARAM_DATASET,    /* bundled name or path */
    PARAM_COLUMN,     /* a column of the current table */
    PARAM_FORMULA,
    PARAM_EXPR,       /* SQL expression */
    PARAM_SQL,        /* the rest of the line */
    PARAM_VERB,
    PARAM_SETTING,
    PARAM_NAME,       /* a new name for an object */
    PARAM_WORD        /* any word */
};

/* One word into a value, by its row; texts and lists go to the arena. `name` is how the user called it. Errors
 * say the allowed range, or the choices with "did you mean". */
bool param_parse(const struct lt_param *row, const char *text, struct lt_value *out, struct arena *a, struct err *e);
/* Defaults for all rows; LT_REQUIRED rows and rows without default stay "not given, none". */
bool param_defaults(const struct lt_param *rows, size_t stride, uint32_t n, struct lt_value *out, struct arena *a,
                    struct err *e);

/* The row with this name or alias, exactly; or by unambiguous prefix. -1: none, -2: ambiguous. */
int param_find(const struct lt_param *rows, size_t stride, uint32_t n, const char *name);
int param_find_prefix(const struct lt_param *rows, size_t stride, uint32_t n, const char *prefix);
const struct lt_param *param_at(const struct lt_param *rows, size_t stride, uint32_t i);

/* ERR_NOT_FOUND with "did you mean" and the list of names. `of`: "train forest". Returns false. */
bool param_unknown(const struct lt_param *rows, size_t stride, uint32_t n, const char *name, const char *of,
                   struct err *e);

void param_print(const struct lt_param *row, const struct lt_value *v, struct str *out); /* reads back equal */
void param_range(const struct lt_param *row, struct str *out);   /* "1 … 10000", "gini | entropy", "> 0", "" */
const char *param_type_word(const struct lt_param *row);         /* "integer", "number", "yes/no", "column", … */

/* The words of a "a,b,c" list: index of `word`, or -1. */
int choice_index(const char *choices, const char *word, size_t n);

/* Values by name for those that hold the rows; assert that the name exists. */
const struct lt_value *param_value(const struct lt_param *rows, size_t stride, uint32_t n, const struct lt_value *v,
                                   const char *name);
#endif
