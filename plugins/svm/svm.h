/* svm: support vector machines. */
#ifndef LATHE_SVM_SVM_H
#define LATHE_SVM_SVM_H

#include "api/lathe.h"

extern const struct lt_algo svm_svc;
extern const struct lt_algo svm_nusvc;
extern const struct lt_algo svm_svr;
extern const struct lt_algo svm_nusvr;
extern const struct lt_algo svm_ocsvm;
extern const struct lt_algo svm_linear;

#endif
