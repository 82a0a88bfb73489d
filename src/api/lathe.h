/* lathe.h: how an algorithm talks to lathe.
 *
 * An algorithm is a `struct lt_algo`: rows that describe it and its parameters, and a handful of callbacks. A
 * module is a shared object that exports one function, lathe_algo(), which hands out the descriptors of its family.
 * A module links against nothing of lathe: all of the host that it may use arrives as function pointers in
 * `struct lt_ctx`. This header needs nothing but a C11 compiler.
 *
 * The idea: a learner is a stepper. It does not "fit"; it `begin`s, and then takes `step`s until it is done. One
 * step is what a teacher would call one: a boosting round, a tree of a forest, an epoch, a Lloyd iteration, a
 * Newton iteration. After any step the model can predict. Progress bars, Ctrl-C, live loss curves, early stopping
 * and step mode all come from the host, which drives the steps; no algorithm writes any of them.
 *
 * The life of a model:
 *
 *     check(ctx, params, data)             cross-parameter rules, before any work             [optional]
 *     begin(ctx, params, data, &model)     allocates the model; it may do set-up that all steps share
 *     step(ctx, model, data, units) …      until LT_DONE; the host may stop after any step
 *     predict(ctx, model, data, out)       as often as wanted, from several threads at once
 *     describe(ctx, model)                 emits what there is to see: coefficients, importances, trees
 *     save(ctx, model)                     the state as named tensors, numbers and texts
 *     load(ctx, params, info, &model)      the same state back; such a model predicts but isn't stepped
 *     free(model)
 *
 * Ownership: who allocates frees. The model is the module's and goes back through `free`. `struct lt_data`,
 * `struct lt_params` and everything they point to are the host's, read-only, and valid during the call only,
 * except that `data` stays the same (same addresses) from `begin` to the last `step` of one training.
 * Threads: one call at a time on one model, except `predict` and `describe`, which may run at the same time on
 * several threads; a module has no mutable globals. Inside a call, work is spread with ctx->parallel alone.
 * Determinism: same seed, same bytes, whatever the number of threads. Draw random numbers by lt_random(seed,
 * stream, index); cut work into blocks whose sizes do not depend on the number of threads and add results in block
 * order.
 * Interruption: poll ctx->cancelled at least every 20 ms of work inside a long step and return LT_CANCELLED;
 * the model must then still be as it was after the last whole step.
 * Compatibility: structs only grow at their end and begin with their size; the host copies min(size) bytes into
 * zeroed memory, so an old module meets a new host and the reverse. Zero or NULL means "not offered". */
#ifndef LATHE_H
#define LATHE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LT_ABI 1u

/* What callbacks return. Negative: failure; say why with ctx->fail, which returns the code it was given. */
enum lt_status {
    LT_OK = 0,
    LT_MORE = 1, /* step: there are more steps to take */
    LT_DONE = 2, /* step: converged, or all steps taken */
    LT_CANCELLED = -1,
    LT_INVALID = -2, /* parameters or data that the algorithm cannot work with */
    LT_NUMERIC = -3, /* no finite answer: singular, diverged */
    LT_MEMORY = -4,
    LT_INTERNAL = -5
};

/* ---- values and parameters --------------------------------------------------------------------------------- */

enum lt_type {
    LT_BOOL = 1,  /* yes/no, true/false, 1/0 */
    LT_INT,       /* min..max inclusive */
    LT_REAL,      /* min..max; open ends by flags */
    LT_CHOICE,    /* one word of `choices`; value.i is its index */
    LT_STRING,
    LT_INT_LIST,  /* 64,32 or (64, 32) */
    LT_REAL_LIST,
    LT_COLUMN,    /* a column of the table; value.i is its index among the data's columns, -1 none */
    LT_COLUMNS_LIST
    /* 64 and up belong to the host: see host/param.h */
};

enum lt_param_flag {
    LT_OPEN_MIN = 1u << 0,  /* min itself is not allowed */
    LT_OPEN_MAX = 1u << 1,
    LT_LOG = 1u << 2,       /* search it on a logarithmic scale */
    LT_NULLABLE = 1u << 3,  /* "none" is allowed */
    LT_ADVANCED = 1u << 4,  /* shown by `help` only on request */
    LT_TUNE = 1u << 5,      /* worth tuning by default */
    LT_POSITIONAL = 1u << 6, /* (commands) may be given without its name */
    LT_REQUIRED = 1u << 7,
    LT_REST = 1u << 8       /* (commands) takes all remaining words */
};

