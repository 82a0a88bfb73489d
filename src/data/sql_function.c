/* sql_function: mathematics, parts of dates, and statistics for SQL. log is the natural one, as in R and Python
 * (SQLite's own would be base 10). What isn't defined (log of -1, sd of one value) is NULL. The aggregates also
 * work as window functions. */
#include "data/sql_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"

/* ---- mathematics -------------------------------------------------------------------------------------------- */

typedef double one_fn(double);
typedef double two_fn(double, double);

static const struct one {
    const char *name;
    one_fn *fn;
} ones[] = {{"sqrt", sqrt},   {"exp", exp},     {"ln", log},    {"log", log},   {"log2", log2}, {"log10", log10},
            {"log1p", log1p}, {"expm1", expm1}, {"sin", sin},   {"cos", cos},   {"tan", tan},   {"asin", asin},
            {"acos", acos},   {"atan", atan},   {"sinh", sinh}, {"cosh", cosh}, {"tanh", tanh}, {"cbrt", cbrt}};

static const struct two {
    const char *name;
    two_fn *fn;
} twos[] = {{"pow", pow}, {"power", pow}, {"atan2", atan2}, {"hypot", hypot}};

static void call_one(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    const struct one *f = sqlite3_user_data(ctx);
    if (sqlite3_value_numeric_type(argv[0]) == SQLITE_INTEGER ||
        sqlite3_value_numeric_type(argv[0]) == SQLITE_FLOAT)
        sqlite3_result_double(ctx, f->fn(sqlite3_value_double(argv[0]))); /* NaN becomes NULL */
}

static void call_two(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    const struct two *f = sqlite3_user_data(ctx);
    for (int i = 0; i < argc; i++)
        if (sqlite3_value_numeric_type(argv[i]) != SQLITE_INTEGER &&
            sqlite3_value_numeric_type(argv[i]) != SQLITE_FLOAT)
            return;
    sqlite3_result_double(ctx, f->fn(sqlite3_value_double(argv[0]), sqlite3_value_double(argv[1])));
}

/* floor, ceil: whole numbers stay whole numbers. */
static void call_whole(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    one_fn *const *f = sqlite3_user_data(ctx);
    int type = sqlite3_value_numeric_type(argv[0]);
    if (type == SQLITE_INTEGER)
        sqlite3_result_int64(ctx, sqlite3_value_int64(argv[0]));
    else if (type == SQLITE_FLOAT)
        sqlite3_result_double(ctx, (*f)(sqlite3_value_double(argv[0])));
}

/* ---- parts of dates ----------------------------------------------------------------------------------------- */

enum part { PART_YEAR, PART_MONTH, PART_DAY, PART_WEEKDAY, PART_HOUR, PART_MINUTE, PART_SECOND };
static const struct part_name {
    const char *name;
    enum part part;
} parts[] = {{"year", PART_YEAR}, {"month", PART_MONTH},   {"day", PART_DAY},      {"weekday", PART_WEEKDAY},
             {"hour", PART_HOUR}, {"minute", PART_MINUTE}, {"second", PART_SECOND}};

/* The ISO text is its own calendar: "2020-02-29 12:30:15". Weekday: Monday is 1, Sunday 7. */
static void call_part(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    const struct part_name *p = sqlite3_user_data(ctx);
    const char *s = (const char *)sqlite3_value_text(argv[0]);
    int64_t us;
    if (!s || !time_parse(s, (size_t)sqlite3_value_bytes(argv[0]), &us))
        return;
    int64_t days = (us - TIME_MIN) / INT64_C(86400000000) + DATE_MIN;
    int64_t second = (us - days * INT64_C(86400000000)) / 1000000;
    int64_t year, value = 0;
    int month, day;
    date_civil(days, &year, &month, &day);
    switch (p->part) {
    case PART_YEAR:
        value = year;
        break;
    case PART_MONTH:
        value = month;
        break;
    case PART_DAY:
        value = day;
        break;
    case PART_WEEKDAY: /* 1970-01-01 was a Thursday */
        value = ((days + 3) % 7 + 7) % 7 + 1;
        break;
    case PART_HOUR:
        value = second / 3600;
        break;
    case PART_MINUTE:
        value = second / 60 % 60;
        break;
    case PART_SECOND:
        value = second % 60;
        break;
    }
    sqlite3_result_int64(ctx, value);
}

/* ---- statistics --------------------------------------------------------------------------------------------- */

/* The values in the window, oldest first; the first `gone` have left it. SQLite gives it zeroed. */
struct values {
    VEC(double) x;
    size_t gone;
    double p;
};

static void values_step(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    struct values *k = sqlite3_aggregate_context(ctx, sizeof *k);
    if (!k || sqlite3_value_type(argv[0]) == SQLITE_NULL)
        return;
    vec_push(&k->x, sqlite3_value_double(argv[0]));
    if (argc > 1)
        k->p = sqlite3_value_double(argv[1]);
}

