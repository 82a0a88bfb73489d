/* model: something trained: algorithm, parameters, recipe, what was learned, and where it came from. Immutable
 * once trained (training builds a new one), refcounted; predict and describe may run on several threads. */
#ifndef LATHE_HOST_MODEL_H
#define LATHE_HOST_MODEL_H

#include "base/progress.h"
#include "data/table.h"
#include "data/task.h"
#include "host/algo.h"
#include "host/balance.h"
#include "host/recipe.h"
#include "view/view.h"

struct model;

struct model *model_ref(const struct model *m);
void model_unref(struct model *m);

const struct algo *model_algo(const struct model *m);
enum lt_task model_task(const struct model *m);
const char *model_target(const struct model *m);            /* NULL: none */
const struct recipe *model_recipe(const struct model *m);   /* of an ensemble: over what its members predict */
size_t model_inputs(const struct model *m);                 /* the raw columns that a prediction needs */
const char *model_input_name(const struct model *m, size_t i);
const char *model_kind(const struct model *m); /* the algorithm's id; of an ensemble "vote", "stack" or "blend" */
size_t model_classes(const struct model *m, const char *const **names);
int model_positive(const struct model *m);
const struct lt_value *model_param(const struct model *m, const char *name); /* NULL: no such parameter */
/* "n_estimators=200 max_depth=none poly_degree=2": those given, or all; and what else the training was told. */
void model_params_text(const struct model *m, bool all, struct str *out);
uint64_t model_seed(const struct model *m);
size_t model_rows(const struct model *m);                   /* seen in training and updates */
double model_fit_seconds(const struct model *m);            /* NaN when it came from a file */
uint64_t model_units(const struct model *m);                /* steps taken */
size_t model_updates(const struct model *m, size_t *rows);  /* how often it learned more, and rows so learned */
bool model_is_partial(const struct model *m);               /* stopped before it was done */
const char *model_table(const struct model *m);             /* source of the training table */
bool model_learned_from(const struct model *m, const struct table *t); /* trained here, on rows of this very table */
uint64_t model_data_hash(const struct model *m);
const char *model_created(const struct model *m);           /* ISO 8601, of the run; "" when it came from a file */

/* The metrics that were reported while it was trained ("loss"), in order. */
struct model_curve {
    const char *name;
    size_t n;
    const double *unit, *value;
};
size_t model_curves(const struct model *m, const struct model_curve **curves);

/* Notes of recipe and training, a sentence each. */
size_t model_notes(const struct model *m, const char *const **sentences);

/* ---- training: the driver of steps -------------------------------------------------------------------------- */

struct train_options {
    const struct algo *algo;
    const struct lt_value *params; /* checked values in the order of the algorithm's rows */
    enum lt_task task;
    uint64_t seed;
    bool step_mode;           /* one unit a call, and metrics after each (also when somebody watches) */
    uint64_t max_units;       /* stop after so many; 0: until done */
    double max_seconds;       /* 0: no limit */
    bool early_stopping;      /* for LT_ITERATIVE: hold validation_fraction back, stop after n_iter_no_change steps */
    double validation_fraction; /* 0.1 */
    int n_iter_no_change;       /* 10 */
    double tol;                 /* 1e-4 */
    bool watch_only; /* early stopping: the same rows are held back and judged, but nothing is stopped or taken back */
    bool scale, impute, encode; /* the user's "no" to what the host would do; all true by default */
    int degree;                 /* numbers are multiplied with each other, up to so many factors; 1: not */
    bool interaction_only;      /* no number twice in a product */
    const char *weights;        /* column, "balanced", or NULL */
    const struct ensemble_options *ensemble; /* learn from what other models predict (host/ensemble.h); or NULL */
    struct balance_options balance; /* CLASSIFY: of the training rows alone; its seed is taken from `seed` */
    /* What a step's picture needs, from modules that have it; NULL: nobody looks. From the training thread. */
    void (*trace)(void *arg, const char *name, const struct lt_tensor *t);
    void *trace_arg;
};
void train_options_init(struct train_options *o);

/* As a model was trained: algorithm, parameters, task, seed, what may be prepared, when to stop; so that the same rows
 * train it again. One that was stopped (by steps=, a time, the user) is trained for as many steps. Pointers are the
 * model's. */
void train_options_of(const struct model *m, struct train_options *o);

/* Trains on the rows given of t (task: target and features). Cancelled: returns the partial model when at least
 * one step is whole (model_is_partial), else NULL with ERR_CANCELLED. rows are copied. */
struct model *model_train(const struct train_options *o, const struct table *t, const struct task *task,
                          const uint32_t *rows, size_t n, struct progress *p, struct err *e);

/* ---- prediction --------------------------------------------------------------------------------------------- */

struct predictions {
    size_t n;
    double *value;   /* REGRESS, ANOMALY */
    double *proba;   /* CLASSIFY: n x k */
    int32_t *label;  /* CLASSIFY: most probable class (lowest on ties); CLUSTER */
    double *rows;    /* TRANSFORM */
    size_t k, width;
    size_t unseen;   /* levels that training had not */
    double seconds;
};
bool model_predict(const struct model *m, const struct table *t, const uint32_t *rows, size_t n,
                   struct predictions *out, struct progress *p, struct err *e);
void predictions_done(struct predictions *p);

/* The views the algorithm emits: coefficients, importance, tree, … */
bool model_describe(const struct model *m, struct view_list *out, struct err *e);

/* ---- files: safetensors, one per model, atomic -------------------------------------------------------------- */

bool model_save(const struct model *m, const char *path, struct err *e);
/* Sizes, offsets, versions and names are checked before use; ERR_DATA with a sentence. */
struct model *model_load(const char *path, struct err *e);
struct model *model_load_bytes(const char *data, size_t size, struct err *e); /* what the fuzzer calls */
bool model_bytes(const struct model *m, struct str *out, struct err *e);     /* what model_save writes */

#endif