/* One row describes everything that takes a value. Parser, checks, completion, help, manual and search space are
 * derived from it. Give a row its values by name; what is left out is zero. */
struct lt_param {
    const char *name;    /* scikit-learn's name where it has one */
    const char *aliases; /* "trees,ntree", or NULL */
    uint32_t type;       /* enum lt_type */
    uint32_t flags;
    const char *def;     /* the default as text, read by the same parser as the user's; NULL: none given */
    double min, max;     /* both 0: unbounded (use -INFINITY/INFINITY for one open end) */
    const char *choices; /* "gini,entropy" */
    const char *unit;    /* "rows", "seconds", "" */
    const char *doc;     /* one sentence, no final period needed */
};

/* A checked value; the field that its type names is set (LT_INT sets `r` as well). */
struct lt_value {
    uint8_t given;   /* 1: the user said so; 0: the default */
    uint8_t is_none; /* "none" on a nullable row */
    int64_t i;
    double r;
    const char *s;      /* LT_STRING, and the word of LT_CHOICE */
    const double *list; /* LT_INT_LIST, LT_REAL_LIST */
    uint32_t n;
};

/* The values in the order of the algorithm's rows: index them with an enum that names the rows. */
struct lt_params {
    uint32_t size;
    uint32_t n;
    const struct lt_value *v;
};

/* ---- data -------------------------------------------------------------------------------------------------- */

enum lt_kind { LT_NUMERIC_COLUMN = 0, LT_CATEGORY = 1 };

/* How the bytes of a column lie in memory (layout LT_COLUMNS). */
enum lt_storage { LT_F64 = 0, LT_F32 = 1, LT_I64 = 2, LT_I32 = 3, LT_U8 = 4 };

struct lt_column {
    const char *name;
    uint32_t kind;               /* enum lt_kind */
    uint32_t storage;            /* enum lt_storage; a category column has LT_I32 codes */
    const void *data;            /* the whole column, to be read through lt_data.rows; NULL for other layouts */
    const uint64_t *valid;       /* bit i set: element i is present; NULL: all are (an F64 may still be NaN) */
    uint32_t n_levels;           /* category: codes are 0 … n_levels-1; -1 is missing or unknown */
    const char *const *levels;
};

enum lt_layout {
    LT_ROWS_F64 = 0, /* x64[i*ld + j] */
    LT_ROWS_F32 = 1, /* x32[i*ld + j] */
    LT_COLUMNS = 2,  /* column[j].data, element rows[i] */
    LT_SPARSE = 3    /* compressed rows: indptr[n+1], indices, values */
};

/* n rows by p columns, and what is known of the rows. Missing numbers are NaN (or an unset bit of `valid`). */
struct lt_data {
    uint32_t size;
    uint32_t layout; /* the one that the descriptor asks for */
    size_t n, p;
    const struct lt_column *column; /* p */

    const double *x64;
    const float *x32;
    size_t ld;            /* elements from one row to the next, >= p */
    const uint32_t *rows; /* LT_COLUMNS: row i is element rows[i]; NULL: element i */
    const size_t *indptr;
    const uint32_t *indices;
    const float *values;

    /* What is to be learned; absent in predict. */
    const double *y;       /* LT_REGRESS: n targets */
    const int32_t *label;  /* LT_CLASSIFY, LT_NEEDS_LABELS: n classes in 0 … n_classes-1 */
    uint32_t n_classes;
    const char *const *class_names;
    const double *weight;  /* n, or NULL: all 1 */
    const int32_t *group;  /* n, or NULL */
    const double *time;    /* n, or NULL */
    uint32_t task;         /* which of the descriptor's tasks: one bit of enum lt_task */
};

/* What is known of the training data when a model is loaded. */
struct lt_info {
    uint32_t size;
    uint32_t task;
    size_t n, p; /* rows seen in training, columns */
    const struct lt_column *column;
    uint32_t n_classes;
    const char *const *class_names;
};

