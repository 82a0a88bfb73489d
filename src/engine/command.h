/* command: a verb is a row. Name, arguments, help, examples and the handler stand together; parsing, binding,
 * errors, completion, help and the manual are derived. Handlers start with checked values, never with text. */
#ifndef LATHE_ENGINE_COMMAND_H
#define LATHE_ENGINE_COMMAND_H

#include "engine/line.h"
#include "engine/session.h"
#include "host/param.h"
#include "view/view.h"

struct engine;
struct call;

enum command_flag {
    COMMAND_MUTATES = 1u << 0,     /* changes the session: can be undone */
    COMMAND_NEEDS_TABLE = 1u << 1, /* there must be a current table */
    COMMAND_NEEDS_TASK = 1u << 2,  /* … with a target */
    COMMAND_ALGO_PARAMS = 1u << 3, /* name=value may belong to the algorithm named by its ALGO argument */
    COMMAND_RAW = 1u << 4,         /* the last argument is the rest of the line, verbatim */
    COMMAND_ANYTIME = 1u << 5,     /* quick and only looks: may run while a job does */
    COMMAND_TTY_ONLY = 1u << 6,
    COMMAND_HIDDEN = 1u << 7,
    COMMAND_NAMES_RESULT = 1u << 8, /* `as NAME` is allowed */
    COMMAND_NO_JOURNAL = 1u << 9   /* not part of a script: help, history, … */
};

struct command_example {
    const char *line;   /* runs as it is after `setup` */
    const char *remark; /* what it does */
    const char *setup;  /* commands that have to come first, or NULL: "load titanic; target survived" */
};

struct command {
    const char *name;
    const char *aliases; /* "cmp,versus", or NULL */
    const char *group;   /* "data", "explore", "prepare", "learn", "judge", "picture", "session", "teach" */
    const char *summary; /* one line */
    const char *doc;     /* Markdown */
    const struct lt_param *args;
    uint32_t n_args;
    const struct command_example *examples; /* ended by a NULL line */
    uint32_t flags;
    bool (*run)(struct call *c, struct err *e);
};

/* A bound command on its way. Lives until its views are delivered. */
struct call {
    const struct command *command;
    struct engine *engine;
    struct session *session;
    struct arena *arena;        /* of this call */
    const struct lt_value *v;   /* one per argument row */
    const char *as;             /* NAME of `as`, or NULL */
    const char *into;           /* file of `>`, or NULL */
    const char *line;           /* canonical: verb and names written out */
    const struct algo *algo;    /* COMMAND_ALGO_PARAMS: the algorithm, when one was named */
    const struct lt_value *algo_params; /* … and its values */
    const char *const *rest;    /* words of an LT_REST argument */
    size_t n_rest;
    struct view_list views;     /* results, in order */

    /* A job: set by call_later. */
    bool (*work)(void *job, struct progress *p, struct view_list *views, struct err *e);
    bool (*commit)(struct call *c, void *job, struct err *e);
    void (*job_free)(void *job);
    void *job;
};

/* The value of an argument by its name. */
const struct lt_value *call_arg(const struct call *c, const char *name);
bool call_given(const struct call *c, const char *name);
const char *call_text(const struct call *c, const char *name); /* NULL when not given and no default */
int64_t call_int(const struct call *c, const char *name);
double call_real(const struct call *c, const char *name);
bool call_bool(const struct call *c, const char *name);

void call_view(struct call *c, struct view *v /* taken */);
void call_note(struct call *c, enum view_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts work off to the worker (batch: at once, in place): `work` runs there and sees only `job`; then `commit` (may
 * be NULL) runs on the session's thread; then `job_free`. After a failure or cancel commit is not called, unless
 * work returned true. */
bool call_later(struct call *c, void *job,
                bool (*work)(void *job, struct progress *p, struct view_list *views, struct err *e),
                bool (*commit)(struct call *c, void *job, struct err *e), void (*job_free)(void *job));

#endif
