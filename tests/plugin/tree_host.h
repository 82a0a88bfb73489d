/* tree_host: a small host for tests and timings of plugins: parameters from text, tensors in memory, threads from
 * the pool, everything that describe emits as one text. */
#ifndef LATHE_TESTS_TREE_HOST_H
#define LATHE_TESTS_TREE_HOST_H

#include "api/lathe.h"

struct host {
    struct lt_ctx ctx;
    char error[512];
    char *seen;       /* what describe emitted */
    size_t n_seen;
    struct host_entry *entry; /* what save put */
    size_t n_entries;
    void **scratch;
    size_t n_scratch;
    int cancel_after; /* polls until cancelled says yes; negative: never */
    double metric[1024];
    size_t n_metrics;
};

void host_init(struct host *h, unsigned threads, uint64_t seed);
void host_free(struct host *h);
void host_release(struct host *h); /* scratch memory, as a host does after each call */
void host_forget(struct host *h);  /* what was saved and emitted */
/* Every byte that was saved, in order: equal models have equal sums. */
uint64_t host_saved_sum(const struct host *h);

/* The values of an algorithm's rows: defaults, then "name=value name=value". Fails the process on a mistake. */
struct lt_params host_params(const struct lt_algo *algo, const char *text, struct lt_value *values);
/* check, begin, all steps `units` at a time; the status of what failed, or LT_DONE. */
int host_train(struct host *h, const struct lt_algo *algo, const char *text, const struct lt_data *data,
               uint64_t units, void **model);
double host_seconds(void);

#endif
