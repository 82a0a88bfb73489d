/* bench_data: the files that `make bench` trains on, the same bytes on every machine.
 *
 *   bench_data classes ROWS COLUMNS TRAIN.csv TEST.csv   two classes in column y
 *   bench_data numbers ROWS COLUMNS TRAIN.csv TEST.csv   the same signal as a number in column y
 *   bench_data counts  ROWS COLUMNS TRAIN.csv TEST.csv   a Poisson count in y, its log mean 0.3 times the signal
 *   bench_data amounts ROWS COLUMNS TRAIN.csv TEST.csv   likewise a gamma amount of shape 2
 *   bench_data blobs   ROWS COLUMNS TRAIN.csv TEST.csv   20 overlapping clouds, no target
 *   bench_data noise   ROWS COLUMNS TRAIN.csv TEST.csv   one cloud, no target
 *   bench_data sources ROWS COLUMNS TRAIN.csv TEST.csv   sums of ten parts of 0 and more, no target
 *   bench_data strange ROWS COLUMNS TRAIN.csv TEST.csv   one cloud; 2 % of the rows lie wider, and y is 1 there
 *   bench_data mixed   ROWS FILE.csv                     numbers, whole numbers, categories, dates, text, gaps
 *   bench_data quoted  ROWS FILE.csv                     the same, its text in quotes
 *
 * Features are standard normal (but for sources). The first half carries a signal with bends, products and steps;
 * the second half says nothing. The first 80 % of the rows go to TRAIN, the rest to TEST. Every cell is drawn by its
 * own counter, so a file with fewer rows is the beginning of a longer one. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/lathe.h"

enum { SEED = 20240229, CLOUDS = 20, SOURCES = 10, TRAIN_PERCENT = 80 };
/* Below these: one stream a column. */
enum { STREAM_NOISE = 1000, STREAM_CENTRE, STREAM_CLOUD, STREAM_PART, STREAM_SOURCE, STREAM_TARGET, STREAM_MIXED };
enum { STREAM_STRANGE = 2000 };

