noinst_LTLIBRARIES += src/view/libview.la
src_view_libview_la_SOURCES =
