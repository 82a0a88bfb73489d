/* clusters_view: how many clusters, as a table, in words, and in three pictures. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "ops/clustering.h"
#include "ops/clusters.h"

static const char *const judge_name[CLUSTERS_JUDGES] = {
    [BY_ELBOW] = "elbow",       [BY_SILHOUETTE] = "silhouette", [BY_GAP] = "gap",
    [BY_DAVIES_BOULDIN] = "db", [BY_CALINSKI_HARABASZ] = "ch",  [BY_BIC] = "bic",
};

static const struct clusters_score *score_at(const struct clusters_result *r, int k)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->score[i].k == k)
            return &r->score[i];
    return NULL;
}

static int votes_for(const struct clusters_result *r, int k)
{
    int n = 0;
    for (int j = 0; j < CLUSTERS_JUDGES; j++)
        n += k && r->choice[j] == k;
    return n;
}

static int voters(const struct clusters_result *r)
{
    int n = 0;
    for (int j = 0; j < CLUSTERS_JUDGES; j++)
        n += r->choice[j] > 0;
    return n;
}

/* The k that most of them choose, the least of equals. */
static int favourite(const struct clusters_result *r)
{
    int best = 0, most = 0;
    for (size_t i = 0; i < r->n; i++)
        if (votes_for(r, r->score[i].k) > most) {
            most = votes_for(r, r->score[i].k);
            best = r->score[i].k;
        }
    return best;
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

enum { K, INERTIA, SILHOUETTE, GAP, GAP_SE, DAVIES, CALINSKI, BIC, CHOSEN_BY, FIT, COLUMNS };

static struct view *scores_table(const struct clusters_result *r, const char *also)
{
    const struct algo *a = r->options.train.algo;
    bool bic = false, gap = r->refs > 0;
    for (size_t i = 0; i < r->n; i++)
        bic |= !isnan(r->score[i].bic);
    const struct view_column columns[COLUMNS] = {
        [K] = {"k", NULL, CELL_INT, 0},
        [INERTIA] = {"inertia", NULL, CELL_REAL, 5},
        [SILHOUETTE] = {"silhouette", NULL, CELL_SCORE, 0},
        [GAP] = {"gap", NULL, CELL_SCORE, 0, .detail = !gap},
        [GAP_SE] = {"gap_se", "se", CELL_SCORE, 0, .detail = !gap || bic},
        [DAVIES] = {"davies_bouldin", "db", CELL_SCORE, 0},
        [CALINSKI] = {"calinski_harabasz", "ch", CELL_REAL, 5},
        [BIC] = {"bic", NULL, CELL_REAL, 6, .detail = !bic},
        [CHOSEN_BY] = {"chosen_by", NULL, CELL_TEXT, 0, .detail = true},
        [FIT] = {"fit_s", "fit", CELL_SECONDS, 0, .detail = true},
    };
    struct view *v = view_table_new("clusters", "", columns, COLUMNS);
    int best = favourite(r);
    struct str by = STR_INIT;
    v->title = arena_printf(v->arena, "%s: how many clusters?", a->d.name);
    for (size_t i = 0; i < r->n; i++) {
        const struct clusters_score *s = &r->score[i];
        size_t row = view_row(v);
        str_clear(&by);
        for (int j = 0; j < CLUSTERS_JUDGES; j++)
            if (r->choice[j] == s->k)
                str_printf(&by, "%s%s", by.len ? ", " : "", judge_name[j]);
        view_cell_int(v, row, K, s->k);
        view_cell_real(v, row, INERTIA, s->metric[METRIC_INERTIA]);
        view_cell_real(v, row, SILHOUETTE, s->metric[METRIC_SILHOUETTE]);
        view_cell_real(v, row, GAP, s->gap);
        view_cell_real(v, row, GAP_SE, s->gap_se);
        view_cell_real(v, row, DAVIES, s->metric[METRIC_DAVIES_BOULDIN]);
        view_cell_real(v, row, CALINSKI, s->metric[METRIC_CALINSKI_HARABASZ]);
        view_cell_real(v, row, BIC, s->bic);
        view_cell_text(v, row, CHOSEN_BY, by.len ? str_get(&by) : NULL);
        view_cell_real(v, row, FIT, s->fit_s);
        view_row_follow(v, row, "train %s %s=%d%s", a->d.id, algo_param(a, r->options.count_param)->name, s->k,
                        also);
        if (s->k == best)
            view_row_level(v, row, 1);
    }
    view_set_caption(
        v, "%zu rows, a training for each k%s; db: Davies-Bouldin, less is better; ch: Calinski-Harabasz", r->rows,
        gap ? arena_printf(v->arena, ", %d reference samples for the gap", r->refs) : "");
    for (size_t i = 0; i < r->n_notes; i++)
        view_add_note(v, i < r->n_infos ? VIEW_INFO : VIEW_WARNING, "%s", r->notes[i]);
    str_done(&by);
    return v;
}

/* ---- the verdict -------------------------------------------------------------------------------------------- */

/* What stands out, and what must not be missed. */
static void say_doubts(struct str *t, const struct clusters_result *r)
{
    const struct clusters_score *best = score_at(r, r->choice[BY_SILHOUETTE]);
    int last = r->score[r->n - 1].k, gap = r->choice[BY_GAP];
    if (best && best->metric[METRIC_SILHOUETTE] <= 0.25)
        str_add(t, " No silhouette is above 0.25: these rows may well have no clusters at all.");
    if (gap == 1)
        str_add(t, " A gap that chooses 1 says that the rows are no more clustered than a uniform cloud.");
    if (gap == last && r->n > 2)
        str_printf(t, " The gap still grows at %d: to=%d looks further.", last, 2 * last);
    if (!r->choice[BY_ELBOW] && r->n > 2)
        str_add(t, " The inertia falls without a clear elbow.");
    if (gap && r->score[0].k > 1)
        str_printf(t, " With from=1 the gap could also say that there are no clusters.");
}

/* "Silhouette says 2 (0.582: reasonable structure), the gap statistic 3, the elbow 3, Davies-Bouldin 2." */
static void say_choices(struct str *t, const struct clusters_result *r)
{
    static const char *const name[CLUSTERS_JUDGES] = {[BY_GAP] = "the gap statistic",
                                                      [BY_ELBOW] = "the elbow",
                                                      [BY_DAVIES_BOULDIN] = "Davies-Bouldin",
                                                      [BY_CALINSKI_HARABASZ] = "Calinski-Harabasz",
                                                      [BY_BIC] = "BIC"};
    static const enum clusters_judge order[] = {BY_GAP, BY_ELBOW, BY_DAVIES_BOULDIN, BY_CALINSKI_HARABASZ, BY_BIC};
    const struct clusters_score *best = score_at(r, r->choice[BY_SILHOUETTE]);
    const char *comma = "";
    if (best) {
        double s = best->metric[METRIC_SILHOUETTE];
        str_printf(t, "Silhouette says **%d** (%.3f: %s structure)", best->k, s, silhouette_word(s));
        comma = ", ";
    }
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (r->choice[order[i]]) {
            str_printf(t, "%s%s **%d**", comma, name[order[i]], r->choice[order[i]]);
            comma = ", ";
        }
    str_add(t, ".");
}

static void say_favourite(struct str *t, const struct clusters_result *r)
{
    int n = voters(r), k = favourite(r), votes = votes_for(r, k), equals = 0;
    for (size_t i = 0; i < r->n; i++)
        equals += votes_for(r, r->score[i].k) == votes;
    if (n < 2)
        return;
    if (votes == n)
        str_printf(t, " All of them name **%d**.", k);
    else if (equals == 1)
        str_printf(
            t, " **%d** is named most often, by %d of %d; they measure different things, so look at the pictures.",
            k, votes, n);
    else
        str_add(t, " They don't agree on one number: look at the pictures, and at what the clusters are for.");
}

static struct view *verdict(const struct clusters_result *r)
{
    struct str t = STR_INIT;
    if (voters(r))
        say_choices(&t, r);
    else
        str_add(&t, "Nothing tells these numbers apart.");
    say_favourite(&t, r);
    say_doubts(&t, r);
    struct view *v = view_text("verdict", "Verdict", str_get(&t));
    view_set_caption(v, "elbow: the point farthest below the chord (Kneedle, 2011), it moves with from and to%s",
                     r->refs ? "; gap: the least k within one standard error of the next (Tibshirani, Walther and "
                               "Hastie 2001)"
                             : "");
    str_done(&t);
    return v;
}

/* ---- the pictures ------------------------------------------------------------------------------------------- */

struct points {
    size_t n;
    double *x, *y, *error;
};

static struct points points_of(const struct clusters_result *r, enum clusters_judge j)
{
    struct points p = {0, mem_zero(r->n, 8), mem_zero(r->n, 8), mem_zero(r->n, 8)};
    for (size_t i = 0; i < r->n; i++) {
        const struct clusters_score *s = &r->score[i];
        double y = j == BY_ELBOW        ? s->metric[METRIC_INERTIA]
                   : j == BY_SILHOUETTE ? s->metric[METRIC_SILHOUETTE]
                                        : s->gap;
        if (isnan(y))
            continue;
        p.x[p.n] = s->k;
        p.error[p.n] = s->gap_se;
        p.y[p.n++] = y;
    }
    return p;
}

static void points_done(struct points *p)
{
    mem_free(p->x);
    mem_free(p->y);
    mem_free(p->error);
}

/* Upright strokes with a foot and a head; a number that isn't one lifts the pen. */
static void draw_errors(struct view *v, const struct points *p)
{
    enum { EACH = 9 };
    static const double side[] = {-0.12, 0.12, (double)NAN, 0, 0, (double)NAN, -0.12, 0.12, (double)NAN};
    static const double up[] = {-1, -1, (double)NAN, -1, 1, (double)NAN, 1, 1, (double)NAN};
    double *x = mem_zero(EACH * p->n, sizeof *x), *y = mem_zero(EACH * p->n, sizeof *y);
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < EACH; j++) {
            x[EACH * i + j] = p->x[i] + side[j];
            y[EACH * i + j] = p->y[i] + up[j] * p->error[i];
        }
    view_plot_add(
        v, &(struct plot_series){.mark = PLOT_LINE, .name = "", .n = EACH * p->n, .x = x, .y = y, .style = 0});
    mem_free(x);
    mem_free(y);
}

