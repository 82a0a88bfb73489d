/* compare_view: the leaderboard, the verdict in words, the folds as boxes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "host/ensemble.h"
#include "num/dist.h"
#include "num/htest.h"
#include "num/moments.h"
#include "ops/compare.h"
#include "ops/evaluate.h"

/* What is known of one contestant against the baseline. delta > 0: better, whatever the metric's direction. */
struct standing {
    size_t who;
    double mean, sd;
    double delta, ci_low, ci_high, p, p_equivalent, p_better;
};

static size_t folds_of(const struct compare_result *r)
{
    return (size_t)r->folds * (size_t)r->repeats;
}

static double sign_of(enum metric_id m)
{
    return metric_table[m].higher_is_better ? 1 : -1;
}

/* Differences a minus b on each fold, in the direction of better. */
static size_t differences(const struct compare_result *r, size_t a, size_t b, double *d)
{
    size_t n = folds_of(r), used = 0;
    enum metric_id m = r->options.metric;
    for (size_t i = 0; i < n; i++) {
        double x = r->score[a * n + i].metric[m], y = r->score[b * n + i].metric[m];
        if (!isnan(x) && !isnan(y))
            d[used++] = sign_of(m) * (x - y);
    }
    return used;
}

static struct standing standing_of(const struct compare_result *r, size_t who, size_t against)
{
    struct standing s = {.who = who,
                         .delta = (double)NAN,
                         .p = (double)NAN,
                         .p_equivalent = (double)NAN,
                         .ci_low = (double)NAN,
                         .ci_high = (double)NAN};
    s.mean = compare_mean(r, who, r->options.metric, &s.sd);
    if (who == against)
        return s;
    double *d = mem_zero(folds_of(r), sizeof *d);
    size_t n = differences(r, who, against, d);
    if (n >= 2) {
        double ratio = 1.0 / (r->folds - 1);
        struct htest t = htest_corrected_t(n, d, ratio);
        s.delta = t.effect;
        s.p = t.p;
        s.ci_low = t.ci_low;
        s.ci_high = t.ci_high;
        htest_rope(n, d, ratio, r->options.rope, &s.p_equivalent, &s.p_better);
    }
    mem_free(d);
    return s;
}

static void rank(struct standing *s, size_t n, double sign)
{
    for (size_t i = 1; i < n; i++) {
        struct standing x = s[i];
        size_t k = i;
        while (k > 0 && (sign * x.mean > sign * s[k - 1].mean || (isnan(s[k - 1].mean) && !isnan(x.mean)))) {
            s[k] = s[k - 1];
            k--;
        }
        s[k] = x;
    }
}

/* "better", "worse", "practically equal", "could be luck": each against the baseline. */
static const char *verdict_of(const struct standing *s)
{
    if (isnan(s->delta))
        return "";
    if (s->p < 0.05)
        return s->delta > 0 ? "better" : "worse";
    return s->p_equivalent > 0.95 ? "practically equal" : "could be luck";
}

static double mean_seconds(const struct compare_result *r, size_t who, bool fit)
{
    size_t n = folds_of(r);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += fit ? r->score[who * n + i].fit_s : r->score[who * n + i].predict_s;
    return sum / (double)n;
}

/* ---- the table --------------------------------------------------------------------------------------------- */

static const char *kind_of(const struct contestant *who)
{
    return who->train.ensemble ? ensemble_kind_word(who->train.ensemble->kind) : who->train.algo->d.id;
}

/* Then one column says it. */
static bool names_are_algos(const struct compare_result *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->who[i].name, kind_of(&r->who[i])) != 0)
            return false;
    return true;
}

