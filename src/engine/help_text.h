/* help_text: pieces that help views and documents share. */
#ifndef LATHE_ENGINE_HELP_TEXT_H
#define LATHE_ENGINE_HELP_TEXT_H

#include "engine/engine.h"

size_t help_groups(void);
const char *help_group(size_t i, const char **title); /* in the order of the manual */

/* "train ALGORITHM [FORMULA] [seed=N] … [as NAME]". Appends. */
void help_usage(struct str *out, const struct command *c);
/* "read a table" as a sentence: "Read a table." Appends; nothing for "". */
void help_sentence(struct str *out, const char *s);
/* "open,read" as `open`, `read`. Appends. */
void help_words(struct str *out, const char *list);

#endif
