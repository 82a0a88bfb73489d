/* balance: training rows of which no class is rare. */
#include "host/balance.h"

#include <math.h>
#include <string.h>

#include "api/lathe.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/vec.h"

#define BORDER_NEIGHBOURS 10 /* m of Borderline-SMOTE */

/* One new row: a point on the way from `row` to `other`. */
struct made {
    uint32_t row, other; /* of the table */
    double way;          /* in [0, 1) */
    size_t near;         /* which list of neighbours votes on categories: index among the rows */
};

struct balancing {
    const struct table *table;
    const struct balance_options *o;
    struct progress *progress;
    size_t n, k; /* rows, classes */
    const uint32_t *rows;
    int32_t *label;
    size_t *count; /* per class */
    size_t largest, smallest;

    /* Features as the distance sees them. */
    size_t p, q;    /* numbers, categories */
    double *x;      /* n x p, in standard deviations; missing is 0, the mean */
    int32_t *code;  /* n x q */
    uint32_t *near; /* n x o->neighbours: of the same class; indices among the rows */
    uint8_t *n_near;
    double *strange; /* share of other classes among the nearest of all */

    VEC(uint32_t) kept; /* rows of the table */
    VEC(struct made) made;
};

const char *const balance_words[BALANCE_METHODS] = {"none", "over", "under", "smote", "borderline", "adasyn"};

/* ---- the rows as points ----------------------------------------------------------------------------------------- */

static bool is_category(const struct column *c)
{
    enum column_type t = column_type(c);
    return t == COLUMN_CATEGORY || t == COLUMN_BOOL;
}

static bool is_number(const struct column *c)
{
    enum column_type t = column_type(c);
    return t == COLUMN_F64 || t == COLUMN_I64 || t == COLUMN_DATE || t == COLUMN_TIME;
}

static void standardise(double *x, size_t n, size_t stride)
{
    double sum = 0, squares = 0, valid = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i * stride])) {
            sum += x[i * stride];
            valid++;
        }
    double mean = valid ? sum / valid : 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i * stride]))
            squares += (x[i * stride] - mean) * (x[i * stride] - mean);
    double sd = valid > 1 ? sqrt(squares / (valid - 1)) : 0;
    for (size_t i = 0; i < n; i++)
        x[i * stride] = isnan(x[i * stride]) || sd == 0 ? 0 : (x[i * stride] - mean) / sd;
}

static bool make_points(struct balancing *b, const char *const *features, size_t n_features, struct err *e)
{
    VEC(const struct column *) numbers = {0}, categories = {0};
    for (size_t j = 0; j < n_features; j++) {
        int at = table_find(b->table, features[j]);
        const struct column *c = at < 0 ? NULL : table_column(b->table, (size_t)at);
        if (c && is_number(c))
            vec_push(&numbers, c);
        else if (c && is_category(c))
            vec_push(&categories, c);
    }
    b->p = numbers.n;
    b->q = categories.n;
    size_t cells;
    bool good = mem_mul(b->n, b->p + b->q + 1, &cells);
    b->x = good ? mem_bulk(b->n * b->p + 1, sizeof *b->x, e) : NULL;
    b->code = b->x ? mem_bulk(b->n * b->q + 1, sizeof *b->code, e) : NULL;
    if (b->code) {
        for (size_t j = 0; j < b->p; j++) {
            for (size_t i = 0; i < b->n; i++)
                b->x[i * b->p + j] = column_number(numbers.v[j], b->rows[i]);
            standardise(b->x + j, b->n, b->p);
        }
        for (size_t j = 0; j < b->q; j++)
            for (size_t i = 0; i < b->n; i++) {
                double v = column_number(categories.v[j], b->rows[i]);
                b->code[i * b->q + j] = isnan(v) ? -1 : (int32_t)v;
            }
    }
    vec_done(&numbers);
    vec_done(&categories);
    return b->code != NULL;
}

static double distance(const struct balancing *b, size_t i, size_t j)
{
    double d = 0;
    for (size_t k = 0; k < b->p; k++) {
        double v = b->x[i * b->p + k] - b->x[j * b->p + k];
        d += v * v;
    }
    for (size_t k = 0; k < b->q; k++)
        d += b->code[i * b->q + k] != b->code[j * b->q + k];
    return d;
}

