/* Any bytes as a model file: refused with a sentence, or a model that shows itself, predicts or says why not,
 * and is written and read again. The modules that were built take part, and a small learner of our own. */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/fake_algo.h"

#include "data/table.h"
#include "host/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

/* The table that the corpus' models were trained on, less its targets. */
static struct table *small_table(void)
{
    enum { N = 5 };
    static const char *const words[] = {"blue", "green", "red"};
    struct table_builder *b = table_builder_new(N, "small");
    double *x = column_buffer(COLUMN_F64, N, NULL);
    int32_t *colour = column_buffer(COLUMN_CATEGORY, N, NULL), *kind = column_buffer(COLUMN_CATEGORY, N, NULL);
    double *y = column_buffer(COLUMN_F64, N, NULL);
    for (int i = 0; i < N; i++) {
        x[i] = i - 1;
        y[i] = 3 * i;
        colour[i] = i % 4 - 1;
        kind[i] = 0;
    }
    table_builder_add(b, "x", column_from_f64(x, N));
    table_builder_add(b, "colour", column_from_codes(colour, N, dictionary_new(words, 3, NULL)));
    table_builder_add(b, "y", column_from_f64(y, N));
    table_builder_add(b, "kind", column_from_codes(kind, N, dictionary_new(words, 3, NULL)));
    return table_builder_done(b);
}

static void use(const struct model *m, const struct table *t)
{
    struct err e = ERR_INIT;
    struct predictions p;
    struct view_list views = {0};
    struct str bytes = STR_INIT;
    must(model_describe(m, &views, &e) || e.text[0]);
    view_list_done(&views);
    if (model_predict(m, t, NULL, table_rows(t), &p, NULL, &e))
        predictions_done(&p);
    else
        must(e.text[0]);
    if (model_bytes(m, &bytes, &e)) {
        struct model *again = model_load_bytes(bytes.s, bytes.len, &e);
        must(again != NULL);
        model_unref(again);
    }
    str_done(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct table *t;
    if (!t) {
        t = small_table();
        algo_load_all();
        must(algo_register(&fake, "fuzz", NULL) && algo_register(&fake_plain, "fuzz", NULL));
    }
    struct err e = ERR_INIT;
    struct model *m = model_load_bytes((const char *)data, n, &e);
    must(m || (e.code && e.text[0]));
    if (m)
        use(m, t);
    model_unref(m);
    return 0;
}