static struct view *scores_table(const struct compare_result *r, const struct standing *s, const char *id,
                                 const char *title, bool tests)
{
    enum metric_id shown[METRIC_COUNT];
    size_t k = evaluate_shown(r->task, shown);
    /* The metric that is tested comes first. */
    for (size_t j = 0; j < k; j++)
        if (shown[j] == r->options.metric) {
            memmove(shown + 1, shown, j * sizeof *shown);
            shown[0] = r->options.metric;
        }
    size_t cap = 2 * k + 12, n = 0;
    struct view *v;
    struct view_column *c = mem_zero(cap, sizeof *c);
    enum cell_type type = r->task == LT_REGRESS ? CELL_REAL : CELL_SCORE;
    size_t mean_col[METRIC_COUNT], test_col = 0;
    char(*names)[2][48] = mem_zero(k, sizeof *names);

    c[n++] = (struct view_column){"model", NULL, CELL_TEXT, 0};
    c[n++] = (struct view_column){"algo", NULL, CELL_TEXT, 0, .detail = names_are_algos(r)};
    for (size_t j = 0; j < k; j++) {
        snprintf(names[j][0], 48, "%s_mean", metric_table[shown[j]].name);
        snprintf(names[j][1], 48, "%s_sd", metric_table[shown[j]].name);
        mean_col[j] = n;
        bool detail = tests ? j > 0 : j > 5;
        c[n++] = (struct view_column){names[j][0], metric_table[shown[j]].name, type, 5, .detail = detail};
        c[n++] = (struct view_column){names[j][1], "sd", type, 3, .detail = detail};
        if (j == 0 && tests) {
            test_col = n;
            c[n++] = (struct view_column){"delta", NULL, type, 4};
            c[n++] = (struct view_column){"p", NULL, CELL_P, 0};
            c[n++] = (struct view_column){"verdict", NULL, CELL_TEXT, 0};
            c[n++] = (struct view_column){"ci_low", NULL, type, 4};
            c[n++] = (struct view_column){"ci_high", NULL, type, 4};
            c[n++] = (struct view_column){"p_equivalent", "p equal", CELL_P, 0};
        }
    }
    size_t time_col = n;
    c[n++] = (struct view_column){"fit_s", "fit", CELL_SECONDS, 0};
    c[n++] = (struct view_column){"predict_s", "predict", CELL_SECONDS, 0};

    v = view_table_new(id, title, c, n);
    for (size_t i = 0; i < r->n; i++) {
        size_t row = view_row(v);
        const struct contestant *who = &r->who[s[i].who];
        view_cell_text(v, row, 0, who->name);
        view_cell_text(v, row, 1, kind_of(who));
        for (size_t j = 0; j < k; j++) {
            double sd, mean = compare_mean(r, s[i].who, shown[j], &sd);
            view_cell_real(v, row, mean_col[j], mean);
            view_cell_real(v, row, mean_col[j] + 1, sd);
        }
        if (tests) {
            bool is_baseline = (int)s[i].who == r->options.baseline;
            view_cell_real(v, row, test_col, s[i].delta);
            view_cell_real(v, row, test_col + 1, s[i].p);
            view_cell_text(v, row, test_col + 2, is_baseline ? "baseline" : verdict_of(&s[i]));
            view_cell_real(v, row, test_col + 3, s[i].ci_low);
            view_cell_real(v, row, test_col + 4, s[i].ci_high);
            view_cell_real(v, row, test_col + 5, s[i].p_equivalent);
        }
        view_cell_real(v, row, time_col, mean_seconds(r, s[i].who, true));
        view_cell_real(v, row, time_col + 1, mean_seconds(r, s[i].who, false));
        view_row_level(v, row, i == 0 ? 1 : (int)s[i].who == r->options.baseline ? 2 : 0);
    }
    view_set_caption(v, "%d folds%s of %zu rows, the same for all; mean and sd over %zu trainings", r->folds,
                     r->repeats > 1 ? arena_printf(v->arena, " x %d repeats", r->repeats) : "", r->rows,
                     folds_of(r));
    for (size_t i = 0; i < r->n_notes; i++)
        view_add_note(v, VIEW_INFO, "%s", r->notes[i]);
    mem_free(c);
    mem_free(names);
    return v;
}

/* ---- the verdict ------------------------------------------------------------------------------------------- */

static struct view *verdict(const struct compare_result *r, const struct standing *s)
{
    const struct metric *m = &metric_table[r->options.metric];
    const char *base = r->who[r->options.baseline].name;
    struct str t = STR_INIT;
    const struct standing *best = &s[0];
    bool base_is_dummy = r->who[r->options.baseline].is_dummy;

