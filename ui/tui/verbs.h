/* verbs: the commands that only a workbench has: browse, log, keys, clear. */
#ifndef LATHE_UI_TUI_VERBS_H
#define LATHE_UI_TUI_VERBS_H

struct bench;
void verbs_register(struct bench *b); /* b must outlive the engine */

#endif
