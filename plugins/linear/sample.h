/* sample: some rows of a large table, spread evenly over it and copied together: enough to say where its columns
 * lie, which of them are combinations of others, and where a search had better start. */
#ifndef LATHE_LINEAR_SAMPLE_H
#define LATHE_LINEAR_SAMPLE_H

#include "plugins/kit/kit.h"

/* A table of its own (columns of doubles, labels, weights; no y) in scratch memory, enough rows for that many
 * unknowns; n stays 0 when the table is too small to gain by it. LT_OK or LT_MEMORY. */
int sample_draw(struct lt_ctx *ctx, const struct lt_data *data, size_t unknowns, struct lt_data *sample);

#endif
