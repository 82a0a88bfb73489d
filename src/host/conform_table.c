#include "host/conform_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double number_of(size_t column, size_t i)
{
    return 4 * lt_uniform(11, column, i) - 2;
}

static struct column *number_column(size_t j, size_t n, unsigned what)
{
    static const double extremes[] = {1e300, -1e300, 1e-300, -1e-300, 0};
    double *x = column_buffer(COLUMN_F64, n, NULL);
    for (size_t i = 0; i < n; i++) {
        x[i] = 2 + number_of(j, i); /* not negative, as models of frequencies want it */
        if (what & CONFORM_MISSING && lt_below(12, j, i, 10) == 0)
            x[i] = NAN;
        if (what & CONFORM_EXTREME && j == 0 && i % 4 == 1)
            x[i] = extremes[i / 4 % 5];
        if (what & CONFORM_CONSTANT && j == 1)
            x[i] = 0.1;
        if (what & CONFORM_ALL_MISSING && j == 1)
            x[i] = NAN;
    }
    return column_from_f64(x, n);
}

static struct column *level_column(size_t n, unsigned what)
{
    static const char *const words[] = {"blue", "green", "red"};
    int32_t *codes = column_buffer(COLUMN_CATEGORY, n, NULL);
    for (size_t i = 0; i < n; i++)
        codes[i] = what & CONFORM_MISSING && i % 9 == 4 ? -1 : (int32_t)lt_below(13, 0, i, 3);
    return column_from_codes(codes, n, dictionary_new(words, 3, NULL));
}

/* Classes that the first numbers tell, mostly. */
static struct column *label_column(size_t n, unsigned what)
{
    static const char *const words[] = {"a", "b", "c"};
    int32_t *codes = column_buffer(COLUMN_CATEGORY, n, NULL);
    for (size_t i = 0; i < n; i++) {
        double score = number_of(0, i) + 0.5 * number_of(1, i) + 0.3 * number_of(99, i);
        codes[i] = what & CONFORM_ONE_CLASS ? 0 : i < 3 ? (int32_t)i : score < -0.7 ? 0 : score < 0.7 ? 1 : 2;
    }
    return column_from_codes(codes, n, dictionary_new(words, 3, NULL));
}

/* Above 0, so that models of counts and amounts can learn it. */
static struct column *target_column(size_t n)
{
    double *y = column_buffer(COLUMN_F64, n, NULL);
    for (size_t i = 0; i < n; i++)
        y[i] = 13 + 2 * number_of(0, i) - number_of(1, i) + 0.1 * number_of(98, i);
    return column_from_f64(y, n);
}

static struct column *weight_column(size_t n)
{
    double *w = column_buffer(COLUMN_F64, n, NULL);
    for (size_t i = 0; i < n; i++)
        w[i] = (double)(i % 3);
    return column_from_f64(w, n);
}

struct table *conform_table(size_t n, enum lt_task task, unsigned what)
{
    struct table_builder *b = table_builder_new(n, "conformance");
    char name[16];
    for (size_t j = 0; j < (what & CONFORM_WIDE ? 60 : 3); j++) {
        snprintf(name, sizeof name, "x%zu", j + 1);
        table_builder_add(b, name, number_column(j, n, what));
    }
    if (!(what & CONFORM_NUMBERS))
        table_builder_add(b, "colour", level_column(n, what));
    if (what & CONFORM_WEIGHTED)
        table_builder_add(b, "w", weight_column(n));
    if (task == LT_CLASSIFY)
        table_builder_add(b, "label", label_column(n, what));
    if (task == LT_REGRESS)
        table_builder_add(b, "y", target_column(n));
    return table_builder_done(b);
}
