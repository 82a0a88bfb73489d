/* Any bytes as a formula: columns that exist, each once and never the target, or a marked mistake. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "data/csv.h"
#include "data/formula.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char csv[] = "y,a,b,long name,c.d\n1,2,3,4,5\n";
    struct table *t = csv_read_memory(csv, sizeof csv - 1, "fuzz", NULL, NULL, NULL, NULL);
    char *text = malloc(n + 1);
    must(t && text);
    if (n)
        memcpy(text, data, n);
    text[n] = 0;
    struct err e = ERR_INIT;
    struct formula f;
    if (formula_parse(text, t, &f, &e)) {
        unsigned seen = 0;
        must(f.target >= -1 && f.target < 5 && f.n_features <= 5);
        for (size_t i = 0; i < f.n_features; i++) {
            must(f.feature[i] >= 0 && f.feature[i] < 5 && f.feature[i] != f.target &&
                 !(seen & 1u << f.feature[i]));
            seen |= 1u << f.feature[i];
        }
        formula_done(&f);
    } else {
        must(e.text[0] && e.to > e.from && e.from >= 0 && (size_t)e.from <= strlen(text));
    }
    table_unref(t);
    free(text);
    return 0;
}
