/* model: training as driven steps, prediction, and the file, with a learner whose answers are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include "tests/unit/fake_algo.h" /* before cmocka, whose macro `fail` a module's ctx->fail doesn't survive */
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/pool.h"
#include "host/model.h"
#include "host/param.h"

enum { N = 40 };

static struct table *table_of(size_t n)
{
    static const char *const words[] = {"no", "yes"};
    struct table_builder *b = table_builder_new(n, "made");
    double *x = column_buffer(COLUMN_F64, n, NULL), *y = column_buffer(COLUMN_F64, n, NULL),
           *w = column_buffer(COLUMN_F64, n, NULL);
    int32_t *c = column_buffer(COLUMN_CATEGORY, n, NULL);
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i;
        y[i] = (double)(i % 4); /* mean 1.5 */
        w[i] = i % 4 == 0;
        c[i] = i % 4 == 0; /* a quarter of yes */
    }
    table_builder_add(b, "x", column_from_f64(x, n));
    table_builder_add(b, "y", column_from_f64(y, n));
    table_builder_add(b, "w", column_from_f64(w, n));
    table_builder_add(b, "bought", column_from_codes(c, n, dictionary_new(words, 2, NULL)));
    return table_builder_done(b);
}

struct world {
    struct arena *arena;
    struct table *table;
    struct task *classes, *numbers;
};

static struct train_options options(struct world *w, const char *algo, enum lt_task task,
                                    const char *const *params)
{
    struct train_options o;
    train_options_init(&o);
    o.algo = algo_find(algo);
    o.task = task;
    struct lt_value *v = arena_zero(w->arena, o.algo->d.n_params, sizeof *v);
    param_defaults(o.algo->d.params, o.algo->d.param_size, o.algo->d.n_params, v, w->arena, NULL);
    for (; params && params[0]; params += 2) {
        int at = param_find(o.algo->d.params, o.algo->d.param_size, o.algo->d.n_params, params[0]);
        assert_true(at >= 0);
        assert_true(param_parse(algo_param(o.algo, (uint32_t)at), params[1], &v[at], w->arena, NULL));
    }
    o.params = v;
    return o;
}

static struct model *train(struct world *w, const struct train_options *o, struct progress *p, struct err *e)
{
    struct err here = ERR_INIT;
    return model_train(o, w->table, o->task == LT_CLASSIFY ? w->classes : w->numbers, NULL, table_rows(w->table),
                       p, e ? e : &here);
}

static struct str bytes_of(const struct model *m)
{
    struct str s = STR_INIT;
    struct err e = ERR_INIT;
    if (!model_bytes(m, &s, &e))
        fail_msg("%s", e.text);
    return s;
}

static bool has_note(const struct model *m, const char *part)
{
    const char *const *notes;
    size_t n = model_notes(m, &notes);
    for (size_t i = 0; i < n; i++)
        if (strstr(notes[i], part))
            return true;
    return false;
}

