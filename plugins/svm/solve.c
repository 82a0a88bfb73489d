#include "plugins/svm/solve.h"

#include <math.h>

#include "plugins/kit/memory.h"

enum { PAIRS_MOST = 2500, SET_MOST = 384 };
enum { TURN_WORK = 1 << 21 }; /* entries of vectors between two looks at whether to stop: some milliseconds */

size_t solve_room(const struct rows *rows, size_t n_problems)
{
    const size_t n = rows->points->n, open = n_problems < SOLVE_OPEN ? n_problems : SOLVE_OPEN;
    const size_t room = rows->limit / 2 / open;
    return n <= PAIRS_MOST ? 0 : room < SET_MOST ? room : SET_MOST;
}

void solve_begin(struct solve *solve, struct rows *rows, const struct solve_list *list, uint64_t max_iterations)
{
    *solve = (struct solve){.rows = rows, .list = *list, .limit = max_iterations};
    const size_t open = list->n < SOLVE_OPEN ? list->n : SOLVE_OPEN, sets = 2 * open * solve_room(rows, list->n);
    rows->base = sets && sets < rows->limit ? sets : rows->limit;
}

static void close_problem(struct open_problem *p)
{
    smo_free(&p->smo);
    free(p->kept_bytes);
    *p = (struct open_problem){0};
}

void solve_free(struct solve *solve)
{
    for (size_t i = 0; i < SOLVE_OPEN; i++)
        close_problem(&solve->open[i]);
}

/* ---- a step is all or nothing ------------------------------------------------------------------------------- */

static int open_more(struct lt_ctx *ctx, struct solve *solve)
{
    for (size_t i = 0; i < SOLVE_OPEN && solve->next < solve->list.n; i++) {
        struct open_problem *p = &solve->open[i];
        if (p->open)
            continue;
        int status = solve->list.make(ctx, solve->list.arg, solve->next, &p->smo);
        if (status == LT_OK && !(p->kept_bytes = malloc(p->smo.bytes)))
            status = (kit_no_memory(ctx, p->smo.bytes, 1), LT_MEMORY);
        if (status != LT_OK) {
            close_problem(p);
            return status;
        }
        p->smo.max_iterations = solve->limit;
        p->index = solve->next++;
        p->open = true;
    }
    return LT_OK;
}

static void keep(struct solve *solve)
{
    for (size_t i = 0; i < SOLVE_OPEN; i++)
        if (solve->open[i].open) {
            solve->open[i].kept = solve->open[i].smo.state;
            memcpy(solve->open[i].kept_bytes, solve->open[i].smo.memory, solve->open[i].smo.bytes);
        }
}

static void go_back(struct solve *solve)
{
    for (size_t i = 0; i < SOLVE_OPEN; i++)
        if (solve->open[i].open) {
            solve->open[i].smo.state = solve->open[i].kept;
            memcpy(solve->open[i].smo.memory, solve->open[i].kept_bytes, solve->open[i].smo.bytes);
        }
}

/* ---- turns -------------------------------------------------------------------------------------------------- */

struct turn_job {
    struct lt_ctx *ctx;
    struct solve *solve;
    size_t running[SOLVE_OPEN]; /* those that have something left to do in this step */
    size_t n, n_wishes;
};

static uint64_t end_of_step(const struct open_problem *p)
{
    return p->kept.iterations + STEP_ITERATIONS;
}

static void take_turn(void *arg, size_t i, unsigned worker)
{
    struct turn_job *job = arg;
    struct open_problem *p = &job->solve->open[job->running[i]];
    (void)worker;
    p->turn = smo_run(job->ctx, &p->smo, job->solve->rows, end_of_step(p), TURN_WORK, job->n_wishes);
}

static bool has_more(const struct open_problem *p)
{
    if (p->turn == SMO_PAUSED)
        return !p->smo.state.started || p->smo.state.iterations < end_of_step(p);
    return p->turn == SMO_ROWS;
}

/* The rows that the turns ended for: first what each needs at once, then what each expects. */
static int fill_rows(struct lt_ctx *ctx, const struct turn_job *job)
{
    uint32_t want[ROWS_AT_ONCE];
    size_t n = 0;
    for (size_t k = 0; k < job->n; k++) {
        const struct open_problem *p = &job->solve->open[job->running[k]];
        for (size_t i = 0; p->turn == SMO_ROWS && i < p->smo.n_want; i++) {
            size_t at = 0;
            while (at < n && want[at] != p->smo.want[i])
                at++;
            if (at == n)
                want[n++] = p->smo.want[i];
        }
    }
    return n ? rows_fill(ctx, job->solve->rows, want, n) : LT_OK;
}

static int take_turns(struct lt_ctx *ctx, struct solve *solve, struct turn_job *job)
{
    size_t left = 0;
    job->n_wishes = ROWS_AT_ONCE / job->n;
    if (job->n == 1)
        take_turn(job, 0, 0);
    else
        ctx->parallel(ctx, job->n, take_turn, job);
    if (ctx->cancelled(ctx))
        return LT_CANCELLED;
    const int status = fill_rows(ctx, job);
    for (size_t k = 0; k < job->n; k++)
        if (has_more(&solve->open[job->running[k]]))
            job->running[left++] = job->running[k];
    job->n = left;
    return status;
}

/* ---- a step ------------------------------------------------------------------------------------------------- */

static int look_at_all(struct lt_ctx *ctx, struct solve *solve, double *gap)
{
    int status = LT_OK;
    *gap = 0;
    for (size_t i = 0; i < SOLVE_OPEN && status == LT_OK; i++) {
        struct open_problem *p = &solve->open[i];
        if (!p->open)
            continue;
        const bool done = p->turn == SMO_SOLVED;
        *gap = fmax(*gap, fmax(p->smo.state.gap, 0));
        status = solve->list.look(ctx, solve->list.arg, p->index, &p->smo, done);
        if (!done)
            continue;
        solve->iterations += p->smo.state.iterations;
        solve->cut_short += !p->smo.state.solved && p->smo.state.iterations >= p->smo.max_iterations;
        solve->worst_gap = fmax(solve->worst_gap, p->smo.state.gap);
        close_problem(p);
    }
    return status;
}

int solve_step(struct lt_ctx *ctx, struct solve *solve, double *gap)
{
    struct turn_job job = {.ctx = ctx, .solve = solve};
    int status = ctx->cancelled(ctx) ? LT_CANCELLED : open_more(ctx, solve);
    if (status != LT_OK)
        return status;
    keep(solve);
    for (size_t i = 0; i < SOLVE_OPEN; i++)
        if (solve->open[i].open)
            job.running[job.n++] = i;
    while (job.n && status == LT_OK)
        status = take_turns(ctx, solve, &job);
    if (status != LT_OK) {
        go_back(solve);
        return status;
    }
    status = look_at_all(ctx, solve, gap);
    if (status != LT_OK)
        return status;
    size_t open = 0;
    for (size_t i = 0; i < SOLVE_OPEN; i++)
        open += solve->open[i].open;
    return open || solve->next < solve->list.n ? LT_MORE : LT_DONE;
}
