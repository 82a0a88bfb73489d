/* The pool and the progress of a job, with several threads on each. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/pool.h"
#include "base/progress.h"
#include "tests/unit/cm.h"

/* ---- pool -------------------------------------------------------------------------------------------------- */

#define BLOCKS 1000

struct sums {
    double block[BLOCKS];
    atomic_int visits[BLOCKS];
    atomic_int busy[64]; /* by worker: two at a time with the same number would show */
    atomic_bool clash, strange;
    unsigned threads;
};

static void sum_block(void *arg, size_t i, unsigned worker)
{
    struct sums *s = arg;
    if (worker >= s->threads)
        atomic_store(&s->strange, true);
    if (atomic_fetch_add(&s->busy[worker], 1) != 0)
        atomic_store(&s->clash, true);
    double x = 0;
    for (int k = 0; k < 300; k++)
        x += 1.0 / (double)(i * 300 + (size_t)k + 1);
    s->block[i] = x;
    atomic_fetch_add(&s->visits[i], 1);
    atomic_fetch_sub(&s->busy[worker], 1);
}

static double sum_with(unsigned threads)
{
    static struct sums s;
    memset(&s, 0, sizeof s);
    pool_set_threads(threads);
    assert_int_equal(pool_threads(), threads);
    s.threads = threads;
    parallel_for(BLOCKS, sum_block, &s);
    assert_false(atomic_load(&s.clash));
    assert_false(atomic_load(&s.strange));
    double sum = 0;
    for (int i = 0; i < BLOCKS; i++) {
        assert_int_equal(atomic_load(&s.visits[i]), 1);
        sum += s.block[i];
    }
    return sum;
}

static void any_number_of_threads_gives_the_same_bytes(void **unused)
{
    (void)unused;
    double one = sum_with(1);
    for (unsigned threads = 2; threads <= 8; threads++) {
        double x = sum_with(threads);
        assert_memory_equal(&x, &one, sizeof x);
    }
}

static void count_up(void *arg, size_t i, unsigned worker)
{
    (void)i, (void)worker;
    atomic_fetch_add((atomic_long *)arg, 1);
}

static void many_short_loops(void **unused)
{
    (void)unused;
    for (unsigned threads = 1; threads <= 4; threads++) {
        atomic_long n = 0;
        pool_set_threads(threads);
        long wanted = 0;
        for (size_t i = 0; i < 5000; i++) {
            parallel_for(i % 7, count_up, &n);
            wanted += (long)(i % 7);
            assert_int_equal(atomic_load(&n), wanted);
            if (i % 1000 == 999)
                usleep(2000); /* long enough for the workers to fall asleep */
        }
    }
}

static void nest(void *arg, size_t i, unsigned worker)
{
    (void)i, (void)worker;
    parallel_for(10, count_up, arg);
    pool_set_threads(1); /* from inside: no effect, no deadlock */
}

static void nested_loops_run_inline(void **unused)
{
    (void)unused;
    atomic_long n = 0;
    pool_set_threads(3);
    parallel_for(50, nest, &n);
    assert_int_equal(atomic_load(&n), 500);
    assert_int_equal(pool_threads(), 3);
}

static void *loops_of_a_thread(void *arg)
{
    for (int i = 0; i < 2000; i++)
        parallel_for(5, count_up, arg);
    return NULL;
}

static void several_threads_may_call(void **unused)
{
    (void)unused;
    atomic_long n = 0;
    pthread_t threads[3];
    pool_set_threads(3);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, loops_of_a_thread, &n);
    loops_of_a_thread(&n);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&n), 4 * 2000 * 5);
}

static void slow_block(void *arg, size_t i, unsigned worker)
{
    (void)worker;
    usleep(i == 0 ? 20000 : 1000);
    atomic_fetch_add((atomic_long *)arg, 1);
}

static void the_caller_waits_for_the_slowest(void **unused)
{
    (void)unused;
    pool_set_threads(4);
    for (int round = 0; round < 5; round++) {
        atomic_long n = 0;
        parallel_for(4, slow_block, &n);
        assert_int_equal(atomic_load(&n), 4);
    }
    pool_set_threads(0);
    assert_true(pool_threads() >= 1);
}

/* ---- progress ---------------------------------------------------------------------------------------------- */

static void nobody_watching(void **unused)
{
    (void)unused;
    char stage[64];
    unsigned generation;
    struct progress_point point;
    progress_cancel(NULL);
    assert_false(progress_cancelled(NULL));
    progress_report(NULL, 0.5, "x");
    progress_metric(NULL, "loss", 1, 2);
    assert_true(progress_done(NULL) < 0 && progress_remaining(NULL) < 0 && progress_elapsed(NULL) == 0);
    progress_stage(NULL, stage);
    assert_string_equal(stage, "");
    assert_int_equal(progress_points(NULL, 0, &point, 1, &generation), 0);
    assert_null(progress_part(NULL, 0, 1));
    progress_free(NULL);
}

