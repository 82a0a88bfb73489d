/* front: what all front ends do at their start. */
#ifndef LATHE_UI_FRONT_H
#define LATHE_UI_FRONT_H

#include "engine/engine.h"
#include "ui/options.h"

/* An engine with all verbs, the options' seed and threads applied, and latherc read (its commands are submitted). */
struct engine *front_engine(const struct options *o, const struct engine_options *eo, const struct engine_front *front);

/* Puts what the command line names into the queue: a script is sourced, data is loaded. */
bool front_submit_file(struct engine *en, const struct options *o);
bool front_file_is_script(const char *path);

#endif
