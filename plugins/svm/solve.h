/* solve: takes a list of problems to their optimum, some side by side, all over the same kernel rows.
 *
 * A step gives each open problem up to STEP_ITERATIONS iterations. Inside, problems run on the workers until they
 * are through or miss a row; then all missing rows are computed in one go. What a problem does depends on the rows
 * alone, so neither the threads nor how the steps are cut change anything. */
#ifndef LATHE_SVM_SOLVE_H
#define LATHE_SVM_SOLVE_H

#include "api/lathe.h"
#include "plugins/svm/rows.h"
#include "plugins/svm/smo.h"

enum { STEP_ITERATIONS = 100, SOLVE_OPEN = 8 };

/* What the list is made of. `make` sets up problem `index` (smo_new, values, smo_start); `look` is called after
 * each step for each open problem, `done` for the last time. Both return LT_OK or a failure. */
struct solve_list {
    size_t n;
    int (*make)(struct lt_ctx *ctx, void *arg, size_t index, struct smo *smo);
    int (*look)(struct lt_ctx *ctx, void *arg, size_t index, const struct smo *smo, bool done);
    void *arg;
};

struct solve {
    struct rows *rows;
    struct solve_list list;
    size_t next; /* problems begun */
    struct open_problem {
        bool open;
        size_t index;
        enum smo_turn turn;
        struct smo smo;
        struct smo_state kept;
        void *kept_bytes;
    } open[SOLVE_OPEN];
    uint64_t iterations, limit; /* of the problems that are done; the most that one may take */
    size_t cut_short;           /* problems that took them */
    double worst_gap;           /* of the problems that are done */
};

/* The working set that each of n problems should have: 0, none, when the whole matrix is small. */
size_t solve_room(const struct rows *rows, size_t n_problems);

void solve_begin(struct solve *solve, struct rows *rows, const struct solve_list *list, uint64_t max_iterations);
void solve_free(struct solve *solve);

/* One step; *gap is the largest violation after it among the problems that were open. LT_MORE, LT_DONE, or a
 * failure; after LT_CANCELLED all is as before the step. */
int solve_step(struct lt_ctx *ctx, struct solve *solve, double *gap);

#endif
