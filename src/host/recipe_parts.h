/* recipe_parts: what is inside a recipe, for the three files that make, write and apply it.
 *
 * A recipe is a list of inputs (raw columns by name), each with what is done to it, and the outputs that follow
 * from that: an input becomes one number column, one code column, or one 0/1 column for each of its levels. */
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

    bool fills;        /* missing values are replaced */
    double fill;       /* INPUT_NUMBER: by this number */
    int32_t fill_code; /* the others: by this level */
    bool scales;       /* INPUT_NUMBER: (x - center) / scale, after filling */
    double center, scale;

    struct dictionary *levels; /* of the training table's column */
    uint8_t *seen;             /* per level: it occurs in the training rows */
    int32_t *slot; /* INPUT_LEVELS: which of its outputs a level sets; -1: none (the first one, unseen) */
};

struct recipe {
    int refs;          /* atomic */
    bool keep_missing; /* missing values go through as they are */
    bool drop_first;
    struct recipe_input *input;
    size_t n_inputs, cap_inputs;
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

/* How many of the levels were seen. */
size_t input_levels_seen(const struct recipe_input *in);
/* A text as JSON; bytes that are no UTF-8 become U+FFFD. */
json_t *json_text(const char *s);
/* "category", "text", "number", … as people call it. */
const char *input_type_word(enum column_type t);

#endif
