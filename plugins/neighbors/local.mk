plugins_LTLIBRARIES += plugins/neighbors/neighbors.la
plugins_neighbors_neighbors_la_SOURCES = \
	plugins/kit/boxes.c plugins/kit/coarse.c plugins/kit/nearest_rows.c plugins/kit/panel.c \
	plugins/neighbors/family.c plugins/neighbors/neighbors.h \
	plugins/neighbors/index.c plugins/neighbors/index.h \
	plugins/neighbors/knn.c \
	plugins/neighbors/lof.c
plugins_neighbors_neighbors_la_CFLAGS = $(plugin_cflags)
plugins_neighbors_neighbors_la_LDFLAGS = $(plugin_ldflags)
plugins_neighbors_neighbors_la_LIBADD = -lm
