/* conform: the suite passes a learner that keeps the contract, and catches each way of breaking it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include "tests/unit/fake_algo.h" /* before cmocka, whose macro `fail` a module's ctx->fail doesn't survive */
#include <cmocka.h>

#include "host/conform.h"

struct found {
    const char *looked_for;
    int failed, passed;
    bool caught;
};

static void report(void *arg, const struct conform_result *r)
{
    struct found *f = arg;
    f->passed += r->passed;
    f->failed += !r->passed && !r->skipped;
    if (!r->passed && !r->skipped && f->looked_for && strstr(r->check, f->looked_for))
        f->caught = true;
    if (!r->passed && !r->skipped && !f->looked_for)
        print_message("%s: %s\n", r->check, r->detail);
}

/* A learner that differs from the good one in one callback. */
static void catches(const struct lt_algo *d, const char *check)
{
    struct algo a = {.d = *d, .module = "test", .family = "test"};
    struct found f = {.looked_for = check};
    assert_true(conform_run(&a, report, &f) > 0);
    if (!f.caught)
        fail_msg("'%s' was not caught", check);
}

/* Loading looks the algorithm up by its id, so every variant has to be known by its own. */
static struct lt_algo variant(const char *id)
{
    struct lt_algo d = fake;
    d.id = id;
    return d;
}

static void known(const struct lt_algo *d)
{
    struct err e = ERR_INIT;
    if (!algo_register(d, "test", &e))
        fail_msg("%s", e.text);
}

static void good_ones(void **state)
{
    (void)state;
    const struct lt_algo *const good[] = {&fake, &fake_plain};
    for (size_t i = 0; i < 2; i++) {
        struct found f = {0};
        known(good[i]);
        struct algo a = {.d = *good[i], .module = "test", .family = "test"};
        assert_int_equal(conform_run(&a, report, &f), 0);
        assert_true(f.passed > 40 && f.failed == 0);
    }
    assert_int_equal(fake_alive, 0);
}

static int odd_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *d, struct lt_out *out)
{
    int status = fake_predict(ctx, model, d, out);
    for (size_t i = 0; out->proba && i < d->n; i++)
        out->proba[2 * i] *= 1.5;
    return status;
}

static int nan_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *d, struct lt_out *out)
{
    int status = fake_predict(ctx, model, d, out);
    if (out->value && d->n)
        out->value[d->n - 1] = NAN;
    return status;
}

static void wrong_predictions(void **state)
{
    (void)state;
    struct lt_algo d = variant("odd");
    d.predict = odd_predict;
    known(&d);
    catches(&d, "classify: fits and predicts");
    d = variant("nan");
    d.predict = nan_predict;
    known(&d);
    catches(&d, "regress: fits and predicts");
}

/* Takes one step too many when it is asked for more than one. */
static int hasty_step(struct lt_ctx *ctx, void *model, const struct lt_data *d, uint64_t units)
{
    struct fake *m = model;
    int status = fake_step(ctx, model, d, units);
    if (units > 1)
        m->share[0] += 0.01;
    return status;
}

static unsigned saves;

/* Forgets where it was. */
static int forgetful_save(struct lt_ctx *ctx, const void *model)
{
    struct fake copy = *(const struct fake *)model;
    copy.share[0] += 0.001 * (double)++saves;
    return fake_save(ctx, &copy);
}

static void wrong_steps_and_files(void **state)
{
    (void)state;
    struct lt_algo d = variant("hasty");
    d.step = hasty_step;
    known(&d);
    catches(&d, "same bytes however the steps are cut");
    d = variant("forgetful");
    d.save = forgetful_save;
    known(&d);
    catches(&d, "same seed, same bytes");
    catches(&d, "saved and loaded it is the same");
}

static int greedy_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *d, void **out)
{
    struct lt_data one = *d;
    static const double y = 0;
    static const int32_t label = 0;
    if (!d->n) { /* makes a row up */
        one.n = 1;
        one.y = d->y ? &y : NULL;
        one.label = d->label ? &label : NULL;
    }
    return fake_begin(ctx, p, &one, out);
}

static int silent_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *d, void **out)
{
    return d->n < 3 ? LT_INTERNAL : fake_begin(ctx, p, d, out);
}

static int nothing_to_see(struct lt_ctx *ctx, const void *model)
{
    (void)ctx, (void)model;
    return LT_OK;
}

static void wrong_manners(void **state)
{
    (void)state;
    struct lt_algo d = variant("greedy");
    d.begin = greedy_begin;
    known(&d);
    catches(&d, "no rows are refused");
    d = variant("silent");
    d.begin = silent_begin;
    known(&d);
    catches(&d, "one row");
    d = variant("mute");
    d.describe = nothing_to_see;
    known(&d);
    catches(&d, "describes itself");
    assert_int_equal(fake_alive, 0);
}

/* Goes on for seconds after it was asked to stop, without looking. */
static int deaf_step(struct lt_ctx *ctx, void *model, const struct lt_data *d, uint64_t units)
{
    struct timespec long_time = {3, 400000000};
    if (d->n > 10000)
        nanosleep(&long_time, NULL);
    return fake_step(ctx, model, d, units);
}

static void deaf(void **state)
{
    (void)state;
    struct lt_algo d = variant("deaf");
    d.step = deaf_step;
    d.tasks = LT_REGRESS;
    known(&d);
    catches(&d, "stops when asked to");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(good_ones), cmocka_unit_test(wrong_predictions),
                                       cmocka_unit_test(wrong_steps_and_files), cmocka_unit_test(wrong_manners),
                                       cmocka_unit_test(deaf)};
    return cmocka_run_group_tests_name("host/conform", tests, NULL, NULL);
}