    str_printf(&t, "**%s** has the best %s: %.4f (sd %.4f). ", r->who[best->who].name, m->name, best->mean,
               best->sd);
    if (r->n > 1 && (int)best->who == r->options.baseline && base_is_dummy) {
        str_add(&t, "Nothing here is better than a guess that looks at no feature. ");
    } else if (!isnan(best->delta)) {
        str_printf(&t, "Against %s%s the difference is %+.4f (95 %% interval %+.4f … %+.4f, p %s%.3g): %s. ", base,
                   base_is_dummy ? ", which looks at no feature," : "", best->delta, best->ci_low, best->ci_high,
                   best->p < 0.001 ? "< " : "= ", best->p < 0.001 ? 0.001 : best->p,
                   best->p < 0.05 ? "more than luck" : "it could be luck");
    }
    /* The question people really have: is the winner better than the runner-up? */
    if (r->n > 2 && !r->who[s[1].who].is_dummy && (int)s[1].who != r->options.baseline) {
        struct standing d = standing_of(r, best->who, s[1].who);
        str_printf(&t, "Between %s and the runner-up %s the difference of %.4f %s (p = %.2g",
                   r->who[best->who].name, r->who[s[1].who].name, d.delta,
                   d.p < 0.05 ? "is more than luck" : "could be luck", d.p);
        if (!isnan(d.p_equivalent))
            str_printf(&t, "; the chance that they are practically equal, within %g, is %.0f %%", r->options.rope,
                       100 * d.p_equivalent);
        str_add(&t, ").");
    }
    struct view *v = view_text("verdict", "Verdict", str_get(&t));
    view_set_caption(v, "corrected resampled t-test (Nadeau and Bengio 2003), %zu differences, %zu df",
                     folds_of(r), folds_of(r) - 1);
    str_done(&t);
    return v;
}

/* ---- the picture ------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct view *boxes(const struct compare_result *r, const struct standing *s)
{
    size_t n = folds_of(r);
    struct view *v = view_plot_new("compare", "Scores over the folds");
    const char **labels = mem_zero(r->n, sizeof *labels);
    double *box = mem_zero(5 * r->n, sizeof *box), *one = mem_zero(n, sizeof *one);
    struct str twin = STR_INIT;

    for (size_t i = 0; i < r->n; i++) {
        size_t used = 0;
        labels[i] = r->who[s[i].who].name;
        for (size_t k = 0; k < n; k++) {
            double x = r->score[s[i].who * n + k].metric[r->options.metric];
            if (!isnan(x))
                one[used++] = x;
        }
        qsort(one, used, sizeof *one, ascending);
        for (int q = 0; q < 5; q++)
            box[5 * i + (size_t)q] = used ? quantile_sorted(used, one, q / 4.0) : (double)NAN;
        str_printf(&twin, "%s%s median %.4f", i ? "; " : "", labels[i], box[5 * i + 2]);
    }
    view_plot_axes(v, "", metric_table[r->options.metric].name);
    view_plot_add(v, &(struct plot_series){
                         .mark = PLOT_BOX, .name = "", .n = r->n, .box = box, .labels = labels, .style = 0});
    view_plot_twin(v, "%s over %zu trainings each: %s.", metric_table[r->options.metric].title, n, str_get(&twin));
    str_done(&twin);
    mem_free(labels);
    mem_free(box);
    mem_free(one);
    return v;
}

static struct standing *standings(const struct compare_result *r)
{
    struct standing *s = mem_zero(r->n, sizeof *s);
    for (size_t i = 0; i < r->n; i++)
        s[i] = standing_of(r, i, (size_t)r->options.baseline);
    rank(s, r->n, sign_of(r->options.metric));
    return s;
}

void compare_views(const struct compare_result *r, struct view_list *out)
{
    struct standing *s = standings(r);
    view_list_add(out, scores_table(r, s, "compare", "Comparison", true));
    view_list_add(out, verdict(r, s));
    view_list_add(out, boxes(r, s));
    mem_free(s);
}

void cv_views(const struct compare_result *r, struct view_list *out)
{
    struct standing *s = standings(r);
    struct view *v = scores_table(r, s, "cv", "Cross-validation", false);
    view_list_add(out, v);
    view_list_add(out, boxes(r, s));
    mem_free(s);
}
