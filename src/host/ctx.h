/* ctx: the struct lt_ctx that a module sees, and what stands behind each of its functions. One `struct
 * plugin_call` serves the calls of one thread, one after the other: plugin_call_init, then for each callback
 * plugin_call_reset and the call itself, then plugin_call_done. */
#ifndef LATHE_HOST_CTX_H
#define LATHE_HOST_CTX_H

#include <pthread.h>

#include "api/lathe.h"
#include "base/progress.h"
#include "host/algo.h"
#include "host/record.h"
#include "host/state.h"
#include "view/view.h"

struct plugin_call {
    struct lt_ctx ctx; /* first, so that a ctx leads back to its call */

    /* Set by the caller before a call; what is NULL is not listened to. */
    struct progress *progress;
    double from, to; /* the part of the whole that this call is, in [0, 1]; to < 0: unknown */
    double deadline; /* clock_seconds() from which `cancelled` says yes; 0: none */
    struct sentences *notes;
    struct curves *curves;
    struct view_list *views;
    struct state *put;
    const struct state *get;
    void (*trace)(void *arg, const char *name, const struct lt_tensor *t);
    void *trace_arg;

    /* Private. */
    pthread_mutex_t lock; /* of what workers may say */
    int code;             /* of the failure; 0: none */
    char text[480];
    struct {
        void **v;
        size_t n, cap;
    } blocks;   /* scratch memory beyond the kept block */
    char *kept; /* one block that is used again by the next call */
    size_t kept_size, used, asked;
    struct view *table; /* begun by emit_table, not yet in `views` */
    uint32_t table_cols;
};

void plugin_call_init(struct plugin_call *c, uint64_t seed, struct progress *p);
/* Before each callback: forgets the failure and takes scratch memory back. */
struct lt_ctx *plugin_call_reset(struct plugin_call *c);
void plugin_call_done(struct plugin_call *c);

/* Puts a table that was emitted last into the list. To be called after describe. */
void plugin_call_finish_views(struct plugin_call *c);

/* A failure as the error that users see: "forest: all rows are of class 'a'". `doing` names the callback for
 * modules that give no reason. Returns false. */
bool plugin_call_error(const struct plugin_call *c, int status, const struct algo *a, const char *doing,
                       struct err *e);

#endif
