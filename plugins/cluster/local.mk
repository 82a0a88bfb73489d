plugins_LTLIBRARIES += plugins/cluster/cluster.la
plugins_cluster_cluster_la_SOURCES = \
	plugins/kit/boxes.c plugins/kit/coarse.c plugins/kit/nearest_rows.c plugins/kit/panel.c \
	plugins/cluster/affinity.c plugins/cluster/affinity.h \
	plugins/cluster/centres.c plugins/cluster/centres.h \
	plugins/cluster/condensed.c plugins/cluster/condensed.h \
	plugins/cluster/dbscan.c \
	plugins/cluster/family.c plugins/cluster/cluster.h \
	plugins/cluster/dendrogram.c plugins/cluster/dendrogram.h \
	plugins/cluster/gmm.c \
	plugins/cluster/hclust.c \
	plugins/cluster/hdbscan.c \
	plugins/cluster/kmeans.c plugins/cluster/kmeans.h \
	plugins/cluster/lanes.c plugins/cluster/lanes.h \
	plugins/cluster/linking.c plugins/cluster/linking.h \
	plugins/cluster/mbkmeans.c \
	plugins/cluster/merging.c plugins/cluster/merging.h \
	plugins/cluster/mixture.c plugins/cluster/mixture.h \
	plugins/cluster/remembered.c plugins/cluster/remembered.h \
	plugins/cluster/restarts.c plugins/cluster/restarts.h \
	plugins/cluster/seeding.c plugins/cluster/seeding.h \
	plugins/cluster/show.c plugins/cluster/show.h \
	plugins/cluster/spectral.c \
	plugins/cluster/spanning.c plugins/cluster/spanning.h \
	plugins/cluster/within.c plugins/cluster/within.h
plugins_cluster_cluster_la_CFLAGS = $(plugin_cflags)
plugins_cluster_cluster_la_LDFLAGS = $(plugin_ldflags)
plugins_cluster_cluster_la_LIBADD = src/num/libnum.la
