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
