# mini_host: what tests of modules run in.
check_LTLIBRARIES += tests/plugin/libmini.la
tests_plugin_libmini_la_SOURCES = tests/plugin/mini_host.c tests/plugin/mini_host.h
tests_plugin_libmini_la_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_plugin_libmini_la_LIBADD = $(CMOCKA_LIBS) -ldl -lm
plugin_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
plugin_test_ldadd = tests/plugin/libmini.la $(CMOCKA_LIBS) -ldl -lm

# plugins/baseline
check_PROGRAMS += tests/plugin/test_baseline
TESTS += tests/plugin/test_baseline
tests_plugin_test_baseline_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_baseline_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_baseline_DEPENDENCIES = plugins/baseline/baseline.la

# modules that must be refused (tests/unit/test_host_algo.c)
broken_ldflags = $(SANITIZE_CFLAGS) -module -avoid-version -no-undefined -rpath /nowhere
check_LTLIBRARIES += tests/plugin/broken_abi.la
tests_plugin_broken_abi_la_SOURCES = tests/plugin/broken_abi.c tests/plugin/broken.h
tests_plugin_broken_abi_la_CFLAGS = $(plugin_cflags)
tests_plugin_broken_abi_la_LDFLAGS = $(broken_ldflags)
check_LTLIBRARIES += tests/plugin/broken_old.la
tests_plugin_broken_old_la_SOURCES = tests/plugin/broken_old.c tests/plugin/broken.h
tests_plugin_broken_old_la_CFLAGS = $(plugin_cflags)
tests_plugin_broken_old_la_LDFLAGS = $(broken_ldflags)
check_LTLIBRARIES += tests/plugin/broken_symbol.la
tests_plugin_broken_symbol_la_SOURCES = tests/plugin/broken_symbol.c tests/plugin/broken.h
tests_plugin_broken_symbol_la_CFLAGS = $(plugin_cflags)
tests_plugin_broken_symbol_la_LDFLAGS = $(broken_ldflags)
check_LTLIBRARIES += tests/plugin/broken_callback.la
tests_plugin_broken_callback_la_SOURCES = tests/plugin/broken_callback.c tests/plugin/broken.h
tests_plugin_broken_callback_la_CFLAGS = $(plugin_cflags)
tests_plugin_broken_callback_la_LDFLAGS = $(broken_ldflags)
check_LTLIBRARIES += tests/plugin/broken_default.la
tests_plugin_broken_default_la_SOURCES = tests/plugin/broken_default.c tests/plugin/broken.h
tests_plugin_broken_default_la_CFLAGS = $(plugin_cflags)
tests_plugin_broken_default_la_LDFLAGS = $(broken_ldflags)
check_LTLIBRARIES += tests/plugin/broken_twice.la
tests_plugin_broken_twice_la_SOURCES = tests/plugin/broken_twice.c tests/plugin/broken.h
tests_plugin_broken_twice_la_CFLAGS = $(plugin_cflags)
tests_plugin_broken_twice_la_LDFLAGS = $(broken_ldflags)
check_LTLIBRARIES += tests/plugin/broken_doc.la
tests_plugin_broken_doc_la_SOURCES = tests/plugin/broken_doc.c tests/plugin/broken.h
tests_plugin_broken_doc_la_CFLAGS = $(plugin_cflags)
tests_plugin_broken_doc_la_LDFLAGS = $(broken_ldflags)

# plugins/neighbors, plugins/bayes, plugins/cluster, plugins/example
EXTRA_DIST += tests/plugin/dataset.h tests/plugin/references.tsv
check_PROGRAMS += tests/plugin/test_neighbors
TESTS += tests/plugin/test_neighbors
tests_plugin_test_neighbors_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_neighbors_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_neighbors_DEPENDENCIES = plugins/neighbors/neighbors.la
check_PROGRAMS += tests/plugin/test_nearby
TESTS += tests/plugin/test_nearby
tests_plugin_test_nearby_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_nearby_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_nearby_DEPENDENCIES = plugins/neighbors/neighbors.la
check_PROGRAMS += tests/plugin/test_cluster
TESTS += tests/plugin/test_cluster
tests_plugin_test_cluster_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_cluster_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_cluster_DEPENDENCIES = plugins/cluster/cluster.la
check_PROGRAMS += tests/plugin/test_bayes
TESTS += tests/plugin/test_bayes
tests_plugin_test_bayes_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_bayes_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_bayes_DEPENDENCIES = plugins/bayes/bayes.la
check_PROGRAMS += tests/plugin/test_bayes_counts
TESTS += tests/plugin/test_bayes_counts
tests_plugin_test_bayes_counts_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_bayes_counts_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_bayes_counts_DEPENDENCIES = plugins/bayes/bayes.la
check_PROGRAMS += tests/plugin/test_example
TESTS += tests/plugin/test_example
tests_plugin_test_example_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_example_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_example_DEPENDENCIES = tests/plugin/example/nearest.la plugins/neighbors/neighbors.la

