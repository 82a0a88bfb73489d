/* ops: verbs without a session: reshaping, counting, judging, comparing. Statistics of whole columns are checked
 * against R in tests/cli/numbers.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "tests/unit/fake_algo.h" /* before cmocka, whose macro `fail` a module's ctx->fail doesn't survive */
#include <cmocka.h>

#include "base/mem.h"
#include "base/pool.h"
#include "host/param.h"
#include "ops/compare.h"
#include "ops/corr.h"
#include "ops/describe.h"
#include "ops/evaluate.h"
#include "ops/freq.h"
#include "ops/reshape.h"
#include "tests/numeric/near.h"
#include "tests/unit/data_make.h"

#define NO INT64_MIN /* missing */
#define ROWS 6

/* n: numbers with a gap, k: whole, a1 a2 a10: numbers, w: words with a gap. */
static struct table *made(void)
{
    static const double n[ROWS] = {2, NAN, 8, 4, 6, 4};
    static const int64_t k[ROWS] = {3, 1, NO, 2, 2, 1};
    static const char *const w[ROWS] = {"b", "a", NULL, "b", "c", "b"};
    struct table_builder *b = table_builder_new(ROWS, "made");
    table_builder_add(b, "n", make_f64(n, ROWS));
    table_builder_add(b, "k", make_i64(COLUMN_I64, k, ROWS));
    table_builder_add(b, "a1", make_f64((double[]){1, 2, 3, 4, 5, 6}, ROWS));
    table_builder_add(b, "a2", make_f64((double[]){6, 5, 4, 3, 2, 1}, ROWS));
    table_builder_add(b, "a10", make_f64((double[]){1, 1, 1, 1, 1, 1}, ROWS));
    table_builder_add(b, "w", make_category(w, ROWS));
    return table_builder_done(b);
}

/* The names of a table's columns, with blanks. */
static const char *names(const struct table *t)
{
    static char text[256];
    struct str s = STR_INIT;
    for (size_t j = 0; j < table_cols(t); j++)
        str_printf(&s, "%s%s", j ? " " : "", table_name(t, j));
    snprintf(text, sizeof text, "%s", str_get(&s));
    str_done(&s);
    return text;
}

/* The values of a column, with blanks. */
static const char *values(const struct table *t, const char *column)
{
    static char text[256];
    struct str s = STR_INIT;
    const struct column *c = table_column(t, (size_t)table_find(t, column));
    for (size_t i = 0; i < table_rows(t); i++)
        str_printf(&s, "%s%s", i ? " " : "", column_is_missing(c, i) ? "." : printed(c, i));
    snprintf(text, sizeof text, "%s", str_get(&s));
    str_done(&s);
    return text;
}

/* ---- reshape ------------------------------------------------------------------------------------------------ */

static void columns_are_selected_by_words(void **state)
{
    static const struct {
        const char *words[4], *kept;
    } cases[] = {
        {{"w", "n"}, "w n"},   {{"-n", "-w"}, "k a1 a2 a10"},    {{"a*"}, "a1 a2 a10"}, {{"k:a2"}, "k a1 a2"},
        {{"a2:k"}, "a2 a1 k"}, {{"a*", "-a2"}, "a1 a10"},        {{"n", "n"}, "n"},     {{"a?"}, "a1 a2"},
        {{"-a*"}, "n k w"},    {{"w", "a1:a10"}, "w a1 a2 a10"},
    };
    static const struct {
        const char *words[3], *says;
    } mistakes[] = {
        {{"x"}, "no column 'x'"}, {{"z*"}, "no column's name matches z*"}, {{"a1:zz"}, "no column 'zz'"}};
    struct table *t = made();
    struct err e = ERR_INIT;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = 0;
        while (cases[i].words[n])
            n++;
        struct table *kept = reshape_select(t, cases[i].words, n, &e);
        assert_non_null(kept);
        assert_string_equal(names(kept), cases[i].kept);
        table_unref(kept);
    }
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        e = ERR_INIT;
        assert_null(reshape_select(t, mistakes[i].words, 1, &e));
        if (!strstr(e.text, mistakes[i].says))
            print_message("%s\n", e.text);
        assert_non_null(strstr(e.text, mistakes[i].says));
    }
    table_unref(t);
}

