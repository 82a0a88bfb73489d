/* clustering_view: what judged clusterings look like: scores, clusters beside classes, the silhouette plot. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "ops/clustering.h"

const char *silhouette_word(double mean)
{
    return mean > 0.7 ? "strong" : mean > 0.5 ? "reasonable" : mean > 0.25 ? "weak" : "no";
}

/* ---- scores ------------------------------------------------------------------------------------------------- */

static const enum metric_id shapes[] = {METRIC_SILHOUETTE, METRIC_DAVIES_BOULDIN, METRIC_CALINSKI_HARABASZ,
                                        METRIC_INERTIA};
static const enum metric_id agreements[] = {METRIC_ARI, METRIC_NMI, METRIC_HOMOGENEITY, METRIC_COMPLETENESS};
static const char *const shape_head[] = {NULL, "db", "ch", NULL}, *const agreement_head[] = {NULL, NULL, "homog",
                                                                                             "compl"};
enum { SHAPES = 4, AGREEMENTS = 4 };

static void best_first(const struct clustering *c, size_t n, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        double v = c[i].metric[METRIC_SILHOUETTE];
        size_t at = i;
        for (; at > 0; at--) {
            double w = c[order[at - 1]].metric[METRIC_SILHOUETTE];
            if (!(v > w || (isnan(w) && !isnan(v))))
                break;
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void add_notes(struct view *v, const struct clustering *c)
{
    if (c->k < 2)
        view_add_note(v, VIEW_INFO, "%s found %zu cluster%s: silhouette and the indices compare two or more",
                      c->name, c->k, plural(c->k));
    if (c->noise)
        view_add_note(v, VIEW_INFO, "%s: %zu row%s noise: left out where shapes are measured%s", c->name, c->noise,
                      c->noise == 1 ? " is" : "s are",
                      c->truth ? ", and a group of their own beside the classes" : "");
    if (c->drawn < c->n)
        view_add_note(v, VIEW_INFO, "%s: the silhouette is that of %zu rows drawn from the %zu", c->name, c->drawn,
                      c->n);
    if (c->unknown)
        view_add_note(v, VIEW_INFO, "%s: %zu rows without %s are not compared with the classes", c->name,
                      c->unknown, c->truth->target);
    if (c->truth_was_seen)
        view_add_note(v, VIEW_WARNING, "%s was clustered by %s too, so it agrees with it more than it should",
                      c->name, c->truth->target);
    if (c->unseen)
        view_add_note(v, VIEW_WARNING, "%s: %zu value%s never seen in training and counted as missing", c->name,
                      c->unseen, c->unseen == 1 ? " was" : "s were");
}

/* Rows, columns or scaling differ: then distances do. */
static bool same_space(const struct clustering *a, const struct clustering *b)
{
    const struct lt_column *ca, *cb;
    size_t n = recipe_outputs(model_recipe(a->model), &ca);
    if (recipe_outputs(model_recipe(b->model), &cb) != n)
        return false;
    for (size_t j = 0; j < n; j++)
        if (!str_eq(ca[j].name, cb[j].name) || ca[j].storage != cb[j].storage)
            return false;
    return true;
}

/* What a list of clusterings has to show. */
struct shown {
    bool truth, truth_was_seen, noise, one_space;
};

static struct shown what_is_shown(const struct clustering *c, size_t n)
{
    struct shown w = {.one_space = true};
    for (size_t i = 0; i < n; i++) {
        w.truth |= c[i].truth != NULL;
        w.truth_was_seen |= c[i].truth_was_seen;
        w.noise |= c[i].noise > 0;
        w.one_space &= same_space(&c[0], &c[i]);
    }
    return w;
}

enum { FIRST = 6, LAST = FIRST + SHAPES + AGREEMENTS };

static struct view *scores_table(struct shown w)
{
    struct view_column columns[LAST + 2] = {
        {"model", NULL, CELL_TEXT, 0},   {"algo", NULL, CELL_TEXT, 0},
        {"on", NULL, CELL_TEXT, 0},      {"n", NULL, CELL_INT, 0},
        {"clusters", NULL, CELL_INT, 0}, {"noise", NULL, CELL_INT, 0, .detail = !w.noise}};
    for (size_t j = 0; j < SHAPES; j++)
        columns[FIRST + j] =
            (struct view_column){metric_table[shapes[j]].name, shape_head[j], j == 0 ? CELL_SCORE : CELL_REAL, 5};
    for (size_t j = 0; j < AGREEMENTS; j++)
        columns[FIRST + SHAPES + j] = (struct view_column){metric_table[agreements[j]].name, agreement_head[j],
                                                           CELL_SCORE, 0, .detail = !w.truth};
    columns[LAST] = (struct view_column){"fit_s", "fit", CELL_SECONDS, 0};
    columns[LAST + 1] = (struct view_column){"predict_s", "predict", CELL_SECONDS, 0};
    return view_table_new("metrics", "Scores", columns, LAST + 2);
}

static void scores_row(struct view *v, const struct clustering *m, bool best)
{
    size_t r = view_row(v);
    view_cell_text(v, r, 0, m->name);
    view_cell_text(v, r, 1, model_algo(m->model)->d.id);
    view_cell_text(v, r, 2, m->on);
    view_cell_int(v, r, 3, (int64_t)m->n);
    view_cell_int(v, r, 4, (int64_t)m->k);
    view_cell_int(v, r, 5, (int64_t)m->noise);
    for (size_t j = 0; j < SHAPES; j++)
        view_cell_real(v, r, FIRST + j, m->metric[shapes[j]]);
    for (size_t j = 0; j < AGREEMENTS; j++)
        view_cell_real(v, r, FIRST + SHAPES + j, m->metric[agreements[j]]);
    view_cell_real(v, r, LAST, model_fit_seconds(m->model));
    view_cell_real(v, r, LAST + 1, m->predict_s);
    view_row_follow(v, r, "silhouette %s", m->name);
    view_row_level(v, r, best);
}

struct view *clusterings_view(const struct clustering *c, size_t n)
{
    struct shown w = what_is_shown(c, n);
    struct view *v = scores_table(w);
    size_t *order = mem_zero(n, sizeof *order);
    best_first(c, n, order);
    for (size_t i = 0; i < n; i++) {
        scores_row(v, &c[order[i]], i == 0 && n > 1);
        add_notes(v, &c[order[i]]);
    }
    if (w.truth)
        view_set_caption(v, "ari, nmi, homogeneity, completeness: the clusters against %s%s", c[0].truth->target,
                         w.truth_was_seen ? "" : ", which they never saw");
    if (!w.one_space)
        view_add_note(v, VIEW_WARNING,
                      "not all of them saw the same columns: silhouette, davies_bouldin, calinski_harabasz and "
                      "inertia can't be compared across different columns");
    mem_free(order);
    return v;
}

/* ---- clusters and classes ----------------------------------------------------------------------------------- */

/* Cluster c (k: noise) of class j. */
static double count_of(const struct clustering *c, size_t cluster, size_t class)
{
    return c->count[class * (c->k + 1) + cluster];
}

static const char *cluster_name(const struct clustering *c, size_t cluster, struct arena *a)
{
    return cluster == c->k ? "noise" : arena_printf(a, "%d", (int)c->number[cluster]);
}

/* One cluster's counts as a row of the table and of the heat map; how many are of its largest class. */
static double contingency_row(struct view *t, const struct clustering *c, size_t cluster, const char *name,
                              struct arena *a, double *share, const char **label)
{
    const char *const *names = dictionary_words(c->truth->classes);
    double total = 0;
    size_t k = c->classes, most = 0, r = view_row(t);
    for (size_t j = 0; j < k; j++) {
        total += count_of(c, cluster, j);
        most = count_of(c, cluster, j) > count_of(c, cluster, most) ? j : most;
    }
    view_cell_text(t, r, 0, name);
    for (size_t j = 0; j < k; j++) {
        double count = count_of(c, cluster, j);
        view_cell_int(t, r, j + 1, (int64_t)count);
        share[j] = total > 0 ? count / total : (double)NAN;
        label[j] = arena_printf(a, "%.0f", count);
    }
    view_cell_int(t, r, k + 1, (int64_t)total);
    view_cell_text(t, r, k + 2, total > 0 ? names[most] : NULL);
    view_cell_real(t, r, k + 3, total > 0 ? share[most] : (double)NAN);
    return count_of(c, cluster, most);
}

static struct view *contingency_table(const struct clustering *c)
{
    size_t k = c->classes;
    struct view_column *columns = mem_zero(k + 4, sizeof *columns);
    columns[0] = (struct view_column){"cluster", NULL, CELL_TEXT, 0};
    for (size_t j = 0; j < k; j++)
        columns[j + 1] = (struct view_column){dictionary_words(c->truth->classes)[j], NULL, CELL_INT, 0};
    columns[k + 1] = (struct view_column){"total", NULL, CELL_INT, 0};
    columns[k + 2] = (struct view_column){"largest", NULL, CELL_TEXT, 0, .detail = true};
    columns[k + 3] = (struct view_column){"share", NULL, CELL_PERCENT, 0};
    struct view *t = view_table_new("contingency", "", columns, k + 4);
    t->title = arena_printf(t->arena, "Clusters of %s and %s", c->name, c->truth->target);
    mem_free(columns);
    return t;
}

void contingency_views(const struct clustering *c, struct view_list *out)
{
    size_t k = c->classes, rows = c->k + (c->noise > 0);
    struct view *t = contingency_table(c), *p = view_plot_new("contingency", t->title);
    const char **labels = mem_zero(rows * k, sizeof *labels), **names = mem_zero(rows, sizeof *names);
    double *share = mem_zero(rows * k, sizeof *share), right = 0;
    size_t all = c->n - c->unknown;
    for (size_t i = 0; i < rows; i++) {
        names[i] = cluster_name(c, i, p->arena);
        double most = contingency_row(t, c, i, names[i], p->arena, share + i * k, labels + i * k);
        right += i < c->k ? most : 0;
    }
    view_set_caption(t, "%.0f of %zu rows are of the largest class of their cluster", right, all);
    view_plot_axes(p, c->truth->target, "cluster");
    view_plot_heat(p, &(struct plot_heat){.rows = rows,
                                          .cols = k,
                                          .value = share,
                                          .row_labels = names,
                                          .col_labels = dictionary_words(c->truth->classes),
                                          .cell_labels = labels,
                                          .low = 0,
                                          .high = 1});
    view_plot_twin(p, "Clusters of %s against %s: %.0f of %zu rows are of the largest class of their cluster.",
                   c->name, c->truth->target, right, all);
    view_set_caption(p, "shade: share of the cluster");
    view_list_add(out, t);
    if (rows > 1)
        view_list_add(out, p);
    else
        view_unref(p);
    mem_free(labels);
    mem_free(names);
    mem_free(share);
}

/* ---- silhouettes -------------------------------------------------------------------------------------------- */

enum { STEPS_MOST = 400, NAMED_MOST = 12 };

/* What the rows of one cluster say. */
struct outline {
    size_t n;
    double *value;      /* n, descending */
    double mean, below; /* below: share of negative ones */
    int32_t next;       /* where most of them would go; -1: none */
};

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static struct outline outline_of(const struct clustering *c, size_t cluster, double *value, size_t *votes)
{
    struct outline o = {.value = value, .next = -1};
    memset(votes, 0, c->k * sizeof *votes);
    for (size_t i = 0; i < c->drawn; i++) {
        if (c->drawn_label[i] != (int32_t)cluster)
            continue;
        value[o.n++] = c->silhouette[i];
        o.mean += c->silhouette[i];
        o.below += c->silhouette[i] < 0;
        if (c->next[i] >= 0)
            votes[c->next[i]]++;
    }
    for (size_t k = 0; k < c->k; k++)
        if (votes[k] && (o.next < 0 || votes[k] > votes[o.next]))
            o.next = (int32_t)k;
    o.mean = o.n ? o.mean / (double)o.n : (double)NAN;
    o.below = o.n ? o.below / (double)o.n : (double)NAN;
    qsort(value, o.n, sizeof *value, descending);
    return o;
}

static void table_row(struct view *t, const struct clustering *c, size_t cluster, const struct outline *o)
{
    size_t r = view_row(t);
    view_cell_int(t, r, 0, c->number[cluster]);
    view_cell_int(t, r, 1, (int64_t)c->size[cluster]);
    view_cell_real(t, r, 2, o->mean);
    view_cell_real(t, r, 3, o->n ? o->value[o->n - 1] : (double)NAN);
    view_cell_real(t, r, 4, o->n ? o->value[0] : (double)NAN);
    view_cell_real(t, r, 5, o->below);
    if (o->next >= 0)
        view_cell_int(t, r, 6, c->number[o->next]);
}

/* Its rows from x = from on, each as wide as `width`, as bars of at most STEPS_MOST. */
static void draw_outline(struct view *v, const struct clustering *c, size_t cluster, const struct outline *o,
                         double from, double width)
{
    size_t steps = o->n < STEPS_MOST ? o->n : STEPS_MOST;
    double *left = mem_zero(steps, sizeof *left), *right = mem_zero(steps, sizeof *right);
    double *height = mem_zero(steps, sizeof *height);
    for (size_t s = 0; s < steps; s++) {
        left[s] = from + width * (double)(s * o->n / steps);
        right[s] = from + width * (double)((s + 1) * o->n / steps);
        height[s] = o->value[s * o->n / steps];
    }
    bool named = c->k <= NAMED_MOST;
    const char *name = named ? arena_printf(v->arena, "%d: %.2f", (int)c->number[cluster], o->mean) : "";
    view_plot_add(v, &(struct plot_series){.mark = PLOT_HIST,
                                           .name = name,
                                           .n = steps,
                                           .x = left,
                                           .x2 = right,
                                           .y = height,
                                           .style = (int)(cluster % (named ? 8 : 2))});
    mem_free(left);
    mem_free(right);
    mem_free(height);
}

/* Of those whose silhouettes are known, how many are no noise. */
static size_t rows_of(const struct clustering *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->drawn; i++)
        n += c->drawn_label[i] >= 0;
    return n;
}

static bool no_silhouettes(const struct clustering *c, struct err *e)
{
    err_set(e, ERR_INPUT, "'%s' found %zu cluster%s in %zu rows, and silhouettes compare clusters of several rows",
            c->name, c->k, plural(c->k), c->n);
    return err_hint(e, c->k < 2 ? "take another algorithm, or more clusters: clusters kmeans"
                                : "take fewer clusters: clusters kmeans");
}

/* The mean as a guide, the axes, and the picture in words. */
static void finish_picture(struct view *v, const struct clustering *c, double mean, const char *by_cluster)
{
    view_plot_add(v, &(struct plot_series){.mark = PLOT_RULE,
                                           .name = arena_printf(v->arena, "mean %.2f", mean),
                                           .n = 1,
                                           .y = &mean,
                                           .style = PLOT_STYLE_GUIDE});
    view_plot_axes(v, "rows by cluster, %", "silhouette");
    view_plot_twin(v, "Mean silhouette %.4f of %zu rows; by cluster %s%s.", mean, rows_of(c), by_cluster,
                   c->k > NAMED_MOST ? ", …" : "");
    view_set_caption(v, "broad and even is good; below 0 a row lies nearer to another cluster");
}

bool silhouette_views(const struct clustering *c, struct view_list *out, struct err *e)
{
    static const struct view_column columns[] = {
        {"cluster", NULL, CELL_INT, 0},       {"n", NULL, CELL_INT, 0},     {"silhouette", "mean", CELL_SCORE, 0},
        {"min", NULL, CELL_SCORE, 0},         {"max", NULL, CELL_SCORE, 0}, {"negative", NULL, CELL_PERCENT, 0},
        {"next", "next cluster", CELL_INT, 0}};
    double mean = c->metric[METRIC_SILHOUETTE], from = 0;
    if (isnan(mean))
        return no_silhouettes(c, e);
    struct view *t = view_table_new("silhouette", "", columns, sizeof columns / sizeof *columns);
    struct view *v = view_plot_new("silhouette", "");
    double *value = mem_zero(c->drawn + 1, sizeof *value);
    size_t *votes = mem_zero(c->k + 1, sizeof *votes);
    struct str words = STR_INIT;
    /* Rows and the gaps between clusters fill 0 … 100. */
    double gap = fmin(1.5, 10 / (double)c->k), width = (100 - gap * (double)(c->k - 1)) / (double)rows_of(c);

    v->title = arena_printf(v->arena, "Silhouettes of %s", c->name);
    t->title = arena_strdup(t->arena, v->title);
    for (size_t k = 0; k < c->k; k++) {
        struct outline o = outline_of(c, k, value, votes);
        table_row(t, c, k, &o);
        if (o.n)
            draw_outline(v, c, k, &o, from, width);
        from += width * (double)o.n + gap;
        if (k < NAMED_MOST)
            str_printf(&words, "%s%d: %.3f", k ? ", " : "", (int)c->number[k], o.mean);
    }
    finish_picture(v, c, mean, str_get(&words));
    view_set_caption(t, "mean silhouette %.4f on %s: %s structure (above 0.7 strong, 0.5 reasonable, 0.25 weak)",
                     mean, c->on, silhouette_word(mean));
    add_notes(t, c);
    view_list_add(out, v);
    view_list_add(out, t);
    str_done(&words);
    mem_free(value);
    mem_free(votes);
    return true;
}
