/* Balanced training rows: how many, which, and between whom. Counts follow from the definitions (imbalanced-learn
 * 0.14 gives the same for RandomOverSampler, RandomUnderSampler and SMOTE); made-up rows must lie between two rows of
 * their own class. */
#include <math.h>
#include <string.h>

#include "tests/unit/cm.h"

#include "base/pool.h"
#include "data/csv.h"
#include "host/balance.h"

/* 12 rows of a, 4 of b, 3 of c; x of b lies in [10, 13], of c in [20, 22]; b is mostly red, c is blue. */
static const char text[] = "x,i,colour,name,class\n"
                           "1,1,red,r1,a\n2,1,red,r2,a\n3,1,red,r3,a\n4,1,blue,r4,a\n5,1,red,r5,a\n6,1,red,r6,a\n"
                           "7,1,red,r7,a\n8,1,red,r8,a\n9,1,red,r9,a\n9.5,1,red,r10,a\n0.5,1,red,r11,a\n0,1,red,r12,a\n"
                           "10,2,red,r13,b\n11,4,red,r14,b\n12,6,red,r15,b\n13,8,blue,r16,b\n"
                           "20,3,blue,r17,c\n21,3,blue,r18,c\n22,3,blue,r19,c\n";
static const char *const features[] = {"x", "i", "colour"};

static struct table *small(void)
{
    struct err e = ERR_INIT;
    const char *const types[] = {"colour", "category", "class", "category", "name", "text", NULL};
    struct csv_options o = {.type_names = types};
    struct table *t = csv_read_memory(text, sizeof text - 1, "small", &o, NULL, NULL, &e);
    if (!t)
        fail_msg("%s", e.text);
    return t;
}

struct made {
    struct table *t;
    size_t count[3];
};

static struct made make(enum balance_method method, uint64_t seed)
{
    struct err e = ERR_INIT;
    struct table *t = small();
    struct task *task = task_new(t, "class", TASK_CLASSIFY, NULL, NULL, &e);
    uint32_t rows[19];
    struct balance_options o = {method, 3, seed};
    struct made m = {0};
    for (uint32_t i = 0; i < 19; i++)
        rows[i] = i;
    m.t = balance_rows(t, task, features, 3, rows, 19, &o, NULL, NULL, &e);
    if (!m.t)
        fail_msg("%s", e.text);
    const struct column *c = table_column(m.t, 4);
    for (size_t i = 0; i < table_rows(m.t); i++)
        m.count[column_codes(c)[i]]++;
    task_unref(task);
    table_unref(t);
    return m;
}

static void classes_become_equal(void **state)
{
    static const struct {
        enum balance_method method;
        size_t each;
    } cases[] = {{BALANCE_OVER, 12}, {BALANCE_UNDER, 3}, {BALANCE_SMOTE, 12}, {BALANCE_ADASYN, 12}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct made m = make(cases[k].method, 5);
        for (int c = 0; c < 3; c++)
            assert_int_equal(m.count[c], cases[k].each);
        table_unref(m.t);
    }
}

static void made_up_rows_lie_between_their_own(void **state)
{
    (void)state;
    struct made m = make(BALANCE_SMOTE, 9);
    const double *x = column_f64(table_column(m.t, 0)), *i = column_f64(table_column(m.t, 1));
    const int32_t *colour = column_codes(table_column(m.t, 2)), *class = column_codes(table_column(m.t, 4));
    const struct dictionary *d = column_dictionary(table_column(m.t, 2));
    bool between = false;
    for (size_t r = 19; r < table_rows(m.t); r++) {
        double low = class[r] == 1 ? 10 : 20, high = class[r] == 1 ? 13 : 22;
        assert_true(x[r] >= low && x[r] <= high);
        /* Both columns of b lie on one line, so a point between two of its rows does as well. */
        if (class[r] == 1)
            assert_true(fabs(i[r] - (2 + 2 * (x[r] - 10))) < 1e-12);
        assert_string_equal(dictionary_word(d, colour[r]), class[r] == 1 ? "red" : "blue");
        between |= x[r] != floor(x[r]);
    }
    assert_true(between);
    table_unref(m.t);
}

static void rows_that_were_there_stay_first_and_whole(void **state)
{
    (void)state;
    struct made m = make(BALANCE_BORDERLINE, 2);
    struct table *t = small();
    struct str a = STR_INIT, b = STR_INIT;
    for (size_t j = 0; j < table_cols(t); j++)
        for (size_t r = 0; r < 19; r++) {
            str_clear(&a);
            str_clear(&b);
            column_print(table_column(t, j), r, &a);
            column_print(table_column(m.t, j), r, &b);
            assert_string_equal(str_get(&a), str_get(&b));
        }
    str_done(&a);
    str_done(&b);
    table_unref(t);
    table_unref(m.t);
}

static void same_seed_same_rows_at_any_thread_count(void **state)
{
    (void)state;
    for (int method = BALANCE_OVER; method <= BALANCE_ADASYN; method++) {
        pool_set_threads(1);
        struct made one = make((enum balance_method)method, 3);
        pool_set_threads(3);
        struct made three = make((enum balance_method)method, 3), other = make((enum balance_method)method, 4);
        assert_int_equal(table_hash(one.t), table_hash(three.t));
        assert_int_not_equal(table_hash(one.t), table_hash(other.t));
        table_unref(one.t);
        table_unref(three.t);
        table_unref(other.t);
    }
}

static void what_can_not_be_balanced_is_refused(void **state)
{
    struct err e = ERR_INIT;
    struct table *t = small();
    struct task *task = task_new(t, "class", TASK_CLASSIFY, NULL, NULL, &e);
    struct task *number = task_new(t, "x", TASK_REGRESS, NULL, NULL, &e);
    const uint32_t lone[] = {0, 1, 2, 12};
    struct balance_options o = {BALANCE_SMOTE, 3, 1};
    (void)state;
    assert_null(balance_rows(t, task, features, 3, lone, 4, &o, NULL, NULL, &e));
    assert_non_null(strstr(e.text, "class = b"));
    assert_null(balance_rows(t, number, features, 3, lone, 4, &o, NULL, NULL, &e));
    o.neighbours = 0;
    assert_null(balance_rows(t, task, features, 3, lone, 4, &o, NULL, NULL, &e));
    task_unref(task);
    task_unref(number);
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_become_equal),
        cmocka_unit_test(made_up_rows_lie_between_their_own),
        cmocka_unit_test(rows_that_were_there_stay_first_and_whole),
        cmocka_unit_test(same_seed_same_rows_at_any_thread_count),
        cmocka_unit_test(what_can_not_be_balanced_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