static void rows_are_sorted(void **state)
{
    struct table *t = made();
    (void)state;
    struct table *s = reshape_sort(t, (const char *const[]){"n"}, 1, false, NULL);
    assert_string_equal(values(s, "n"), "2 4 4 6 8 .");
    assert_string_equal(values(s, "a1"), "1 4 6 5 3 2"); /* stable */
    table_unref(s);
    s = reshape_sort(t, (const char *const[]){"-n"}, 1, false, NULL);
    assert_string_equal(values(s, "n"), "8 6 4 4 2 ."); /* missing stays last */
    table_unref(s);
    s = reshape_sort(t, (const char *const[]){"w", "-a1"}, 2, false, NULL);
    assert_string_equal(values(s, "a1"), "2 6 4 1 5 3");
    table_unref(s);
    s = reshape_sort(t, (const char *const[]){"a1"}, 1, true, NULL);
    assert_string_equal(values(s, "a1"), "6 5 4 3 2 1");
    table_unref(s);
    table_unref(t);
}

static void columns_are_computed(void **state)
{
    static const struct {
        const char *text, *column, *values;
    } cases[] = {
        {"x = a1 * 2", "x", "2 4 6 8 10 12"},
        {"x = a1 + 1, y = x * a10", "y", "2 3 4 5 6 7"}, /* later ones use earlier ones */
        {"a1 = a1 - 1", "a1", "0 1 2 3 4 5"},            /* replaces */
        {"x = max(a1, a2), y = 1", "x", "6 5 4 4 5 6"},  /* a comma inside parentheses */
        {"x = case when w = 'b' then 'yes, b' else 'no' end", "x", "yes, b no no yes, b no yes, b"},
        {"\"odd name\" = a1 = 1", "odd name", "1 0 0 0 0 0"}, /* a comparison on the right */
        {"x = n + 1", "x", "3 . 9 5 7 5"},                    /* missing stays missing */
    };
    static const struct {
        const char *text, *says;
        int from, to;
    } mistakes[] = {{"a1", "assigns nothing", 0, 0},
                    {"x == 1", "assigns nothing", 0, 0},
                    {"a b = 1", "is not a name", 0, 0},
                    {"x = a1, y = nosuch + 1", "no column 'nosuch'", 12, 18}};
    struct table *t = made();
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct table *m = reshape_mutate(t, cases[i].text, NULL, &e);
        if (!m)
            print_message("%s: %s\n", cases[i].text, e.text);
        assert_non_null(m);
        assert_string_equal(values(m, cases[i].column), cases[i].values);
        table_unref(m);
    }
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct err e = ERR_INIT;
        assert_null(reshape_mutate(t, mistakes[i].text, NULL, &e));
        assert_non_null(strstr(e.text, mistakes[i].says));
        assert_int_equal(e.from, mistakes[i].from);
        assert_int_equal(e.to, mistakes[i].to);
    }
    table_unref(t);
}

static void samples_are_drawn_without_replacement(void **state)
{
    enum { N = 1000 };
    double x[N];
    (void)state;
    for (int i = 0; i < N; i++)
        x[i] = i;
    struct table_builder *b = table_builder_new(N, "made");
    table_builder_add(b, "x", make_f64(x, N));
    struct table *t = table_builder_done(b);
    struct table *s = reshape_sample(t, 100, 0, 5, NULL), *again = reshape_sample(t, 100, 0, 5, NULL);
    struct table *other = reshape_sample(t, 100, 0, 6, NULL), *share = reshape_sample(t, 0, 0.25, 5, NULL);
    struct table *all = reshape_sample(t, N, 0, 5, NULL);
    assert_int_equal(table_rows(s), 100);
    assert_int_equal(table_rows(share), 250);
    assert_true(table_hash(s) == table_hash(again));
    assert_true(table_hash(s) != table_hash(other));
    assert_true(table_hash(all) == table_hash(t));
    double last = -1, sum = 0, y[100];
    column_numbers(table_column(s, 0), NULL, 100, y);
    for (int i = 0; i < 100; i++) { /* each once, in their order */
        assert_true(y[i] > last);
        last = y[i];
        sum += y[i];
    }
    assert_true(fabs(sum / 100 - 499.5) < 4 * 288.7 / 10);
    struct err e = ERR_INIT;
    assert_null(reshape_sample(t, N + 1, 0, 5, &e));
    assert_int_equal(e.code, ERR_RANGE);
    table_unref(s);
    table_unref(again);
    table_unref(other);
    table_unref(share);
    table_unref(all);
    table_unref(t);
}

