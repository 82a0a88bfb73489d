plugins_LTLIBRARIES += plugins/neighbors/neighbors.la
plugins_neighbors_neighbors_la_SOURCES =
plugins_neighbors_neighbors_la_CFLAGS = $(plugin_cflags)
plugins_neighbors_neighbors_la_LDFLAGS = $(plugin_ldflags)
plugins_neighbors_neighbors_la_LIBADD = src/num/libnum.la
