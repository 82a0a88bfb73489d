/* explore verbs: head tail schema describe freq corr missing. */
#include <string.h>

#include "base/mem.h"
#include "cmd/cmd.h"
#include "ops/corr.h"
#include "ops/describe.h"
#include "ops/freq.h"
#include "ops/reshape.h"
#include "ops/table_view.h"

/* table=NAME, else the current one. */
static const struct object *table_of(struct call *c, struct err *e)
{
    const char *name = call_text(c, "table");
    return name ? session_require(c->session, name, OBJECT_TABLE, e) : session_need_table(c->session, e);
}

static bool run_part(struct call *c, bool from_end, struct err *e)
{
    const struct object *t = table_of(c, e);
    if (!t)
        return false;
    size_t n = (size_t)call_int(c, "n"), rows = table_rows(t->table);
    size_t from = from_end && rows > n ? rows - n : 0;
    struct view *v = table_view_part(t->table, "head", t->name, t->name, from, n);
    if (from_end)
        view_set_caption(v, "the last %zu of %zu rows", n < rows ? n : rows, rows);
    call_view(c, v);
    return true;
}

static bool run_head(struct call *c, struct err *e)
{
    return run_part(c, false, e);
}

static bool run_tail(struct call *c, struct err *e)
{
    return run_part(c, true, e);
}

static bool run_schema(struct call *c, struct err *e)
{
    const struct object *t = table_of(c, e);
    if (t)
        call_view(c, schema_view(t->table, t->name, t->task ? t->task->target : NULL));
    return t != NULL;
}

static bool run_missing(struct call *c, struct err *e)
{
    const struct object *t = table_of(c, e);
    if (t)
        call_view(c, missing_view(t->table, t->name));
    return t != NULL;
}

/* ---- describe, corr: over chosen columns, on the worker ---------------------------------------------------- */

struct explore_job {
    struct table *table;
    char *name;
    int *cols;
    size_t n;
    enum corr_method method;
};

static void explore_free(void *arg)
{
    struct explore_job *j = arg;
    table_unref(j->table);
    mem_free(j->name);
    mem_free(j->cols);
    mem_free(j);
}

static struct explore_job *explore_start(struct call *c, struct err *e)
{
    const struct object *t = table_of(c, e);
    if (!t)
        return NULL;
    struct explore_job *j = mem_zero(1, sizeof *j);
    j->table = table_ref(t->table);
    j->name = mem_strdup(t->name);
    if (c->n_rest) {
        if (!reshape_columns(t->table, c->rest, c->n_rest, &j->cols, &j->n, e)) {
            explore_free(j);
            return NULL;
        }
        return j;
    }
    j->cols = mem_zero(table_cols(t->table) + 1, sizeof *j->cols);
    for (size_t i = 0; i < table_cols(t->table); i++)
        j->cols[j->n++] = (int)i;
    return j;
}

static bool describe_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct explore_job *j = arg;
    struct column_summary *s = mem_zero(j->n + 1, sizeof *s);
    bool good = describe_run(j->table, j->cols, j->n, p, s, e);
    if (good) {
        view_list_add(views, describe_view(s, j->n, j->name, table_rows(j->table)));
        describe_done(s, j->n);
    }
    mem_free(s);
    return good;
}

static bool run_describe(struct call *c, struct err *e)
{
    struct explore_job *j = explore_start(c, e);
    return j && call_later(c, j, describe_work, NULL, explore_free);
}

static bool corr_work_fn(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct explore_job *j = arg;
    double *r = mem_zero(j->n * j->n + 1, sizeof *r);
    bool good = corr_run(j->table, j->cols, j->n, j->method, p, r, e);
    if (good)
        corr_views(j->table, j->cols, j->n, j->method, r, views);
    mem_free(r);
    return good;
}

static bool run_corr(struct call *c, struct err *e)
{
    struct explore_job *j = explore_start(c, e);
    const char *method = call_text(c, "method");
    if (!j)
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < j->n; i++) {
        bool numeric = column_is_numeric(table_column(j->table, (size_t)j->cols[i]));
        if (!numeric && c->n_rest) {
            err_set(e, ERR_TYPE, "%s is no column of numbers", table_name(j->table, (size_t)j->cols[i]));
            explore_free(j);
            return false;
        }
        if (numeric)
            j->cols[kept++] = j->cols[i];
    }
    j->n = kept;
    if (kept < 2 || kept > 500) {
        err_set(e, ERR_INPUT, "correlations need 2 to 500 columns of numbers, and here are %zu", kept);
        explore_free(j);
        return false;
    }
    j->method = str_eq(method, "spearman")  ? CORR_SPEARMAN
                : str_eq(method, "kendall") ? CORR_KENDALL
                                            : CORR_PEARSON;
    return call_later(c, j, corr_work_fn, NULL, explore_free);
}

/* ---- freq -------------------------------------------------------------------------------------------------- */

