plugins_LTLIBRARIES += plugins/tree/tree.la
plugins_tree_tree_la_SOURCES =
plugins_tree_tree_la_CFLAGS = $(plugin_cflags)
plugins_tree_tree_la_LDFLAGS = $(plugin_ldflags)
plugins_tree_tree_la_LIBADD = src/num/libnum.la
