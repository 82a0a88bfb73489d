plugins_LTLIBRARIES += plugins/cluster/cluster.la
plugins_cluster_cluster_la_SOURCES = \
	plugins/kit/panel.c \
	plugins/cluster/centres.c plugins/cluster/centres.h \
	plugins/cluster/kmeans.c \
	plugins/cluster/seeding.c plugins/cluster/seeding.h
plugins_cluster_cluster_la_CFLAGS = $(plugin_cflags)
plugins_cluster_cluster_la_LDFLAGS = $(plugin_ldflags)
plugins_cluster_cluster_la_LIBADD = -lm
