#include "plugins/svm/svm.h"

LATHE_ALGOS(&svm_svc, &svm_nusvc, &svm_svr, &svm_nusvr, &svm_ocsvm, &svm_linear)
