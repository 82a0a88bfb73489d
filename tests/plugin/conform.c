/* The conformance suite over every algorithm of every module that was built, as TAP. Arguments: ids of
 * algorithms, or paths of modules; none: all. */
#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "host/conform.h"

static int count;

static void report(void *arg, const struct conform_result *r)
{
    const struct algo *a = arg;
    printf("%s %d - %s: %s", r->passed || r->skipped ? "ok" : "not ok", ++count, a->d.id, r->check);
    if (r->skipped)
        printf(" # SKIP %s", r->detail);
    putchar('\n');
    if (!r->skipped && r->detail[0])
        printf("# %s\n", r->detail);
    fflush(stdout);
}

static int check(const struct algo *a)
{
    double start = clock_seconds();
    int failed = conform_run(a, report, (void *)(uintptr_t)a);
    printf("# %s took %.2f s\n", a->d.id, clock_seconds() - start);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    const char *const *refused;
    struct err e = ERR_INIT;
    algo_load_all();
    for (size_t i = 0; i < algo_refused(&refused); i++) {
        printf("not ok %d - module is loaded\n# %s\n", ++count, refused[i]);
        failed++;
    }
    for (int i = 1; i < argc; i++) {
        size_t before = algo_count();
        if (strchr(argv[i], '/') && !algo_load_module(argv[i], &e)) {
            printf("not ok %d - module is loaded\n# %s\n", ++count, e.text);
            failed++;
        }
        const struct algo *a = strchr(argv[i], '/') ? NULL : algo_find(argv[i]);
        if (a)
            failed += check(a);
        for (size_t k = 0; k < algo_count() && algo_count() > before; k++)
            if (!strcmp(algo_at(k)->module, argv[i]))
                failed += check(algo_at(k));
    }
    for (size_t i = 0; argc == 1 && i < algo_count(); i++)
        failed += check(algo_at(i));
    printf("1..%d\n", count);
    return failed > 0;
}
