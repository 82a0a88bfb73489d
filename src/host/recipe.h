/* recipe: how raw columns become what an algorithm can take: impute, multiply, encode, scale. Fitted on training rows
 * alone, stored in the model, applied to raw tables in predict. Immutable once fitted, refcounted. */
#ifndef LATHE_HOST_RECIPE_H
#define LATHE_HOST_RECIPE_H

#include <jansson.h>

#include "api/lathe.h"
#include "data/table.h"
#include "view/view.h"

struct recipe;

struct recipe_options {
    bool impute, encode, scale;   /* what may be done; the algorithm's traits say what has to be */
    int degree;                   /* numbers are multiplied with each other, up to so many factors; 0 and 1: not */
    bool interaction_only;        /* no number twice in a product */
};

/* features: columns of t. Columns that no algorithm can take (text, constant dates …) are left out and said:
 * text columns and categories with more than 1000 levels; dates and times become numbers. */
struct recipe *recipe_fit(const struct table *t, const char *const *features, size_t n_features,
                          const uint32_t *rows, size_t n, const struct lt_algo *algo,
                          const struct recipe_options *o, struct err *e);
struct recipe *recipe_ref(const struct recipe *r);
void recipe_unref(struct recipe *r);

/* What was done, a sentence each ("age: 177 missing filled with the median 28"). */
size_t recipe_notes(const struct recipe *r, const char *const **sentences);

/* The raw columns it needs. */
size_t recipe_inputs(const struct recipe *r);
const char *recipe_input_name(const struct recipe *r, size_t i);
enum column_type recipe_input_type(const struct recipe *r, size_t i);
/* The columns it makes, as the algorithm sees them (names, kinds, levels; data NULL). */
size_t recipe_outputs(const struct recipe *r, const struct lt_column **columns);

json_t *recipe_to_json(const struct recipe *r);
struct recipe *recipe_from_json(const json_t *j, struct err *e);

/* A design: the data of some rows of a table as the algorithm wants it. Owns buffers, holds the table. */
struct design {
    struct lt_data data;
    struct table *table; /* held */
    void *owned[8];      /* private */
};
/* rows: the design keeps the pointer, the caller keeps the memory while it lives (NULL: all rows). A table that
 * lacks a column: ERR_NOT_FOUND; unknown levels are missing (counted in *unseen). */
bool design_build(struct design *d, const struct recipe *r, const struct table *t, const uint32_t *rows, size_t n,
                  enum lt_layout layout, size_t *unseen, struct err *e);
void design_done(struct design *d);

#endif
