/* picture verbs: hist scatter line bar box. */
#include "cmd/cmd.h"
#include "ops/charts.h"

/* The column of an argument: its number, -1 when it was not given, -2 when there is no such column. */
static int column_arg(const struct call *c, const struct object *t, const char *name, struct err *e)
{
    const char *text = call_text(c, name);
    if (!text)
        return -1;
    int col = table_require(t->table, text, e);
    return col < 0 ? -2 : col;
}

static bool give(struct call *c, struct view *v)
{
    if (v)
        call_view(c, v);
    return v != NULL;
}

static bool run_hist(struct call *c, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    int x = t ? column_arg(c, t, "x", e) : -2, by = t ? column_arg(c, t, "by", e) : -2;
    return x > -2 && by > -2 && give(c, chart_hist(t->table, x, by, (int)call_int(c, "bins"), e));
}

static bool run_scatter(struct call *c, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    int x = t ? column_arg(c, t, "x", e) : -2, y = t ? column_arg(c, t, "y", e) : -2,
        by = t ? column_arg(c, t, "by", e) : -2;
    return x > -2 && y > -2 && by > -2 && give(c, chart_scatter(t->table, x, y, by, e));
}

static bool run_line(struct call *c, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    int y = t ? column_arg(c, t, "y", e) : -2, x = t ? column_arg(c, t, "x", e) : -2,
        by = t ? column_arg(c, t, "by", e) : -2;
    return x > -2 && y > -2 && by > -2 && give(c, chart_line(t->table, x, y, by, e));
}

static bool run_bar(struct call *c, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    int x = t ? column_arg(c, t, "x", e) : -2, y = t ? column_arg(c, t, "y", e) : -2;
    return x > -2 && y > -2 &&
           give(c, chart_bar(t->table, x, y, call_text(c, "stat"), (size_t)call_int(c, "n"), e));
}

static bool run_box(struct call *c, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    int y = t ? column_arg(c, t, "y", e) : -2, by = t ? column_arg(c, t, "by", e) : -2;
    return y > -2 && by > -2 && give(c, chart_box(t->table, y, by, e));
}

#define COLUMN_ARG(arg, more, what)                                                                               \
    {                                                                                                             \
        .name = arg, .type = PARAM_COLUMN, .flags = more, .doc = what                                             \
    }
#define BY_ARG COLUMN_ARG("by", 0, "one series for each of its values")

static const struct lt_param hist_args[] = {COLUMN_ARG("x", LT_POSITIONAL | LT_REQUIRED, "a column of numbers"),
                                            BY_ARG,
                                            {.name = "bins",
                                             .type = LT_INT,
                                             .def = "0",
                                             .min = 0,
                                             .max = 1000,
                                             .doc = "how many bars; 0: by the rule of Freedman and Diaconis"}};
static const struct lt_param scatter_args[] = {COLUMN_ARG("x", LT_POSITIONAL | LT_REQUIRED, "across"),
                                               COLUMN_ARG("y", LT_POSITIONAL | LT_REQUIRED, "up"), BY_ARG};
static const struct lt_param line_args[] = {
    COLUMN_ARG("y", LT_POSITIONAL | LT_REQUIRED, "up"),
    COLUMN_ARG("x", LT_POSITIONAL, "across; the row's number when not said"), BY_ARG};
static const struct lt_param bar_args[] = {
    COLUMN_ARG("x", LT_POSITIONAL | LT_REQUIRED, "whose values are the bars"),
    COLUMN_ARG("y", LT_POSITIONAL, "height: a statistic of this column; counts when not said"),
    {.name = "stat",
     .type = LT_CHOICE,
     .def = "mean",
     .choices = "mean,sum,median,min,max",
     .doc = "which statistic of y"},
    {.name = "n",
     .type = LT_INT,
     .def = "30",
     .min = 1,
     .max = 1000,
     .doc = "at most so many bars, the most frequent"}};
static const struct lt_param box_args[] = {COLUMN_ARG("y", LT_POSITIONAL | LT_REQUIRED, "a column of numbers"),
                                           COLUMN_ARG("by", LT_POSITIONAL, "a box for each of its values")};

#define PICTURE COMMAND_NEEDS_TABLE

static const struct command rows[] = {
    {.name = "hist",
     .aliases = "histogram",
     .group = "picture",
     .summary = "how the values of a column are spread",
     ARGS(hist_args),
     .flags = PICTURE,
     .examples = (const struct command_example[]){{"hist age", "one column", "load titanic"},
                                                  {"hist petal_length by=species", "a series for each species",
                                                   "load iris"},
                                                  {0}},
     .run = run_hist},
    {.name = "scatter",
     .group = "picture",
     .summary = "one column against another",
     ARGS(scatter_args),
     .flags = PICTURE,
     .examples =
         (const struct command_example[]){
             {"scatter petal_length petal_width by=species", "three series", "load iris"}, {0}},
     .run = run_scatter},
    {.name = "line",
     .group = "picture",
     .summary = "a column along the rows, or along another",
     ARGS(line_args),
     .flags = PICTURE,
     .examples =
         (const struct command_example[]){{"line passengers", "along the rows", "load air_passengers"}, {0}},
     .run = run_line},
    {.name = "bar",
     .group = "picture",
     .summary = "counts, or a statistic of another column, as bars",
     ARGS(bar_args),
     .flags = PICTURE,
     .examples = (const struct command_example[]){{"bar embarked", "counts", "load titanic"},
                                                  {"bar pclass fare stat=median", "the median fare of each class",
                                                   "load titanic"},
                                                  {0}},
     .run = run_bar},
    {.name = "box",
     .group = "picture",
     .summary = "median, quartiles and outliers of a column",
     ARGS(box_args),
     .flags = PICTURE,
     .examples =
         (const struct command_example[]){{"box sepal_length species", "a box for each species", "load iris"},
                                          {0}},
     .run = run_box},
};
const struct command_rows cmd_picture = COMMAND_ROWS(rows);