/* ---- describe, freq, corr ----------------------------------------------------------------------------------- */

static void columns_are_described(void **state)
{
    struct table *t = made();
    struct column_summary s[6];
    int cols[] = {0, 1, 5};
    (void)state;
    assert_true(describe_run(t, cols, 3, NULL, s, NULL));
    /* n: c(2, NA, 8, 4, 6, 4) in R: mean, sd, quantile(type = 7) */
    assert_int_equal(s[0].n, 5);
    assert_int_equal(s[0].missing, 1);
    assert_int_equal(s[0].distinct, 4);
    assert_near(s[0].mean, 4.8, 1e-15);
    assert_near(s[0].sd, 2.2803508501982760, 1e-14);
    assert_near(s[0].q1, 4, 1e-15);
    assert_near(s[0].median, 4, 1e-15);
    assert_near(s[0].q3, 6, 1e-15);
    assert_int_equal(s[1].missing, 1);
    assert_near(s[1].mean, 1.8, 1e-15);
    assert_int_equal(s[2].distinct, 3);
    assert_string_equal(s[2].top, "b");
    assert_near(s[2].top_share, 3 / 5.0, 1e-15);
    assert_true(isnan(s[2].mean));
    describe_done(s, 3);
    table_unref(t);
}

static void values_are_counted(void **state)
{
    struct table *t = made();
    struct freq_table f;
    (void)state;
    assert_true(freq_run(table_column(t, 5), &f, NULL));
    assert_int_equal(f.n, 3);
    assert_int_equal(f.missing, 1);
    assert_string_equal(f.value[0], "b");
    assert_near(f.count[0], 3, 0);
    assert_string_equal(f.value[1], "a"); /* ties in the order of values */
    freq_done(&f);
    assert_true(freq_run(table_column(t, 1), &f, NULL));
    assert_string_equal(f.value[0], "1");
    assert_near(f.count[0], 2, 0);
    freq_done(&f);
    table_unref(t);
}

static void correlations_are_pairwise(void **state)
{
    struct table *t = made();
    int cols[] = {0, 2, 3, 4};
    double r[16];
    (void)state;
    assert_true(corr_run(t, cols, 4, CORR_PEARSON, NULL, r, NULL));
    assert_near(r[2 * 4 + 1], -1, 1e-15);
    assert_near(r[1 * 4 + 1], 1, 1e-15);
    assert_true(isnan(r[3 * 4 + 1])); /* a constant column */
    /* cor(c(2,8,4,6,4), c(1,3,4,5,6)) and the other methods in R 4.2 */
    assert_near(r[1], 0.27357645155253191, 1e-13);
    assert_true(corr_run(t, cols, 4, CORR_SPEARMAN, NULL, r, NULL));
    assert_near(r[1], 0.20519567041703082, 1e-13);
    assert_true(corr_run(t, cols, 4, CORR_KENDALL, NULL, r, NULL));
    assert_near(r[1], 0.10540925533894598, 1e-13);
    table_unref(t);
}

/* ---- evaluate ----------------------------------------------------------------------------------------------- */

/* scikit-learn 1.9: accuracy_score, balanced_accuracy_score, precision/recall/f1_score(average="macro"),
 * roc_auc_score(multi_class="ovr"), log_loss, matthews_corrcoef, cohen_kappa_score. */
