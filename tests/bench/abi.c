/* bench_abi: what it costs that algorithms are modules, that columns are passed where they lie, and that learners
 * are steppers. One line of JSON a figure, {"bench":NAME,"value":V,"unit":U}, the best of several runs.
 * `make bench-abi` builds and runs it.
 *
 *   modules              finding, opening and checking all modules
 *   columns, copy        a design of 400k x 28: columns passed where they lie, and rows copied together
 *   call                 one step through the host that does nothing, several in a call or one a call
 *   fork                 ctx->parallel over two empty blocks
 *   train X in/around    time inside the module's begin and step, and in the host around them
 *   X by one             the same training, one step a call */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/pool.h"
#include "base/progress.h"
#include "host/model.h"
#include "host/param.h"

enum { ROWS = 400000, COLUMNS = 28, RUNS = 5, IDLE_STEPS = 100000, FORKS = 10000 };

static void say(const char *name, double value, const char *unit)
{
    printf("{\"bench\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"}\n", name, value, unit);
    fflush(stdout);
}

static void die(const struct err *e)
{
    fprintf(stderr, "bench_abi: %s\n", e->text);
    exit(1);
}

/* ---- a table ----------------------------------------------------------------------------------------------- */

/* n rows, p numbers (sums of four uniforms) and a class y that a third of them decide. */
static struct table *make_table(size_t n, size_t p)
{
    struct err e = ERR_INIT;
    struct table_builder *b = table_builder_new(n, "bench");
    int64_t *y = column_buffer(COLUMN_I64, n, &e);
    double *sum = calloc(n, sizeof *sum);
    if (!y || !sum)
        die(&e);
    for (size_t j = 0; j < p; j++) {
        char name[16];
        double *x = column_buffer(COLUMN_F64, n, &e);
        if (!x)
            die(&e);
        for (size_t i = 0; i < n; i++) {
            x[i] = -2;
            for (uint64_t k = 0; k < 4; k++)
                x[i] += lt_uniform(1, j, 4 * i + k);
            sum[i] += j % 3 ? 0 : x[i] * (j % 2 ? 1 : x[i] + 0.3);
        }
        snprintf(name, sizeof name, "x%zu", j + 1);
        table_builder_add(b, name, column_from_f64(x, n));
    }
    for (size_t i = 0; i < n; i++)
        y[i] = sum[i] + lt_uniform(1, p, i) > 0.33 * (double)p / 3 + 0.5;
    free(sum);
    table_builder_add(b, "y", column_from_i64(COLUMN_I64, y, NULL, n));
    return table_builder_done(b);
}

/* ---- designs ----------------------------------------------------------------------------------------------- */

static void bench_design(const struct table *t, const char *name, const char *algo, enum lt_layout layout)
{
    struct err e = ERR_INIT;
    const struct algo *a = algo_require(algo, &e);
    if (!a)
        die(&e);
    struct recipe_options ro = {true, true, false};
    const char *features[COLUMNS];
    for (size_t j = 0; j < COLUMNS; j++)
        features[j] = table_name(t, j);
    struct recipe *r = recipe_fit(t, features, COLUMNS, NULL, table_rows(t), &a->d, &ro, &e);
    if (!r)
        die(&e);
    double best = INFINITY;
    for (int i = 0; i < RUNS; i++) {
        struct design d;
        double start = clock_seconds();
        if (!design_build(&d, r, t, NULL, table_rows(t), layout, NULL, &e))
            die(&e);
        design_done(&d);
        best = fmin(best, clock_seconds() - start);
    }
    say(name, 1e3 * best, "ms");
    recipe_unref(r);
}

/* ---- a learner that does nothing --------------------------------------------------------------------------- */

struct idle {
    uint64_t taken, planned;
    double fork_seconds;
};

static void idle_block(void *arg, size_t i, unsigned worker)
{
    (void)arg;
    (void)i;
    (void)worker;
}

static int idle_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    struct idle *m = calloc(1, sizeof *m);
    (void)params;
    (void)data;
    if (!m)
        return ctx->fail(ctx, LT_MEMORY, "no memory");
    m->planned = IDLE_STEPS;
    double start = clock_seconds();
    for (int i = 0; i < FORKS; i++)
        ctx->parallel(ctx, 2, idle_block, NULL);
    m->fork_seconds = (clock_seconds() - start) / FORKS;
    *model = m;
    return LT_OK;
}

static int idle_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct idle *m = model;
    (void)ctx;
    (void)data;
    m->taken += units;
    if (m->taken >= m->planned)
        m->taken = m->planned;
    return m->taken < m->planned ? LT_MORE : LT_DONE;
}

static int idle_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct idle *)model)->taken;
    *planned = ((const struct idle *)model)->planned;
    return LT_OK;
}

/* ---- trainings --------------------------------------------------------------------------------------------- */

/* The module's callbacks with a clock around them. One training at a time. */
static struct {
    const struct lt_algo *real;
    double inside, fork;
} watch;

static int timed_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                       void **model)
{
    double start = clock_seconds();
    int status = watch.real->begin(ctx, params, data, model);
    watch.inside += clock_seconds() - start;
    if (watch.real->begin == idle_begin && status == LT_OK)
        watch.fork = ((struct idle *)*model)->fork_seconds;
    return status;
}