/* Puts (d, j) into a list of the nearest, ordered by distance, then row. */
static size_t keep_near(double *d_list, uint32_t *j_list, size_t have, size_t most, double d, uint32_t j)
{
    if (have == most && d >= d_list[most - 1])
        return have;
    size_t at = have < most ? have : most - 1;
    while (at > 0 && d_list[at - 1] > d) {
        d_list[at] = d_list[at - 1];
        j_list[at] = j_list[at - 1];
        at--;
    }
    d_list[at] = d;
    j_list[at] = j;
    return have < most ? have + 1 : have;
}

static bool is_rare(const struct balancing *b, size_t i)
{
    return b->count[b->label[i]] < b->largest;
}

/* The neighbours of row i: the nearest of its own class, and the share of other classes among the nearest of all. */
static void find_near(void *arg, size_t i, unsigned worker)
{
    struct balancing *b = arg;
    size_t k = (size_t)b->o->neighbours, all = b->o->method == BALANCE_BORDERLINE ? BORDER_NEIGHBOURS : k;
    double own_d[256], all_d[256];
    uint32_t all_j[256];
    size_t own = 0, any = 0, others = 0;
    (void)worker;
    if (!is_rare(b, i) || progress_cancelled(b->progress))
        return;
    for (size_t j = 0; j < b->n; j++) {
        if (j == i)
            continue;
        double d = distance(b, i, j);
        if (b->label[j] == b->label[i])
            own = keep_near(own_d, b->near + i * k, own, k, d, (uint32_t)j);
        any = keep_near(all_d, all_j, any, all, d, (uint32_t)j);
    }
    for (size_t j = 0; j < any; j++)
        others += b->label[all_j[j]] != b->label[i];
    b->n_near[i] = (uint8_t)own;
    b->strange[i] = any ? (double)others / (double)any : 0;
}

static bool find_neighbours(struct balancing *b, struct err *e)
{
    b->near = mem_bulk(b->n * (size_t)b->o->neighbours + 1, sizeof *b->near, e);
    b->n_near = b->near ? mem_bulk_zero(b->n + 1, 1, e) : NULL;
    b->strange = b->n_near ? mem_bulk_zero(b->n + 1, sizeof *b->strange, e) : NULL;
    if (!b->strange)
        return false;
    progress_report(b->progress, -1, "neighbours");
    parallel_for(b->n, find_near, b);
    return !progress_cancelled(b->progress) || err_set(e, ERR_CANCELLED, "balancing was interrupted");
}

/* ---- which rows to make, by method ------------------------------------------------------------------------------ */

static void make_from(struct balancing *b, size_t i, uint64_t stream, uint64_t draw)
{
    uint32_t which = lt_below(b->o->seed, stream, 3 * draw + 1, b->n_near[i]);
    uint32_t other = b->near[i * (size_t)b->o->neighbours + which];
    double way = lt_uniform(b->o->seed, stream, 3 * draw + 2);
    vec_push(&b->made, (struct made){b->rows[i], b->rows[other], way, i});
}

/* The rows of a class that new ones are made from: all that have a neighbour; for Borderline-SMOTE those in danger,
 * at least half but not all of whose neighbours are of another class. */
static size_t starts_of(const struct balancing *b, int32_t class, uint32_t *out)
{
    size_t m = 0;
    for (size_t i = 0; i < b->n; i++) {
        bool danger = b->strange[i] >= 0.5 && b->strange[i] < 1;
        if (b->label[i] == class && b->n_near[i] && (b->o->method != BALANCE_BORDERLINE || danger))
            out[m++] = (uint32_t)i;
    }
    return m;
}

static void make_evenly(struct balancing *b, int32_t class, size_t want, const uint32_t *start, size_t m)
{
    uint64_t stream = 200 + (uint64_t) class;
    for (size_t s = 0; s < want; s++)
        make_from(b, start[lt_below(b->o->seed, stream, 3 * s, (uint32_t)m)], stream, s);
}

/* ADASYN: from each row in proportion to the share of strangers around it, rounded so that the sum is right. */
static void make_where_hard(struct balancing *b, int32_t class, size_t want, const uint32_t *start, size_t m)
{
    double sum = 0, carried = 0;
    uint64_t draw = 0;
    for (size_t s = 0; s < m; s++)
        sum += b->strange[start[s]];
    if (sum == 0) {
        make_evenly(b, class, want, start, m);
        return;
    }
    for (size_t s = 0; s < m; s++) {
        carried += (double)want * b->strange[start[s]] / sum;
        while ((double)draw + 0.5 <= carried)
            make_from(b, start[s], 200 + (uint64_t) class, draw++);
    }
}

