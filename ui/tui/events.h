/* events: keys, mouse and pastes to the part that wants them. */
#ifndef LATHE_UI_TUI_EVENTS_H
#define LATHE_UI_TUI_EVENTS_H

#include "ui/tui/bench.h"

void event_take(struct bench *b, const struct input_event *ev);
void event_key_row(struct bench *b, const struct key_row *r); /* does what a row of the key table says */
void event_complete(struct bench *b);                         /* Tab at the prompt */

#endif
