/* hinge: a plane between two classes, found in the columns themselves: no kernel, so any number of rows.
 *
 *     minimise  1/2 |w|^2 + C sum_i weight_i loss(y_i f(x_i)),   f(x) = w'(x, 1)
 *
 * where y is -1 or +1 and the loss is max(0, 1 - m), or its square. As in LIBLINEAR the constant is a column of
 * ones whose weight is penalised like the others. */
#ifndef LATHE_SVM_HINGE_H
#define LATHE_SVM_HINGE_H

#include "api/lathe.h"

#include <stdbool.h>

struct hinge_problem {
    const struct lt_data *data; /* the host's */
    bool intercept, squared;
    double c, tol;
    int32_t positive;    /* this class against the others */
    const uint8_t *fold; /* of each row, or NULL */
    int held_out;        /* the fold that isn't looked at */
};

struct hinge {
    size_t q;          /* unknowns: columns, and the constant last */
    double *w;         /* q */
    double *f, *along; /* n each: w'x, and what a step adds to it; squared hinge */
    double *a, *kept;  /* n: dual variables, and n + q as they were before the epoch; hinge */
    double *square;    /* n: squared lengths of the rows; hinge */
    uint32_t *order;   /* n */
    double first;      /* the violation at the start */
    double
        violation; /* the gradient's norm over that at the start (squared), or the largest range of the projected
                          gradient (hinge); below tol: solved */
    uint64_t iterations;
    bool solved;
};

int hinge_new(struct lt_ctx *ctx, struct hinge *h, const struct hinge_problem *problem);
void hinge_free(struct hinge *h);

/* A Newton iteration (squared), or a pass of dual coordinate ascent over the rows. LT_OK or a failure; when
 * that is LT_CANCELLED nothing has changed. */
int hinge_advance(struct lt_ctx *ctx, struct hinge *h, const struct hinge_problem *problem);

/* f of data->n rows. w[p + 1], the constant last. */
int hinge_apply(struct lt_ctx *ctx, const struct lt_data *data, const double *w, double *f);

#endif
