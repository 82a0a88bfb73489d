/* library: the functions of LIBSVM that are used here. */
#ifndef LATHE_LIBSVM_LIBRARY_H
#define LATHE_LIBSVM_LIBRARY_H

#include <libsvm/svm.h>

#include "api/lathe.h"

#define LIBSVM_FUNCTIONS(F)                                                                                       \
    F(libsvm_version)                                                                                             \
    F(svm_check_parameter)                                                                                        \
    F(svm_train)                                                                                                  \
    F(svm_predict_values)                                                                                         \
    F(svm_predict_probability)                                                                                    \
    F(svm_free_and_destroy_model)                                                                                 \
    F(svm_set_print_string_function)

#define LIBSVM_MEMBER(name) __typeof__(name) *name;
struct libsvm {
    LIBSVM_FUNCTIONS(LIBSVM_MEMBER)
};

/* The library; NULL when it isn't there, or isn't the version whose structs this was built with (said). */
const struct libsvm *library_open(struct lt_ctx *ctx);

#endif
