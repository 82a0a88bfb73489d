plugins_LTLIBRARIES += plugins/reduce/reduce.la
plugins_reduce_reduce_la_SOURCES = \
	plugins/kit/coarse.c plugins/kit/nearest_rows.c plugins/kit/panel.c \
	plugins/reduce/attraction.c plugins/reduce/attraction.h \
	plugins/reduce/component_view.c plugins/reduce/component_view.h \
	plugins/reduce/covariance.c plugins/reduce/covariance.h \
	plugins/reduce/graph.c plugins/reduce/graph.h \
	plugins/reduce/perplexity.c plugins/reduce/perplexity.h \
	plugins/reduce/placed.c plugins/reduce/placed.h \
	plugins/reduce/principal.c plugins/reduce/principal.h \
	plugins/reduce/products.c plugins/reduce/products.h \
	plugins/reduce/repulsion.c plugins/reduce/repulsion.h \
	plugins/reduce/rows.c plugins/reduce/rows.h \
	plugins/reduce/start.c plugins/reduce/start.h \
	plugins/reduce/subspace.c plugins/reduce/subspace.h \
	plugins/reduce/family.c plugins/reduce/reduce.h \
	plugins/reduce/ica.c \
	plugins/reduce/mds.c \
	plugins/reduce/nmf.c \
	plugins/reduce/pca.c \
	plugins/reduce/tsne.c \
	plugins/reduce/tsvd.c \
	plugins/reduce/umap.c
plugins_reduce_reduce_la_CFLAGS = $(plugin_cflags)
plugins_reduce_reduce_la_LDFLAGS = $(plugin_ldflags)
plugins_reduce_reduce_la_LIBADD = src/num/libnum.la -lm