static void metrics_are_those_of_scikit_learn(void **state)
{
    static const int32_t truth[] = {0, 1, 2, 1, 0, 2, 1, 0, 2, 2, 1, 0};
    static double proba[] = {.7, .2, .1, .1, .6, .3, .2,  .2,  .6, .5, .3, .2, .4,  .35, .25, .1, .5,  .4,
                             .2, .7, .1, .6, .3, .1, .05, .15, .8, .3, .3, .4, .25, .5,  .25, .3, .45, .25};
    static int32_t label[] = {0, 1, 2, 0, 0, 1, 1, 0, 2, 2, 1, 1};
    double m[METRIC_COUNT];
    struct predictions p = {.n = 12, .k = 3, .proba = proba, .label = label};
    (void)state;
    evaluate_metrics(LT_CLASSIFY, 12, 3, truth, NULL, &p, 1, m, NULL);
    assert_near(m[METRIC_ACCURACY], 0.75, 1e-15);
    assert_near(m[METRIC_BALANCED_ACCURACY], 0.75, 1e-15);
    assert_near(m[METRIC_PRECISION], 0.78333333333333333, 1e-14);
    assert_near(m[METRIC_RECALL], 0.75, 1e-15);
    assert_near(m[METRIC_F1], 0.75793650793650791, 1e-14);
    assert_near(m[METRIC_AUC], 0.92708333333333337, 1e-14);
    assert_near(m[METRIC_LOGLOSS], 0.69324460794366083, 1e-14);
    assert_near(m[METRIC_MCC], 0.6316139407998892, 1e-14);
    assert_near(m[METRIC_KAPPA], 0.625, 1e-14);
    assert_true(isnan(m[METRIC_RMSE]));

    /* mean_squared_error ** 0.5, mean_absolute_error, r2_score, mean_absolute_percentage_error */
    static const double y[] = {3.1, -0.5, 2.0, 7.5, 4.2};
    static double value[] = {2.5, 0.0, 2.1, 8.0, 4.0};
    p = (struct predictions){.n = 5, .value = value};
    evaluate_metrics(LT_REGRESS, 5, 0, NULL, y, &p, 0, m, NULL);
    assert_near(m[METRIC_RMSE], 0.42661458015403086, 1e-14);
    assert_near(m[METRIC_MAE], 0.38000000000000006, 1e-14);
    assert_near(m[METRIC_R2], 0.97370854039061594, 1e-14);
    assert_near(m[METRIC_MAPE], 0.2715668202764977, 1e-14);
    assert_true(isnan(m[METRIC_AUC]));
}

/* ---- compare ------------------------------------------------------------------------------------------------ */

static struct table *to_predict(size_t n)
{
    double *x = mem_zero(n, sizeof *x), *y = mem_zero(n, sizeof *y);
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i;
        y[i] = (double)(i * 7919 % 101) + (i % 5 == 0 ? 40 : 0);
    }
    struct table_builder *b = table_builder_new(n, "made");
    table_builder_add(b, "x", make_f64(x, n));
    table_builder_add(b, "y", make_f64(y, n));
    mem_free(x);
    mem_free(y);
    return table_builder_done(b);
}

static void contestant(struct contestant *c, struct arena *a, const char *algo, const char *name)
{
    *c = (struct contestant){.name = mem_strdup(name)};
    train_options_init(&c->train);
    c->train.algo = algo_find(algo);
    c->train.task = LT_REGRESS;
    struct lt_value *v = arena_zero(a, c->train.algo->d.n_params, sizeof *v);
    assert_true(param_defaults(c->train.algo->d.params, c->train.algo->d.param_size, c->train.algo->d.n_params, v,
                               a, NULL));
    c->train.params = v;
}

/* The fake learner predicts nearly the mean of the training rows, so its error tells the folds apart: two that are
 * the same learner under two names must agree on every fold. */
static void all_get_the_same_folds_at_any_thread_count(void **state)
{
    enum { N = 103, FOLDS = 5, REPEATS = 2 };
    struct arena *a = arena_new();
    struct table *t = to_predict(N);
    struct task *task = task_new(t, "y", TASK_REGRESS, NULL, NULL, NULL);
    struct contestant who[3];
    struct compare_options o = {
        .folds = FOLDS, .repeats = REPEATS, .seed = 3, .metric = METRIC_RMSE, .rope = 0.01};
    struct compare_result r[2];
    uint32_t rows[N];
    (void)state;
    for (uint32_t i = 0; i < N; i++)
        rows[i] = i;
    contestant(&who[0], a, "fake", "one");
    contestant(&who[1], a, "fake", "two");
    contestant(&who[2], a, "fake_plain", "scaled");
    for (unsigned threads = 1; threads <= 2; threads++) {
        pool_set_threads(threads);
        assert_true(compare_run(who, 3, t, task, rows, N, &o, NULL, &r[threads - 1], NULL));
    }
    bool folds_differ = false;
    for (int i = 0; i < FOLDS * REPEATS; i++) {
        double one = r[0].score[i].metric[METRIC_RMSE];
        assert_true(one > 0);
        assert_true(one == r[0].score[FOLDS * REPEATS + i].metric[METRIC_RMSE]);
        folds_differ |= i && one != r[0].score[0].metric[METRIC_RMSE];
        for (int c = 0; c < 3; c++) {
            struct compare_score *x = &r[0].score[c * FOLDS * REPEATS + i],
                                 *y = &r[1].score[c * FOLDS * REPEATS + i];
            assert_memory_equal(x->metric, y->metric, sizeof x->metric);
        }
    }
    assert_true(folds_differ);
    struct view_list views = {0};
    compare_views(&r[0], &views);
    assert_true(views.n >= 3);
    assert_string_equal(views.v[0]->id, "compare");
    view_list_done(&views);
    for (int i = 0; i < 2; i++)
        compare_done(&r[i]);
    for (int i = 0; i < 3; i++)
        mem_free(who[i].name);
    task_unref(task);
    table_unref(t);
    arena_free(a);
}

