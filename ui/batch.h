/* batch: commands in, results out, no terminal needed. */
#ifndef LATHE_UI_BATCH_H
#define LATHE_UI_BATCH_H

#include "ui/options.h"

int batch_main(const struct options *o); /* the exit status */

#endif
