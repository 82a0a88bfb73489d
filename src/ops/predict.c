/* predict: predictions as a table. */
#include "ops/predict.h"

#include <string.h>

#include "base/mem.h"
#include "ops/table_view.h"

static struct column *numbers(const double *x, size_t stride, size_t n, struct err *e)
{
    double *data = column_buffer(COLUMN_F64, n, e);
    if (!data)
        return NULL;
    for (size_t i = 0; i < n; i++)
        data[i] = x[i * stride];
    return column_from_f64(data, n);
}

/* Classes as a category column: codes are those of the dictionary, which sorts its words as classes are sorted. */
static struct column *class_column(const struct model *m, const int32_t *label, size_t n, struct err *e)
{
    const char *const *names;
    size_t k = model_classes(m, &names);
    struct dictionary *d = dictionary_new(names, k, e);
    int32_t *codes = d ? column_buffer(COLUMN_CATEGORY, n, e) : NULL;
    if (!codes)
        return NULL;
    int32_t *map = mem_zero(k + 1, sizeof *map);
    for (size_t j = 0; j < k; j++)
        map[j] = dictionary_find(d, names[j]);
    for (size_t i = 0; i < n; i++)
        codes[i] = label[i] < 0 ? -1 : map[label[i]];
    mem_free(map);
    return column_from_codes(codes, n, d);
}

static struct column *cluster_column(const int32_t *label, size_t n, struct err *e)
{
    int64_t *data = column_buffer(COLUMN_I64, n, e);
    uint64_t *valid = data ? column_bitmap(n, true, e) : NULL;
    if (!valid)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        data[i] = label[i];
        bitmap_set(valid, i, label[i] >= 0);
    }
    return column_from_i64(COLUMN_I64, data, valid, n);
}

static bool add(struct table_builder *b, const char *name, struct column *c)
{
    if (c)
        table_builder_add(b, name, c);
    return c != NULL;
}

static bool add_predictions(struct table_builder *b, const struct model *m, const struct predictions *pr, size_t n,
                            struct err *e)
{
    struct str name = STR_INIT;
    const char *const *classes;
    bool good = true;
    switch (model_task(m)) {
    case LT_CLASSIFY:
        model_classes(m, &classes);
        good = add(b, "prediction", class_column(m, pr->label, n, e));
        for (size_t j = 0; good && j < pr->k; j++) {
            str_clear(&name);
            str_printf(&name, "p_%s", classes[j]);
            good = add(b, str_get(&name), numbers(pr->proba + j, pr->k, n, e));
        }
        break;
    case LT_CLUSTER:
        good = add(b, "cluster", cluster_column(pr->label, n, e));
        break;
    case LT_TRANSFORM:
    case LT_EMBED:
        for (size_t j = 0; good && j < pr->width; j++) {
            str_clear(&name);
            str_printf(&name, "%s%zu", model_algo(m)->d.id, j + 1);
            good = add(b, str_get(&name), numbers(pr->rows + j, pr->width, n, e));
        }
        break;
    case LT_ANOMALY:
        good = add(b, "score", numbers(pr->value, 1, n, e));
        break;
    default:
        good = add(b, "prediction", numbers(pr->value, 1, n, e));
        break;
    }
    str_done(&name);
    return good;
}

struct table *predict_table(const struct model *m, const struct table *t, struct progress *p, size_t *unseen,
                            struct err *e)
{
    struct predictions pr = {0};
    size_t n = table_rows(t);
    struct table *out = NULL;
    if (!model_predict(m, t, NULL, n, &pr, p, e))
        return NULL;
    struct table_builder *b = table_builder_new(n, table_source(t));
    for (size_t j = 0; j < table_cols(t); j++)
        table_builder_add(b, table_name(t, j), column_ref(table_column(t, j)));
    if (add_predictions(b, m, &pr, n, e))
        out = table_builder_done(b);
    else
        table_builder_free(b);
    *unseen = pr.unseen;
    predictions_done(&pr);
    return out;
}

struct view *predictions_view(const struct table *t, const char *name)
{
    struct view *v = table_view(t, "predictions", "Predictions", name);
    if (name)
        view_set_caption(v, "kept as the table %s", name);
    return v;
}
