/* draw: a tree as a picture of questions: "age <= 30.5", "sex in {female}", "or missing" on the side that missing
 * values take. */
#ifndef LATHE_TREE_DRAW_H
#define LATHE_TREE_DRAW_H

#include "plugins/tree/family.h"

/* What a drawing shows beside the tree itself, by node. */
struct draw_facts {
    const double *impurity, *rows;
    const char *impurity_name; /* "gini" */
    const uint8_t *missing;    /* by column: some training rows had none */
};

/* The question of an inner node as its left or right child answers it, into text[room]. */
void draw_edge(const struct tree_family *f, size_t tree, uint32_t at, int right, int missing, char *text,
               size_t room);
/* The view "tree"; of a very large tree the upper levels, and a note. LT_OK or a failure. */
int draw_tree(struct lt_ctx *ctx, const struct tree_family *f, size_t tree, const struct draw_facts *facts,
              const char *title);

#endif
