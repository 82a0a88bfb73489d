/* repl: the line prompt for --plain and TERM=dumb: GNU Readline on the terminal as it is, no cursor addressing. */
#ifndef LATHE_UI_REPL_H
#define LATHE_UI_REPL_H

#include "ui/options.h"

int repl_main(const struct options *o);

#endif
