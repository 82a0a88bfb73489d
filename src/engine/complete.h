/* complete: what could come next at a place in a line: verbs, tables, columns, models, algorithms, parameters (with
 * default and range beside), choices, settings, files. */
#ifndef LATHE_ENGINE_COMPLETE_H
#define LATHE_ENGINE_COMPLETE_H

#include "engine/engine.h"

struct completion {
    const char *text;   /* what is put in (the whole word) */
    const char *kind;   /* "verb", "column", "parameter", "file", … */
    const char *detail; /* "default 100, 1 … 100000", "category, 3 levels", or "" */
    bool no_space;      /* more of the same word follows: "n_estimators=", a folder */
};

struct completions {
    struct arena *arena;
    struct completion *v;
    size_t n, cap;
    int from;           /* the word that is replaced starts here (bytes) */
};

/* Candidates for the word that ends at byte `point` of the line; sorted best first (prefix matches, then matches
 * inside words). */
void complete_line(struct engine *en, const char *line, int point, struct completions *out);
void completions_done(struct completions *c);

/* One line about the thing under the cursor, for the status line: "n_estimators: trees to grow (1 … 100000)". NULL:
 * nothing to say. In the arena. */
const char *complete_hint(struct engine *en, const char *line, int point, struct arena *a);

#endif
