#include "host/asked.h"

#include <limits.h>
#include <math.h>
#include <stddef.h>

#include "base/number.h"
#include "host/recipe_parts.h"

enum kind { YES_NO, COUNT, NUMBER, BALANCE };

static const struct row {
    const char *name;
    enum kind kind;
    size_t at; /* in struct train_options */
    double min, max;
} rows[] = {
    {"scale", YES_NO, offsetof(struct train_options, scale), 0, 1},
    {"impute", YES_NO, offsetof(struct train_options, impute), 0, 1},
    {"encode", YES_NO, offsetof(struct train_options, encode), 0, 1},
    {"poly_degree", COUNT, offsetof(struct train_options, degree), 1, PRODUCT_DEGREE_MOST},
    {"interaction_only", YES_NO, offsetof(struct train_options, interaction_only), 0, 1},
    {"balance", BALANCE, offsetof(struct train_options, balance.method), 0, BALANCE_METHODS - 1},
    {"balance_k", COUNT, offsetof(struct train_options, balance.neighbours), 1, 255},
    {"early_stopping", YES_NO, offsetof(struct train_options, early_stopping), 0, 1},
    {"validation_fraction", NUMBER, offsetof(struct train_options, validation_fraction), 0, 1},
    {"patience", COUNT, offsetof(struct train_options, n_iter_no_change), 1, INT_MAX},
    {"min_gain", NUMBER, offsetof(struct train_options, tol), 0, INFINITY},
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

static double get(const struct train_options *o, const struct row *row)
{
    const void *at = (const char *)o + row->at;
    switch (row->kind) {
    case YES_NO:
        return *(const bool *)at;
    case COUNT:
        return *(const int *)at;
    case BALANCE:
        return *(const enum balance_method *)at;
    default:
        return *(const double *)at;
    }
}

static void set(struct train_options *o, const struct row *row, double value)
{
    void *at = (char *)o + row->at;
    switch (row->kind) {
    case YES_NO:
        *(bool *)at = value != 0;
        break;
    case COUNT:
        *(int *)at = (int)value;
        break;
    case BALANCE:
        *(enum balance_method *)at = (enum balance_method)(int)value;
        break;
    default:
        *(double *)at = value;
        break;
    }
}

void asked_text(const struct train_options *o, struct str *out)
{
    struct train_options usual;
    train_options_init(&usual);
    for (size_t i = 0; i < N_ROWS; i++) {
        double value = get(o, &rows[i]);
        if (value == get(&usual, &rows[i]))
            continue;
        str_printf(out, " %s=", rows[i].name);
        if (rows[i].kind == YES_NO)
            str_add(out, value != 0 ? "yes" : "no");
        else if (rows[i].kind == BALANCE)
            str_add(out, balance_words[(int)value]);
        else
            number_nice(out, value, 6);
    }
}

json_t *asked_to_json(const struct train_options *o)
{
    json_t *j = json_object();
    for (size_t i = 0; i < N_ROWS; i++) {
        double value = get(o, &rows[i]);
        json_object_set_new(j, rows[i].name,
                            rows[i].kind == YES_NO    ? json_boolean(value != 0)
                            : rows[i].kind == COUNT   ? json_integer((json_int_t)value)
                            : rows[i].kind == BALANCE ? json_string(balance_words[(int)value])
                                                      : json_real(value));
    }
    return j;
}

/* The value as a number; NaN: it isn't one of this kind. */
static double read_value(const struct row *row, const json_t *j)
{
    const char *word = json_string_value(j);
    switch (row->kind) {
    case YES_NO:
        return json_is_boolean(j) ? json_is_true(j) : (double)NAN;
    case COUNT:
        return json_is_integer(j) ? (double)json_integer_value(j) : (double)NAN;
    case BALANCE:
        for (int k = 0; word && k < BALANCE_METHODS; k++)
            if (str_eq(balance_words[k], word))
                return k;
        return NAN;
    default:
        return json_is_number(j) ? json_number_value(j) : (double)NAN;
    }
}

bool asked_from_json(struct train_options *o, const json_t *j)
{
    if (!json_is_object(j))
        return false;
    for (size_t i = 0; i < N_ROWS; i++) {
        const json_t *said = json_object_get(j, rows[i].name);
        double value = said ? read_value(&rows[i], said) : 0;
        if (!said)
            continue;
        if (!(value >= rows[i].min && value <= rows[i].max))
            return false;
        set(o, &rows[i], value);
    }
    return true;
}
