/* engine: takes text, runs commands, hands views to a front end. Batch, line prompt and workbench use the same calls,
 * so the same text gives the same views everywhere.
 *
 * All functions belong to one thread, the front's. When the front asks for a worker, long work runs there; everything
 * it reports arrives through engine_pump on the front's thread. */
#ifndef LATHE_ENGINE_ENGINE_H
#define LATHE_ENGINE_ENGINE_H

#include "base/progress.h"
#include "engine/command.h"
#include "engine/setting.h"

/* What a front end hears. Any may be NULL. `line` is the command in canonical form. */
struct engine_front {
    void *arg;
    void (*begin)(void *arg, const char *line);
    /* After redirection to a file: its note. */
    void (*views)(void *arg, const char *line, const struct view_list *views);
    void (*failed)(void *arg, const char *line, const struct err *e, const char *origin);
    void (*end)(void *arg, const char *line, double seconds);
    void (*objects)(void *arg); /* tables, models or tasks changed */
    /* `!command`: lends the terminal to sh; its exit status. NULL: there is no terminal. */
    int (*shell)(void *arg, const char *command);
};

struct engine_options {
    bool interactive;   /* prefixes of verbs are accepted, journal and history are kept */
    bool worker;        /* run jobs on a thread of their own */
    bool keep_going;    /* don't stop a script at its first error */
    uint64_t seed;      /* 0: the default of the settings */
};

struct engine *engine_new(const struct engine_options *o, const struct engine_front *front);
void engine_free(struct engine *en); /* cancels what runs, waits for it */

/* Commands are rows that the cmd room brings; call before anything runs. */
void engine_register(struct engine *en, const struct command *rows, size_t n);
size_t engine_commands(const struct engine *en);
const struct command *engine_command_at(const struct engine *en, size_t i); /* in order of registering */
const struct command *engine_command_find(const struct engine *en, const char *name); /* name or alias, exact */

/* What `> file` does, given by the cmd room (it may use renderers; the engine may not). Fills a note view. */
void engine_set_redirect(struct engine *en,
                         struct view *(*redirect)(const struct view_list *views, const char *path, struct err *e));

struct session *engine_session(struct engine *en);
/* Told to the front: for what changes the session past COMMAND_MUTATES. */
void engine_objects_changed(struct engine *en);

/* Takes a script (one or many commands) into the queue. origin: "analysis.lathe", "-e", "prompt": for messages.
 * Returns false when it can't even be cut into commands (e, also reported to front->failed). */
bool engine_submit(struct engine *en, const char *text, const char *origin, struct err *e);
/* Runs one ANYTIME command at once, past the queue (keys of a pane). */
bool engine_submit_now(struct engine *en, const char *text, struct err *e);

/* Runs what can be run now. Without a worker: everything. With one: until a job is under way. Call again when
 * engine_fd is readable. Returns true while anything is queued or running. */
bool engine_pump(struct engine *en);
int engine_fd(struct engine *en);                 /* readable when the job has something to say; -1 without worker */
bool engine_busy(const struct engine *en);        /* a job runs */
struct progress *engine_progress(struct engine *en); /* of the running job, NULL: none */
const char *engine_job_line(const struct engine *en);
/* Ctrl-C: cancels the running job and forgets the queue. false: there was nothing to cancel. Also async-signal-safe
 * as far as the flag goes: engine_interrupt_signal. */
bool engine_cancel(struct engine *en);
void engine_interrupt_signal(struct engine *en);

/* Status of all that ran: 0, 1 a command failed, 3 data unreadable, 4 plugin, 130 interrupted. */
/* The `!` of a prompt: the front runs the command in a shell. ERR_INPUT when the front has no terminal to lend. */
bool engine_shell(struct engine *en, const char *command, struct err *e);

int engine_status(const struct engine *en);
bool engine_wants_quit(const struct engine *en);
void engine_quit(struct engine *en);

/* The log: canonical lines that succeeded, in order, replayable. */
size_t engine_history_count(const struct engine *en);
const char *engine_history_at(const struct engine *en, size_t i);

/* Raises how deep `source` may nest; used by the `source` verb: puts a file's commands at the head of the queue. */
bool engine_source(struct engine *en, const char *path, struct err *e);
/* The same with a text: runs next, before what is queued. */
bool engine_submit_front(struct engine *en, const char *text, const char *origin, struct err *e);

#endif