static void classification(void **state)
{
    struct world *w = *state;
    struct train_options o = options(w, "fake", LT_CLASSIFY, (const char *[]){"steps", "30", NULL});
    struct progress *p = progress_new();
    struct model *m = train(w, &o, p, NULL);
    assert_non_null(m);
    const char *const *names;
    assert_int_equal(model_classes(m, &names), 2);
    assert_string_equal(names[1], "yes");
    assert_int_equal(model_positive(m), 1);
    assert_string_equal(model_target(m), "bought");
    assert_int_equal(model_units(m), 30);
    assert_int_equal(model_rows(m), N);
    assert_false(model_is_partial(m));
    assert_true(has_note(m, "learned from 40 rows"));
    const struct model_curve *curves;
    assert_int_equal(model_curves(m, &curves), 1);
    assert_string_equal(curves[0].name, "loss");
    assert_int_equal(curves[0].n, 30);
    assert_true(curves[0].unit[29] == 30);
    struct progress_point points[64];
    unsigned generation;
    assert_int_equal(progress_points(p, 0, points, 64, &generation), 30);
    progress_free(p);
    struct str text = STR_INIT;
    model_params_text(m, false, &text);
    assert_string_equal(str_get(&text), "n_steps=30");
    str_clear(&text);
    model_params_text(m, true, &text);
    assert_string_equal(str_get(&text), "n_steps=30 delay=0 fail_at=0 overfit_at=0 by=none");
    str_done(&text);
    struct predictions out;
    struct err e = ERR_INIT;
    assert_true(model_predict(m, w->table, (const uint32_t[]){5, 7}, 2, &out, NULL, &e));
    assert_int_equal(out.n, 2);
    assert_int_equal(out.k, 2);
    assert_true(fabs(out.proba[1] - 0.25) < 1e-6 && fabs(out.proba[0] + out.proba[1] - 1) < 1e-12);
    assert_int_equal(out.label[1], 0);
    predictions_done(&out);
    struct view_list views = {0};
    assert_true(model_describe(m, &views, &e));
    assert_int_equal(views.n, 2);
    assert_string_equal(views.v[0]->id, "summary");
    struct cell cell;
    view_table_cell(views.v[0], 1, 0, &cell, NULL);
    assert_int_equal(cell.i, 1);
    view_table_cell(views.v[0], 1, 2, &cell, NULL);
    assert_true(cell.missing);
    view_list_done(&views);
    model_unref(m);
}

/* y is scaled for the module (mean 0), and put back: the mean of y is 1.5 although the module says 0. */
static void regression(void **state)
{
    struct world *w = *state;
    const char *algos[] = {"fake", "fake_plain"};
    for (size_t k = 0; k < 2; k++) {
        struct train_options o = options(w, algos[k], LT_REGRESS, (const char *[]){"steps", "60", NULL});
        struct model *m = train(w, &o, NULL, NULL);
        struct predictions out;
        assert_true(model_predict(m, w->table, NULL, N, &out, NULL, NULL));
        assert_int_equal(out.n, N);
        for (size_t i = 0; i < N; i++)
            assert_true(fabs(out.value[i] - 1.5) < 1e-12);
        predictions_done(&out);
        assert_true(model_predict(m, w->table, NULL, 0, &out, NULL, NULL));
        predictions_done(&out);
        model_unref(m);
    }
}

static void weights(void **state)
{
    struct world *w = *state;
    struct err e = ERR_INIT;
    struct predictions out;
    struct train_options o = options(w, "fake", LT_CLASSIFY, NULL);
    o.weights = "balanced";
    struct model *m = train(w, &o, NULL, NULL);
    assert_true(model_predict(m, w->table, NULL, 1, &out, NULL, NULL));
    assert_true(fabs(out.proba[0] - 0.5) < 1e-9);
    predictions_done(&out);
    model_unref(m);
    o = options(w, "fake", LT_REGRESS, NULL);
    o.weights = "w"; /* only rows with y = 0 weigh something */
    m = train(w, &o, NULL, NULL);
    assert_true(model_predict(m, w->table, NULL, 1, &out, NULL, NULL));
    assert_true(fabs(out.value[0]) < 1e-6);
    predictions_done(&out);
    assert_int_equal(recipe_inputs(model_recipe(m)), 2); /* neither y nor w */
    model_unref(m);
    o.weights = "balanced";
    assert_null(train(w, &o, NULL, &e));
    assert_string_equal(e.text, "weights=balanced is for classes");
    o = options(w, "fake_plain", LT_REGRESS, NULL);
    o.weights = "w";
    assert_null(train(w, &o, NULL, &e));
    assert_string_equal(e.text, "fake_plain can't take weights");
}