# plugins/linear
check_PROGRAMS += tests/plugin/test_linear
TESTS += tests/plugin/test_linear
tests_plugin_test_linear_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_linear_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_linear_DEPENDENCIES = plugins/linear/linear.la
EXTRA_DIST += tests/plugin/linear_fit.h
check_PROGRAMS += tests/plugin/test_linear_penalty
TESTS += tests/plugin/test_linear_penalty
tests_plugin_test_linear_penalty_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_linear_penalty_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_linear_penalty_DEPENDENCIES = plugins/linear/linear.la
check_PROGRAMS += tests/plugin/test_discriminant
TESTS += tests/plugin/test_discriminant
tests_plugin_test_discriminant_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_discriminant_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_discriminant_DEPENDENCIES = plugins/linear/linear.la
check_PROGRAMS += tests/plugin/test_robust
TESTS += tests/plugin/test_robust
tests_plugin_test_robust_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_robust_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_robust_DEPENDENCIES = plugins/linear/linear.la
check_PROGRAMS += tests/plugin/test_glm
TESTS += tests/plugin/test_glm
tests_plugin_test_glm_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_glm_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_glm_DEPENDENCIES = plugins/linear/linear.la
check_PROGRAMS += tests/plugin/test_sgd
TESTS += tests/plugin/test_sgd
tests_plugin_test_sgd_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_sgd_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_sgd_DEPENDENCIES = plugins/linear/linear.la

# plugins/linear, plugins/svm: the optimum of every convex problem
check_PROGRAMS += tests/plugin/test_optimum
TESTS += tests/plugin/test_optimum
tests_plugin_test_optimum_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_optimum_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_optimum_DEPENDENCIES = plugins/linear/linear.la plugins/svm/svm.la

# plugins/tree
check_PROGRAMS += tests/plugin/test_tree
TESTS += tests/plugin/test_tree
tests_plugin_test_tree_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_tree_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_tree_DEPENDENCIES = plugins/tree/tree.la
EXTRA_DIST += tests/plugin/tree_fit.h
check_PROGRAMS += tests/plugin/test_tree_more
TESTS += tests/plugin/test_tree_more
tests_plugin_test_tree_more_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_tree_more_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_tree_more_DEPENDENCIES = plugins/tree/tree.la
# plugins/net
check_PROGRAMS += tests/plugin/test_net
TESTS += tests/plugin/test_net
tests_plugin_test_net_SOURCES = tests/plugin/test_net.c plugins/net/product.c plugins/net/product.h
tests_plugin_test_net_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_net_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_net_DEPENDENCIES = plugins/net/net.la

# plugins/reduce
check_PROGRAMS += tests/plugin/test_reduce
TESTS += tests/plugin/test_reduce
tests_plugin_test_reduce_SOURCES = \
	tests/plugin/test_reduce.c \
	plugins/reduce/attraction.c plugins/reduce/attraction.h \
	plugins/reduce/products.c plugins/reduce/products.h \
	plugins/reduce/repulsion.c plugins/reduce/repulsion.h
tests_plugin_test_reduce_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_reduce_LDADD = $(plugin_test_ldadd) src/num/libnum.la
EXTRA_tests_plugin_test_reduce_DEPENDENCIES = plugins/reduce/reduce.la

# every algorithm of every module
check_PROGRAMS += tests/plugin/conform
TESTS += tests/plugin/conform
tests_plugin_conform_CFLAGS = $(AM_CFLAGS)
tests_plugin_conform_LDADD = src/liblathe.la

