/* ensemble_parts: what is inside an ensemble, for the files that train, use and store one. */
#ifndef LATHE_HOST_ENSEMBLE_PARTS_H
#define LATHE_HOST_ENSEMBLE_PARTS_H

#include <jansson.h>

#include "host/ensemble.h"
#include "host/model_parts.h"

struct ensemble {
    atomic_int refs;
    struct arena *arena; /* of the names and lists below */
    struct ensemble_options options;
    struct model **member; /* options.n, held */
    double (*score)[2];
    const char **raw; /* raw features, when they are passed through */
    size_t n_raw;
    const char **input; /* all raw columns that a prediction needs, each once */
    size_t n_inputs;
};

/* Takes the references of the members; names and raw features are copied. */
struct ensemble *ensemble_new(const struct ensemble_options *o, struct model **member, const char *const *raw,
                              size_t n_raw);
struct ensemble *ensemble_ref(struct ensemble *s);
void ensemble_unref(struct ensemble *s); /* NULL is fine */

/* Columns of the level: of two classes the second alone, unless all are asked for. proba: n x k, row by row. */
bool level_add_classes(struct table_builder *b, const char *name, const double *proba, size_t n, size_t k,
                       const char *const *classes, bool all, struct err *e);
bool level_add_numbers(struct table_builder *b, const char *name, const double *value, size_t n, struct err *e);
bool level_add_raw(struct table_builder *b, const struct table *t, const char *const *raw, size_t n_raw,
                   const uint32_t *rows, size_t n, struct err *e);

/* The level of rows[n] of a raw table (NULL: the first n), without a target. *unseen counts levels that training had
 * not. */
struct table *ensemble_level(const struct ensemble *s, const struct table *t, const uint32_t *rows, size_t n,
                             size_t *unseen, struct progress *p, struct err *e);

/* View "members": who they are and how good each was. */
void ensemble_describe(const struct ensemble *s, enum lt_task task, struct view_list *out);

/* In a model file: the members are files of their own, each in one tensor. */
bool ensemble_save(const struct ensemble *s, struct state *tensors, json_t **meta, struct err *e);
struct ensemble *ensemble_load(const json_t *meta, const struct state *tensors, const struct model *m, int depth,
                               struct err *e);
enum { ENSEMBLE_DEEPEST = 8 }; /* members of members of … */

#endif
