/* json_lines: looks into the JSON lines on standard input, for the shell tests.
 *
 *   json_lines check                  every line is a whole view; says which is not
 *   json_lines ids                    "table metrics", one a line, in order
 *   json_lines columns ID             the columns of the last table of that id, with commas
 *   json_lines cell ID COLUMN ROW     a cell of it; ROW counts from 0, or is the text of the first cell
 *   json_lines get N PATH             line N (from 0): message, rows.0.2, series.1.name, …
 *   json_lines strip                  all lines again without what was measured by a clock
 *   json_lines near ID COLUMN ROW VALUE TOLERANCE   is the cell that near to the value?
 *   json_lines judge N                the N tables that were loaded "as case_…", each followed by an error or
 *                                     predictions: is every error a sentence, and every prediction a number? */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define MAX_LINES 10000

static json_t *lines[MAX_LINES];
static size_t n_lines;

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static int read_lines(void)
{
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0 && n_lines < MAX_LINES;) {
        json_error_t e;
        json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &e);
        if (!o || line[n - 1] != '\n') {
            printf("line %zu: %s\n", n_lines + 1, o ? "has no end" : e.text);
            free(line);
            return 0;
        }
        lines[n_lines++] = o;
    }
    free(line);
    return 1;
}

static const char *table_fault(const json_t *o)
{
    size_t i, n = json_array_size(json_object_get(o, "columns"));
    json_t *row;
    if (n == 0 || !json_is_array(json_object_get(o, "rows")) || !json_is_string(json_object_get(o, "title")))
        return "a table has an id, a title, columns and rows";
    json_array_foreach (json_object_get(o, "rows"), i, row)
        if (json_array_size(row) != n)
            return "a row has as many cells as there are columns";
    return NULL;
}

static const char *plot_fault(const json_t *o)
{
    size_t i;
    json_t *s;
    if (!json_is_object(json_object_get(o, "x")) || !json_is_object(json_object_get(o, "y")) ||
        !json_is_array(json_object_get(o, "series")))
        return "a plot has x, y and series";
    json_array_foreach (json_object_get(o, "series"), i, s)
        if (!json_is_string(json_object_get(s, "name")))
            return "a series has a name";
    return NULL;
}

static const char *view_fault(const json_t *o)
{
    const char *view = text_of(o, "view");
    int has_id = json_is_string(json_object_get(o, "id"));
    if (!strcmp(view, "table"))
        return has_id ? table_fault(o) : "a table has an id";
    if (!strcmp(view, "plot"))
        return has_id ? plot_fault(o) : "a plot has an id";
    if (!strcmp(view, "tree"))
        return has_id ? NULL : "a tree has an id";
    if (!strcmp(view, "text"))
        return text_of(o, "text")[0] ? NULL : "a text has text";
    if (!strcmp(view, "note"))
        return text_of(o, "text")[0] && text_of(o, "level")[0] ? NULL : "a note has a level and a text";
    if (!strcmp(view, "report"))
        return json_is_array(json_object_get(o, "items")) ? NULL : "a report has items";
    if (!strcmp(view, "error"))
        return text_of(o, "code")[0] && text_of(o, "message")[0] ? NULL : "an error has a code and a message";
    return "there is no such view";
}

static int check(void)
{
    int faults = 0;
    for (size_t i = 0; i < n_lines; i++) {
        const char *fault = view_fault(lines[i]);
        if (fault)
            printf("line %zu: %s\n", i + 1, fault);
        faults += fault != NULL;
    }
    return faults > 0;
}

static json_t *last_table(const char *id)
{
    for (size_t i = n_lines; i-- > 0;)
        if (!strcmp(text_of(lines[i], "view"), "table") && !strcmp(text_of(lines[i], "id"), id))
            return lines[i];
    return NULL;
}

