plugins_LTLIBRARIES += plugins/neighbors/neighbors.la
plugins_neighbors_neighbors_la_SOURCES = \
	plugins/kit/panel.c \
	plugins/neighbors/knn.c \
	plugins/neighbors/nearest_rows.c plugins/neighbors/nearest_rows.h
plugins_neighbors_neighbors_la_CFLAGS = $(plugin_cflags)
plugins_neighbors_neighbors_la_LDFLAGS = $(plugin_ldflags)
plugins_neighbors_neighbors_la_LIBADD = -lm