static double cell_of(const struct view *v, size_t row, const char *column)
{
    struct cell c;
    int j = view_table_column(v, column);
    assert_true(j >= 0);
    view_table_cell(v, row, (size_t)j, &c, v->arena);
    return c.missing ? (double)NAN : c.r;
}

/* R: d <- a - b; se <- sqrt((1/10 + 1/4) * var(d)); t <- mean(d) / se; 2 * pt(-abs(t), 9); mean(d) +- qt(.975, 9) * se;
 * pt((.01 - mean(d)) / se, 9) - pt((-.01 - mean(d)) / se, 9): Nadeau and Bengio 2003, Benavoli and others 2017. */
static void differences_are_tested_as_resampled(void **state)
{
    static const double a[] = {.81, .84, .79, .88, .83, .80, .85, .82, .86, .84};
    static const double b[] = {.78, .83, .80, .84, .80, .79, .81, .83, .82, .80};
    struct compare_score score[20] = {0};
    char name[2][2] = {"b", "a"};
    struct contestant who[2] = {{.name = name[0]}, {.name = name[1]}};
    (void)state;
    for (int i = 0; i < 20; i++) {
        for (int m = 0; m < METRIC_COUNT; m++)
            score[i].metric[m] = (double)NAN;
        score[i].metric[METRIC_AUC] = i < 10 ? b[i] : a[i - 10];
        score[i].done = true;
    }
    who[0].train.algo = who[1].train.algo = algo_find("fake");
    struct compare_result r = {
        .n = 2,
        .who = who,
        .folds = 5,
        .repeats = 2,
        .score = score,
        .task = LT_CLASSIFY,
        .classes = 2,
        .rows = 100,
        .options = {.folds = 5, .repeats = 2, .metric = METRIC_AUC, .rope = 0.01, .baseline = 0}};
    double sd, mean = compare_mean(&r, 1, METRIC_AUC, &sd);
    assert_near(mean, 0.832, 1e-14);
    assert_near(sd, 0.027808871486152263, 1e-12);
    struct view_list views = {0};
    compare_views(&r, &views);
    const struct view *v = views.v[0];
    assert_near(cell_of(v, 0, "auc_mean"), 0.832, 1e-14); /* the best first */
    assert_near(cell_of(v, 0, "delta"), 0.022, 1e-12);
    assert_near(cell_of(v, 0, "p"), 0.10220876091613076, 1e-11);
    assert_near(cell_of(v, 0, "ci_low"), -0.005354543027979386, 1e-10);
    assert_near(cell_of(v, 0, "ci_high"), 0.049354543027979356, 1e-11);
    assert_near(cell_of(v, 0, "p_equivalent"), 0.16015457832577012, 1e-11);
    assert_true(isnan(cell_of(v, 1, "delta"))); /* the baseline itself */
    view_list_done(&views);
}

int main(void)
{
    algo_register(&fake, "test", NULL);
    algo_register(&fake_plain, "test", NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_selected_by_words),
        cmocka_unit_test(rows_are_sorted),
        cmocka_unit_test(columns_are_computed),
        cmocka_unit_test(samples_are_drawn_without_replacement),
        cmocka_unit_test(columns_are_described),
        cmocka_unit_test(values_are_counted),
        cmocka_unit_test(correlations_are_pairwise),
        cmocka_unit_test(metrics_are_those_of_scikit_learn),
        cmocka_unit_test(all_get_the_same_folds_at_any_thread_count),
        cmocka_unit_test(differences_are_tested_as_resampled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
