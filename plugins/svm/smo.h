/* smo: sequential minimal optimisation, the solver of all the kernel machines here.
 *
 * Every one of them is
 *
 *     minimise  1/2 b' K b - z' b   over b,   lo <= b <= hi,   sum b = const
 *
 * where the variables are signed: b = y a of the textbooks, so that a variable of sign +1 lies in [0, c] and
 * one of sign -1 in [-c, 0]. With g = z - K b (minus the gradient), a variable that may grow wants to by g, one
 * that may shrink by -g; at the optimum no variable that may grow has a larger g than one that may shrink. The
 * `gap` between the two is the violation, and an iteration moves the pair that gains most: i, the largest g
 * that may grow, and the j whose partner's step lowers the objective most to second order (Fan, Chen and Lin
 * 2005).
 *
 * Variables come in one or two spans of consecutive points, each with a sign: the two classes of a classifier,
 * or, for regression, the same points twice. With `grouped` (the nu machines) the sum is constant within each
 * span.
 *
 * With many points most of the time would go into passes over all of g, and into rows that are read once or
 * twice. So with a working set the pairs of many iterations are taken from a few hundred variables, those that
 * violate most and the newest half of the set before: a small problem of the same kind, which is solved by the
 * same code until its gap is a tenth. Then g gets all changes in one go (as in ThunderSVM, Wen et al. 2018).
 *
 * The solver doesn't compute kernels. When it needs a row that isn't there it stops and says so. */
#ifndef LATHE_SVM_SMO_H
#define LATHE_SVM_SMO_H

#include "api/lathe.h"
#include "plugins/svm/rows.h"

#include <stdbool.h>

struct smo_span {
    size_t first, n; /* points */
    int sign;
};

enum smo_turn {
    SMO_ROWS,   /* want[n_want] are needed, or will be soon */
    SMO_PAUSED, /* the iterations are taken */
    SMO_SOLVED
};

/* The small problem of a working set, on rows of its own. */
struct smo_inner {
    struct smo *smo;
    struct rows rows;
    float *k;    /* room x room */
    double *key; /* of all variables, and the room that sorting takes */
    uint32_t *candidate;
    void *work;
};

/* What changes, beside the arrays. */
struct smo_state {
    size_t cursor;                /* of variables whose rows are in g, while starting */
    bool started, solved, chosen; /* chosen: a working set waits for its rows */
    uint64_t iterations;
    double gap;
    size_t lead, partner; /* variables; SIZE_MAX: still to be chosen */
    size_t n_set;         /* variables in the working set, the newest last */
    double top, reach[2]; /* the largest g that may grow; the smallest that may shrink in each span */
};

struct smo {
    struct smo_span span[2];
    size_t n_spans, n; /* n: variables */
    bool grouped;
    double tol;
    uint64_t max_iterations;
    double *b, *g, *limit; /* n each; limit is c */
    float *up, *low;       /* n: 0 where b may grow (shrink), else -inf (inf) */
    size_t room;           /* of the working set; 0: pairs are taken from all variables */
    uint32_t *set;         /* room */
    struct smo_inner inner;
    void *memory;
    size_t bytes; /* of b, g, up, low and set together, at the start of memory: what a step changes */
    struct smo_state state;
    uint32_t want[ROWS_AT_ONCE];
    size_t n_want;
};

/* Room for the spans given, and for a working set of `room` variables (0: none). The caller then fills limit
 * (c), b (feasible) and g, and calls smo_start. g holds z, from which the rows of b are still to be taken, or,
 * when complete, all of z - K b. */
int smo_new(struct lt_ctx *ctx, struct smo *smo, const struct smo_span *span, size_t n_spans, size_t room);
void smo_start(struct smo *smo, bool complete);
void smo_free(struct smo *smo);

/* Until `until` iterations were taken in all, `work` entries of vectors were passed, or a row is missing. A
 * working set is gone through to its end. Asks for at most n_wishes rows. */
enum smo_turn smo_run(struct lt_ctx *ctx, struct smo *smo, const struct rows *rows, uint64_t until, size_t work,
                      size_t n_wishes);

/* The constant: sum_j b_j K_ij - rho is what the machine says of a row. In groups *scale gets what nu-SVC
 * divides by (r of the paper) and what minus epsilon is in nu-SVR, else 1. */
double smo_rho(const struct smo *smo, double *scale);

#endif