/* Where predictions go: the host allocates what the task needs, the rest is NULL. Rows as in the data. */
struct lt_out {
    uint32_t size;
    double *value;   /* LT_REGRESS: n predictions; LT_ANOMALY: n scores, higher is stranger */
    double *proba;   /* LT_CLASSIFY: n x n_classes, row-major, rows sum to 1 */
    int32_t *label;  /* LT_CLUSTER: n cluster numbers, -1 noise */
    double *rows;    /* LT_TRANSFORM, LT_EMBED: n x width, row-major */
    size_t width;
};

/* ---- the host ---------------------------------------------------------------------------------------------- */

enum lt_dtype { LT_T_F64 = 0, LT_T_F32 = 1, LT_T_I64 = 2, LT_T_I32 = 3, LT_T_U8 = 4, LT_T_U16 = 5, LT_T_U32 = 6 };

struct lt_tensor {
    uint32_t dtype; /* enum lt_dtype */
    uint32_t ndim;  /* 0 … 4 */
    size_t shape[4];
    const void *data; /* C order, aligned to 8 */
};

enum lt_cell_type { LT_CELL_TEXT, LT_CELL_INT, LT_CELL_REAL, LT_CELL_NONE };
struct lt_cell {
    uint32_t type;
    const char *text;
    int64_t i;
    double r;
};
#ifdef __cplusplus
#define LT_CELL(type, text, i, r) (lt_cell{(type), (text), (i), (r)})
#else
#define LT_CELL(type, text, i, r) ((struct lt_cell){(type), (text), (i), (r)})
#endif
#define LT_CTEXT(x) LT_CELL(LT_CELL_TEXT, (x), 0, 0)
#define LT_CINT(x) LT_CELL(LT_CELL_INT, 0, (int64_t)(x), 0)
#define LT_CREAL(x) LT_CELL(LT_CELL_REAL, 0, 0, (x))
#define LT_CNONE LT_CELL(LT_CELL_NONE, 0, 0, 0)

/* A node of a drawn tree, parents before children. */
struct lt_tree_node {
    int32_t parent;      /* index of an earlier node; -1: root */
    const char *edge;    /* what leads here: "age <= 30", "yes"; "" at the root */
    const char *label;   /* "setosa", "12.3" */
    const char *detail;  /* "n=38, gini 0.12" or NULL */
    double weight;       /* share of the rows in [0, 1]; negative: unknown */
};

/* A series of a picture. x NULL: 1, 2, 3, …; labels (bars, or texts beside points) may be NULL. */
enum lt_mark { LT_LINE = 0, LT_STEPS = 1, LT_POINTS = 2, LT_BARS = 3 };
struct lt_series {
    uint32_t mark;    /* enum lt_mark */
    const char *name; /* in the legend; NULL: not in it */
    size_t n;
    const double *x, *y;
    const char *const *labels;
};

enum lt_level { LT_NOTE = 0, LT_WARNING = 1 };

/* All of the host that an algorithm sees; passed to every call and valid during it. Never NULL. Each function takes
 * the ctx itself first. */
struct lt_ctx {
    uint32_t size;
    uint32_t abi;
    void *host; /* the host's own */

    uint64_t seed;
    uint32_t threads; /* `worker` below is less than this: for sizing scratch, never for sizing blocks */
    uint32_t want_trace;

    /* fn(arg, i, worker) for i in [0, n), spread over the threads; returns when all are done. Nested: inline. */
    void (*parallel)(struct lt_ctx *, size_t n, void (*fn)(void *arg, size_t i, unsigned worker), void *arg);
    int (*cancelled)(struct lt_ctx *);                   /* from any worker */
    void (*progress)(struct lt_ctx *, double done, const char *stage); /* within this call; done in [0, 1] */
    /* After a step: "loss" (training), or another name. One value a name and unit (unit counts from 1). */
    void (*metric)(struct lt_ctx *, const char *name, uint64_t unit, double value);
    void (*trace)(struct lt_ctx *, const char *name, const struct lt_tensor *); /* only when want_trace */

    /* Zeroless memory, 64-byte aligned, freed when the call returns; NULL when there is none (then return
     * fail(ctx, LT_MEMORY, …)). From the calling thread alone. */
    void *(*scratch)(struct lt_ctx *, size_t bytes);

