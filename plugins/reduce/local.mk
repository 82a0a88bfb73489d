plugins_LTLIBRARIES += plugins/reduce/reduce.la
plugins_reduce_reduce_la_SOURCES = \
	plugins/kit/nearest_rows.c plugins/kit/panel.c \
	plugins/reduce/component_view.c plugins/reduce/component_view.h \
	plugins/reduce/covariance.c plugins/reduce/covariance.h \
	plugins/reduce/family.c plugins/reduce/reduce.h \
	plugins/reduce/pca.c \
	plugins/reduce/principal.c plugins/reduce/principal.h \
	plugins/reduce/products.c plugins/reduce/products.h \
	plugins/reduce/rows.c plugins/reduce/rows.h \
	plugins/reduce/subspace.c plugins/reduce/subspace.h \
	plugins/reduce/tsvd.c
plugins_reduce_reduce_la_CFLAGS = $(plugin_cflags)
plugins_reduce_reduce_la_LDFLAGS = $(plugin_ldflags)
plugins_reduce_reduce_la_LIBADD = src/num/libnum.la -lm
