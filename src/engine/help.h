/* help: views and documents made from the rows of commands, algorithms and settings. Nothing is written twice. */
#ifndef LATHE_ENGINE_HELP_H
#define LATHE_ENGINE_HELP_H

#include "engine/engine.h"

struct view *help_overview(struct engine *en);                         /* verbs by group */
struct view *help_topic(struct engine *en, const char *topic, const char *second, struct err *e);
    /* a verb, an algorithm ("forest", "train forest"), a setting, a metric ("auc"), a parameter of an algorithm */
size_t help_search(struct engine *en, const char *words, struct view_list *out); /* rows that mention the words */

/* Documents: "commands" (Markdown), "parameters" (Markdown), "json" (Markdown), "man" (roff). NULL: unknown. */
bool help_document(struct engine *en, const char *which, struct str *out);

#endif
