/* status: the bottom line: a message or what is typed about at the left, a job's bar, the data's facts at the right. */
#ifndef LATHE_UI_TUI_STATUS_H
#define LATHE_UI_TUI_STATUS_H

#include "engine/engine.h"

struct status {
    char *message;       /* or NULL */
    double until;        /* clock_seconds when it goes; 0: with the next key */
    bool alert;
};

void status_say(struct status *s, bool alert, double seconds, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void status_clear(struct status *s);          /* with a key: what stood there was read */
bool status_tick(struct status *s, double now, double *next); /* true: a message went; next: when to look again */
void status_done(struct status *s);

/* hint: shown when there is no message (may be NULL); `keys` follows it in the quieter style. */
void status_draw(const struct status *s, struct engine *en, int row, const char *hint, const char *keys);

#endif
