/* tui: the workbench: panes, prompt, pictures. */
#ifndef LATHE_UI_TUI_TUI_H
#define LATHE_UI_TUI_TUI_H

#include "ui/options.h"

int tui_main(const struct options *o); /* the exit status */

#endif