    int (*fail)(struct lt_ctx *, int code, const char *format, ...);
    void (*note)(struct lt_ctx *, int level, const char *format, ...); /* a sentence that goes with the result */

    /* describe: what there is to see. Column specs are "name:type", type one of text int real p percent.
     * ids in use: coefficients, importance, tree, centres, layers, summary. */
    void (*emit_table)(struct lt_ctx *, const char *id, const char *title, const char *const *columns, uint32_t n);
    void (*emit_row)(struct lt_ctx *, const struct lt_cell *cells); /* as many as the table has columns */
    void (*emit_tree)(struct lt_ctx *, const char *id, const char *title, const struct lt_tree_node *, size_t n);
    void (*emit_text)(struct lt_ctx *, const char *id, const char *title, const char *text);

    /* save: copies. Names are [a-z0-9_.]; a name is put once. */
    int (*put_tensor)(struct lt_ctx *, const char *name, const struct lt_tensor *);
    int (*put_number)(struct lt_ctx *, const char *name, double);
    int (*put_text)(struct lt_ctx *, const char *name, const char *);
    /* load: pointers valid during the call. LT_OK, or LT_INVALID when absent (get_tensor: or of another dtype, or
     * ndim, than asked for in `out`; shape is then for the caller to check). */
    int (*get_tensor)(struct lt_ctx *, const char *name, uint32_t dtype, uint32_t ndim, struct lt_tensor *out);
    int (*get_number)(struct lt_ctx *, const char *name, double *out);
    const char *(*get_text)(struct lt_ctx *, const char *name); /* NULL when absent */

    /* describe: a picture (scree, path of coefficients, dendrogram, …); everything is copied. */
    void (*emit_plot)(struct lt_ctx *, const char *id, const char *title, const char *x_label, const char *y_label,
                      const struct lt_series *, size_t n);
};

/* ---- the algorithm ----------------------------------------------------------------------------------------- */

enum lt_task {
    LT_CLASSIFY = 1u << 0,
    LT_REGRESS = 1u << 1,
    LT_CLUSTER = 1u << 2,
    LT_TRANSFORM = 1u << 3,
    LT_ANOMALY = 1u << 4,
    LT_FORECAST = 1u << 5,
    LT_RECOMMEND = 1u << 6,
    LT_EMBED = 1u << 7,
    LT_GENERATE = 1u << 8
};

enum lt_trait {
    LT_MISSING_OK = 1u << 0,    /* takes missing values; otherwise the host imputes, and says so */
    LT_CATEGORY_OK = 1u << 1,   /* takes category columns; otherwise the host encodes them as 0/1 columns */
    LT_WEIGHTS_OK = 1u << 2,
    LT_WANTS_SCALED = 1u << 3,  /* the host standardises the columns (mean 0, sd 1) */
    LT_SPARSE_OK = 1u << 4,
    LT_NEEDS_TEXT = 1u << 5,
    LT_NEEDS_TIME = 1u << 6,
    LT_ITERATIVE = 1u << 7,     /* later steps improve one model: early stopping and a loss curve make sense */
    LT_DROP_FIRST = 1u << 8,    /* encoded categories leave the first level out (identifiable linear models) */
    LT_TARGET_SCALED = 1u << 9, /* LT_REGRESS: the host standardises y, and puts predictions back */
    LT_NO_FEATURES_OK = 1u << 10,
    LT_NEEDS_LABELS = 1u << 11, /* LT_TRANSFORM alone: learns from classes; data.label is given in training */
    LT_FOREIGN = 1u << 12,      /* a wrapper: another library does the work, and it may be absent elsewhere */
    LT_COMBINES = 1u << 13      /* the columns are what other models predict, the host trains those: a class of a model
                                 * after the other, or a number of each model; only as the last part of an ensemble */
};

struct lt_algo {
    uint32_t abi;        /* LT_ABI */
    uint32_t size;       /* sizeof(struct lt_algo) */
    uint32_t param_size; /* sizeof(struct lt_param): the stride of params */
    uint32_t state_version; /* of what save writes */