static json_t *cell(const char *id, const char *column, const char *row)
{
    json_t *t = last_table(id), *columns = json_object_get(t, "columns"), *rows = json_object_get(t, "rows");
    size_t j = 0, i = 0;
    while (j < json_array_size(columns) && strcmp(json_string_value(json_array_get(columns, j)), column) != 0)
        j++;
    char *end;
    unsigned long number = strtoul(row, &end, 10);
    if (*row && !*end)
        return json_array_get(json_array_get(rows, number), j);
    for (; i < json_array_size(rows); i++) {
        const char *first = json_string_value(json_array_get(json_array_get(rows, i), 0));
        if (first && !strcmp(first, row))
            return json_array_get(json_array_get(rows, i), j);
    }
    return NULL;
}

static int print(const json_t *v)
{
    if (!v)
        return 1;
    if (json_is_string(v)) {
        puts(json_string_value(v));
        return 0;
    }
    char *s = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17));
    puts(s);
    free(s);
    return 0;
}

static int get(const char *line, char *path)
{
    size_t n = strtoul(line, NULL, 10);
    json_t *v = n < n_lines ? lines[n] : NULL;
    for (char *part = path; v && *part;) {
        size_t len = strcspn(part, ".");
        char more = part[len];
        part[len] = 0;
        v = json_is_array(v) ? json_array_get(v, strtoul(part, NULL, 10)) : json_object_get(v, part);
        part += len + (more != 0);
    }
    return print(v);
}

static int near(const json_t *v, const char *wanted, const char *tolerance)
{
    double want = strtod(wanted, NULL), tol = strtod(tolerance, NULL);
    if (!json_is_number(v)) {
        puts("there is no such number");
        return 1;
    }
    double got = json_number_value(v);
    if (fabs(got - want) <= tol)
        return 0;
    printf("wanted %.17g, got %.17g\n", want, got);
    return 1;
}

/* A time in words: ", in 1.23 ms" up to the end or the next semicolon. */
static void strip_text(json_t *o)
{
    const char *s = text_of(o, "text"), *in = strstr(s, ", in ");
    if (!in)
        return;
    const char *end = in + strcspn(in, ";");
    json_t *text = json_sprintf("%.*s%s", (int)(in - s), s, end);
    json_object_set_new(o, "text", text);
}

static int strip(void)
{
    for (size_t i = 0; i < n_lines; i++) {
        json_t *columns = json_object_get(lines[i], "columns"), *row;
        strip_text(lines[i]);
        for (size_t j = json_array_size(columns), k; j-- > 0;) {
            const char *name = json_string_value(json_array_get(columns, j));
            if (!name || (strcmp(name, "fit_s") != 0 && strcmp(name, "predict_s") != 0))
                continue;
            json_array_remove(columns, j);
            json_array_foreach (json_object_get(lines[i], "rows"), k, row)
                json_array_remove(row, j);
        }
        print(lines[i]);
    }
    return 0;
}

/* ---- judge -------------------------------------------------------------------------------------------------- */

/* A loaded table, and what became of it. */
struct trial {
    char name[64];
    size_t rows;
    const json_t *error, *predictions;
};

/* "case_x: 60 rows, 5 columns, …" begins a trial. */
static int begins_trial(const json_t *o, struct trial *t)
{
    return !strcmp(text_of(o, "view"), "note") &&
           sscanf(text_of(o, "text"), "case_%63[a-z_]: %zu row", t->name, &t->rows) == 2;
}

/* What is wrong with the sentence of an error; NULL: nothing. */
static const char *sentence_fault(const json_t *error)
{
    const char *said = text_of(error, "message"), *code = text_of(error, "code");
    size_t n = strlen(said);
    if (!strcmp(code, "INTERNAL") || !strcmp(code, "PLUGIN") || !strcmp(code, "MEMORY"))
        return "an error of this kind is no refusal";
    if (n < 20 || strchr(said, '\n') || said[n - 1] == '.' || said[n - 1] == ' ')
        return "it is no sentence";
    if (strstr(said, "(null)") || strstr(said, " 1 rows") || strstr(said, "  "))
        return "it is a careless sentence";
    return NULL;
}

