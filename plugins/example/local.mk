# The tutorial's module (docs/plugin-guide.md). It is built for the tests alone, and outside plugins/, so that the
# program does not find it unless it is told where to look.
check_LTLIBRARIES += tests/plugin/example/nearest.la
tests_plugin_example_nearest_la_SOURCES = plugins/example/nearest.c
tests_plugin_example_nearest_la_CPPFLAGS = -I$(top_srcdir)/src/api
tests_plugin_example_nearest_la_CFLAGS = $(plugin_cflags)
tests_plugin_example_nearest_la_LDFLAGS = $(plugin_ldflags) -rpath /nowhere
