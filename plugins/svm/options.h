/* options: what all kernel machines ask alike. Their tables of parameters begin with KERNEL_PARAMS. */
#ifndef LATHE_SVM_OPTIONS_H
#define LATHE_SVM_OPTIONS_H

#include <math.h>

#include "api/lathe.h"
#include "plugins/svm/kernel.h"

enum { KERNEL, GAMMA, DEGREE, COEF0, TOL, MAX_ITER, CACHE_SIZE, N_KERNEL_PARAMS };

#define KERNEL_PARAMS                                                                                             \
    [KERNEL] = {.name = "kernel",                                                                                 \
                .type = LT_CHOICE,                                                                                \
                .flags = LT_TUNE,                                                                                 \
                .def = "rbf",                                                                                     \
                .choices = "rbf,linear,poly,sigmoid",                                                             \
                .doc = "rbf: exp(-gamma |x - z|^2); linear: x'z; poly: (gamma x'z + coef0)^degree; sigmoid: "     \
                       "tanh(gamma x'z + coef0)"},                                                                \
    [GAMMA] = {.name = "gamma",                                                                                   \
               .type = LT_STRING,                                                                                 \
               .def = "scale",                                                                                    \
               .doc = "How near rows must be to be alike: scale (1 / (columns x variance)), auto (1 / columns), " \
                      "or a number"},                                                                             \
    [DEGREE] =                                                                                                    \
        {.name = "degree", .type = LT_INT, .def = "3", .min = 1, .max = 30, .doc = "The power of kernel=poly"},   \
    [COEF0] = {.name = "coef0",                                                                                   \
               .type = LT_REAL,                                                                                   \
               .def = "0",                                                                                        \
               .min = -1e6,                                                                                       \
               .max = 1e6,                                                                                        \
               .doc = "The constant in kernel=poly and sigmoid"},                                                 \
    [TOL] = {.name = "tol",                                                                                       \
             .type = LT_REAL,                                                                                     \
             .flags = LT_OPEN_MIN | LT_LOG | LT_ADVANCED,                                                         \
             .def = "1e-3",                                                                                       \
             .min = 0,                                                                                            \
             .max = 1,                                                                                            \
             .doc = "Stop when the optimality conditions are violated by no more than this"},                     \
    [MAX_ITER] = {.name = "max_iter",                                                                             \
                  .aliases = "iterations",                                                                        \
                  .type = LT_INT,                                                                                 \
                  .flags = LT_ADVANCED,                                                                           \
                  .def = "-1",                                                                                    \
                  .min = -1,                                                                                      \
                  .max = 1e12,                                                                                    \
                  .doc = "Most iterations of a problem; -1: 10 million, or 100 a row where that is more"},        \
    [CACHE_SIZE] = {.name = "cache_size",                                                                         \
                    .aliases = "cache",                                                                           \
                    .type = LT_REAL,                                                                              \
                    .flags = LT_OPEN_MIN | LT_ADVANCED,                                                           \
                    .def = "200",                                                                                 \
                    .min = 0,                                                                                     \
                    .max = 1e6,                                                                                   \
                    .unit = "MB",                                                                                 \
                    .doc = "Memory for rows of the kernel matrix"}

/* gamma can be read, and there are rows and columns. LT_OK or a failure. */
int options_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data);
/* The kernel asked for; gamma=scale looks at all rows. */
void options_kernel(const struct lt_params *params, const struct lt_data *data, struct kernel *kernel);
/* The kernel as far as parameters alone say it: gamma is in the file of the model. */
void options_shape(const struct lt_params *params, struct kernel *kernel);
uint64_t options_max_iter(const struct lt_params *params, size_t variables);

#endif
