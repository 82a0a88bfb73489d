/* module: `lathe plugin check`, `lathe plugin bench` and `lathe plugin new`. */
#include "cmd/module.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/pool.h"
#include "base/str.h"
#include "host/conform.h"
#include "host/speed.h"

/* ---- a module ---------------------------------------------------------------------------------------------- */

/* Are two paths the same file? Modules keep the path that they were loaded by. */
static bool same_file(const char *a, const char *b)
{
    char *x = realpath(a, NULL), *y = realpath(b, NULL);
    bool same = x && y && strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

static bool load(const char *path, struct err *e)
{
    char *real = realpath(path, NULL); /* dlopen would search a name without a slash elsewhere */
    bool loaded = algo_load_module(real ? real : path, e);
    free(real);
    return loaded;
}

/* ---- check -------------------------------------------------------------------------------------------------- */

struct listener {
    void (*say)(void *arg, const char *line);
    void *arg;
    const char *id;
    int passed, failed, skipped;
};

static void hear(void *arg, const struct conform_result *r)
{
    struct listener *l = arg;
    struct str s = STR_INIT;
    str_printf(&s, "%-7s %s: %s", r->skipped ? "skipped" : r->passed ? "ok" : "FAILED", l->id, r->check);
    if (r->detail[0] && (r->skipped || !r->passed))
        str_printf(&s, " (%s)", r->detail);
    l->say(l->arg, str_get(&s));
    str_done(&s);
    l->skipped += r->skipped;
    l->passed += r->passed && !r->skipped;
    l->failed += !r->passed && !r->skipped;
}

bool module_check(const char *path, void (*say)(void *arg, const char *line), void *arg, int *failed,
                  struct err *e)
{
    struct listener l = {.say = say, .arg = arg};
    struct str s = STR_INIT;
    int algorithms = 0;
    if (!load(path, e))
        return false;
    for (size_t i = 0; i < algo_count(); i++) {
        const struct algo *a = algo_at(i);
        if (!same_file(a->module, path))
            continue;
        l.id = a->d.id;
        algorithms++;
        conform_run(a, hear, &l);
    }
    str_printf(&s, "%d algorithm%s: %d passed, %d failed, %d skipped", algorithms, algorithms == 1 ? "" : "s",
               l.passed, l.failed, l.skipped);
    say(arg, str_get(&s));
    str_done(&s);
    *failed = l.failed;
    return true;
}

/* ---- bench -------------------------------------------------------------------------------------------------- */

enum { SIZES_MOST = 16 };

/* What the words after the module's path ask for. */
struct bench_words {
    size_t rows[SIZES_MOST], columns[SIZES_MOST];
    size_t n_rows, n_columns;
    double seconds;
    const char *const *ids;
    size_t n_ids;
};

static int by_size(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

/* "1000,10000": whole numbers from `min` to `max`, in their order. */
static bool read_sizes(const char *name, const char *text, size_t min, size_t max, size_t *sizes, size_t *n,
                       struct err *e)
{
    *n = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        int64_t size;
        if (!number_parse_int(at, length, &size) || size < (int64_t)min || size > (int64_t)max || *n == SIZES_MOST)
            return err_set(e, ERR_RANGE, "%s wants up to %d whole numbers from %zu to %zu with commas, not '%s'",
                           name, SIZES_MOST, min, max, text);
        sizes[(*n)++] = (size_t)size;
        at += length;
        if (!*at)
            break;
    }
    qsort(sizes, *n, sizeof *sizes, by_size);
    return true;
}

static bool read_words(struct bench_words *w, const char *const *words, size_t n, const char **ids, struct err *e)
{
    *w = (struct bench_words){{1000, 10000, 100000}, {10, 28}, 3, 2, 2, ids, 0};
    for (size_t i = 0; i < n; i++) {
        const char *word = words[i];
        if (str_starts(word, "rows=")) {
            if (!read_sizes("rows", word + 5, 10, 100000000, w->rows, &w->n_rows, e))
                return false;
        } else if (str_starts(word, "columns=")) {
            if (!read_sizes("columns", word + 8, 1, 10000, w->columns, &w->n_columns, e))
                return false;
        } else if (str_starts(word, "seconds=")) {
            if (!number_parse(word + 8, strlen(word + 8), &w->seconds) || !(w->seconds > 0 && w->seconds <= 86400))
                return err_set(e, ERR_RANGE, "seconds wants a number above 0, not '%s'", word + 8);
        } else if (strchr(word, '='))
            return err_set(e, ERR_RANGE, "bench has no '%s'; there are rows=, columns= and seconds=", word);
        else
            ids[w->n_ids++] = word;
    }
    return true;
}

/* Every id names an algorithm of the module. */
static bool check_ids(const char *path, const struct bench_words *w, struct err *e)
{
    for (size_t k = 0; k < w->n_ids; k++) {
        bool found = false;
        for (size_t i = 0; i < algo_count() && !found; i++)
            found = str_eq(algo_at(i)->d.id, w->ids[k]) && same_file(algo_at(i)->module, path);
        if (found)
            continue;
        err_set(e, ERR_NOT_FOUND, "%s has no algorithm '%s'", path, w->ids[k]);
        struct str s = STR_INIT;
        for (size_t i = 0; i < algo_count(); i++)
            if (same_file(algo_at(i)->module, path))
                str_printf(&s, "%s%s", s.len ? ", " : "", algo_at(i)->d.id);
        err_hint(e, "it has %s", str_get(&s));
        str_done(&s);
        return false;
    }
    return true;
}

enum { TASK, ROWS, COLUMNS, FIT, RATE, ONE, SPEEDUP, PREDICT, MEMORY, GROWTH, STOP, N_COLUMNS };
static const struct view_column bench_columns[N_COLUMNS] = {
    [TASK] = {"task", NULL, CELL_TEXT, 0},       [ROWS] = {"rows", NULL, CELL_INT, 0},
    [COLUMNS] = {"columns", NULL, CELL_INT, 0},  [FIT] = {"fit", NULL, CELL_SECONDS, 0},
    [RATE] = {"rows_s", "rows/s", CELL_REAL, 3}, [ONE] = {"fit_one", "1 thread", CELL_SECONDS, 0},
    [SPEEDUP] = {"speedup", NULL, CELL_REAL, 2}, [PREDICT] = {"predict", NULL, CELL_SECONDS, 0},
    [MEMORY] = {"memory", NULL, CELL_BYTES, 0},  [GROWTH] = {"growth", NULL, CELL_REAL, 2},
    [STOP] = {"stop", NULL, CELL_SECONDS, 0},
};

static const char *task_of(enum lt_task task)
{
    static const struct {
        enum lt_task task;
        const char *word;
    } words[] = {{LT_CLASSIFY, "classify"},   {LT_REGRESS, "regress"}, {LT_CLUSTER, "cluster"},
                 {LT_TRANSFORM, "transform"}, {LT_ANOMALY, "anomaly"}, {LT_EMBED, "embed"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].task == task)
            return words[i].word;
    return "?";
}

static void add_speed(void *arg, const struct speed_row *row)
{
    struct view *v = arg;
    const size_t r = view_row(v);
    view_cell_text(v, r, TASK, task_of(row->task));
    view_cell_int(v, r, ROWS, (int64_t)row->rows);
    view_cell_int(v, r, COLUMNS, (int64_t)row->columns);
    view_cell_real(v, r, FIT, row->fit);
    view_cell_real(v, r, RATE, (double)row->rows / row->fit);
    view_cell_real(v, r, ONE, row->fit_one);
    view_cell_real(v, r, SPEEDUP, row->fit_one / row->fit);
    view_cell_real(v, r, PREDICT, row->predict);
    view_cell_real(v, r, MEMORY, row->memory);
    view_cell_real(v, r, GROWTH, row->growth);
    view_cell_real(v, r, STOP, row->stop);
    if (row->why[0])
        view_add_note(v, VIEW_WARNING, "%s, %zu x %zu: %s", task_of(row->task), row->rows, row->columns, row->why);
}

static bool bench_one(const struct algo *a, const struct speed_plan *plan, void (*show)(void *, struct view *),
                      void *arg, struct err *e)
{
    struct view *v = view_table_new("bench", a->d.id, bench_columns, N_COLUMNS);
    view_set_caption(
        v,
        "fit and predict: seconds with %u thread%s, preparation included; memory: what training took on top; "
        "growth: time grows like rows to this power; stop: the longest wait after asking to stop",
        plan->threads, plan->threads == 1 ? "" : "s");
    bool good = speed_run(a, plan, add_speed, v, e);
    show(arg, v); /* also the half of one that was stopped */
    return good;
}

bool module_bench(const char *path, const char *const *words, size_t n_words, struct progress *progress,
                  void (*show)(void *arg, struct view *v), void *arg, struct err *e)
{
    struct bench_words w;
    const char **ids = mem_zero(n_words + 1, sizeof *ids);
    bool good = read_words(&w, words, n_words, ids, e) && load(path, e) && check_ids(path, &w, e);
    for (size_t i = 0; good && i < algo_count(); i++) {
        const struct algo *a = algo_at(i);
        bool asked = !w.n_ids && same_file(a->module, path);
        for (size_t k = 0; k < w.n_ids && !asked; k++)
            asked = str_eq(a->d.id, w.ids[k]);
        if (asked)
            good = bench_one(a,
                             &(struct speed_plan){.rows = w.rows,
                                                  .columns = w.columns,
                                                  .n_rows = w.n_rows,
                                                  .n_columns = w.n_columns,
                                                  .patience = w.seconds,
                                                  .threads = pool_threads(),
                                                  .progress = progress},
                             show, arg, e);
    }
    mem_free(ids);
    return good;
}

/* ---- new ---------------------------------------------------------------------------------------------------- */

/* The skeleton; @ stands for the name. It predicts the mean of each class or of the target: nothing to be proud of,
 * and everything in its place. */
static const char skeleton[] =
    "/* @: an algorithm for lathe. Predicts the mean of the target, or how frequent each class was.\n"
    " *\n"
    " * build:  cc -O2 -shared -fPIC -I INCLUDE @.c -o @.so -lm\n"
    " * check:  lathe plugin check ./@.so\n"
    " * use:    LATHE_PLUGIN_PATH=. lathe, then: load iris; target species; train @ */\n"
    "#include <math.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "\n"
    "#include \"lathe.h\"\n"
    "\n"
    "/* What training leaves behind. */\n"
    "struct model {\n"
    "    uint32_t task, n_classes; /* n_classes 0: regression */\n"
    "    double smoothing;\n"
    "    uint64_t taken;           /* steps */\n"
    "    double *value;            /* the mean, or n_classes shares */\n"
    "};\n"
    "\n"
    "/* The rows of the parameters; the enum names them, so that params->v[SMOOTHING] reads well. */\n"
    "enum { SMOOTHING };\n"
    "static const struct lt_param params[] = {\n"
    "    [SMOOTHING] = {.name = \"smoothing\", .type = LT_REAL, .def = \"0\", .min = 0, .max = 1e6,\n"
    "                   .doc = \"rows that each class is taken to have had already\"},\n"
    "};\n"
    "\n"
    "static size_t n_values(const struct model *m)\n"
    "{\n"
    "    return m->n_classes ? m->n_classes : 1;\n"
    "}\n"
    "\n"
    "static void model_free(void *model)\n"
    "{\n"
    "    struct model *m = model;\n"
    "    if (m)\n"
    "        free(m->value);\n"
    "    free(m);\n"
    "}\n"
    "\n"
    "static struct model *model_new(uint32_t task, uint32_t n_classes)\n"
    "{\n"
    "    struct model *m = calloc(1, sizeof *m);\n"
    "    if (!m)\n"
    "        return NULL;\n"
    "    m->task = task;\n"
    "    m->n_classes = task == LT_CLASSIFY ? n_classes : 0;\n"
    "    m->value = calloc(n_values(m), sizeof *m->value);\n"
    "    if (m->value)\n"
    "        return m;\n"
    "    model_free(m);\n"
    "    return NULL;\n"
    "}\n"
    "\n"
    "/* Makes the model; what all steps share is prepared here. */\n"
    "static int begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *d, void **model)\n"
    "{\n"
    "    if (d->n == 0)\n"
    "        return ctx->fail(ctx, LT_INVALID, \"there are no rows to learn from\");\n"
    "    struct model *m = model_new(d->task, d->n_classes);\n"
    "    if (!m)\n"
    "        return ctx->fail(ctx, LT_MEMORY, \"out of memory\");\n"
    "    m->smoothing = p->v[SMOOTHING].r;\n"
    "    *model = m;\n"
    "    return LT_OK;\n"
    "}\n"
    "\n"
    "/* One step is the whole training here. A learner that improves step by step reports its loss with\n"
    " * ctx->metric(ctx, \"loss\", unit, value), polls ctx->cancelled(ctx) and returns LT_MORE until it is done. "
    "*/\n"
    "static int step(struct lt_ctx *ctx, void *model, const struct lt_data *d, uint64_t units)\n"
    "{\n"
    "    struct model *m = model;\n"
    "    double total = m->smoothing * (double)m->n_classes;\n"
    "    (void)ctx;\n"
    "    if (units == 0 || m->taken)\n"
    "        return m->taken ? LT_DONE : LT_MORE;\n"
    "    for (size_t k = 0; k < n_values(m); k++)\n"
    "        m->value[k] = m->n_classes ? m->smoothing : 0;\n"
    "    for (size_t i = 0; i < d->n; i++) {\n"
    "        double w = d->weight ? d->weight[i] : 1;\n"
    "        total += w;\n"
    "        if (m->n_classes)\n"
    "            m->value[d->label[i]] += w;\n"
    "        else\n"
    "            m->value[0] += w * d->y[i];\n"
    "    }\n"
    "    for (size_t k = 0; k < n_values(m); k++)\n"
    "        m->value[k] = total > 0 ? m->value[k] / total : 1.0 / (double)n_values(m);\n"
    "    m->taken = 1;\n"
    "    return LT_DONE;\n"
    "}\n"
    "\n"
    "/* How far it is, for the bar: one step, and it is known beforehand. */\n"
    "static int units(const void *model, uint64_t *taken, uint64_t *planned)\n"
    "{\n"
    "    *taken = ((const struct model *)model)->taken;\n"
    "    *planned = 1;\n"
    "    return LT_OK;\n"
    "}\n"
    "\n"
    "static int predict(struct lt_ctx *ctx, const void *model, const struct lt_data *d, struct lt_out *out)\n"
    "{\n"
    "    const struct model *m = model;\n"
    "    (void)ctx;\n"
    "    for (size_t i = 0; i < d->n; i++) {\n"
    "        if (m->n_classes)\n"
    "            memcpy(out->proba + i * m->n_classes, m->value, m->n_classes * sizeof *m->value);\n"
    "        else\n"
    "            out->value[i] = m->value[0];\n"
    "    }\n"
    "    return LT_OK;\n"
    "}\n"
    "\n"
    "/* What there is to see, for the verb `show`. */\n"
    "static int describe(struct lt_ctx *ctx, const void *model)\n"
    "{\n"
    "    static const char *const columns[] = {\"number:int\", \"value:real\"};\n"
    "    const struct model *m = model;\n"
    "    ctx->emit_table(ctx, \"summary\", \"What was learned\", columns, 2);\n"
    "    for (size_t k = 0; k < n_values(m); k++)\n"
    "        ctx->emit_row(ctx, (const struct lt_cell[]){LT_CINT(k), LT_CREAL(m->value[k])});\n"
    "    return LT_OK;\n"
    "}\n"
    "\n"
    "/* The state as named arrays; the host writes the file. */\n"
    "static int save(struct lt_ctx *ctx, const void *model)\n"
    "{\n"
    "    const struct model *m = model;\n"
    "    struct lt_tensor t = {.dtype = LT_T_F64, .ndim = 1, .shape = {n_values(m)}, .data = m->value};\n"
    "    return ctx->put_tensor(ctx, \"value\", &t);\n"
    "}\n"
    "\n"
    "/* A file is not to be trusted: check every size. */\n"
    "static int load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)\n"
    "{\n"
    "    struct lt_tensor t;\n"
    "    struct model *m = model_new(info->task, info->n_classes);\n"
    "    if (!m)\n"
    "        return ctx->fail(ctx, LT_MEMORY, \"out of memory\");\n"
    "    if (ctx->get_tensor(ctx, \"value\", LT_T_F64, 1, &t) != LT_OK || t.shape[0] != n_values(m)) {\n"
    "        model_free(m);\n"
    "        return ctx->fail(ctx, LT_INVALID, \"the file does not hold this model\");\n"
    "    }\n"
    "    memcpy(m->value, t.data, n_values(m) * sizeof *m->value);\n"
    "    m->smoothing = p->v[SMOOTHING].r;\n"
    "    m->taken = 1;\n"
    "    *model = m;\n"
    "    return LT_OK;\n"
    "}\n"
    "\n"
    "static const struct lt_algo algo = {\n"
    "    LT_HEADER(1),\n"
    "    .id = \"@\",\n"
    "    .name = \"@\",\n"
    "    .version = \"1.0\",\n"
    "    .summary = \"predicts the mean, or the shares of the classes\",\n"
    "    .doc = \"Looks at no feature. Replace this by the formula and the idea behind it.\",\n"
    "    .tasks = LT_CLASSIFY | LT_REGRESS,\n"
    "    .traits = LT_MISSING_OK | LT_WEIGHTS_OK | LT_NO_FEATURES_OK,\n"
    "    .layout = LT_ROWS_F64,\n"
    "    .params = params,\n"
    "    .n_params = sizeof params / sizeof *params,\n"
    "    .unit = \"pass\",\n"
    "    .begin = begin,\n"
    "    .step = step,\n"
    "    .predict = predict,\n"
    "    .describe = describe,\n"
    "    .save = save,\n"
    "    .load = load,\n"
    "    .free = model_free,\n"
    "    .units = units,\n"
    "};\n"
    "\n"
    "LATHE_ALGOS(&algo)\n";

static bool is_id(const char *name)
{
    if (!(name[0] >= 'a' && name[0] <= 'z') || strlen(name) > 40)
        return false;
    for (const char *p = name; *p; p++)
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '_')
            return false;
    return true;
}

