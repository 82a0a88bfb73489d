/* crash: what is done when the program dies of a fault: the terminal is given back, one sentence says which module it
 * was and that the journal has everything, and the signal takes its course. */
#ifndef LATHE_UI_CRASH_H
#define LATHE_UI_CRASH_H

/* restore: gives the terminal back, async-signal-safe; may be NULL. stderr_fd: where the sentence goes. */
void crash_install(void (*restore)(void), int stderr_fd);

#endif