static bool make_up(struct balancing *b, const struct task *task, struct err *e)
{
    uint32_t *start = mem_bulk(b->n + 1, sizeof *start, e);
    bool good = start != NULL;
    for (size_t c = 0; good && c < b->k; c++) {
        size_t want = b->largest - b->count[c];
        if (b->count[c] == 0 || want == 0)
            continue;
        size_t m = starts_of(b, (int32_t)c, start);
        if (m == 0) {
            good = err_set(e, ERR_INPUT, "there is no row of %s = %s that new ones could be made from",
                           task->target, dictionary_word(task->classes, (int32_t)c));
            err_hint(e, b->o->method == BALANCE_BORDERLINE
                            ? "none lies at the border; balance=smote takes all of them"
                            : "it has one row; balance=over draws it again");
        } else if (b->o->method == BALANCE_ADASYN) {
            make_where_hard(b, (int32_t)c, want, start, m);
        } else {
            make_evenly(b, (int32_t)c, want, start, m);
        }
    }
    mem_bulk_free(start);
    return good;
}

static void draw_again(struct balancing *b)
{
    VEC(uint32_t) of_class = {0};
    for (size_t c = 0; c < b->k; c++) {
        of_class.n = 0;
        for (size_t i = 0; i < b->n; i++)
            if (b->label[i] == (int32_t)c)
                vec_push(&of_class, b->rows[i]);
        for (size_t s = b->count[c]; of_class.n && s < b->largest; s++)
            vec_push(&b->kept, of_class.v[lt_below(b->o->seed, 100 + c, s, (uint32_t)of_class.n)]);
    }
    vec_done(&of_class);
}

/* Selection sampling within each class (Knuth, 3.4.2, algorithm S). */
static void leave_out(struct balancing *b)
{
    size_t *seen = mem_zero(b->k + 1, sizeof *seen), *taken = mem_zero(b->k + 1, sizeof *taken);
    b->kept.n = 0;
    for (size_t i = 0; i < b->n; i++) {
        size_t c = (size_t)b->label[i];
        double left = (double)(b->count[c] - seen[c]++), want = (double)(b->smallest - taken[c]);
        if (lt_uniform(b->o->seed, 300 + c, i) * left < want) {
            taken[c]++;
            vec_push(&b->kept, b->rows[i]);
        }
    }
    mem_free(seen);
    mem_free(taken);
}

/* ---- the new table ---------------------------------------------------------------------------------------- */

static double between(const struct column *c, const struct made *m)
{
    double a = column_number(c, m->row), z = column_number(c, m->other);
    return isnan(a) ? z : isnan(z) ? a : a + m->way * (z - a);
}

/* The most frequent code among a row's neighbours, the lowest on ties; the row's own without neighbours. */
static int32_t vote(const struct balancing *b, const struct column *c, const struct made *m)
{
    size_t k = (size_t)b->o->neighbours, best = 0;
    const uint32_t *near = b->near + m->near * k;
    int32_t winner = -1;
    for (size_t i = 0; i < b->n_near[m->near]; i++) {
        double v = column_number(c, b->rows[near[i]]);
        int32_t code = isnan(v) ? -1 : (int32_t)v;
        size_t votes = 0;
        for (size_t j = 0; j < b->n_near[m->near]; j++) {
            double w = column_number(c, b->rows[near[j]]);
            votes += (isnan(w) ? -1 : (int32_t)w) == code;
        }
        if (votes > best || (votes == best && code < winner)) {
            best = votes;
            winner = code;
        }
    }
    return winner;
}

static struct column *numbers_column(const struct balancing *b, const struct column *c, bool is_feature,
                                     struct err *e)
{
    size_t n = b->kept.n + b->made.n;
    double *out = column_buffer(COLUMN_F64, n, e);
    if (!out)
        return NULL;
    for (size_t i = 0; i < b->kept.n; i++)
        out[i] = column_number(c, b->kept.v[i]);
    for (size_t i = 0; i < b->made.n; i++)
        out[b->kept.n + i] = is_feature ? between(c, &b->made.v[i]) : column_number(c, b->made.v[i].row);
    return column_from_f64(out, n);
}

static struct column *category_column(const struct balancing *b, const struct column *c, struct err *e)
{
    size_t n = b->kept.n + b->made.n;
    int32_t *out = column_buffer(COLUMN_CATEGORY, n, e);
    if (!out)
        return NULL;
    const int32_t *code = column_codes(c);
    for (size_t i = 0; i < b->kept.n; i++)
        out[i] = code[b->kept.v[i]];
    for (size_t i = 0; i < b->made.n; i++)
        out[b->kept.n + i] = vote(b, c, &b->made.v[i]);
    return column_from_codes(out, n, dictionary_ref((struct dictionary *)(uintptr_t)column_dictionary(c)));
}

