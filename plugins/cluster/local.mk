plugins_LTLIBRARIES += plugins/cluster/cluster.la
plugins_cluster_cluster_la_SOURCES =
plugins_cluster_cluster_la_CFLAGS = $(plugin_cflags)
plugins_cluster_cluster_la_LDFLAGS = $(plugin_ldflags)
plugins_cluster_cluster_la_LIBADD = src/num/libnum.la
