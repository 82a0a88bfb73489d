/* model_parts: what is inside a model, for the files that train, use, and store one. */
#ifndef LATHE_HOST_MODEL_PARTS_H
#define LATHE_HOST_MODEL_PARTS_H

#include <stdatomic.h>

#include "base/arena.h"
#include "host/ctx.h"
#include "host/model.h"
#include "host/recipe.h"
#include "host/record.h"

struct model {
    atomic_int refs;
    const struct algo *algo;
    struct arena *arena;     /* of what follows, unless said otherwise */
    struct lt_value *values; /* of the algorithm's rows */
    enum lt_task task;
    const char *target;    /* NULL: none */
    struct recipe *recipe; /* held */
    const char **class_names;
    size_t n_classes;
    int positive;
    double target_mean, target_sd; /* LT_TARGET_SCALED: y = value * sd + mean; else 0 and 1 */
    const char *weights;           /* "balanced", a column, or NULL */
    void *state;                   /* the module's */
    struct ensemble *ensemble;     /* held; NULL: it learned from the raw columns */

    struct train_options asked;    /* what it was trained with; its pointers are NULL */
    uint64_t seed, units;
    size_t rows, updates, updated_rows; /* updated_rows: those of `rows` that came by updates */
    bool partial;
    double fit_seconds;        /* NaN when it came from a file */
    const char *created; /* "" when it came from a file */
    const char *table_source;
    struct table *table; /* held until its hash is asked for; NULL: data_hash is set */
    uint64_t data_hash;
    struct curves curves;
    struct sentences notes;
};

struct model *model_new(const struct algo *a);
/* Training on the columns of t, whatever they are. */
struct model *learner_train(const struct train_options *o, const struct table *t, const struct task *task,
                            const uint32_t *rows, size_t n, struct progress *p, struct err *e);
/* A model from the bytes of a file, `depth` ensembles deep. */
struct model *model_read(const char *data, size_t size, int depth, struct err *e);
/* The weights in a column of these rows (NULL: the first n). */
bool weights_read(const char *column, bool classes, const struct table *t, const uint32_t *rows, size_t n, double *out,
                  struct err *e);
struct lt_params model_lt_params(const struct model *m);
/* Copies values, their texts and lists into the arena. */
struct lt_value *values_copy(struct arena *a, const struct lt_value *v, uint32_t n);
/* Finds the columns that parameters name among the recipe's outputs. */
bool model_bind_columns(struct model *m, struct err *e);

/* The module's state, saved into `out` and made again from it. */
bool model_state_save(const struct model *m, const void *state, struct state *out, struct err *e);
void *model_state_load(const struct model *m, const struct state *from, struct err *e);

/* One task bit as a word: "classify". */
const char *task_word(enum lt_task t);
bool task_from_word(const char *word, enum lt_task *out);

/* Predictions for a design, of a state that may still be growing. proba/value are the host's arrays. */
struct lt_out;
bool state_predict(const struct model *m, const void *state, struct plugin_call *call, const struct lt_data *data,
                   struct lt_out *out, struct err *e);

#endif
