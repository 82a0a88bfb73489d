noinst_LTLIBRARIES += src/ops/libops.la
src_ops_libops_la_SOURCES =
