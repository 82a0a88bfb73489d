/* svm: support vector machines. */
#ifndef LATHE_SVM_SVM_H
#define LATHE_SVM_SVM_H

#include "api/lathe.h"

extern const struct lt_algo svm_svc;
extern const struct lt_algo svm_nusvc;

#endif
