noinst_LTLIBRARIES += src/host/libhost.la
src_host_libhost_la_SOURCES =
src_host_libhost_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
src_host_libhost_la_LIBADD = $(JANSSON_LIBS) -ldl -lm
