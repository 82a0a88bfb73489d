noinst_LTLIBRARIES += src/render/librender.la
src_render_librender_la_SOURCES =
