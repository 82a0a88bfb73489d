noinst_LTLIBRARIES += src/engine/libengine.la
src_engine_libengine_la_SOURCES =
