/* task: from a target column to classes or numbers, and to lists of rows. */
#include "data/task.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/pool.h"
#include "data/split.h"

#define INTEGER_LEVELS 10 /* whole numbers with more values than this are amounts, not labels */
#define TEXT_LEVELS 50    /* free text with more values than this is not a label */
#define MOST_LEVELS 1000

/* ---- kind --------------------------------------------------------------------------------------------------- */

/* Do the values read like labels: 0/1, or 0..k-1 or 1..k with every label used, and each twice on average? */
static bool numbers_are_labels(const struct column *c, size_t levels)
{
    size_t n = column_size(c) - column_missing(c);
    double low = INFINITY, high = -INFINITY;
    if (levels == 0 || levels > INTEGER_LEVELS)
        return false;
    for (size_t i = 0; i < column_size(c); i++) {
        double x = column_number(c, i);
        if (isnan(x))
            continue;
        if (x != floor(x))
            return false;
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    bool dense = high - low + 1 == (double)levels;
    if (levels <= 2)
        return dense && (low == 0 || low == 1);
    return dense && (low == 0 || low == 1) && 2 * levels <= n && column_type(c) != COLUMN_F64;
}

static enum task_kind kind_by_looking(const struct column *c, size_t levels)
{
    switch (column_type(c)) {
    case COLUMN_CATEGORY:
    case COLUMN_BOOL:
        return TASK_CLASSIFY;
    case COLUMN_TEXT:
        return levels <= TEXT_LEVELS ? TASK_CLASSIFY : TASK_NONE;
    case COLUMN_F64:
    case COLUMN_I64:
        return numbers_are_labels(c, levels) ? TASK_CLASSIFY : TASK_REGRESS;
    case COLUMN_DATE:
    case COLUMN_TIME:
        return TASK_NONE;
    }
    return TASK_NONE;
}

/* ---- classes ------------------------------------------------------------------------------------------------ */

/* The levels that occur, in the order of the column's own levels. */
static struct dictionary *classes_of(const struct column *c, struct err *e)
{
    struct column *cat = column_to_category(c, e);
    if (!cat)
        return NULL;
    const struct dictionary *d = column_dictionary(cat);
    const int32_t *code = column_codes(cat);
    size_t words = dictionary_size(d), used = 0;
    const char **word = mem_alloc((words + 1) * sizeof *word);
    unsigned char *seen = mem_zero(words + 1, 1);
    for (size_t i = 0; i < column_size(cat); i++)
        if (code[i] >= 0)
            seen[code[i]] = 1;
    for (size_t k = 0; k < words; k++)
        if (seen[k])
            word[used++] = dictionary_word(d, (int32_t)k);
    struct dictionary *classes = dictionary_new(word, used, e);
    mem_free(word);
    mem_free(seen);
    column_unref(cat);
    return classes;
}

/* ---- making ------------------------------------------------------------------------------------------------- */

struct task *task_ref(const struct task *t)
{
    struct task *own = (struct task *)(uintptr_t)t; /* the count is all that a reference changes */
    __atomic_fetch_add(&own->refs, 1, __ATOMIC_RELAXED);
    return own;
}

void task_unref(struct task *t)
{
    if (!t || __atomic_fetch_sub(&t->refs, 1, __ATOMIC_ACQ_REL) != 1)
        return;
    for (size_t i = 0; i < t->n_features; i++)
        mem_free(t->features[i]);
    mem_free(t->features);
    mem_free(t->target);
    mem_free(t->weights);
    dictionary_unref(t->classes);
    mem_free(t);
}

static struct task *task_copy(const struct task *t)
{
    struct task *c = mem_zero(1, sizeof *c);
    c->refs = 1;
    c->kind = t->kind;
    c->target = mem_strdup(t->target);
    c->classes = t->classes ? dictionary_ref(t->classes) : NULL;
    c->positive = t->positive;
    c->split = t->split;
    c->weights = mem_strdup(t->weights);
    if (t->features) {
        c->features = mem_zero(t->n_features + 1, sizeof *c->features);
        c->n_features = t->n_features;
        for (size_t i = 0; i < t->n_features; i++)
            c->features[i] = mem_strdup(t->features[i]);
    }
    return c;
}

static bool target_usable(const struct column *c, const char *target, enum task_kind kind, size_t levels,
                          struct err *e)
{
    if (column_size(c) == column_missing(c)) {
        err_set(e, ERR_INPUT, "'%s' can't be a target: all of its %zu values are missing", target, column_size(c));
        return false;
    }
    if (levels == 1) {
        err_set(e, ERR_INPUT, "'%s' can't be a target: it has one value only", target);
        return err_hint(e, "there is nothing to learn about a constant; choose another column");
    }
    if (kind == TASK_NONE) {
        err_set(e, ERR_TYPE, "'%s' is %s and can't be a target", target,
                column_type(c) == COLUMN_TEXT ? "free text with too many different values" : "a date or time");
        return column_type(c) == COLUMN_TEXT
                   ? err_hint(e, "when its values are classes, load the table with types=\"%s:category\"", target)
                   : err_hint(e, "a target is a number or a category; 'mutate' can make one from it");
    }
    if (kind == TASK_CLASSIFY && levels > MOST_LEVELS) {
        err_set(e, ERR_RANGE, "'%s' has more than %d different values, too many classes", target, MOST_LEVELS);
        return err_hint(e, column_is_numeric(c) ? "take it as a number: task=regression"
                                                : "join rare levels into one, or choose another column");
    }
    if (kind == TASK_REGRESS && !column_is_numeric(c)) {
        err_set(e, ERR_TYPE, "'%s' is a %s column; regression needs numbers", target,
                column_type_name(column_type(c)));
        return err_hint(e, "take it as classes: task=classification");
    }
    return true;
}

static bool positive_class(struct task *t, const char *positive, struct err *e)
{
    t->positive = dictionary_size(t->classes) > 1 ? 1 : 0;
    if (!positive)
        return true;
    t->positive = dictionary_find(t->classes, positive);
    if (t->positive >= 0)
        return true;
    err_set(e, ERR_NOT_FOUND, "'%s' has no level '%s'", t->target, positive);
    return err_suggest(e, positive, dictionary_words(t->classes), (int)dictionary_size(t->classes));
}

struct task *task_new(const struct table *t, const char *target, enum task_kind kind, const char *positive,
                      struct str *why, struct err *e)
{
    int at = table_require(t, target, e);
    if (at < 0)
        return NULL;
    const struct column *c = table_column(t, (size_t)at);
    size_t levels = column_distinct_upto(c, MOST_LEVELS, e);
    if (levels == SIZE_MAX)
        return NULL;
    bool chosen = kind != TASK_NONE;
    if (!chosen)
        kind = kind_by_looking(c, levels);
    if (!target_usable(c, target, kind, levels, e))
        return NULL;
    struct task *task = mem_zero(1, sizeof *task);
    task->refs = 1;
    task->kind = kind;
    task->target = mem_strdup(target);
    if (kind == TASK_CLASSIFY) {
        task->classes = classes_of(c, e);
        if (!task->classes || !positive_class(task, positive, e)) {
            task_unref(task);
            return NULL;
        }
    }
    if (why && chosen)
        str_printf(why, "%s of %s, as asked", kind == TASK_CLASSIFY ? "classification" : "regression", target);
    else if (why && kind == TASK_CLASSIFY)
        str_printf(why, "classification, because %s has %zu levels", target, levels);
    else if (why && levels > MOST_LEVELS)
        str_printf(why, "regression, because %s is a number with more than %d different values", target,
                   MOST_LEVELS);
    else if (why)
        str_printf(why, "regression, because %s is a number with %zu different values", target, levels);
    return task;
}

struct task *task_without_target(void)
{
    struct task *task = mem_zero(1, sizeof *task);
    task->refs = 1;
    task->kind = TASK_NONE;
    return task;
}

struct task *task_with_split(const struct task *t, struct task_split s)
{
    struct task *c = task_copy(t);
    c->split = s;
    return c;
}

struct task *task_with_features(const struct task *t, const char *const *names, size_t n)
{
    struct task *c = task_copy(t);
    for (size_t i = 0; i < c->n_features; i++)
        mem_free(c->features[i]);
    mem_free(c->features);
    c->features = NULL;
    c->n_features = 0;
    if (names) {
        c->features = mem_zero(n + 1, sizeof *c->features);
        c->n_features = n;
        for (size_t i = 0; i < n; i++)
            c->features[i] = mem_strdup(names[i]);
    }
    return c;
}

struct task *task_with_weights(const struct task *t, const char *weights)
{
    struct task *c = task_copy(t);
    mem_free(c->weights);
    c->weights = mem_strdup(weights);
    return c;
}

/* Features that still exist; all gone means all but the target again. */
static void keep_features(struct task *c, const struct table *table, struct str *why)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->n_features; i++) {
        if (table_find(table, c->features[i]) >= 0) {
            c->features[kept++] = c->features[i];
            continue;
        }
        if (why)
            str_printf(why, "%s%s is no longer a feature", why->len ? "; " : "", c->features[i]);
        mem_free(c->features[i]);
    }
    c->n_features = kept;
    if (c->features && kept == 0) {
        mem_free(c->features);
        c->features = NULL;
    }
}

