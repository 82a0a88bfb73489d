/* update: a model learns from more rows. Models are immutable, so a copy of its state does, batch after batch, and
 * becomes a new model. Each batch may be judged before it is learned, as if its targets came later (test, then train:
 * the prequential scores of Gama, Sebastiao and Rodrigues, "On evaluating stream learning algorithms", Machine
 * Learning 90, 2013). */
#ifndef LATHE_HOST_UPDATE_H
#define LATHE_HOST_UPDATE_H

#include "host/model.h"

struct updating;

struct update_options {
    size_t batch; /* rows that are judged and learned at a time */
    bool judge;   /* models that have a target */
};

/* NULL and a sentence: the algorithm can't learn more, or what the model was told can't be done batch by batch. */
struct updating *updating_new(const struct model *m, const struct update_options *o, struct err *e);
/* Rows of t (NULL: the first n); those without a target are left out. False: nothing is to be kept, except after
 * ERR_CANCELLED, where the whole batches are learned. */
bool updating_learn(struct updating *u, const struct table *t, const uint32_t *rows, size_t n, struct progress *p,
                    struct err *e);
size_t updating_rows(const struct updating *u);    /* learned so far */
size_t updating_dropped(const struct updating *u); /* had no target */
size_t updating_unseen(const struct updating *u);  /* levels that training had not */
/* Mean over all rows so far of what each batch was judged by; NaN: nothing was. */
double updating_score(const struct updating *u);
/* The model that has learned them. */
struct model *updating_model(struct updating *u, struct err *e);
void updating_free(struct updating *u);

/* The curves of a model that hold such scores begin with it: "prequential_accuracy" by batch, over the rows that
 * were judged in all updates. */
#define PREQUENTIAL "prequential_"

#endif
