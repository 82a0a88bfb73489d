/* descent: one iteration of Newton's method, or of L-BFGS, on a logloss. Both stop when no component of the
 * gradient (columns on a standard scale, loss per unit of weight) exceeds a tolerance. Near the optimum Newton
 * keeps the Hessian of an earlier point, which costs most and hardly changes there, as long as the gradient falls
 * fast. */
#ifndef LATHE_LINEAR_DESCENT_H
#define LATHE_LINEAR_DESCENT_H

#include "plugins/linear/logloss.h"

enum descent_state { DESCENT_GOES_ON, DESCENT_CONVERGED, DESCENT_SEPARATED, DESCENT_STUCK };

enum { DESCENT_MEMORY = 10 };

struct descent {
    struct logloss_point at; /* hessian NULL: L-BFGS */
    size_t size;             /* d q */
    double tol;
    enum descent_state state;
    bool stale;            /* the Hessian is that of an earlier point */
    size_t pairs, next;    /* L-BFGS: of its memory */
    double *step, *change; /* DESCENT_MEMORY x size */
};

/* Allocates for f (the caller gives v, zeroed, free with descent_free). */
int descent_new(struct lt_ctx *ctx, const struct logloss *f, bool newton, double tol, struct descent *descent);
void descent_free(struct descent *descent);
/* Evaluates the starting point. With `keep` a Hessian that is there already, of much the same problem, does for
 * the first step. */
int descent_start(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work, bool keep,
                  struct descent *descent);
/* One iteration; a failure or LT_CANCELLED leaves the point as it was. */
int descent_advance(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work,
                    struct descent *descent);
double descent_gradient(const struct descent *descent); /* its largest component */

#endif
