
# host
check_PROGRAMS += tests/unit/test_host_param tests/unit/test_host_algo tests/unit/test_host_recipe tests/unit/test_host_model
TESTS += tests/unit/test_host_param tests/unit/test_host_algo tests/unit/test_host_recipe tests/unit/test_host_model
tests_unit_test_host_param_CFLAGS = $(unit_cflags)
tests_unit_test_host_param_LDADD = $(unit_ldadd)
tests_unit_test_host_algo_CFLAGS = $(unit_cflags)
tests_unit_test_host_algo_LDADD = $(unit_ldadd)
tests_unit_test_host_recipe_CFLAGS = $(unit_cflags) $(JANSSON_CFLAGS)
tests_unit_test_host_recipe_LDADD = $(unit_ldadd)
tests_unit_test_host_model_SOURCES = tests/unit/test_host_model.c tests/unit/fake_algo.h
tests_unit_test_host_model_CFLAGS = $(unit_cflags)
tests_unit_test_host_model_LDADD = $(unit_ldadd)
EXTRA_tests_unit_test_host_algo_DEPENDENCIES = tests/plugin/broken_abi.la tests/plugin/broken_old.la tests/plugin/broken_symbol.la tests/plugin/broken_callback.la tests/plugin/broken_default.la tests/plugin/broken_twice.la tests/plugin/broken_doc.la
