/* cell_format: see cell_format.h. */
#include "render/cell_format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

#define REAL_DIGITS 5  /* significant digits of a column's largest number */
#define SMALL_DIGITS 3 /* at least so many of its smallest */
#define FIXED_ROOM 11  /* digits in all; a column that needs more is written number by number */

bool cell_is_number(enum cell_type type)
{
    return type != CELL_TEXT && type != CELL_INT && type != CELL_BOOL;
}

bool cell_is_missing(const struct cell *c, enum cell_type type)
{
    return c->missing || (type == CELL_TEXT && !c->text) || (cell_is_number(type) && isnan(c->r));
}

double cell_number(const struct cell *c, enum cell_type type)
{
    if (cell_is_missing(c, type) || type == CELL_TEXT)
        return NAN;
    return cell_is_number(type) ? c->r : (double)c->i;
}

void decimal_fixed(struct str *out, double x, int decimals)
{
    if (isinf(x)) {
        str_add(out, x < 0 ? "-Inf" : "Inf");
        return;
    }
    char text[400];
    int n = snprintf(text, sizeof text, "%.*f", decimals, x);
    if (n < 0 || (size_t)n >= sizeof text)
        return;
    const char *p = text;
    if (*p == '-' && !strpbrk(p, "123456789"))
        p++; /* -0.00 */
    size_t whole = strspn(p, "-0123456789");
    str_addn(out, p, whole);
    if (decimals > 0) { /* whatever the locale's decimal mark is, ours is a point */
        str_addc(out, '.');
        str_add(out, text + n - decimals);
    }
}

/* ---- choosing decimals -------------------------------------------------------------------------------------- */

/* What was seen of a column's numbers. */
struct spread {
    bool any;
    int high, low; /* decimal exponents of the largest and smallest number that isn't 0 */
    double top;
};

static int exponent10(double x)
{
    return (int)floor(log10(fabs(x)) + 1e-12);
}

static void spread_add(struct spread *s, double x)
{
    if (!isfinite(x))
        return;
    if (x > s->top)
        s->top = x;
    if (x == 0)
        return;
    int e = exponent10(x);
    if (!s->any || e > s->high)
        s->high = e;
    if (!s->any || e < s->low)
        s->low = e;
    s->any = true;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* Decimals for a column of reals before trailing zeros are taken off; -1: too wide a range. */
static int decimals_wanted(const struct spread *s, int digits)
{
    if (!s->any)
        return 0;
    int large = digits - 1 - s->high;
    int small = (digits < SMALL_DIGITS ? digits : SMALL_DIGITS) - 1 - s->low;
    int decimals = most(0, most(large, small));
    if (s->high >= 15 || s->low < -5 || most(s->high, 0) + 1 + decimals > most(FIXED_ROOM, digits + 1))
        return -1;
    return decimals;
}

/* Does x, written with `decimals`, say all of x that `decimals + 1` would? */
static bool enough(double x, int decimals)
{
    double unit = pow(10, decimals);
    return !isfinite(x) || fabs(x * unit - nearbyint(x * unit)) <= 1e-9 * fmax(1, fabs(x * unit));
}

static bool percent_is_whole(double x)
{
    return !isfinite(x) || fabs(100 * x - nearbyint(100 * x)) < 1e-6;
}

struct cell_format cell_format_of(const struct view *v, size_t col, size_t row, size_t height, int digits,
                                  struct arena *scratch)
{
    const struct view_column *column = &v->table->column[col];
    int own = column->digits > 0 ? column->digits : REAL_DIGITS;
    struct cell_format f = {.decimals = 0, .digits = digits > 0 ? digits : own, .top = 0};
    if (!cell_is_number(column->type))
        return f;
    size_t end = row + height < v->table->n_rows ? row + height : v->table->n_rows;
    struct spread s = {.any = false};
    struct cell c;
    bool whole_percents = true;
    for (size_t i = row; i < end; i++) {
        view_table_cell(v, i, col, &c, scratch);
        double x = cell_number(&c, column->type);
        spread_add(&s, x);
        if (isfinite(x) && !percent_is_whole(x))
            whole_percents = false;
    }
    f.top = s.top;
    switch (column->type) {
    case CELL_PERCENT:
        f.decimals = whole_percents ? 0 : 1;
        break;
    case CELL_REAL:
        f.decimals = column->digits < 0 ? -1 : decimals_wanted(&s, f.digits);
        while (f.decimals > 0) { /* 0.50 0.25 rather than 0.50000 0.25000 */
            bool fewer = true;
            for (size_t i = row; i < end && fewer; i++) {
                view_table_cell(v, i, col, &c, scratch);
                double x = cell_number(&c, column->type);
                fewer = isnan(x) || enough(x, f.decimals - 1);
            }
            if (!fewer)
                break;
            f.decimals--;
        }
        break;
    default:
        break;
    }
    return f;
}

struct cell_format cell_format_alone(const struct cell *c, const struct view_column *col)
{
    struct cell_format f = {.decimals = -1, .digits = col->digits > 0 ? col->digits : REAL_DIGITS, .top = 1};
    if (col->type == CELL_PERCENT)
        f.decimals = percent_is_whole(cell_number(c, col->type)) ? 0 : 1;
    return f;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static void text_real(struct str *out, double x, int decimals, int digits)
{
    if (isinf(x) || decimals >= 0)
        decimal_fixed(out, x, decimals < 0 ? 0 : decimals);
    else
        number_nice(out, x, digits);
}

static void text_p(struct str *out, double p)
{
    if (p < 0.001) {
        str_add(out, "< 0.001");
    } else {
        decimal_fixed(out, p, 3);
    }
}

static void text_percent(struct str *out, double share, int decimals)
{
    if (share > 0 && 100 * share < 0.05) {
        str_add(out, "< 0.1 %");
        return;
    }
    decimal_fixed(out, 100 * share, decimals < 0 ? 1 : decimals);
    if (isfinite(share))
        str_add(out, " %");
}

void cell_text(struct str *out, const struct cell *c, const struct view_column *col, const struct cell_format *f,
               bool unicode)
{
    if (cell_is_missing(c, col->type)) {
        str_add(out, unicode ? "·" : "NA");
        return;
    }
    switch (col->type) {
    case CELL_TEXT:
        str_add(out, c->text);
        break;
    case CELL_INT:
        str_printf(out, "%" PRId64, c->i);
        break;
    case CELL_BOOL:
        str_add(out, c->i ? "yes" : "no");
        break;
    case CELL_REAL:
        text_real(out, c->r, f->decimals, f->digits);
        break;
    case CELL_PERCENT:
        text_percent(out, c->r, f->decimals);
        break;
    case CELL_P:
        text_p(out, c->r);
        break;
    case CELL_SECONDS:
        number_seconds(out, c->r);
        break;
    case CELL_BYTES:
        number_bytes(out, c->r);
        break;
    case CELL_BAR:
        decimal_fixed(out, c->r, 3);
        break;
    case CELL_SCORE:
        decimal_fixed(out, c->r, 4);
        break;
    }
}
