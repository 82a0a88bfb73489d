/* cell_format: how the numbers of one column are written, so that a column reads as a column: the same decimals
 * all the way down, enough of them for its smallest value and no more than its largest deserves. */
#ifndef LATHE_RENDER_CELL_FORMAT_H
#define LATHE_RENDER_CELL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "view/view.h"

struct cell_format {
    int decimals; /* fixed number of decimals; -1: each number by itself (its range is too wide) */
    int digits;   /* significant digits of such a number */
    double top;   /* CELL_BAR: the column's largest number */
};

/* Looks at rows [row, row + height) of the column. digits: wanted by the user, 0: as the column wants. */
struct cell_format cell_format_of(const struct view *v, size_t col, size_t row, size_t height, int digits,
                                  struct arena *scratch);

/* A format for one number alone. */
struct cell_format cell_format_alone(const struct cell *c, const struct view_column *col);

/* Appends the text; missing gives "·" or "NA". */
void cell_text(struct str *out, const struct cell *c, const struct view_column *col, const struct cell_format *f,
               bool unicode);
bool cell_is_missing(const struct cell *c, enum cell_type type);
bool cell_is_number(enum cell_type type);                      /* is it in cell.r? */
double cell_number(const struct cell *c, enum cell_type type); /* the value as a number; NaN: missing or text */

/* "3.142" with exactly `decimals`, whatever the locale; no negative zero. */
void decimal_fixed(struct str *out, double x, int decimals);

#endif