static void parts_cover_a_stretch(void **unused)
{
    (void)unused;
    struct progress *whole = progress_new(), *part = progress_part(whole, 0.25, 0.75);
    char stage[64];
    assert_true(progress_done(whole) < 0);
    progress_report(part, 0.5, "fold 2 of 5");
    assert_float_equal(progress_done(part), 0.5, 0);
    assert_float_equal(progress_done(whole), 0.5, 1e-15);
    progress_report(part, 1, NULL);
    assert_float_equal(progress_done(whole), 0.75, 1e-15);
    progress_stage(whole, stage);
    assert_string_equal(stage, "fold 2 of 5");
    assert_false(progress_cancelled(part));
    progress_cancel(whole);
    assert_true(progress_cancelled(part));
    progress_free(part);
    progress_free(whole);
}

static void long_stages_are_cut(void **unused)
{
    (void)unused;
    struct progress *p = progress_new();
    char stage[64];
    progress_report(p, 0, "日日日日日日日日日日日日日日日日日日日日日日日日");
    progress_stage(p, stage);
    assert_int_equal(strlen(stage), 63);
    progress_report(p, 0, "x日日日日日日日日日日日日日日日日日日日日日日日日");
    progress_stage(p, stage);
    assert_int_equal(strlen(stage), 61);
    progress_free(p);
}

static void points_are_thinned_evenly(void **unused)
{
    (void)unused;
    static struct progress_point points[PROGRESS_POINTS];
    struct progress *p = progress_new();
    for (int i = 0; i < 50000; i++) {
        progress_metric(p, "train", i, 2.0 * i);
        progress_metric(p, "valid", i, 3.0 * i);
    }
    unsigned generation = 0;
    size_t n = progress_points(p, 0, points, PROGRESS_POINTS, &generation);
    assert_true(n > PROGRESS_POINTS / 4 && n <= PROGRESS_POINTS && generation > 0);
    double step[2] = {0}, last[2] = {-1, -1};
    for (size_t i = 0; i < n; i++) {
        int m = points[i].metric;
        assert_float_equal(points[i].value, (m ? 3 : 2) * points[i].step, 0);
        if (last[m] >= 0) {
            if (step[m] > 0)
                assert_float_equal(points[i].step - last[m], step[m], 0);
            step[m] = points[i].step - last[m];
        }
        last[m] = points[i].step;
    }
    assert_true(last[0] > 49000 && last[1] > 49000);
    assert_string_equal(progress_metric_name(p, 0), "train");
    assert_string_equal(progress_metric_name(p, 1), "valid");
    assert_string_equal(progress_metric_name(p, 2), "");
    assert_int_equal(progress_points(p, n - 3, points, 10, NULL), 3);
    progress_free(p);
}

static void estimates_follow_the_speed(void **unused)
{
    (void)unused;
    struct progress *p = progress_new();
    double start = clock_seconds();
    for (int i = 1; i <= 20; i++) {
        usleep(5000);
        progress_report(p, 0.025 * i, NULL);
    }
    double took = clock_seconds() - start, left = progress_remaining(p);
    assert_true(left > 0.4 * took && left < 2.5 * took); /* half is done */
    progress_report(p, -1, NULL);
    assert_true(progress_remaining(p) < 0);
    progress_free(p);
}

static void *report_much(void *arg)
{
    for (int i = 0; i < 20000; i++) {
        progress_report(arg, i / 20000.0, i & 1 ? "odd" : "even");
        progress_metric(arg, "loss", i, -i);
        if (progress_cancelled(arg))
            break;
    }
    return NULL;
}

static void watched_while_it_works(void **unused)
{
    (void)unused;
    static struct progress_point points[PROGRESS_POINTS];
    struct progress *p = progress_new();
    pthread_t worker;
    pthread_create(&worker, NULL, report_much, p);
    for (int i = 0; i < 200; i++) {
        char stage[64];
        unsigned generation;
        progress_stage(p, stage);
        assert_true(stage[0] == '\0' || !strcmp(stage, "odd") || !strcmp(stage, "even"));
        size_t n = progress_points(p, 0, points, PROGRESS_POINTS, &generation);
        for (size_t k = 0; k < n; k++)
            assert_float_equal(points[k].value, -points[k].step, 0);
        (void)progress_remaining(p);
    }
    progress_cancel(p);
    pthread_join(worker, NULL);
    progress_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(many_short_loops),
        cmocka_unit_test(nested_loops_run_inline),
        cmocka_unit_test(several_threads_may_call),
        cmocka_unit_test(the_caller_waits_for_the_slowest),
        cmocka_unit_test(nobody_watching),
        cmocka_unit_test(parts_cover_a_stretch),
        cmocka_unit_test(long_stages_are_cut),
        cmocka_unit_test(points_are_thinned_evenly),
        cmocka_unit_test(estimates_follow_the_speed),
        cmocka_unit_test(watched_while_it_works),
    };
    return cmocka_run_group_tests_name("base threads", tests, NULL, NULL);
}
