/* Tasks and splits. */
#include "data_make.h"

#include <stdlib.h>

#include "data/split.h"
#include "data/task.h"

static void holdout_keeps_class_shares(void **state)
{
    (void)state;
    enum { N = 1000 };
    int32_t strata[N];
    uint8_t in_test[N], again[N], other[N];
    for (int i = 0; i < N; i++)
        strata[i] = i % 10 == 0 ? 2 : i % 3 == 0 ? 1 : 0; /* 100, 300, 600 */
    struct err e = ERR_INIT;
    assert_true(split_holdout(N, strata, 0.2, 7, in_test, &e));
    size_t n[3] = {0}, test[3] = {0};
    for (int i = 0; i < N; i++) {
        n[strata[i]]++;
        test[strata[i]] += in_test[i];
    }
    for (int k = 0; k < 3; k++)
        assert_int_equal(test[k], n[k] / 5);
    assert_true(split_holdout(N, strata, 0.2, 7, again, &e));
    assert_memory_equal(in_test, again, N);
    assert_true(split_holdout(N, strata, 0.2, 8, other, &e));
    assert_memory_not_equal(in_test, other, N);
    assert_true(split_holdout(N, NULL, 0.333, 1, in_test, &e));
    size_t total = 0;
    for (int i = 0; i < N; i++)
        total += in_test[i];
    assert_int_equal(total, 333);
}

static void holdout_uses_the_largest_remainder(void **state)
{
    (void)state;
    /* 7, 5 and 3 rows, 30 %: 2.1 + 1.5 + 0.9 = 4.5, so 5 rows (llround): 2, 1+1, 0+1. */
    int32_t strata[15];
    uint8_t in_test[15];
    for (int i = 0; i < 15; i++)
        strata[i] = i < 7 ? 0 : i < 12 ? 1 : -1;
    assert_true(split_holdout(15, strata, 0.3, 3, in_test, NULL));
    int test[3] = {0};
    for (int i = 0; i < 15; i++)
        test[strata[i] + 1] += in_test[i];
    assert_int_equal(test[1], 2);
    assert_int_equal(test[2], 2);
    assert_int_equal(test[0], 1);
    /* A class of one row trains. */
    int32_t lonely[] = {0, 0, 0, 0, 0, 1};
    assert_true(split_holdout(6, lonely, 0.9, 3, in_test, NULL));
    assert_int_equal(in_test[5], 0);
    int kept = 0;
    for (int i = 0; i < 5; i++)
        kept += !in_test[i];
    assert_int_equal(kept, 1);
}

static void bad_splits_are_refused(void **state)
{
    (void)state;
    uint8_t in_test[4];
    int32_t fold[4], one_group[4] = {3, 3, 3, 3};
    static const double bad[] = {0, 1, -0.5, 2};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct err e = ERR_INIT;
        assert_false(split_holdout(4, NULL, bad[i], 1, in_test, &e));
        assert_int_equal(e.code, ERR_RANGE);
    }
    struct err e = ERR_INIT;
    assert_false(split_holdout(4, NULL, NAN, 1, in_test, &e));
    assert_false(split_holdout(1, NULL, 0.5, 1, in_test, &e));
    assert_false(split_folds(4, NULL, NULL, 5, 1, fold, &e));
    assert_false(split_folds(4, NULL, NULL, 1, 1, fold, &e));
    assert_false(split_folds(4, NULL, one_group, 2, 1, fold, &e));
}

static void folds_are_even_in_rows_and_classes(void **state)
{
    (void)state;
    enum { N = 103, K = 5 };
    int32_t strata[N], fold[N], again[N];
    for (int i = 0; i < N; i++)
        strata[i] = i % 4 == 3 ? 1 : i % 7 == 0 ? 2 : 0;
    assert_true(split_folds(N, strata, NULL, K, 11, fold, NULL));
    int rows[K] = {0}, cell[3][K] = {{0}};
    for (int i = 0; i < N; i++) {
        assert_in_range(fold[i], 0, K - 1);
        rows[fold[i]]++;
        cell[strata[i]][fold[i]]++;
    }
    for (int f = 0; f < K; f++) {
        assert_in_range(rows[f], N / K, N / K + 1);
        for (int c = 0; c < 3; c++)
            for (int g = 0; g < K; g++)
                assert_true(cell[c][f] - cell[c][g] <= 1);
    }
    assert_true(split_folds(N, strata, NULL, K, 11, again, NULL));
    assert_memory_equal(fold, again, sizeof fold);
    assert_true(split_folds(N, strata, NULL, K, 12, again, NULL));
    assert_memory_not_equal(fold, again, sizeof fold);
}

