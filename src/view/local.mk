noinst_LTLIBRARIES += src/view/libview.la
src_view_libview_la_SOURCES = \
	src/view/view.h src/view/build.h \
	src/view/view.c src/view/view_table.c src/view/view_plot.c src/view/view_tree.c
