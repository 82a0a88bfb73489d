noinst_LTLIBRARIES += src/host/libhost.la
src_host_libhost_la_SOURCES = \
	src/host/algo.c src/host/algo.h \
	src/host/param.c src/host/param.h
src_host_libhost_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
src_host_libhost_la_LIBADD = $(JANSSON_LIBS) -ldl -lm