# model files, seen from outside
check_PROGRAMS += tests/plugin/write_models
tests_plugin_write_models_CFLAGS = $(AM_CFLAGS)
tests_plugin_write_models_LDADD = src/liblathe.la
TESTS += tests/plugin/safetensors.sh
dist_check_SCRIPTS += tests/plugin/safetensors.sh

# plugins/cluster beside k-means
EXTRA_DIST += tests/plugin/cluster_fit.h
check_PROGRAMS += tests/plugin/test_dbscan
TESTS += tests/plugin/test_dbscan
tests_plugin_test_dbscan_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_dbscan_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_dbscan_DEPENDENCIES = plugins/cluster/cluster.la
check_PROGRAMS += tests/plugin/test_gmm
TESTS += tests/plugin/test_gmm
tests_plugin_test_gmm_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_gmm_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_gmm_DEPENDENCIES = plugins/cluster/cluster.la
check_PROGRAMS += tests/plugin/test_spectral
TESTS += tests/plugin/test_spectral
tests_plugin_test_spectral_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_spectral_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_spectral_DEPENDENCIES = plugins/cluster/cluster.la
check_PROGRAMS += tests/plugin/test_mbkmeans
TESTS += tests/plugin/test_mbkmeans
tests_plugin_test_mbkmeans_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_mbkmeans_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_mbkmeans_DEPENDENCIES = plugins/cluster/cluster.la
check_PROGRAMS += tests/plugin/test_hdbscan
TESTS += tests/plugin/test_hdbscan
tests_plugin_test_hdbscan_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_hdbscan_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_hdbscan_DEPENDENCIES = plugins/cluster/cluster.la
# plugins/svm
check_PROGRAMS += tests/plugin/test_svm
TESTS += tests/plugin/test_svm
tests_plugin_test_svm_SOURCES = tests/plugin/test_svm.c plugins/svm/kernel.c plugins/svm/platt.c
tests_plugin_test_svm_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_svm_LDADD = src/num/libnum.la $(plugin_test_ldadd)
EXTRA_tests_plugin_test_svm_DEPENDENCIES = plugins/svm/svm.la
check_PROGRAMS += tests/plugin/test_hclust
TESTS += tests/plugin/test_hclust
tests_plugin_test_hclust_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_hclust_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_hclust_DEPENDENCIES = plugins/cluster/cluster.la

# discriminants as a projection
check_PROGRAMS += tests/plugin/test_ldaproj
TESTS += tests/plugin/test_ldaproj
tests_plugin_test_ldaproj_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_ldaproj_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_ldaproj_DEPENDENCIES = plugins/linear/linear.la
# plugins/kit: the nearest of many rows
check_PROGRAMS += tests/plugin/test_nearest
TESTS += tests/plugin/test_nearest
tests_plugin_test_nearest_SOURCES = tests/plugin/test_nearest.c \
	plugins/kit/coarse.c plugins/kit/nearest_rows.c plugins/kit/panel.c
tests_plugin_test_nearest_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_plugin_test_nearest_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_nearest_LDADD = $(plugin_test_ldadd)
# plugins/xgboost and plugins/libsvm: built always, skipped where the wrapper isn't
EXTRA_DIST += tests/plugin/optional.h
check_PROGRAMS += tests/plugin/test_xgboost
TESTS += tests/plugin/test_xgboost
tests_plugin_test_xgboost_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_xgboost_LDADD = $(plugin_test_ldadd)
check_PROGRAMS += tests/plugin/test_libsvm
TESTS += tests/plugin/test_libsvm
tests_plugin_test_libsvm_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_libsvm_LDADD = $(plugin_test_ldadd)
check_PROGRAMS += tests/plugin/test_svm_same
TESTS += tests/plugin/test_svm_same
tests_plugin_test_svm_same_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_svm_same_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_svm_same_DEPENDENCIES = plugins/svm/svm.la

# more rows for a model
check_PROGRAMS += tests/plugin/test_update
TESTS += tests/plugin/test_update
tests_plugin_test_update_CFLAGS = $(plugin_test_cflags)
tests_plugin_test_update_LDADD = $(plugin_test_ldadd)
EXTRA_tests_plugin_test_update_DEPENDENCIES = plugins/linear/linear.la plugins/bayes/bayes.la