static void refusals(void **state)
{
    struct world *w = *state;
    struct err e = ERR_INIT;
    struct train_options o = options(w, "fake", LT_CLUSTER, NULL);
    assert_null(train(w, &o, NULL, &e));
    assert_string_equal(e.text, "fake can't cluster; it does classification, regression");
    o = options(w, "fake", LT_REGRESS, NULL);
    assert_null(model_train(&o, w->table, NULL, NULL, N, NULL, &e));
    assert_string_equal(e.text, "fake needs to know what to learn");
    assert_null(model_train(&o, w->table, w->numbers, NULL, 0, NULL, &e));
    assert_string_equal(e.text, "there are no rows to learn from");
    o = options(w, "fake", LT_REGRESS, (const char *[]){"fail_at", "3", NULL});
    assert_null(train(w, &o, NULL, &e));
    assert_string_equal(e.text, "fake: step 3 diverged");
    assert_int_equal(e.code, ERR_NUMERIC);
    o = options(w, "fake", LT_REGRESS, (const char *[]){"by", "xx", NULL});
    assert_null(train(w, &o, NULL, &e));
    assert_string_equal(e.text, "by=xx: there is no such feature among the columns that fake gets");
    o = options(w, "fake_plain", LT_REGRESS, NULL);
    o.early_stopping = true;
    assert_null(train(w, &o, NULL, &e));
    assert_non_null(strstr(e.text, "can't stop early"));
    assert_int_equal(fake_alive, 0);
}

static void column_parameter(void **state)
{
    struct world *w = *state;
    struct train_options o = options(w, "fake", LT_REGRESS, (const char *[]){"by", "bought=yes", NULL});
    struct model *m = train(w, &o, NULL, NULL);
    assert_int_equal(model_param(m, "by")->i, 3); /* x, w, bought=no, bought=yes */
    model_unref(m);
}

static void limits(void **state)
{
    struct world *w = *state;
    struct train_options o = options(w, "fake", LT_REGRESS, (const char *[]){"steps", "1000", NULL});
    o.max_units = 7;
    struct model *m = train(w, &o, NULL, NULL);
    assert_int_equal(model_units(m), 7);
    assert_true(model_is_partial(m));
    assert_true(has_note(m, "stopped after step 7"));
    model_unref(m);
    o = options(w, "fake", LT_REGRESS, (const char *[]){"steps", "100000", "delay", "1", NULL});
    o.max_seconds = 0.1;
    m = train(w, &o, NULL, NULL);
    assert_non_null(m);
    assert_true(model_is_partial(m) && model_units(m) > 0 && model_fit_seconds(m) < 5);
    model_unref(m);
}

static void *cancel_soon(void *p)
{
    usleep(60000);
    progress_cancel(p);
    return NULL;
}

