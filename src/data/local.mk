noinst_LTLIBRARIES += src/data/libdata.la
src_data_libdata_la_SOURCES =
src_data_libdata_la_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS) -O3
src_data_libdata_la_LIBADD = $(CSV_LIBS) $(SQLITE_LIBS) $(JANSSON_LIBS) $(ZLIB_LIBS) -lm