static int timed_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    double start = clock_seconds();
    int status = watch.real->step(ctx, model, data, units);
    watch.inside += clock_seconds() - start;
    return status;
}

struct timing {
    double inside, around;
};

static struct timing train_once(const struct table *t, const struct task *task, const struct algo *a,
                                const struct lt_value *values, bool by_one)
{
    struct err e = ERR_INIT;
    struct algo timed = *a;
    struct train_options o;
    train_options_init(&o);
    timed.d.begin = timed_begin;
    timed.d.step = timed_step;
    watch.real = &a->d;
    watch.inside = 0;
    o.algo = &timed;
    o.params = values;
    o.task = LT_CLASSIFY;
    o.step_mode = by_one;
    double start = clock_seconds();
    struct model *m = model_train(&o, t, task, NULL, table_rows(t), NULL, &e);
    double all = clock_seconds() - start;
    if (!m)
        die(&e);
    /* The model remembers its algorithm; it must not outlive the copy above. */
    model_unref(m);
    return (struct timing){watch.inside, all - watch.inside};
}

static struct timing train_best(const struct table *t, const struct algo *a, const char *const given[][2],
                                bool by_one)
{
    struct err e = ERR_INIT;
    struct arena *arena = arena_new();
    struct lt_value *values = arena_zero(arena, a->d.n_params + 1, sizeof *values);
    struct task *task = task_new(t, "y", TASK_CLASSIFY, NULL, NULL, &e);
    if (!task || !param_defaults(a->d.params, a->d.param_size, a->d.n_params, values, arena, &e))
        die(&e);
    for (; given && (*given)[0]; given++) {
        int at = param_find(a->d.params, a->d.param_size, a->d.n_params, (*given)[0]);
        if (at < 0 || !param_parse(algo_param(a, (uint32_t)at), (*given)[1], &values[at], arena, &e))
            die(&e);
    }
    struct timing best = {INFINITY, INFINITY};
    for (int i = 0; i < RUNS; i++) {
        struct timing now = train_once(t, task, a, values, by_one);
        if (now.inside + now.around < best.inside + best.around)
            best = now;
    }
    task_unref(task);
    arena_free(arena);
    return best;
}

static void bench_train(const struct table *t, const char *algo, const char *const given[][2])
{
    struct err e = ERR_INIT;
    char name[64];
    const struct algo *a = algo_require(algo, &e);
    if (!a)
        die(&e);
    struct timing all = train_best(t, a, given, false);
    snprintf(name, sizeof name, "train %s %zu in", algo, table_rows(t));
    say(name, 1e3 * all.inside, "ms");
    snprintf(name, sizeof name, "train %s %zu around", algo, table_rows(t));
    say(name, 1e3 * all.around, "ms");
    if (a->d.traits & LT_ITERATIVE || strcmp(a->d.unit, "tree") == 0) {
        struct timing one = train_best(t, a, given, true);
        snprintf(name, sizeof name, "%s %zu by one", algo, table_rows(t));
        say(name, 1e3 * (one.inside + one.around), "ms");
    }
}

static void bench_idle(const struct table *t)
{
    struct algo idle = {.module = "bench", .family = "bench"};
    const struct algo *like = algo_find("dummy");
    if (!like)
        return;
    idle.d = like->d;
    idle.d.id = "idle";
    idle.d.n_params = 0;
    idle.d.check = NULL;
    idle.d.begin = idle_begin;
    idle.d.step = idle_step;
    idle.d.units = idle_units;
    idle.d.truncate = NULL;
    idle.d.free = free;
    say("call, all at once", 1e9 * train_best(t, &idle, NULL, false).around / IDLE_STEPS, "ns a step");
    say("call, one at a time", 1e9 * train_best(t, &idle, NULL, true).around / IDLE_STEPS, "ns a step");
    say("fork", 1e6 * watch.fork, "us");
}

int main(int argc, char **argv)
{
    static const char *const depth[][2] = {{"max_depth", "6"}, {NULL, NULL}};
    const char *threads = getenv("BENCH_THREADS");
    for (int i = 1; i < argc; i++)
        file_plugin_dirs_add(argv[i]);
    pool_set_threads(threads ? (unsigned)strtoul(threads, NULL, 10) : 2);

    double start = clock_seconds();
    algo_load_all();
    say("modules", 1e3 * (clock_seconds() - start), "ms");
    say("algorithms", (double)algo_count(), "");

    struct table *large = make_table(ROWS, COLUMNS), *middle = make_table(10000, COLUMNS);
    struct table *small = make_table(150, 4);
    bench_design(large, "columns", "nb", LT_COLUMNS);
    bench_design(large, "copy", "nb", LT_ROWS_F64);
    bench_design(large, "copy to single", "nb", LT_ROWS_F32);
    bench_idle(small);
    const struct table *const tables[] = {small, middle, large};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        bench_train(tables[i], "nb", NULL);
        bench_train(tables[i], "tree", depth);
        bench_train(tables[i], "logistic", NULL);
        bench_train(tables[i], "gbm", NULL);
    }
    bench_train(middle, "forest", NULL);
    table_unref(small);
    table_unref(middle);
    table_unref(large);
    return 0;
}
