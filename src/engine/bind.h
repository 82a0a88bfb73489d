/* bind: one command's text to a checked call: verb found, words sorted to rows, names checked against the session. */
#ifndef LATHE_ENGINE_BIND_H
#define LATHE_ENGINE_BIND_H

#include "engine/engine.h"

/* The verb of a text, with interactive prefixes; NULL and ERR_INPUT with "did you mean". *after: where it ends. */
const struct command *bind_verb(struct engine *en, const char *text, bool prefixes, int *after, struct err *e);

/* Fills c (its arena is c->arena, made here). On failure nothing has to be freed but call_done(c). e->from/to: the
 * span in `text`. */
bool bind_call(struct engine *en, const char *text, bool prefixes, struct call *c, struct err *e);
void call_done(struct call *c);

/* The rest of a RAW line cut into: `as NAME` (in front or, unless it is SQL, at the end), the text, `> file.ext`. */
struct raw_parts {
    const char *text, *as, *into;
};
struct raw_parts bind_raw(const char *rest, bool is_sql, struct arena *a);

#endif