static bool named(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

static struct table *build(const struct balancing *b, const char *const *features, size_t n_features,
                           struct err *e)
{
    size_t n = b->kept.n + b->made.n;
    uint32_t *source = mem_bulk(n + 1, sizeof *source, e); /* the row that plain copies come from */
    if (!source)
        return NULL;
    for (size_t i = 0; i < n; i++)
        source[i] = i < b->kept.n ? b->kept.v[i] : b->made.v[i - b->kept.n].row;
    struct table_builder *out = table_builder_new(n, table_source(b->table));
    bool good = true;
    for (size_t j = 0; good && j < table_cols(b->table); j++) {
        const struct column *c = table_column(b->table, j);
        const char *name = table_name(b->table, j);
        bool feature = named(features, n_features, name) && b->made.n;
        struct column *made = feature && (column_type(c) == COLUMN_F64 || column_type(c) == COLUMN_I64)
                                  ? numbers_column(b, c, true, e)
                              : feature && column_type(c) == COLUMN_CATEGORY ? category_column(b, c, e)
                                                                             : column_take(c, source, n, e);
        good = made != NULL;
        if (good)
            table_builder_add(out, name, made);
    }
    mem_bulk_free(source);
    if (good)
        return table_builder_done(out);
    table_builder_free(out);
    return NULL;
}

/* ---- all -------------------------------------------------------------------------------------------------- */

static void balancing_done(struct balancing *b)
{
    mem_bulk_free(b->label);
    mem_free(b->count);
    mem_bulk_free(b->x);
    mem_bulk_free(b->code);
    mem_bulk_free(b->near);
    mem_bulk_free(b->n_near);
    mem_bulk_free(b->strange);
    vec_done(&b->kept);
    vec_done(&b->made);
}

static bool count_classes(struct balancing *b, const struct task *task, struct err *e)
{
    b->k = dictionary_size(task->classes);
    b->count = mem_zero(b->k + 1, sizeof *b->count);
    b->label = mem_bulk(b->n + 1, sizeof *b->label, e);
    if (!b->label || !task_labels(task, b->table, b->rows, b->n, b->label, e))
        return false;
    for (size_t i = 0; i < b->n; i++) {
        if (b->label[i] < 0)
            return err_set(e, ERR_INPUT, "a row without %s can't be balanced", task->target);
        b->count[b->label[i]]++;
        vec_push(&b->kept, b->rows[i]);
    }
    b->smallest = b->n;
    for (size_t c = 0; c < b->k; c++) {
        b->largest = b->count[c] > b->largest ? b->count[c] : b->largest;
        if (b->count[c] && b->count[c] < b->smallest)
            b->smallest = b->count[c];
    }
    return true;
}

struct table *balance_rows(const struct table *t, const struct task *task, const char *const *features,
                           size_t n_features, const uint32_t *rows, size_t n, const struct balance_options *o,
                           struct progress *p, struct str *note, struct err *e)
{
    struct balancing b = {.table = t, .o = o, .progress = p, .n = n, .rows = rows};
    struct table *out = NULL;
    bool made_up = o->method >= BALANCE_SMOTE, good = false;

    if (task->kind != TASK_CLASSIFY)
        err_set(e, ERR_TYPE, "only classes can be balanced, and %s is a number",
                task->target ? task->target : "this");
    else if (o->neighbours < 1 || o->neighbours > 255)
        err_set(e, ERR_RANGE, "balance_k must be between 1 and 255, not %d", o->neighbours);
    else
        good = count_classes(&b, task, e);
    if (good && made_up)
        good = make_points(&b, features, n_features, e) && find_neighbours(&b, e) && make_up(&b, task, e);
    if (good && o->method == BALANCE_OVER)
        draw_again(&b);
    if (good && o->method == BALANCE_UNDER)
        leave_out(&b);
    if (good)
        out = build(&b, features, n_features, e);
    if (out && note) {
        size_t now = table_rows(out);
        if (o->method == BALANCE_UNDER)
            str_printf(note, "balanced: %zu of %zu training rows are left out, every class has %zu", n - now, n,
                       b.smallest);
        else
            str_printf(note, "balanced: %zu rows %s, every class has about %zu", now - n,
                       made_up ? "made up between neighbours" : "drawn again", b.largest);
    }
    balancing_done(&b);
    return out;
}
