/* recover: the offer to run again what a session that died had done: `resume`, `dismiss`. For both prompts. */
#ifndef LATHE_UI_RECOVER_H
#define LATHE_UI_RECOVER_H

#include "engine/engine.h"

/* Registers the two verbs and looks for a lost session. */
void recover_start(struct engine *en);
void recover_done(void);
/* "the last session (12 commands, 5 minutes ago) ended without a goodbye: …"; NULL: nothing was lost. */
const char *recover_offer(void);

#endif