static void groups_stay_together(void **state)
{
    (void)state;
    enum { N = 240, K = 4, G = 37 };
    int32_t strata[N], groups[N], fold[N], of_group[G];
    memset(of_group, -1, sizeof of_group);
    for (int i = 0; i < N; i++) {
        groups[i] = (i * i + i / 3) % G;
        strata[i] = groups[i] % 2;
    }
    for (int with = 0; with < 2; with++) {
        memset(of_group, -1, sizeof of_group);
        assert_true(split_folds(N, with ? strata : NULL, groups, K, 5, fold, NULL));
        int rows[K] = {0}, ones[K] = {0};
        for (int i = 0; i < N; i++) {
            if (of_group[groups[i]] < 0)
                of_group[groups[i]] = fold[i];
            assert_int_equal(of_group[groups[i]], fold[i]);
            rows[fold[i]]++;
            ones[fold[i]] += strata[i];
        }
        for (int f = 0; f < K; f++) {
            assert_in_range(rows[f], N / K - 12, N / K + 12);
            assert_true(!with || abs(ones[f] * N - rows[f] * 120) < N * 20);
        }
    }
}

static struct table *people(void)
{
    enum { N = 12 };
    double income[N], flag[N];
    int64_t died[N], grade[N], id[N], day[N];
    const char *city[N];
    for (int i = 0; i < N; i++) {
        income[i] = i == 3 ? NAN : 1000.5 * i;
        flag[i] = i % 2;
        died[i] = i == 5 ? INT64_MIN : i % 3 == 0;
        grade[i] = i % 4 + 1;
        id[i] = i;
        day[i] = i;
        city[i] = i == 7 ? NULL : i % 3 == 0 ? "Rome" : i % 3 == 1 ? "Oslo" : "Bern";
    }
    struct table_builder *b = table_builder_new(N, "people");
    table_builder_add(b, "income", make_f64(income, N));
    table_builder_add(b, "flag", make_f64(flag, N));
    table_builder_add(b, "died", make_i64(COLUMN_I64, died, N));
    table_builder_add(b, "grade", make_i64(COLUMN_I64, grade, N));
    table_builder_add(b, "id", make_i64(COLUMN_I64, id, N));
    table_builder_add(b, "day", make_i64(COLUMN_DATE, day, N));
    table_builder_add(b, "city", make_category(city, N));
    table_builder_add(
        b, "one",
        make_category((const char *const[]){"x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x"}, N));
    return table_builder_done(b);
}

static void kind_is_found_by_looking(void **state)
{
    (void)state;
    struct table *t = people();
    static const struct {
        const char *target, *why;
        enum task_kind kind;
    } cases[] = {
        {"income", "regression, because income is a number with 11 different values", TASK_REGRESS},
        {"flag", "classification, because flag has 2 levels", TASK_CLASSIFY},
        {"died", "classification, because died has 2 levels", TASK_CLASSIFY},
        {"grade", "classification, because grade has 4 levels", TASK_CLASSIFY},
        {"id", "regression, because id is a number with 12 different values", TASK_REGRESS},
        {"city", "classification, because city has 3 levels", TASK_CLASSIFY},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct str why = STR_INIT;
        struct task *k = task_new(t, cases[i].target, TASK_NONE, NULL, &why, &e);
        assert_non_null(k);
        assert_int_equal(k->kind, cases[i].kind);
        assert_string_equal(str_get(&why), cases[i].why);
        str_done(&why);
        task_unref(k);
    }
    static const struct {
        const char *target;
        enum task_kind kind;
        const char *positive;
        enum err_code code;
    } refused[] = {{"one", TASK_NONE, NULL, ERR_INPUT},         {"day", TASK_NONE, NULL, ERR_TYPE},
                   {"city", TASK_REGRESS, NULL, ERR_TYPE},      {"citi", TASK_NONE, NULL, ERR_NOT_FOUND},
                   {"city", TASK_NONE, "Berne", ERR_NOT_FOUND}, {"income", TASK_CLASSIFY, "7", ERR_NOT_FOUND}};
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct err e = ERR_INIT;
        assert_null(task_new(t, refused[i].target, refused[i].kind, refused[i].positive, NULL, &e));
        assert_int_equal(e.code, refused[i].code);
    }
    table_unref(t);
}

