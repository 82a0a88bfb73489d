/* schema: the stable ids of views and what their columns are, as rows that the cmd room brings; docs/json.md is made
 * of them, and a test holds every view that the examples make against them. */
#ifndef LATHE_ENGINE_SCHEMA_H
#define LATHE_ENGINE_SCHEMA_H

#include <stddef.h>

struct schema_row {
    const char *id;
    const char *kind;    /* "table", "plot", "tree", "text", "note", "report" */
    const char *columns; /* "model, algo, on, n, METRIC…, fit_s, predict_s"; "" for others */
    const char *doc;
};

void schema_register(const struct schema_row *rows, size_t n);
size_t schema_count(void);
const struct schema_row *schema_at(size_t i);

#endif
