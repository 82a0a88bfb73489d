/* bench_micro: what the hot functions of num cost, one line of JSON each: {"bench":NAME,"n":N,"value":V,"unit":U}.
 * Every figure is the best of several runs. `make bench-micro` builds and runs it. */
#include "num/la.h"
#include "num/metrics.h"
#include "num/moments.h"
#include "num/sort.h"
#include "num/vmath.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SHORT = 2048, LONG = 400000, RUNS = 7, COLUMNS = 28 };

/* Everything that a bench reads and writes. */
struct desk {
    size_t n;
    double *source, *x, *y;
    float *f;
    uint8_t *truth;
    uint32_t *order;
    void *work;
    double sink; /* results end here, so that none is optimised away */
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void run_exp(struct desk *d)
{
    vmath_exp(d->n, d->source, d->y);
}

static void run_exp_f32(struct desk *d)
{
    vmath_exp_f32(d->n, d->f, d->f + LONG);
}

static void run_log(struct desk *d)
{
    vmath_log(d->n, d->source, d->y);
}

static void run_sigmoid(struct desk *d)
{
    vmath_sigmoid(d->n, d->source, d->y);
}

static void run_softmax(struct desk *d)
{
    vmath_softmax(d->n / 4, 4, d->x, 4);
}

static void run_sort(struct desk *d)
{
    sort_f64(d->n, d->x, d->y);
}

static void run_order(struct desk *d)
{
    sort_order_f64(d->n, d->source, d->order, d->work);
}

static void run_ranks(struct desk *d)
{
    d->sink += sort_ranks(d->n, d->source, d->y, d->work);
}

static void run_auc(struct desk *d)
{
    d->sink += auc_of(d->n, d->source, d->truth, NULL, d->work);
}

static void run_quantiles(struct desk *d)
{
    sort_f64(d->n, d->x, d->y);
    for (int i = 0; i <= 100; i++)
        d->sink += quantile_sorted(d->n, d->x, i / 100.0);
}

static void run_moments(struct desk *d)
{
    struct moments m = moments_of(d->n, d->source);
    d->sink += m.m2;
}

static void run_pearson(struct desk *d)
{
    d->sink += cor_pearson(d->n, d->source, d->x, NULL);
}

static void run_gram(struct desk *d)
{
    double c[COLUMNS * COLUMNS] = {0};
    la_gram(d->n / COLUMNS, COLUMNS, 1, d->source, COLUMNS, c, COLUMNS);
    d->sink += c[1];
}

static void run_qr(struct desk *d)
{
    double tau[COLUMNS];
    int pivots[COLUMNS];
    d->sink += la_qr_pivot(d->n / COLUMNS, COLUMNS, d->x, COLUMNS, pivots, tau, 0);
}

static const struct bench {
    const char *name;
    void (*run)(struct desk *d);
    size_t n;
    int repeat;       /* calls in one measured run */
    double per;       /* the time is divided by this; 0: by n */
    const char *unit; /* of the figure */
} benches[] = {
    {"exp", run_exp, SHORT, 200, 0, "ns/value"},
    {"exp_f32", run_exp_f32, SHORT, 200, 0, "ns/value"},
    {"log", run_log, SHORT, 200, 0, "ns/value"},
    {"sigmoid", run_sigmoid, SHORT, 200, 0, "ns/value"},
    {"softmax_4", run_softmax, SHORT, 200, 0, "ns/value"},
    {"sort_f64", run_sort, LONG, 1, 0, "ns/key"},
    {"sort_order_f64", run_order, LONG, 1, 0, "ns/key"},
    {"sort_ranks", run_ranks, LONG, 1, 0, "ns/key"},
    {"auc", run_auc, LONG, 1, 1e6, "ms"},
    {"quantiles_101", run_quantiles, LONG, 1, 1e6, "ms"},
    {"moments", run_moments, LONG, 1, 0, "ns/value"},
    {"pearson", run_pearson, LONG, 1, 0, "ns/row"},
    {"gram_28", run_gram, LONG, 1, 1e6, "ms"},
    {"qr_28", run_qr, LONG, 1, 1e6, "ms"},
};

static double best_time(const struct bench *b, struct desk *d)
{
    double best = 1e300;
    for (int run = 0; run < RUNS; run++) {
        memcpy(d->x, d->source, LONG * sizeof *d->x);
        double start = seconds();
        for (int i = 0; i < b->repeat; i++)
            b->run(d);
        double time = (seconds() - start) / b->repeat;
        best = time < best ? time : best;
    }
    return best;
}

/* Uniform in (0, 1), with all digits. */
static double random_value(uint64_t i)
{
    uint64_t z = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return ((double)((z ^ z >> 31) >> 12) + 0.5) * 0x1p-52;
}

int main(void)
{
    struct desk d = {
        .source = malloc(LONG * sizeof(double)),
        .x = malloc(LONG * sizeof(double)),
        .y = malloc(LONG * sizeof(double)),
        .f = malloc(2 * LONG * sizeof(float)),
        .truth = malloc(LONG),
        .order = malloc(LONG * sizeof(uint32_t)),
        .work = malloc(sort_order_work(LONG)),
    };
    if (!d.source || !d.x || !d.y || !d.f || !d.truth || !d.order || !d.work) {
        fprintf(stderr, "bench_micro: out of memory\n");
        return 1;
    }
    for (size_t i = 0; i < LONG; i++) {
        d.source[i] = random_value(i);
        d.f[i] = d.f[i + LONG] = (float)d.source[i];
        d.truth[i] = random_value(i + LONG) < d.source[i];
    }
    for (size_t i = 0; i < sizeof benches / sizeof *benches; i++) {
        const struct bench *b = &benches[i];
        d.n = b->n;
        double time = best_time(b, &d) * 1e9;
        printf("{\"bench\":\"%s\",\"n\":%zu,\"value\":%.3f,\"unit\":\"%s\"}\n", b->name, b->n,
               time / (b->per > 0 ? b->per : (double)b->n), b->unit);
    }
    free(d.source);
    free(d.x);
    free(d.y);
    free(d.f);
    free(d.truth);
    free(d.order);
    free(d.work);
    return d.sink == 0.12345;
}