/* The curve with its points, and a guide at the choice. */
static struct view *draw(const struct clusters_result *r, enum clusters_judge j, const char *id, const char *title,
                         const char *y_label, const char *choice)
{
    struct points p = points_of(r, j);
    bool flat = true;
    for (size_t i = 1; i < p.n; i++)
        flat &= p.y[i] == p.y[0];
    struct view *v = p.n > 1 && !flat ? view_plot_new(id, title) : NULL;
    if (v) {
        double at = r->choice[j];
        view_plot_axes(v, "clusters", y_label);
        v->plot->x.integer = true;
        if (r->choice[j])
            view_plot_add(v, &(struct plot_series){.mark = PLOT_RULE,
                                                   .name = arena_printf(v->arena, "%s %d", choice, r->choice[j]),
                                                   .n = 1,
                                                   .x = &at,
                                                   .style = PLOT_STYLE_GUIDE});
        if (j == BY_GAP)
            draw_errors(v, &p);
        view_plot_add(
            v, &(struct plot_series){.mark = PLOT_LINE, .name = "", .n = p.n, .x = p.x, .y = p.y, .style = 0});
        view_plot_add(
            v, &(struct plot_series){.mark = PLOT_POINTS, .name = "", .n = p.n, .x = p.x, .y = p.y, .style = 0});
        struct str words = STR_INIT;
        for (size_t i = 0; i < p.n; i++)
            str_printf(&words, "%s%.0f: %.5g", i ? ", " : "", p.x[i], p.y[i]);
        view_plot_twin(v, "%s by number of clusters: %s.%s%s", y_label, str_get(&words), r->choice[j] ? " " : "",
                       r->choice[j] ? arena_printf(v->arena, "%s %d", choice, r->choice[j]) : "");
        str_done(&words);
    }
    points_done(&p);
    return v;
}

static void add(struct view_list *out, struct view *v, const char *caption)
{
    if (!v)
        return;
    view_set_caption(v, "%s", caption);
    view_list_add(out, v);
}

void clusters_views(const struct clusters_result *r, const char *also, const char *picture, struct view_list *out)
{
    bool all = str_eq(picture, "all");
    view_list_add(out, scores_table(r, also));
    view_list_add(out, verdict(r));
    if (all || str_eq(picture, "elbow"))
        add(out, draw(r, BY_ELBOW, "elbow", "Elbow", "inertia", "elbow at"),
            "inertia always falls; where it stops falling fast is the elbow");
    if (all || str_eq(picture, "silhouette"))
        add(out, draw(r, BY_SILHOUETTE, "silhouettes", "Mean silhouette", "silhouette", "highest at"),
            "higher is better: clusters that are narrow and far apart");
    if (all || str_eq(picture, "gap"))
        add(out, draw(r, BY_GAP, "gap", "Gap statistic", "gap", "1-SE rule:"),
            "how much tighter than clusters of a uniform cloud; bars are one standard error");
}
