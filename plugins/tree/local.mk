plugins_LTLIBRARIES += plugins/tree/tree.la
plugins_tree_tree_la_SOURCES = \
	plugins/tree/adaboost.c \
	plugins/tree/bagging.c \
	plugins/tree/bins.c plugins/tree/bins.h \
	plugins/tree/boost.c plugins/tree/boost.h \
	plugins/tree/column.c plugins/tree/column.h \
	plugins/tree/constraints.c plugins/tree/constraints.h \
	plugins/tree/cut.c plugins/tree/cut.h \
	plugins/tree/draw.c plugins/tree/draw.h \
	plugins/tree/ensemble.c plugins/tree/ensemble.h \
	plugins/tree/extratrees.c \
	plugins/tree/family.c plugins/tree/family.h \
	plugins/tree/forest.c plugins/tree/forest.h \
	plugins/tree/gbm.c \
	plugins/tree/grow.c plugins/tree/grow.h \
	plugins/tree/hist.c plugins/tree/hist.h \
	plugins/tree/iforest.c \
	plugins/tree/importance.c plugins/tree/importance.h \
	plugins/tree/loss.c plugins/tree/loss.h \
	plugins/tree/module.c \
	plugins/tree/names.c plugins/tree/names.h \
	plugins/tree/nodes.c plugins/tree/nodes.h \
	plugins/tree/options.c plugins/tree/options.h \
	plugins/tree/prune.c plugins/tree/prune.h \
	plugins/tree/room.c plugins/tree/room.h \
	plugins/tree/samples.c plugins/tree/samples.h \
	plugins/tree/split.c plugins/tree/split.h \
	plugins/tree/tree.c \
	plugins/tree/values.c plugins/tree/values.h \
	src/num/sort.c src/num/vmath.c
plugins_tree_tree_la_CFLAGS = $(plugin_cflags)
plugins_tree_tree_la_LDFLAGS = $(plugin_ldflags)
plugins_tree_tree_la_LIBADD = -lm
