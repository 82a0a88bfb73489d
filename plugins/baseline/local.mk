plugins_LTLIBRARIES += plugins/baseline/baseline.la
plugins_baseline_baseline_la_SOURCES = \
	plugins/baseline/baseline.c plugins/baseline/baseline.h \
	plugins/baseline/dummy.c
plugins_baseline_baseline_la_CFLAGS = $(plugin_cflags)
plugins_baseline_baseline_la_LDFLAGS = $(plugin_ldflags)
plugins_baseline_baseline_la_LIBADD = -lm
