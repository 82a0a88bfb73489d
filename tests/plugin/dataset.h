/* dataset: a bundled table with all columns but one as features, and a check of doubles. Included after
 * cmocka.h. */
#ifndef LATHE_TESTS_DATASET_H
#define LATHE_TESTS_DATASET_H

#include "mini_host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In double, where cmocka 1.1.7 compares floats. */
#define assert_close(got, wanted, tolerance)                                                                      \
    do {                                                                                                          \
        const double got_ = (got), wanted_ = (wanted);                                                            \
        if (!(fabs(got_ - wanted_) <= (tolerance)))                                                               \
            fail_msg("%s is %.17g, not %.17g", #got, got_, wanted_);                                              \
    } while (0)

/* The header of the file without `target`, comma-separated; NULL when the file isn't there. free() it. */
static inline char *dataset_columns(const char *path, const char *target)
{
    const char *top = getenv("top_srcdir");
    char full[4096], *line = NULL, *kept = NULL;
    size_t room = 0;
    snprintf(full, sizeof full, "%s/%s", top ? top : ".", path);
    FILE *file = fopen(full, "r");
    if (file && getline(&line, &room, file) > 0 && (kept = calloc(1, strlen(line) + 2))) {
        char *to = kept;
        for (const char *at = line; *at;) {
            const size_t length = strcspn(at, ",\r\n");
            if (length && (length != strlen(target) || strncmp(at, target, length))) {
                if (to > kept)
                    *to++ = ',';
                memcpy(to, at, length);
                to += length;
            }
            at += length + (at[length] != '\0');
        }
    }
    if (file)
        fclose(file);
    free(line);
    return kept;
}

/* Numeric columns to mean 0 and standard deviation 1 (n - 1). */
static inline void dataset_scale(struct mini_csv *csv)
{
    for (size_t j = 0; j < csv->p; j++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < csv->n; i++)
            mean += csv->x[i * csv->p + j] / (double)csv->n;
        for (size_t i = 0; i < csv->n; i++)
            square += (csv->x[i * csv->p + j] - mean) * (csv->x[i * csv->p + j] - mean);
        for (size_t i = 0; i < csv->n; i++)
            csv->x[i * csv->p + j] = (csv->x[i * csv->p + j] - mean) / sqrt(square / (double)(csv->n - 1));
    }
}

static inline struct mini_csv *dataset_load(const char *path, const char *target)
{
    char *columns = dataset_columns(path, target);
    struct mini_csv *csv = columns ? mini_csv_load(path, target, columns) : NULL;
    free(columns);
    return csv;
}

#endif