struct task *task_rebase(const struct task *t, const struct table *table, struct str *why)
{
    int at = t->target ? table_find(table, t->target) : -1;
    if (at < 0) {
        if (why)
            str_printf(why, "the target %s is gone", t->target ? t->target : "");
        return NULL;
    }
    const struct column *c = table_column(table, (size_t)at);
    if (t->kind == TASK_REGRESS && !column_is_numeric(c)) {
        if (why)
            str_printf(why, "the target %s is no longer a number", t->target);
        return NULL;
    }
    struct task *r = task_copy(t);
    if (t->kind == TASK_CLASSIFY) {
        struct dictionary *now = classes_of(c, NULL);
        size_t levels = now ? dictionary_size(now) : 0;
        if (levels < 2 || levels > MOST_LEVELS) {
            if (why)
                str_printf(why, "the target %s has %s now", t->target,
                           levels < 2 ? "fewer than two levels" : "too many levels");
            dictionary_unref(now);
            task_unref(r);
            return NULL;
        }
        const char *positive = t->positive >= 0 && (size_t)t->positive < dictionary_size(t->classes)
                                   ? dictionary_word(t->classes, t->positive)
                                   : NULL;
        dictionary_unref(r->classes);
        r->classes = now;
        r->positive = positive ? dictionary_find(now, positive) : 1;
        if (r->positive < 0)
            r->positive = 1;
    }
    keep_features(r, table, why);
    if (r->weights && !str_eq(r->weights, "balanced") && table_find(table, r->weights) < 0) {
        if (why)
            str_printf(why, "%sthe weights column %s is gone", why->len ? "; " : "", r->weights);
        mem_free(r->weights);
        r->weights = NULL;
    }
    return r;
}