/* The folder of lathe.h, where the compiler has to be told: that of the source tree when the program was not
 * installed. NULL: it knows. */
static char *include_dir(void)
{
    static const char *const known[] = {"/usr/include", "/usr/local/include"};
    char *data = file_locate("datasets/index.tsv");
    struct str s = STR_INIT;
    if (data && str_ends(data, "/datasets/index.tsv")) {
        str_addn(&s, data, strlen(data) - strlen("/datasets/index.tsv"));
        str_add(&s, "/src/api");
    }
    mem_free(data);
    char *header = s.len ? file_join(str_get(&s), "lathe.h") : NULL;
    bool there = header && file_exists(header);
    mem_free(header);
    if (there)
        return str_steal(&s);
    str_done(&s);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_eq(LATHE_INCLUDEDIR, known[i]))
            return NULL;
    return mem_strdup(LATHE_INCLUDEDIR);
}

bool module_new(const char *name, void (*say)(void *arg, const char *line), void *arg, struct err *e)
{
    if (!is_id(name)) {
        err_set(e, ERR_INPUT, "'%s' can't be the name of an algorithm", name);
        return err_hint(e, "lower-case letters, digits and _, beginning with a letter, for example: nearest_mean");
    }
    struct str path = STR_INIT, text = STR_INIT, line = STR_INIT;
    char *include = include_dir();
    str_printf(&path, "%s.c", name);
    for (const char *p = skeleton; *p; p++) {
        if (*p == '@')
            str_add(&text, name);
        else if (str_starts(p, "-I INCLUDE ")) {
            if (include)
                str_printf(&text, "-I %s ", include);
            p += strlen("-I INCLUDE ") - 1;
        } else
            str_addc(&text, *p);
    }
    bool good = false;
    if (file_exists(str_get(&path))) {
        err_set(e, ERR_INPUT, "%s is there already and is left as it is", str_get(&path));
        err_hint(e, "choose another name, or move the file away");
    } else {
        good = file_write_atomic(str_get(&path), text.s, text.len, e);
    }
    if (good) {
        str_printf(&line, "wrote %s", str_get(&path));
        say(arg, str_get(&line));
        str_clear(&line);
        str_printf(&line, "build it:  cc -O2 -shared -fPIC %s%s%s%s -o %s.so -lm", include ? "-I " : "",
                   include ? include : "", include ? " " : "", str_get(&path), name);
        say(arg, str_get(&line));
        str_clear(&line);
        str_printf(&line, "check it:  lathe plugin check ./%s.so", name);
        say(arg, str_get(&line));
    }
    mem_free(include);
    str_done(&path);
    str_done(&text);
    str_done(&line);
    return good;
}
