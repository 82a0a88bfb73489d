# Each family is one module. They link num statically (and BLAS where they use it), nothing else of ours.
plugin_cflags = -std=gnu11 $(WARN_CFLAGS) $(NUM_CFLAGS) $(SANITIZE_CFLAGS) -fvisibility=hidden -O3
plugin_ldflags = $(SANITIZE_CFLAGS) -module -avoid-version -export-symbols-regex '^lathe_algo$$' -no-undefined

include plugins/kit/local.mk
include plugins/linear/local.mk
include plugins/tree/local.mk
include plugins/neighbors/local.mk
include plugins/bayes/local.mk
include plugins/cluster/local.mk
include plugins/net/local.mk
include plugins/baseline/local.mk
include plugins/reduce/local.mk
include plugins/example/local.mk
include plugins/svm/local.mk
include plugins/xgboost/local.mk
include plugins/ensemble/local.mk
include plugins/libsvm/local.mk
include plugins/anomaly/local.mk
