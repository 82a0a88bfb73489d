/* update: the verb by which a model learns from more rows. */
#ifndef LATHE_CMD_UPDATE_H
#define LATHE_CMD_UPDATE_H

#include "engine/engine.h"

bool run_update(struct call *c, struct err *e);

#endif
