/* recipe_parts: what is inside a recipe, for the three files that make, write and apply it.
 *
 * A recipe is a list of inputs (raw columns by name), each with what is done to it, and the outputs that follow
 * from that: an input becomes one number column, one code column, or one 0/1 column for each of its levels. Behind
 * these come the products of numbers, of values that are filled but not yet scaled. */
#ifndef LATHE_HOST_RECIPE_PARTS_H
#define LATHE_HOST_RECIPE_PARTS_H

#include "base/arena.h"
#include "host/recipe.h"
#include "host/record.h"

enum input_use { INPUT_NUMBER, INPUT_CODE, INPUT_LEVELS };

struct recipe_input {
    char *name;
    enum column_type type; /* as in training */
    enum input_use use;
    size_t first, width; /* its outputs */
    size_t number;       /* INPUT_NUMBER: its place among the numbers */

    bool fills;        /* missing values are replaced */
    double fill;       /* INPUT_NUMBER: by this number */
    int32_t fill_code; /* the others: by this level */
    bool scales;       /* INPUT_NUMBER: (x - center) / scale, after filling */
    double center, scale;

    struct dictionary *levels; /* of the training table's column */
    uint8_t *seen;             /* per level: it occurs in the training rows */
    int32_t *slot; /* INPUT_LEVELS: which of its outputs a level sets; -1: none (the first one, unseen) */
};

enum { PRODUCT_DEGREE_MOST = 10, PRODUCT_OUTPUTS_MOST = 20000 };

/* input[factor[0]] * input[factor[1]] * …; factors ascend, and repeat where there are powers. */
struct recipe_product {
    uint32_t factor[PRODUCT_DEGREE_MOST];
    uint32_t degree; /* 2 … */
    bool scales;     /* (product - center) / scale */
    double center, scale;
};

struct recipe {
    int refs;          /* atomic */
    bool keep_missing; /* missing values go through as they are */
    bool drop_first;
    struct recipe_input *input;
    size_t n_inputs, cap_inputs;
    struct recipe_product *product;
    size_t n_products, n_numbers;
    size_t first_product; /* output */
    struct lt_column *output;
    size_t n_outputs;
    struct arena *arena; /* names of the outputs */
    struct sentences notes;
};

struct recipe *recipe_new(void);
struct recipe_input *recipe_add_input(struct recipe *r, const char *name, enum column_type type);
void recipe_remove_last(struct recipe *r);
/* Derives slots and outputs from the inputs. False: too many outputs. */
bool recipe_finish(struct recipe *r, struct err *e);

/* All products of 2 to `degree` numbers of r's inputs: first those of two, each in the order of the inputs. Yes/no
 * columns are in no product twice. False: more outputs than can be, or so many rows of them that memory would be
 * full. */
bool products_make(struct recipe *r, int degree, bool interaction_only, size_t rows, struct err *e);
/* Finds what each product of these rows is scaled with. */
bool products_scale(struct recipe *r, const struct table *t, const uint32_t *rows, size_t n, struct err *e);
/* "x^2 z" into the arena. */
const char *product_name(const struct recipe *r, const struct recipe_product *p);
json_t *products_to_json(const struct recipe *r);
/* j: NULL, or what products_to_json gave; the inputs are there. */
bool products_from_json(struct recipe *r, const json_t *j, struct err *e);

/* Mean and standard deviation (divisor n) of x[n] without NaN, also of values whose squares overflow (then x is
 * lost). */
void spread_of(size_t n, double *x, double *mean, double *sd);

/* How many of the levels were seen. */
size_t input_levels_seen(const struct recipe_input *in);
/* A text as JSON; bytes that are no UTF-8 become U+FFFD. */
json_t *json_text(const char *s);
/* "category", "text", "number", … as people call it. */
const char *input_type_word(enum column_type t);

#endif
