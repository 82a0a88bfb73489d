/* engine: the queue of commands, how one runs, and what is told to the front. */
#include "engine/engine.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "engine/bind.h"
#include "engine/job.h"
#include "engine/journal.h"
#include "engine/setting_store.h"

#define MAX_NESTING 16

struct pending {
    char *text, *origin;
    int line, column;
    int depth; /* how deep in `source`d files */
};

struct engine {
    struct engine_options options;
    struct engine_front front;
    struct session *session;
    struct setting_store settings;
    VEC(const struct command *) commands;
    VEC(struct pending) queue; /* the next one is the last */
    struct pending now;        /* the command that runs */
    struct job *job;           /* the one under way, NULL: none */
    int pipe[2];
    struct journal *journal;
    bool journal_tried;
    VEC(char *) history;
    struct view *(*redirect)(const struct view_list *, const char *, struct err *);
    int status;
    bool quit;
    _Atomic(struct progress *) running; /* for the signal handler */
    atomic_bool interrupted;
};

struct engine *engine_new(const struct engine_options *o, const struct engine_front *front)
{
    struct engine *en = mem_zero(1, sizeof *en);
    en->options = *o;
    if (front)
        en->front = *front;
    en->session = session_new();
    setting_store_init(&en->settings);
    if (o->seed) {
        struct str s = STR_INIT;
        struct err e = ERR_INIT;
        str_printf(&s, "%llu", (unsigned long long)o->seed);
        setting_store_set(&en->settings, "seed", str_get(&s), "command line", &e);
        str_done(&s);
    }
    en->pipe[0] = en->pipe[1] = -1;
    if (o->worker && pipe2(en->pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        en->options.worker = false;
    return en;
}

static void pending_done(struct pending *p)
{
    mem_free(p->text);
    mem_free(p->origin);
    *p = (struct pending){0};
}

static void queue_clear(struct engine *en)
{
    for (size_t i = 0; i < en->queue.n; i++)
        pending_done(&en->queue.v[i]);
    en->queue.n = 0;
}

static void job_free(struct job *j)
{
    call_done(&j->call);
    progress_free(j->progress);
    mem_free(j);
}

void engine_free(struct engine *en)
{
    if (!en)
        return;
    if (en->job) {
        progress_cancel(en->job->progress);
        job_join(en->job);
        atomic_store(&en->running, NULL);
        job_free(en->job);
    }
    if (en->journal)
        journal_close(en->journal, true);
    queue_clear(en);
    vec_done(&en->queue);
    pending_done(&en->now);
    for (size_t i = 0; i < en->history.n; i++)
        mem_free(en->history.v[i]);
    vec_done(&en->history);
    vec_done(&en->commands);
    session_free(en->session);
    setting_store_done(&en->settings);
    if (en->pipe[0] >= 0) {
        close(en->pipe[0]);
        close(en->pipe[1]);
    }
    mem_free(en);
}

/* ---- what others ask --------------------------------------------------------------------------------------- */

void engine_register(struct engine *en, const struct command *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        vec_push(&en->commands, &rows[i]);
}

size_t engine_commands(const struct engine *en)
{
    return en->commands.n;
}

const struct command *engine_command_at(const struct engine *en, size_t i)
{
    return en->commands.v[i];
}

void engine_set_redirect(struct engine *en,
                         struct view *(*redirect)(const struct view_list *, const char *, struct err *))
{
    en->redirect = redirect;
}

struct session *engine_session(struct engine *en)
{
    return en->session;
}

void engine_objects_changed(struct engine *en)
{
    if (en->front.objects)
        en->front.objects(en->front.arg);
}

const struct settings *settings_of(const struct engine *en)
{
    return &en->settings.now;
}

bool setting_set(struct engine *en, const char *name, const char *value, const char *origin, struct err *e)
{
    return setting_store_set(&en->settings, name, value, origin, e);
}

void setting_get(const struct engine *en, uint32_t i, struct str *value, const char **origin)
{
    setting_store_get(&en->settings, i, value, origin);
}

bool engine_shell(struct engine *en, const char *command, struct err *e)
{
    if (!en->front.shell)
        return err_set(e, ERR_INPUT, "the shell is for interactive use, not for scripts");
    int status = en->front.shell(en->front.arg, command);
    return status == 0 || err_set(e, ERR_IO, "the command ended with status %d", status);
}

int engine_status(const struct engine *en)
{
    return en->status;
}

bool engine_wants_quit(const struct engine *en)
{
    return en->quit;
}

void engine_quit(struct engine *en)
{
    en->quit = true;
    queue_clear(en);
}

size_t engine_history_count(const struct engine *en)
{
    return en->history.n;
}

const char *engine_history_at(const struct engine *en, size_t i)
{
    return en->history.v[i];
}

int engine_fd(struct engine *en)
{
    return en->pipe[0];
}

bool engine_busy(const struct engine *en)
{
    return en->job != NULL;
}

struct progress *engine_progress(struct engine *en)
{
    return en->job ? en->job->progress : NULL;
}

const char *engine_job_line(const struct engine *en)
{
    return en->job ? en->job->call.line : NULL;
}

/* ---- telling the front ------------------------------------------------------------------------------------- */

static int status_of(enum err_code code)
{
    switch (code) {
    case ERR_DATA:
        return 3;
    case ERR_PLUGIN:
        return 4;
    case ERR_CANCELLED:
        return 130;
    default:
        return 1;
    }
}

static void tell_failure(struct engine *en, const char *line, const struct err *e)
{
    const struct pending *p = &en->now;
    struct err told = *e;
    struct str origin = STR_INIT;
    if (told.line == 0)
        told.line = p->line;
    if (p->origin && p->line)
        str_printf(&origin, "%s:%d:%d", p->origin, p->line, p->column + e->from);
    else if (p->origin)
        str_add(&origin, p->origin);
    en->status = status_of(e->code);
    if (en->front.failed)
        en->front.failed(en->front.arg, line, &told, str_get(&origin));
    str_done(&origin);
}

static void stop_script(struct engine *en)
{
    if (!en->options.keep_going)
        queue_clear(en);
}

static void tell_views(struct engine *en, struct call *c)
{
    for (size_t i = 0; i < c->views.n; i++) {
        view_set_source(c->views.v[i], c->line);
        session_keep_view(en->session, c->views.v[i]);
    }
    if (!c->into || !en->redirect) {
        if (en->front.views)
            en->front.views(en->front.arg, c->line, &c->views);
        return;
    }
    struct err e = ERR_INIT;
    struct view_list told = {0};
    struct view *note = en->redirect(&c->views, c->into, &e);
    if (!note) {
        tell_failure(en, c->line, &e);
        stop_script(en);
        return;
    }
    view_list_add(&told, note);
    if (en->front.views)
        en->front.views(en->front.arg, c->line, &told);
    view_list_done(&told);
}

static void remember(struct engine *en, const struct call *c)
{
    if (!(c->command->flags & COMMAND_NO_JOURNAL))
        vec_push(&en->history, mem_strdup(c->line));
}

/* ---- one command ------------------------------------------------------------------------------------------- */

static void journal_line(struct engine *en, const struct call *c)
{
    if (!en->options.interactive || !en->settings.now.autosave || (c->command->flags & COMMAND_NO_JOURNAL))
        return;
    if (!en->journal && !en->journal_tried) {
        struct err e = ERR_INIT;
        en->journal = journal_open(&e);
        en->journal_tried = true;
    }
    if (en->journal)
        journal_write(en->journal, c->line);
}

/* A handler marks a span inside the formula, expression or query that it was given: moved to where that stands in
 * what was typed. */
static void place_span(struct engine *en, const struct call *c, struct err *e)
{
    const char *at = NULL;
    int moved = 0;
    for (uint32_t i = 0; i < c->command->n_args && !at; i++) {
        uint32_t type = c->command->args[i].type;
        bool is_text = type == PARAM_FORMULA || type == PARAM_EXPR || type == PARAM_SQL;
        at = is_text && c->v[i].given ? strstr(en->now.text, c->v[i].s) : NULL;
    }
    if (at)
        moved = (int)(at - en->now.text);
    e->from = at ? e->from + moved : 0;
    e->to = at ? e->to + moved : 0;
}

static void command_failed(struct engine *en, struct call *c, struct err *e)
{
    const char *line = c->line ? c->line : en->now.text;
    if (c->line && e->to) {
        place_span(en, c, e);
        line = en->now.text;
    }
    if (en->journal && c->line && !(c->command && (c->command->flags & COMMAND_NO_JOURNAL)))
        journal_failed(en->journal);
    /* What was found before the failure is still worth seeing. */
    if (c->views.n && en->front.views)
        en->front.views(en->front.arg, c->line, &c->views);
    tell_failure(en, line, e);
    stop_script(en);
}

/* Runs `run` (a handler or a job's commit) as one change that can be undone. What changes nothing leaves no trace. */
static bool change(struct engine *en, struct call *c, bool (*run)(struct call *, void *, struct err *), void *arg,
                   struct err *e)
{
    unsigned long before = session_generation(en->session);
    if (!(c->command->flags & COMMAND_MUTATES))
        return run(c, arg, e);
    session_checkpoint(en->session, c->line);
    if (!run(c, arg, e)) {
        session_checkpoint_cancel(en->session);
        return false;
    }
    if (session_generation(en->session) == before) {
        session_checkpoint_drop(en->session);
        return true;
    }
    session_redo_forget(en->session);
    engine_objects_changed(en);
    return true;
}

static bool run_handler(struct call *c, void *arg, struct err *e)
{
    (void)arg;
    return c->command->run(c, e);
}

static void job_finish(struct engine *en)
{
    struct job *j = en->job;
    struct call *c = &j->call;
    double seconds = progress_elapsed(j->progress);

    job_join(j);
    atomic_store(&en->running, NULL);
    en->job = NULL;
    bool good = j->good;
    if (good && c->commit)
        good = change(en, c, c->commit, c->job, &j->err);
    if (good) {
        remember(en, c);
        tell_views(en, c);
        if (progress_cancelled(j->progress)) {
            en->status = 130;
            queue_clear(en);
        }
    } else {
        command_failed(en, c, &j->err);
    }
    if (en->front.end)
        en->front.end(en->front.arg, c->line, seconds);
    job_free(j);
}

static void job_begin(struct engine *en, struct call *c)
{
    struct job *j = mem_zero(1, sizeof *j);
    j->call = *c;
    j->err = ERR_INIT;
    j->progress = progress_new();
    en->job = j;
    atomic_store(&en->running, j->progress);
    if (atomic_load(&en->interrupted))
        progress_cancel(j->progress);
    if (en->options.worker) {
        job_start(j, en->pipe[1]);
        return;
    }
    job_run_here(j);
    job_finish(en);
}

static void run_call(struct engine *en, struct call *c)
{
    struct err e = ERR_INIT;
    double started = clock_seconds();

    if (en->front.begin)
        en->front.begin(en->front.arg, c->line);
    journal_line(en, c);
    bool good = change(en, c, run_handler, NULL, &e);
    if (good && c->work) {
        job_begin(en, c);
        return;
    }
    if (good) {
        remember(en, c);
        tell_views(en, c);
    } else {
        command_failed(en, c, &e);
    }
    if (en->front.end)
        en->front.end(en->front.arg, c->line, clock_seconds() - started);
    call_done(c);
}

static void run_pending(struct engine *en)
{
    struct call c;
    struct err e = ERR_INIT;
    pending_done(&en->now);
    en->now = en->queue.v[--en->queue.n];
    if (bind_call(en, en->now.text, en->options.interactive, &c, &e)) {
        run_call(en, &c);
        return;
    }
    c.line = NULL;
    command_failed(en, &c, &e);
    if (en->front.end)
        en->front.end(en->front.arg, en->now.text, 0);
    call_done(&c);
}

/* ---- the queue --------------------------------------------------------------------------------------------- */

static bool enqueue(struct engine *en, const char *text, const char *origin, int depth, bool in_front,
                    struct err *e)
{
    struct arena *a = arena_new();
    struct line_part *parts;
    size_t n;
    bool good = line_split(text, a, &parts, &n, e);
    if (good) {
        VEC(struct pending) more = {0};
        for (size_t i = n; i-- > 0;)
            vec_push(&more, (struct pending){mem_strdup(parts[i].text), mem_strdup(origin), parts[i].line,
                                             parts[i].column, depth});
        size_t at = in_front ? en->queue.n : 0;
        vec_reserve(&en->queue, en->queue.n + more.n + 1);
        memmove(en->queue.v + at + more.n, en->queue.v + at, (en->queue.n - at) * sizeof *en->queue.v);
        if (more.n)
            memcpy(en->queue.v + at, more.v, more.n * sizeof *more.v);
        en->queue.n += more.n;
        vec_done(&more);
    }
    arena_free(a);
    return good;
}

bool engine_submit(struct engine *en, const char *text, const char *origin, struct err *e)
{
    struct err own = ERR_INIT;
    if (!e)
        e = &own;
    if (enqueue(en, text, origin, 0, false, e))
        return true;
    struct pending at = en->now;
    en->now = (struct pending){.origin = mem_strdup(origin), .line = e->line, .column = 1};
    tell_failure(en, text, e);
    pending_done(&en->now);
    en->now = at;
    return false;
}

bool engine_submit_front(struct engine *en, const char *text, const char *origin, struct err *e)
{
    if (en->now.depth + 1 > MAX_NESTING)
        return err_set(e, ERR_INPUT, "commands that start commands are nested more than %d deep", MAX_NESTING);
    return enqueue(en, text, origin, en->now.depth + 1, true, e);
}

bool engine_submit_now(struct engine *en, const char *text, struct err *e)
{
    struct call c;
    if (!en->job) {
        bool good = engine_submit(en, text, "key", e);
        engine_pump(en);
        return good;
    }
    if (!bind_call(en, text, true, &c, e)) {
        call_done(&c);
        return false;
    }
    if (!(c.command->flags & COMMAND_ANYTIME)) {
        call_done(&c);
        return engine_submit(en, text, "key", e);
    }
    run_call(en, &c);
    return true;
}

bool engine_source(struct engine *en, const char *path, struct err *e)
{
    struct file_bytes f;
    int depth = en->now.depth + 1;
    if (depth > MAX_NESTING)
        return err_set(e, ERR_INPUT, "%s: files source each other more than %d deep", path, MAX_NESTING);
    if (!file_read(path, &f, e))
        return err_hint(e, "a script is a file with commands; `history save=FILE` writes one");
    bool good = memchr(f.data, 0, f.size)
                    ? err_set(e, ERR_INPUT, "%s is not a script: it holds bytes that are no text", path)
                    : enqueue(en, f.data, path, depth, true, e);
    if (!good && e && e->line)
        err_wrap(e, "%s:%d", path, e->line);
    file_bytes_done(&f);
    return good;
}

bool engine_pump(struct engine *en)
{
    char buffer[16];
    if (en->job) {
        bool done = false;
        while (read(en->pipe[0], buffer, sizeof buffer) > 0)
            done = true;
        if (!done)
            return true;
        job_finish(en);
    }
    while (!en->job && en->queue.n && !en->quit) {
        if (atomic_exchange(&en->interrupted, false)) {
            en->status = 130;
            queue_clear(en);
            break;
        }
        run_pending(en);
    }
    if (!en->job)
        atomic_store(&en->interrupted, false);
    return en->job || en->queue.n;
}

bool engine_cancel(struct engine *en)
{
    bool any = en->job || en->queue.n;
    queue_clear(en);
    if (en->job)
        progress_cancel(en->job->progress);
    return any;
}

void engine_interrupt_signal(struct engine *en)
{
    struct progress *p = atomic_load(&en->running);
    atomic_store(&en->interrupted, true);
    if (p)
        progress_cancel(p);
}
