noinst_LTLIBRARIES += src/cmd/libcmd.la
src_cmd_libcmd_la_SOURCES =