static bool run_freq(struct call *c, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    const char *by = call_text(c, "by");
    struct freq_table f;
    int col = t ? table_require(t->table, call_text(c, "column"), e) : -1;
    int by_col = col >= 0 && by ? table_require(t->table, by, e) : -1;
    if (col < 0 || (by && by_col < 0))
        return false;
    if (by)
        return freq_cross(t->table, col, by_col, &c->views, e);
    if (!freq_run(table_column(t->table, (size_t)col), &f, e))
        return false;
    freq_views(&f, t->name, table_name(t->table, (size_t)col), (size_t)call_int(c, "n"), &c->views);
    freq_done(&f);
    return true;
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

#define TABLE_ARG                                                                                                 \
    {                                                                                                             \
        .name = "table", .type = PARAM_TABLE, .doc = "which table; the current one when not said"                 \
    }

static const struct lt_param part_args[] = {{.name = "n",
                                             .type = LT_INT,
                                             .flags = LT_POSITIONAL,
                                             .def = "10",
                                             .min = 1,
                                             .max = 4e9,
                                             .doc = "how many rows"},
                                            TABLE_ARG};
static const struct lt_param table_args[] = {{.name = "table",
                                              .type = PARAM_TABLE,
                                              .flags = LT_POSITIONAL,
                                              .doc = "which table; the current one when not said"}};
static const struct lt_param describe_args[] = {
    {.name = "columns",
     .type = PARAM_COLUMN,
     .flags = LT_POSITIONAL | LT_REST,
     .doc = "which columns (-column leaves one out, * matches); all when not said"},
    TABLE_ARG};
static const struct lt_param corr_args[] = {{.name = "columns",
                                             .type = PARAM_COLUMN,
                                             .flags = LT_POSITIONAL | LT_REST,
                                             .doc = "which columns; all of numbers when not said"},
                                            {.name = "method",
                                             .type = LT_CHOICE,
                                             .def = "pearson",
                                             .choices = "pearson,spearman,kendall",
                                             .doc = "of values, of ranks, or of pairs in order"},
                                            TABLE_ARG};
static const struct lt_param freq_args[] = {
    {.name = "column", .type = PARAM_COLUMN, .flags = LT_POSITIONAL | LT_REQUIRED, .doc = "whose values to count"},
    {.name = "by", .type = PARAM_COLUMN, .doc = "crossed with this column"},
    {.name = "n", .type = LT_INT, .def = "30", .min = 1, .max = 1e9, .doc = "how many values to show"}};

#define EXPLORE COMMAND_NEEDS_TABLE

static const struct command rows[] = {
    {.name = "head",
     .group = "explore",
     .summary = "the first rows of a table",
     ARGS(part_args),
     .flags = EXPLORE | COMMAND_ANYTIME,
     .examples = (const struct command_example[]){{"head 5", "five rows", "load titanic"}, {0}},
     .run = run_head},
    {.name = "tail",
     .group = "explore",
     .summary = "the last rows of a table",
     ARGS(part_args),
     .flags = EXPLORE | COMMAND_ANYTIME,
     .examples = (const struct command_example[]){{"tail 5", "five rows", "load titanic"}, {0}},
     .run = run_tail},
    {.name = "schema",
     .aliases = "columns",
     .group = "explore",
     .summary = "the columns of a table and their types",
     ARGS(table_args),
     .flags = EXPLORE | COMMAND_ANYTIME,
     .examples =
         (const struct command_example[]){{"schema", "names, types, what is missing, examples", "load titanic"},
                                          {0}},
     .run = run_schema},
    {.name = "describe",
     .aliases = "summary",
     .group = "explore",
     .summary = "statistics of every column",
     ARGS(describe_args),
     .flags = EXPLORE,
     .doc = "Quantiles are of type 7 (Hyndman and Fan), as in R and numpy; skewness and kurtosis are the adjusted "
            "ones (type 2).",
     .examples = (const struct command_example[]){{"describe", "all columns", "load titanic"},
                                                  {"describe age fare", "two of them", "load titanic"},
                                                  {0}},
     .run = run_describe},
    {.name = "freq",
     .aliases = "count",
     .group = "explore",
     .summary = "how often each value occurs",
     ARGS(freq_args),
     .flags = EXPLORE,
     .examples =
         (const struct command_example[]){{"freq embarked", "one column", "load titanic"},
                                          {"freq pclass by=survived", "two columns crossed", "load titanic"},
                                          {0}},
     .run = run_freq},
    {.name = "corr",
     .group = "explore",
     .summary = "correlations between columns, as a table and a heat map",
     ARGS(corr_args),
     .flags = EXPLORE,
     .doc = "Pairwise complete: each pair uses the rows where both values are there.",
     .examples =
         (const struct command_example[]){{"corr", "all columns of numbers", "load mtcars"},
                                          {"corr mpg wt hp method=spearman", "three, by ranks", "load mtcars"},
                                          {0}},
     .run = run_corr},
    {.name = "missing",
     .group = "explore",
     .summary = "where values are missing",
     ARGS(table_args),
     .flags = EXPLORE,
     .examples =
         (const struct command_example[]){{"missing", "count and share for each column", "load titanic"}, {0}},
     .run = run_missing},
};
const struct command_rows cmd_explore = COMMAND_ROWS(rows);