static void labels_follow_levels(void **state)
{
    (void)state;
    struct table *t = people();
    struct task *k = task_new(t, "city", TASK_NONE, "Bern", NULL, NULL);
    assert_int_equal(k->positive, 0);
    int32_t label[12];
    assert_true(task_labels(k, t, NULL, 12, label, NULL));
    assert_int_equal(label[0], 2); /* Bern Oslo Rome */
    assert_int_equal(label[1], 1);
    assert_int_equal(label[7], -1);

    struct task *d = task_new(t, "died", TASK_NONE, NULL, NULL, NULL);
    assert_int_equal(d->positive, 1);
    /* The same labels when the column comes back as doubles, or as words. */
    int at = table_find(t, "died");
    struct column *as_f = column_cast(table_column(t, (size_t)at), COLUMN_F64, NULL, NULL);
    struct column *as_w = column_cast(table_column(t, (size_t)at), COLUMN_CATEGORY, NULL, NULL);
    struct table *tf = table_with(t, "died", as_f), *tw = table_with(t, "died", as_w);
    int32_t a[12], b[12], c[12];
    assert_true(task_labels(d, t, NULL, 12, a, NULL));
    assert_true(task_labels(d, tf, NULL, 12, b, NULL));
    assert_true(task_labels(d, tw, NULL, 12, c, NULL));
    assert_memory_equal(a, b, sizeof a);
    assert_memory_equal(a, c, sizeof a);
    assert_int_equal(a[5], -1);
    assert_int_equal(a[0], 1);
    task_unref(k);
    task_unref(d);
    table_unref(t);
    table_unref(tf);
    table_unref(tw);
}

static void rows_are_split_and_dropped(void **state)
{
    (void)state;
    struct table *t = people();
    struct task *k = task_new(t, "city", TASK_NONE, NULL, NULL, NULL);
    struct task *s = task_with_split(k, (struct task_split){true, 0.4, 3, true});
    struct task_rows r;
    assert_true(task_rows(k, t, &r, NULL));
    assert_int_equal(r.n_train, 11);
    assert_int_equal(r.n_test, 0);
    assert_int_equal(r.dropped, 1);
    task_rows_done(&r);
    assert_true(task_rows(s, t, &r, NULL));
    assert_int_equal(r.n_train + r.n_test, 11);
    assert_int_equal(r.n_test, 4);
    unsigned seen = 0;
    for (size_t i = 0; i < r.n_train; i++) {
        assert_true(i == 0 || r.train[i] > r.train[i - 1]);
        seen |= 1u << r.train[i];
    }
    for (size_t i = 0; i < r.n_test; i++) {
        assert_true(i == 0 || r.test[i] > r.test[i - 1]);
        assert_false(seen & 1u << r.test[i]);
        seen |= 1u << r.test[i];
    }
    assert_int_equal(seen, 0xfffu & ~(1u << 7));
    task_rows_done(&r);
    task_unref(k);
    task_unref(s);
    table_unref(t);
}

static void a_task_follows_its_table(void **state)
{
    (void)state;
    struct table *t = people();
    struct task *k = task_new(t, "city", TASK_NONE, "Rome", NULL, NULL);
    struct task *f = task_with_features(k, (const char *const[]){"income", "id"}, 2);
    struct str why = STR_INIT;
    struct table *fewer = table_select(t, (int[]){0, 6}, 2);
    struct task *r = task_rebase(f, fewer, &why);
    assert_non_null(r);
    assert_int_equal(r->n_features, 1);
    assert_string_equal(r->features[0], "income");
    assert_string_equal(str_get(&why), "id is no longer a feature");
    str_clear(&why);
    /* Rows without Oslo: two levels, Rome still the positive one. */
    struct table *two = table_take(t, (uint32_t[]){0, 2, 3, 5}, 4, NULL);
    struct task *q = task_rebase(k, two, &why);
    assert_int_equal(dictionary_size(q->classes), 2);
    assert_int_equal(q->positive, 1);
    struct table *gone = table_select(t, (int[]){0}, 1);
    assert_null(task_rebase(k, gone, &why));
    assert_string_equal(str_get(&why), "the target city is gone");
    str_done(&why);
    struct task *tasks[] = {k, f, r, q};
    struct table *tables[] = {t, fewer, two, gone};
    for (size_t i = 0; i < 4; i++) {
        task_unref(tasks[i]);
        table_unref(tables[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holdout_keeps_class_shares), cmocka_unit_test(holdout_uses_the_largest_remainder),
        cmocka_unit_test(bad_splits_are_refused),     cmocka_unit_test(folds_are_even_in_rows_and_classes),
        cmocka_unit_test(groups_stay_together),       cmocka_unit_test(kind_is_found_by_looking),
        cmocka_unit_test(labels_follow_levels),       cmocka_unit_test(rows_are_split_and_dropped),
        cmocka_unit_test(a_task_follows_its_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
