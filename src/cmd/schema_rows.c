/* schema_rows: the ids of all views and their columns. A name in capitals stands for any number of columns. */
#include "cmd/schema_rows.h"

const struct schema_row schema_rows[] = {
    {"tables", "table", "name, rows, columns, target, current", "the tables of the session"},
    {"datasets", "table", "name, task, rows, columns, target, title", "what is bundled"},
    {"schema", "table", "column, type, missing, distinct, example", "the columns of a table"},
    {"describe", "table",
     "column, type, n, missing, distinct, mean, sd, min, q1, median, q3, max, skewness, kurtosis, top, top_share",
     "one row a column"},
    {"freq", "table", "VALUE, n, share", "how often each value occurs; the first column has the column's name"},
    {"corr", "table", "column, COLUMN…", "correlations; also a heat map"},
    {"missing", "table", "column, missing, share", "what is missing"},
    {"head", "table", "COLUMN…", "rows of a table"},
    {"sql", "table", "COLUMN…", "the query's own columns"},
    {"models", "table", "model, algo, task, target, on, rows, steps, fit_s, current", "the models of the session"},
    {"algos", "table", "algo, name, tasks, summary", "the algorithms"},
    {"metrics", "table", "model, algo, on, n, METRIC…, fit_s, predict_s", "one row a model"},
    {"confusion", "table", "truth, LEVEL…", "rows are the truth, columns the prediction; also a heat map"},
    {"roc", "plot", "", "a curve a model"},
    {"cv", "table", "model, algo, folds, METRIC_mean, METRIC_sd, fit_s, predict_s", "cross-validation"},
    {"compare", "table",
     "model, algo, METRIC_mean, METRIC_sd, delta, ci_low, ci_high, p, p_equivalent, fit_s, predict_s, verdict",
     "same folds for all, difference to the baseline"},
    {"coefficients", "table", "term, estimate, std_error, statistic, p, ci_low, ci_high",
     "the constant is (Intercept)"},
    {"importance", "table", "feature, importance", "how much each feature matters to the model"},
    {"predictions", "table", "COLUMN…, prediction, p_LEVEL…", "the table with predictions beside it"},
    {"history", "table", "n, command", "what was done"},
    {"settings", "table", "name, value, origin, meaning", "what `set` knows"},
    {"plugins", "table", "module, algos, path", "the modules that were loaded"},
    {"error", "error", "code, message, hint, line", "a failure"},
};
const size_t schema_rows_count = sizeof schema_rows / sizeof *schema_rows;