    const char *id;      /* "forest": lower case, used in commands and files */
    const char *name;    /* "Random forest" */
    const char *version;
    const char *summary; /* one line */
    const char *doc;     /* Markdown: the formula and the intuition */
    const char *reference;

    uint32_t tasks;  /* bits of enum lt_task */
    uint32_t traits; /* bits of enum lt_trait */
    uint32_t layout; /* enum lt_layout */
    uint32_t n_params;
    const struct lt_param *params;
    const char *unit; /* what one step is: "tree", "round", "epoch", "iteration" */

    int (*check)(struct lt_ctx *, const struct lt_params *, const struct lt_data *);
    int (*begin)(struct lt_ctx *, const struct lt_params *, const struct lt_data *, void **model);
    /* Takes up to `units` steps; LT_MORE, LT_DONE or a failure. In batch the host asks for many of an
     * algorithm that offers `units` below, so that a forest grows its trees side by side; the result does not depend
     * on how the steps are cut. */
    int (*step)(struct lt_ctx *, void *model, const struct lt_data *, uint64_t units);
    int (*predict)(struct lt_ctx *, const void *model, const struct lt_data *, struct lt_out *out);
    int (*describe)(struct lt_ctx *, const void *model);
    int (*save)(struct lt_ctx *, const void *model);
    int (*load)(struct lt_ctx *, const struct lt_params *, const struct lt_info *, void **model);
    void (*free)(void *model);

    /* Optional. */
    int (*units)(const void *model, uint64_t *taken, uint64_t *planned); /* planned 0: unknown */
    int (*truncate)(struct lt_ctx *, void *model, uint64_t units);       /* forget the steps after `units` */
    /* Learn from more rows: columns as in training (the recipe of the first training stays as it is), with y, label and
     * weight. Also of a model that was loaded. Not LT_OK: the host drops the model; after LT_CANCELLED it must be as it
     * was before the call. */
    int (*update)(struct lt_ctx *, void *model, const struct lt_data *);
    size_t (*width)(const void *model);                                  /* LT_TRANSFORM: columns of its output */
};

#if defined(__GNUC__)
#define LT_EXPORT __attribute__((visibility("default")))
#else
#define LT_EXPORT
#endif

/* The one symbol of a module. NULL past the end, and for a host_abi that the module can't serve. */
typedef const struct lt_algo *lathe_algo_fn(uint32_t host_abi, uint32_t index);
LT_EXPORT const struct lt_algo *lathe_algo(uint32_t host_abi, uint32_t index);

/* Writes lathe_algo for a family: LATHE_ALGOS(&tree, &forest, &gbm) */
#define LATHE_ALGOS(...)                                                                                     \
    LT_EXPORT const struct lt_algo *lathe_algo(uint32_t host_abi, uint32_t index)                            \
    {                                                                                                        \
        static const struct lt_algo *const algos[] = {__VA_ARGS__};                                          \
        if (host_abi != LT_ABI || index >= sizeof algos / sizeof algos[0])                                   \
            return 0;                                                                                        \
        return algos[index];                                                                                 \
    }

/* The first four fields of every descriptor. */
#define LT_HEADER(state) LT_ABI, sizeof(struct lt_algo), sizeof(struct lt_param), (state)

/* ---- random numbers ---------------------------------------------------------------------------------------- */

/* Counter-based: number `index` of stream `stream`. Independent of order and threads. The finaliser is that of
 * Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014 (splitmix64). */
static inline uint64_t lt_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}
static inline uint64_t lt_random(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint64_t key = lt_mix(seed + 0x9e3779b97f4a7c15ull) ^ lt_mix(stream * 0xd1342543de82ef95ull + 1);
    return lt_mix(lt_mix(key + index * 0x9e3779b97f4a7c15ull) + key);
}
/* In [0, 1), 53 bits. */
static inline double lt_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    return (double)(lt_random(seed, stream, index) >> 11) * 0x1p-53;
}
/* In [0, n), n > 0: the high half of a 32 x 32 product; n must be below 2^32. */
static inline uint32_t lt_below(uint64_t seed, uint64_t stream, uint64_t index, uint32_t n)
{
    return (uint32_t)(((lt_random(seed, stream, index) >> 32) * (uint64_t)n) >> 32);
}

#ifdef __cplusplus
}
#endif
#endif