/* ---- labels ------------------------------------------------------------------------------------------------- */

struct number_class {
    double value;
    int32_t label;
};

static int number_class_order(const void *a, const void *b)
{
    const struct number_class *x = a, *y = b;
    return x->value < y->value ? -1 : x->value > y->value;
}

/* The classes of a target of numbers, by value: so 1 and 1.0 are the same label. */
struct number_classes {
    struct number_class *sorted;
    size_t known;
    int32_t *direct; /* the labels of first, first + 1, …, or -1: for whole numbers near one another; else NULL */
    size_t span;
};

enum { DIRECT_MOST = 4096, LABEL_ROWS = 16384 };

static void number_classes_index(struct number_classes *k)
{
    if (!k->known || !(k->sorted[k->known - 1].value - k->sorted[0].value < DIRECT_MOST))
        return;
    for (size_t i = 0; i < k->known; i++)
        if (k->sorted[i].value != floor(k->sorted[i].value))
            return;
    k->span = (size_t)(k->sorted[k->known - 1].value - k->sorted[0].value) + 1;
    k->direct = mem_alloc(k->span * sizeof *k->direct);
    for (size_t i = 0; i < k->span; i++)
        k->direct[i] = -1;
    for (size_t i = 0; i < k->known; i++)
        k->direct[(size_t)(k->sorted[i].value - k->sorted[0].value)] = k->sorted[i].label;
}

static void number_classes_read(struct number_classes *k, const struct dictionary *classes)
{
    size_t n = dictionary_size(classes);
    *k = (struct number_classes){.sorted = mem_alloc((n + 1) * sizeof *k->sorted)};
    for (size_t i = 0; i < n; i++) {
        const char *word = dictionary_word(classes, (int32_t)i);
        double value;
        bool number = number_parse(word, strlen(word), &value);
        if (!number && (str_eq_nocase(word, "true") || str_eq_nocase(word, "false"))) {
            value = str_eq_nocase(word, "true");
            number = true;
        }
        if (number)
            k->sorted[k->known++] = (struct number_class){value, (int32_t)i};
    }
    if (k->known)
        qsort(k->sorted, k->known, sizeof *k->sorted, number_class_order);
    number_classes_index(k);
}

static int32_t number_classes_find(const struct number_classes *k, double x)
{
    if (k->direct) {
        double at = x - k->sorted[0].value;
        bool whole = at >= 0 && at < (double)k->span && at == (double)(size_t)at;
        return whole ? k->direct[(size_t)at] : -1;
    }
    if (isnan(x) || !k->known)
        return -1;
    const struct number_class *hit =
        bsearch(&(struct number_class){x, 0}, k->sorted, k->known, sizeof *k->sorted, number_class_order);
    return hit ? hit->label : -1;
}

struct number_labels {
    struct number_classes classes;
    const struct column *column;
    const uint32_t *rows;
    size_t n;
    int32_t *label;
};