/* Standard normal (Box and Muller). */
static double normal(uint64_t stream, uint64_t index)
{
    double u = 1.0 - lt_uniform(SEED, stream, 2 * index), v = lt_uniform(SEED, stream, 2 * index + 1);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

/* What the first half of the p features says about the target. */
static double signal(const double *x, size_t p)
{
    size_t half = p / 2;
    double s = 0;
    for (size_t j = 0; j < half; j++) {
        switch (j % 5) {
        case 0: s += 0.6 * x[j]; break;
        case 1: s += 0.9 * sin(2 * x[j]); break;
        case 2: s += 0.5 * x[j] * x[(j + 1) % half]; break;
        case 3: s += x[j] > 0.5 ? 0.8 : -0.35; break;
        case 4: s -= 0.4 * (x[j] * x[j] - 1); break;
        }
    }
    return s;
}

static FILE *open_to_write(const char *path)
{
    FILE *f = fopen(path, "wb");
    if (!f) {
        perror(path);
        exit(1);
    }
    setvbuf(f, NULL, _IOFBF, 1 << 20);
    return f;
}

static void close_written(FILE *f, const char *path)
{
    bool bad = ferror(f);
    if (fclose(f) || bad) {
        perror(path);
        exit(1);
    }
}

/* ---- features and a target --------------------------------------------------------------------------------- */

enum kind { CLASSES, NUMBERS, COUNTS, AMOUNTS, STRANGE, BLOBS, NOISE, SOURCES_MIXED, KINDS };

/* How much a source adds to column j: a third of the columns don't hear it. */
static double part(size_t source, size_t j, size_t p)
{
    return fmax(0, 1.5 * lt_uniform(SEED, STREAM_PART, source * p + j) - 0.5);
}

/* Sources are uniform or exponential, neither of them normal; a little noise keeps every sum positive. */
static void sources_row(uint64_t row, size_t p, double *x)
{
    double source[SOURCES];
    for (size_t s = 0; s < SOURCES; s++) {
        double u = lt_uniform(SEED, STREAM_SOURCE, row * SOURCES + s);
        source[s] = s % 2 ? 2 * u : -log(1 - u);
    }
    for (size_t j = 0; j < p; j++) {
        x[j] = fabs(0.1 * normal(j, row));
        for (size_t s = 0; s < SOURCES; s++)
            x[j] += part(s, j, p) * source[s];
    }
}

static bool is_strange(uint64_t row)
{
    return lt_below(SEED, STREAM_STRANGE, row, 100) < 2;
}

static void features_row(enum kind kind, uint64_t row, size_t p, double *x)
{
    if (kind == SOURCES_MIXED) {
        sources_row(row, p, x);
        return;
    }
    uint32_t cloud = kind == BLOBS ? lt_below(SEED, STREAM_CLOUD, row, CLOUDS) : 0;
    for (size_t j = 0; j < p; j++) {
        x[j] = normal(j, row);
        if (kind == BLOBS)
            x[j] += 1.5 * normal(STREAM_CENTRE, cloud * p + j);
        else if (kind == STRANGE && is_strange(row))
            x[j] *= 1.5;
    }
}

/* The smallest count whose share of Poisson's distribution, and those below, reach a uniform number. */
static int count_of(uint64_t row, double mean)
{
    double u = lt_uniform(SEED, STREAM_TARGET, row), p = exp(-mean);
    int count = 0;
    for (double left = u - p; left > 0 && count < 1000; left -= p)
        p *= mean / ++count;
    return count;
}

static double amount_of(uint64_t row, double mean)
{
    double u = 1 - lt_uniform(SEED, STREAM_TARGET, 2 * row), v = 1 - lt_uniform(SEED, STREAM_TARGET, 2 * row + 1);
    return -mean / 2 * log(u * v);
}

static void write_row(FILE *f, enum kind kind, uint64_t row, size_t p, const double *x)
{
    for (size_t j = 0; j < p; j++)
        fprintf(f, "%s%.6g", j ? "," : "", x[j]);
    if (kind == CLASSES)
        fputs(signal(x, p) + normal(STREAM_NOISE, row) > 0 ? ",1\n" : ",0\n", f);
    else if (kind == NUMBERS)
        fprintf(f, ",%.6g\n", signal(x, p) + normal(STREAM_NOISE, row));
    else if (kind == COUNTS)
        fprintf(f, ",%d\n", count_of(row, exp(0.3 * signal(x, p))));
    else if (kind == AMOUNTS)
        fprintf(f, ",%.6g\n", amount_of(row, exp(0.3 * signal(x, p))));
    else if (kind == STRANGE)
        fputs(is_strange(row) ? ",1\n" : ",0\n", f);
    else
        fputc('\n', f);
}

static void write_rows(const char *path, enum kind kind, uint64_t from, uint64_t to, size_t p)
{
    FILE *f = open_to_write(path);
    double *x = calloc(p, sizeof *x);
    if (!x)
        abort();
    for (size_t j = 0; j < p; j++)
        fprintf(f, "%sx%zu", j ? "," : "", j + 1);
    fputs(kind < BLOBS ? ",y\n" : "\n", f);
    for (uint64_t i = from; i < to; i++) {
        features_row(kind, i, p, x);
        write_row(f, kind, i, p, x);
    }
    free(x);
    close_written(f, path);
}

/* ---- one of each type -------------------------------------------------------------------------------------- */

static const char *const words[] = {"amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath",
                                    "inlet", "juniper", "knoll", "larch", "marsh", "north", "oasis", "prairie"};
static const char *const grades[] = {"low", "medium", "high", "premium", "unknown"};

/* Draws of one row: numbered, so that a column keeps its values when another is added. */
static uint32_t draw(uint64_t row, unsigned which, uint32_t below)
{
    return lt_below(SEED, STREAM_MIXED + which, row, below);
}

static bool gap(uint64_t row, unsigned which)
{
    return draw(row, 100 + which, 100) < 5;
}

static void mixed_row(FILE *f, uint64_t i, const char *quote)
{
    fprintf(f, "%llu,", (unsigned long long)i + 1);
    if (!gap(i, 0))
        fprintf(f, "%.2f", exp(4 + normal(0, i)));
    fputc(',', f);
    if (!gap(i, 1))
        fprintf(f, "%.6g", normal(1, i));
    fprintf(f, ",%.12g,", 1e4 * lt_uniform(SEED, 2, i));
    if (!gap(i, 2))
        fprintf(f, "%u", draw(i, 0, 1000));
    fprintf(f, ",%d,", (int)draw(i, 1, 2000000) - 1000000);
    fprintf(f, "%s-%s,", words[draw(i, 2, 16)], words[draw(i, 3, 4)]);
    if (!gap(i, 3))
        fputs(grades[draw(i, 4, 5)], f);
    fprintf(f, ",%s,", draw(i, 5, 2) ? "true" : "false");
    fprintf(f, "%04u-%02u-%02u,", 1990 + draw(i, 6, 35), 1 + draw(i, 7, 12), 1 + draw(i, 8, 28));
    fprintf(f, "%s%s %s %x%s\n", quote, words[draw(i, 9, 16)], words[draw(i, 10, 16)], draw(i, 11, 1u << 24),
            quote);
}

static void write_mixed(const char *path, uint64_t rows, const char *quote)
{
    FILE *f = open_to_write(path);
    fputs("id,price,change,measure,count,offset,place,grade,member,day,remark\n", f);
    for (uint64_t i = 0; i < rows; i++)
        mixed_row(f, i, quote);
    close_written(f, path);
}

int main(int argc, char **argv)
{
    static const char *const kinds[KINDS] = {"classes", "numbers", "counts", "amounts",
                                             "strange", "blobs",   "noise",  "sources"};
    const char *kind = argc > 2 ? argv[1] : "";
    uint64_t rows = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    if (argc == 4 && (!strcmp(kind, "mixed") || !strcmp(kind, "quoted"))) {
        write_mixed(argv[3], rows, *kind == 'q' ? "\"" : "");
        return 0;
    }
    for (int k = 0; argc == 6 && k < KINDS; k++) {
        if (strcmp(kind, kinds[k]))
            continue;
        size_t p = strtoull(argv[3], NULL, 10);
        uint64_t train = rows * TRAIN_PERCENT / 100;
        write_rows(argv[4], (enum kind)k, 0, train, p);
        write_rows(argv[5], (enum kind)k, train, rows, p);
        return 0;
    }
    fputs("usage: bench_data classes|numbers|counts|amounts|strange|blobs|noise|sources ROWS COLUMNS TRAIN.csv "
          "TEST.csv\n"
          "       bench_data mixed|quoted ROWS FILE.csv\n", stderr);
    return 2;
}
