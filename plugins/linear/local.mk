plugins_LTLIBRARIES += plugins/linear/linear.la
plugins_linear_linear_la_SOURCES =
plugins_linear_linear_la_CFLAGS = $(plugin_cflags)
plugins_linear_linear_la_LDFLAGS = $(plugin_ldflags)
plugins_linear_linear_la_LIBADD = src/num/libnum.la