static void label_block(void *arg, size_t block, unsigned worker)
{
    const struct number_labels *job = arg;
    const double *x = column_type(job->column) == COLUMN_F64 ? column_f64(job->column) : NULL;
    size_t begin = block * LABEL_ROWS, end = job->n - begin < LABEL_ROWS ? job->n : begin + LABEL_ROWS;
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        size_t row = job->rows ? job->rows[i] : i;
        job->label[i] = number_classes_find(&job->classes, x ? x[row] : column_number(job->column, row));
    }
}

static void labels_of_numbers(const struct dictionary *classes, const struct column *c, const uint32_t *rows,
                              size_t n, int32_t *label)
{
    struct number_labels job = {.column = c, .rows = rows, .n = n, .label = label};
    number_classes_read(&job.classes, classes);
    parallel_for((n + LABEL_ROWS - 1) / LABEL_ROWS, label_block, &job);
    mem_free(job.classes.sorted);
    mem_free(job.classes.direct);
}

static void labels_of_words(const struct dictionary *classes, const struct column *cat, const uint32_t *rows,
                            size_t n, int32_t *label)
{
    const struct dictionary *d = column_dictionary(cat);
    const int32_t *code = column_codes(cat);
    size_t words = dictionary_size(d);
    int32_t *map = mem_alloc((words + 1) * sizeof *map);
    for (size_t k = 0; k < words; k++)
        map[k] = dictionary_find(classes, dictionary_word(d, (int32_t)k));
    for (size_t i = 0; i < n; i++) {
        int32_t k = code[rows ? rows[i] : i];
        label[i] = k < 0 ? -1 : map[k];
    }
    mem_free(map);
}

bool task_labels(const struct task *t, const struct table *table, const uint32_t *rows, size_t n, int32_t *label,
                 struct err *e)
{
    assert(t->kind == TASK_CLASSIFY);
    int at = table_require(table, t->target, e);
    if (at < 0)
        return false;
    const struct column *c = table_column(table, (size_t)at);
    if (column_is_numeric(c)) {
        labels_of_numbers(t->classes, c, rows, n, label);
        return true;
    }
    struct column *cat = column_to_category(c, e);
    if (!cat)
        return false;
    labels_of_words(t->classes, cat, rows, n, label);
    column_unref(cat);
    return true;
}

bool task_targets(const struct task *t, const struct table *table, const uint32_t *rows, size_t n, double *y,
                  struct err *e)
{
    int at = table_require(table, t->target, e);
    if (at < 0)
        return false;
    const struct column *c = table_column(table, (size_t)at);
    if (!column_is_numeric(c)) {
        err_set(e, ERR_TYPE, "the target '%s' is a %s column here; regression needs numbers", t->target,
                column_type_name(column_type(c)));
        return false;
    }
    column_numbers(c, rows, n, y);
    return true;
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

void task_rows_done(struct task_rows *r)
{
    mem_bulk_free(r->train);
    mem_bulk_free(r->test);
    memset(r, 0, sizeof *r);
}

static bool usable_rows(const struct task *t, const struct table *table, struct task_rows *out, struct err *e)
{
    size_t n = table_rows(table);
    const struct column *c = NULL;
    if (t->target) {
        int at = table_require(table, t->target, e);
        if (at < 0)
            return false;
        c = table_column(table, (size_t)at);
    }
    if (!(out->train = mem_bulk(n, sizeof *out->train, e)))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!c || !column_is_missing(c, i))
            out->train[out->n_train++] = (uint32_t)i;
    out->dropped = n - out->n_train;
    if (out->n_train == 0) {
        err_set(e, ERR_DATA, "there are no rows to learn from");
        return false;
    }
    return true;
}

static bool part_rows(const struct task *t, const struct table *table, struct task_rows *out, struct err *e)
{
    size_t n = out->n_train, kept = 0;
    int32_t *label = NULL;
    uint8_t *in_test = mem_bulk(n, 1, e);
    bool ok = in_test != NULL;
    if (ok && t->kind == TASK_CLASSIFY && t->split.stratified) {
        label = mem_bulk(n, sizeof *label, e);
        ok = label && task_labels(t, table, out->train, n, label, e);
    }
    ok = ok && split_holdout(n, label, t->split.test, t->split.seed, in_test, e) &&
         (out->test = mem_bulk(n, sizeof *out->test, e)) != NULL;
    for (size_t i = 0; ok && i < n; i++)
        if (in_test[i])
            out->test[out->n_test++] = out->train[i];
        else
            out->train[kept++] = out->train[i];
    if (ok)
        out->n_train = kept;
    mem_bulk_free(label);
    mem_bulk_free(in_test);
    return ok;
}

bool task_rows(const struct task *t, const struct table *table, struct task_rows *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    if (usable_rows(t, table, out, e) && (!t->split.set || part_rows(t, table, out, e)))
        return true;
    task_rows_done(out);
    return false;
}