static void values_inverse(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    struct values *k = sqlite3_aggregate_context(ctx, sizeof *k);
    if (k && sqlite3_value_type(argv[0]) != SQLITE_NULL)
        k->gone++;
}

static double variance(const double *x, size_t n)
{
    double mean = 0, sum = 0, rest = 0;
    if (n < 2)
        return NAN;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        sum += (x[i] - mean) * (x[i] - mean);
        rest += x[i] - mean;
    }
    return (sum - rest * rest / (double)n) / (double)(n - 1);
}

static int double_order(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Linear between order statistics (type 7 of Hyndman and Fan 1996), as R and numpy do. */
static double quantile(const double *x, size_t n, double p)
{
    if (n == 0 || !(p >= 0 && p <= 1))
        return NAN;
    double *sorted = mem_alloc(n * sizeof *sorted);
    memcpy(sorted, x, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, double_order);
    double at = p * (double)(n - 1);
    size_t low = (size_t)at;
    double q = low + 1 < n ? sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]) : sorted[n - 1];
    mem_free(sorted);
    return q;
}

enum statistic { STAT_MEDIAN, STAT_QUANTILE, STAT_VAR, STAT_SD };
static const struct statistic_name {
    const char *name;
    int args;
    enum statistic what;
} statistics[] = {
    {"median", 1, STAT_MEDIAN}, {"quantile", 2, STAT_QUANTILE}, {"var", 1, STAT_VAR},  {"variance", 1, STAT_VAR},
    {"sd", 1, STAT_SD},         {"stdev", 1, STAT_SD},          {"stddev", 1, STAT_SD}};

static void values_value(sqlite3_context *ctx)
{
    const struct statistic_name *f = sqlite3_user_data(ctx);
    struct values *k = sqlite3_aggregate_context(ctx, 0);
    if (!k || k->x.n <= k->gone)
        return;
    const double *x = k->x.v + k->gone;
    size_t n = k->x.n - k->gone;
    double out = f->what == STAT_MEDIAN     ? quantile(x, n, 0.5)
                 : f->what == STAT_QUANTILE ? quantile(x, n, k->p)
                                            : variance(x, n);
    if (!isnan(out))
        sqlite3_result_double(ctx, f->what == STAT_SD ? sqrt(out) : out);
}

static void values_final(sqlite3_context *ctx)
{
    struct values *k = sqlite3_aggregate_context(ctx, 0);
    values_value(ctx);
    if (k)
        vec_done(&k->x);
}

/* ---- registering -------------------------------------------------------------------------------------------- */

#define FLAGS (SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS)
#define EACH(a) (size_t i = 0; i < sizeof(a) / sizeof *(a); i++)

static bool add_scalar(sqlite3 *db, const char *name, int args, const void *data,
                       void (*fn)(sqlite3_context *, int, sqlite3_value **))
{
    return sqlite3_create_function_v2(db, name, args, FLAGS, (void *)(uintptr_t)data, fn, NULL, NULL, NULL) ==
           SQLITE_OK;
}

bool sql_functions_add(sqlite3 *db)
{
    static one_fn *const down = floor, *const up = ceil, *const cut = trunc;
    bool ok = add_scalar(db, "floor", 1, &down, call_whole) && add_scalar(db, "ceil", 1, &up, call_whole) &&
              add_scalar(db, "ceiling", 1, &up, call_whole) && add_scalar(db, "trunc", 1, &cut, call_whole);
    for
        EACH (ones)
            ok = ok && add_scalar(db, ones[i].name, 1, &ones[i], call_one);
    for
        EACH (twos)
            ok = ok && add_scalar(db, twos[i].name, 2, &twos[i], call_two);
    for
        EACH (parts)
            ok = ok && add_scalar(db, parts[i].name, 1, &parts[i], call_part);
    for
        EACH (statistics)
            ok = ok && sqlite3_create_window_function(db, statistics[i].name, statistics[i].args, FLAGS,
                                                      (void *)(uintptr_t)&statistics[i], values_step, values_final,
                                                      values_value, values_inverse, NULL) == SQLITE_OK;
    return ok;
}

const char *const *sql_function_names(int *n)
{
    static const char *const names[] = {
        "abs",      "acos",   "asin",   "atan",      "atan2",    "avg",   "cast",    "cbrt",     "ceil",
        "coalesce", "cos",    "cosh",   "count",     "date",     "day",   "exp",     "floor",    "hour",
        "ifnull",   "iif",    "instr",  "julianday", "lag",      "lead",  "length",  "ln",       "log",
        "log10",    "log1p",  "log2",   "lower",     "ltrim",    "max",   "median",  "min",      "minute",
        "month",    "nullif", "pow",    "printf",    "quantile", "rank",  "replace", "round",    "row_number",
        "rtrim",    "sd",     "second", "sign",      "sin",      "sinh",  "sqrt",    "strftime", "substr",
        "sum",      "tan",    "tanh",   "total",     "trim",     "upper", "var",     "weekday",  "year"};
    *n = (int)(sizeof names / sizeof *names);
    return names;
}
