#include "plugins/svm/svm.h"

LATHE_ALGOS(&svm_svc, &svm_nusvc)