static void cancelling(void **state)
{
    struct world *w = *state;
    struct err e = ERR_INIT;
    struct train_options o =
        options(w, "fake", LT_REGRESS, (const char *[]){"steps", "100000", "delay", "5", NULL});
    struct progress *p = progress_new();
    progress_cancel(p);
    assert_null(train(w, &o, p, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    progress_free(p);
    /* Within the first step: nothing is whole. */
    o = options(w, "fake", LT_REGRESS, (const char *[]){"delay", "1000", NULL});
    pthread_t thread;
    p = progress_new();
    pthread_create(&thread, NULL, cancel_soon, p);
    assert_null(train(w, &o, p, &e));
    assert_string_equal(e.text, "stopped before the first step was done");
    pthread_join(thread, NULL);
    progress_free(p);
    /* After some: those are kept. */
    o = options(w, "fake", LT_REGRESS, (const char *[]){"steps", "100000", "delay", "2", NULL});
    p = progress_new();
    pthread_create(&thread, NULL, cancel_soon, p);
    struct model *m = train(w, &o, p, &e);
    pthread_join(thread, NULL);
    progress_free(p);
    assert_non_null(m);
    assert_true(model_is_partial(m) && model_units(m) >= 1 && model_units(m) < 1000);
    model_unref(m);
    assert_int_equal(fake_alive, 0);
}

static void early_stopping(void **state)
{
    struct world *w = *state;
    struct train_options o =
        options(w, "fake", LT_CLASSIFY, (const char *[]){"steps", "500", "overfit_at", "9", NULL});
    o.early_stopping = true;
    o.validation_fraction = 0.25;
    o.n_iter_no_change = 5;
    o.tol = 0;
    struct model *m = train(w, &o, NULL, NULL);
    assert_non_null(m);
    assert_true(model_units(m) < 9); /* returned to the best */
    assert_false(model_is_partial(m));
    assert_true(has_note(m, "stopped early"));
    const struct model_curve *curves;
    size_t n = model_curves(m, &curves);
    assert_int_equal(n, 2);
    assert_string_equal(curves[1].name, "validation_loss");
    size_t best = 0;
    for (size_t i = 0; i < curves[1].n; i++)
        if (curves[1].value[i] < curves[1].value[best])
            best = i;
    assert_int_equal(best + 1, model_units(m));
    struct predictions out;
    assert_true(model_predict(m, w->table, NULL, 1, &out, NULL, NULL));
    assert_true(fabs(out.proba[1] - 0.25) < 0.1);
    predictions_done(&out);
    model_unref(m);
    assert_int_equal(fake_alive, 0);
}

/* One step a call or many, one thread or more: the same bytes. */
static void same_bytes(void **state)
{
    struct world *w = *state;
    struct str first = STR_INIT;
    for (int k = 0; k < 4; k++) {
        struct train_options o = options(w, "fake", LT_CLASSIFY, (const char *[]){"steps", "200", NULL});
        o.step_mode = k & 1;
        o.seed = 7;
        pool_set_threads(k & 2 ? 3 : 1);
        struct model *m = train(w, &o, NULL, NULL);
        struct str bytes = bytes_of(m);
        if (k == 0) {
            first = bytes;
        } else {
            assert_int_equal(bytes.len, first.len);
            assert_memory_equal(bytes.s, first.s, first.len);
            str_done(&bytes);
        }
        model_unref(m);
    }
    str_done(&first);
    pool_set_threads(0);
}

static void round_trip(void **state)
{
    struct world *w = *state;
    for (int k = 0; k < 2; k++) {
        struct train_options o = options(w, k ? "fake_plain" : "fake", k ? LT_REGRESS : LT_CLASSIFY,
                                         (const char *[]){"steps", "9", "by", "x", NULL});
        o.seed = UINT64_MAX;
        struct model *m = train(w, &o, NULL, NULL);
        struct str bytes = bytes_of(m), again;
        struct err e = ERR_INIT;
        struct model *back = model_load_bytes(bytes.s, bytes.len, &e);
        if (!back)
            fail_msg("%s", e.text);
        again = bytes_of(back);
        assert_int_equal(bytes.len, again.len);
        assert_memory_equal(bytes.s, again.s, bytes.len);
        assert_string_equal(model_algo(back)->d.id, k ? "fake_plain" : "fake");
        assert_true(model_seed(back) == UINT64_MAX && model_units(back) == model_units(m));
        assert_true(model_data_hash(back) == table_hash(w->table));
        assert_string_equal(model_table(back), "made");
        assert_true(isnan(model_fit_seconds(back)) && model_fit_seconds(m) > 0);
        assert_string_equal(model_created(back), "");
        assert_int_equal(model_param(back, "steps")->i, 9);
        assert_int_equal(model_param(back, "steps")->given, 1);
        assert_int_equal(model_param(back, "delay")->given, 0);
        struct predictions a, b;
        assert_true(model_predict(m, w->table, NULL, N, &a, NULL, NULL));
        assert_true(model_predict(back, w->table, NULL, N, &b, NULL, NULL));
        if (k)
            assert_memory_equal(a.value, b.value, N * sizeof(double));
        else
            assert_memory_equal(a.proba, b.proba, 2 * N * sizeof(double));
        predictions_done(&a);
        predictions_done(&b);
        str_done(&bytes);
        str_done(&again);
        model_unref(m);
        model_unref(back);
    }
    assert_int_equal(fake_alive, 0);
}

struct reader {
    const struct model *m;
    const struct table *t;
    bool good;
};

static void *read_on(void *arg)
{
    struct reader *r = arg;
    r->good = true;
    for (int i = 0; i < 200; i++) {
        struct predictions p;
        struct view_list views = {0};
        r->good = r->good && model_predict(r->m, r->t, NULL, N, &p, NULL, NULL) && fabs(p.proba[1] - 0.25) < 1e-3;
        predictions_done(&p);
        r->good = r->good && model_describe(r->m, &views, NULL) && views.n == 2;
        view_list_done(&views);
        model_unref(model_ref(r->m));
    }
    return NULL;
}

/* Several threads use one model at the same time. */
static void many_readers(void **state)
{
    struct world *w = *state;
    struct train_options o = options(w, "fake", LT_CLASSIFY, NULL);
    struct model *m = train(w, &o, NULL, NULL);
    struct reader r[3];
    pthread_t thread[3];
    for (int i = 0; i < 3; i++) {
        r[i] = (struct reader){m, w->table, false};
        pthread_create(&thread[i], NULL, read_on, &r[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(thread[i], NULL);
        assert_true(r[i].good);
    }
    model_unref(m);
}

/* What a step's picture needs arrives, when somebody asks for it. */
static void count_trace(void *arg, const char *name, const struct lt_tensor *t)
{
    assert_string_equal(name, "share");
    assert_int_equal(t->shape[0], 2);
    ++*(int *)arg;
}

static void tracing(void **state)
{
    struct world *w = *state;
    int traces = 0;
    struct train_options o = options(w, "fake", LT_CLASSIFY, (const char *[]){"steps", "5", NULL});
    o.trace = count_trace;
    o.trace_arg = &traces;
    model_unref(train(w, &o, NULL, NULL));
    assert_int_equal(traces, 5);
}

static void files(void **state)
{
    struct world *w = *state;
    char path[1024];
    const char *build = getenv("top_builddir");
    snprintf(path, sizeof path, "%s/tests/unit/model-%d.lathe", build ? build : ".", (int)getpid());
    struct train_options o = options(w, "fake", LT_CLASSIFY, NULL);
    struct model *m = train(w, &o, NULL, NULL);
    struct err e = ERR_INIT;
    assert_true(model_save(m, path, &e));
    struct model *back = model_load(path, &e);
    assert_non_null(back);
    model_unref(back);
    unlink(path);
    assert_null(model_load(path, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    model_unref(m);
}

/* Every cut and every changed byte is refused, or gives a model that works; nothing reads outside the file. */
static void damaged(void **state)
{
    struct world *w = *state;
    struct train_options o = options(w, "fake", LT_CLASSIFY, NULL);
    struct model *m = train(w, &o, NULL, NULL);
    struct str bytes = bytes_of(m);
    for (size_t n = 0; n < bytes.len; n += n < 64 ? 1 : 17) {
        struct err e = ERR_INIT;
        char *copy = mem_alloc(n + 1);
        memcpy(copy, bytes.s, n);
        assert_null(model_load_bytes(copy, n, &e));
        assert_int_equal(e.code, ERR_DATA);
        mem_free(copy);
    }
    size_t taken = 0;
    for (size_t at = 0; at < bytes.len; at++) {
        struct err e = ERR_INIT;
        char *copy = mem_alloc(bytes.len);
        memcpy(copy, bytes.s, bytes.len);
        copy[at] ^= (char)(1 << (at % 7));
        struct model *back = model_load_bytes(copy, bytes.len, &e);
        assert_true(back || e.text[0]);
        taken += back != NULL;
        model_unref(back);
        mem_free(copy);
    }
    assert_true(taken < bytes.len);
    str_done(&bytes);
    model_unref(m);
    assert_int_equal(fake_alive, 0);
}

/* Headers that lie, each with its sentence. */
static void lying_headers(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data;
        const char *says;
    } cases[] = {
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "nothing that says what they are"},
        {"{\"__metadata__\":{},\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
         "doesn't fit its bytes"},
        {"{\"__metadata__\":{},\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}", 8,
         "models don't use"},
        {"{\"__metadata__\":{},\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,16]}}", 8,
         "outside the file"},
        {"{\"__metadata__\":{},\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
         6, "overlaps"},
        {"{\"__metadata__\":{},\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}", 8,
         "leaves a hole"},
        {"{\"__metadata__\":{},\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 8,
         "follow the last"},
        {"{\"__metadata__\":{},\"a\":{\"dtype\":\"F64\",\"shape\":[4611686018427387904,4,8],\"data_offsets\":[0,0]"
         "}}",
         0, "doesn't fit its bytes"},
        {"{\"__metadata__\":{},\"a\":{},\"a\":{}}", 0, "no JSON"},
        {"{\"__metadata__\":{\"x\":1}}", 0, "is no text"},
        {"{\"__metadata__\":{\"x\":\"1\"}}", 0, "no model of lathe"},
        {"{\"__metadata__\":{\"format\":\"lathe-model\",\"format_version\":\"2\"}}", 0, "format version 2"},
        {"{\"__metadata__\":{\"format\":\"lathe-model\",\"format_version\":\"1\",\"algo\":\"nope\"}}", 0,
         "'nope', which is not installed"},
        {"{\"__metadata__\":{\"format\":\"lathe-model\",\"format_version\":\"1\",\"algo\":\"fake\",\"state_"
         "version\":\"2\"}}",
         0, "can't read"},
        {"{\"__metadata__\":{\"format\":\"lathe-model\",\"format_version\":\"1\",\"algo\":\"fake\",\"state_"
         "version\":\"1\"}}",
         0, "'task' is missing or wrong"},
        {"[1]        ", 0, "no model file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = strlen(cases[i].header);
        char *file = mem_zero(8 + n + cases[i].data, 1);
        file[0] = (char)(n & 255);
        file[1] = (char)(n >> 8);
        memcpy(file + 8, cases[i].header, n);
        struct err e = ERR_INIT;
        assert_null(model_load_bytes(file, 8 + n + cases[i].data, &e));
        if (!strstr(e.text, cases[i].says))
            fail_msg("'%s' does not say '%s'", e.text, cases[i].says);
        mem_free(file);
    }
}

static int set_up(void **state)
{
    struct world *w = mem_zero(1, sizeof *w);
    struct err e = ERR_INIT;
    if (!algo_register(&fake, "test", &e) || !algo_register(&fake_plain, "test", &e))
        return -1;
    w->arena = arena_new();
    w->table = table_of(N);
    w->classes = task_new(w->table, "bought", TASK_NONE, NULL, NULL, &e);
    w->numbers = task_new(w->table, "y", TASK_REGRESS, NULL, NULL, &e);
    *state = w;
    return w->classes && w->numbers ? 0 : -1;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    task_unref(w->classes);
    task_unref(w->numbers);
    table_unref(w->table);
    arena_free(w->arena);
    mem_free(w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classification), cmocka_unit_test(regression),       cmocka_unit_test(weights),
        cmocka_unit_test(refusals),       cmocka_unit_test(column_parameter), cmocka_unit_test(limits),
        cmocka_unit_test(cancelling),     cmocka_unit_test(early_stopping),   cmocka_unit_test(same_bytes),
        cmocka_unit_test(round_trip),     cmocka_unit_test(many_readers),     cmocka_unit_test(tracing),
        cmocka_unit_test(files),          cmocka_unit_test(damaged),          cmocka_unit_test(lying_headers),
    };
    return cmocka_run_group_tests_name("host/model", tests, set_up, tear_down);
}