/* Cells that a model made: prediction, p_LEVEL, score, pca1, … are the columns after those of the table. */
static const char *prediction_fault(const struct trial *t, size_t *at)
{
    const json_t *columns = json_object_get(t->predictions, "columns"),
                 *rows = json_object_get(t->predictions, "rows");
    size_t p = json_array_size(columns), first = p;
    for (size_t j = p; j-- > 0;) {
        const char *name = json_string_value(json_array_get(columns, j));
        if (name[0] != 'x' && strcmp(name, "y") != 0 && strcmp(name, "w") != 0 && strcmp(name, "z") != 0)
            first = j;
    }
    if (first == p)
        return "there is no column of predictions";
    if (json_array_size(rows) != t->rows)
        return "there are not as many predictions as rows";
    for (size_t i = 0; i < t->rows; i++) {
        double sum = 0;
        int probabilities = 0;
        *at = i + 1;
        for (size_t j = first; j < p; j++) {
            const char *name = json_string_value(json_array_get(columns, j));
            const json_t *v = json_array_get(json_array_get(rows, i), j);
            if (json_is_null(v) && strcmp(name, "cluster") != 0) /* noise belongs to no cluster */
                return "a prediction is missing";
            if (strncmp(name, "p_", 2) != 0)
                continue;
            double x = json_number_value(v);
            if (!(x >= 0 && x <= 1))
                return "a probability is out of range";
            sum += x;
            probabilities = 1;
        }
        if (probabilities && fabs(sum - 1) > 1e-9)
            return "the probabilities don't add up to 1";
    }
    return NULL;
}

static int judge(const char *wanted)
{
    struct trial now = {"", 0, NULL, NULL}, next;
    size_t trials = 0, refused = 0, faults = 0;
    for (size_t i = 0; i <= n_lines; i++) {
        int begins = i < n_lines && begins_trial(lines[i], &next);
        if ((begins || i == n_lines) && now.name[0]) {
            size_t row = 0;
            const char *fault = now.error         ? sentence_fault(now.error)
                                : now.predictions ? prediction_fault(&now, &row)
                                                  : "it ended without an answer";
            if (fault)
                printf("%s: %s (%s%zu)\n", now.name, fault, now.error ? text_of(now.error, "message") : "row ",
                       row);
            faults += fault != NULL;
            refused += now.error != NULL;
            trials++;
        }
        if (begins) {
            now = next;
            now.error = now.predictions = NULL;
        } else if (i < n_lines && !strcmp(text_of(lines[i], "view"), "error") && !now.error)
            now.error = lines[i];
        else if (i < n_lines && !strcmp(text_of(lines[i], "id"), "predictions"))
            now.predictions = lines[i];
    }
    if (trials != strtoul(wanted, NULL, 10))
        printf("%zu tables of %s were tried; the last was %s\n", trials, wanted, now.name);
    else if (!faults)
        printf("%zu tables, %zu refused\n", trials, refused);
    return faults || trials != strtoul(wanted, NULL, 10);
}

static int run(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (!read_lines())
        return 1;
    if (!strcmp(what, "check"))
        return check();
    if (!strcmp(what, "strip"))
        return strip();
    if (!strcmp(what, "ids")) {
        for (size_t i = 0; i < n_lines; i++)
            printf("%s%s%s\n", text_of(lines[i], "view"), json_object_get(lines[i], "id") ? " " : "",
                   text_of(lines[i], "id"));
        return 0;
    }
    if (!strcmp(what, "columns") && argc == 3) {
        size_t i;
        json_t *c, *t = last_table(argv[2]);
        json_array_foreach (json_object_get(t, "columns"), i, c)
            printf("%s%s", i ? "," : "", json_string_value(c));
        puts("");
        return t == NULL;
    }
    if (!strcmp(what, "cell") && argc == 5)
        return print(cell(argv[2], argv[3], argv[4]));
    if (!strcmp(what, "get") && argc == 4)
        return get(argv[2], argv[3]);
    if (!strcmp(what, "near") && argc == 7)
        return near(cell(argv[2], argv[3], argv[4]), argv[5], argv[6]);
    if (!strcmp(what, "judge") && argc == 3)
        return judge(argv[2]);
    fprintf(stderr, "json_lines: what?\n");
    return 2;
}

int main(int argc, char **argv)
{
    int status = run(argc, argv);
    for (size_t i = 0; i < n_lines; i++)
        json_decref(lines[i]);
    return status;
}
