noinst_LTLIBRARIES += src/data/libdata.la
src_data_libdata_la_SOURCES = \
	src/data/catalog.c src/data/catalog.h \
	src/data/column.c src/data/column.h \
	src/data/column_convert.c \
	src/data/csv.h \
	src/data/csv_cells.c src/data/csv_cells.h \
	src/data/csv_cut.c \
	src/data/csv_gather.c \
	src/data/csv_mask.h \
	src/data/csv_normal.c \
	src/data/csv_read.c \
	src/data/csv_scan.c \
	src/data/csv_sniff.c \
	src/data/csv_source.c \
	src/data/csv_stream.c src/data/csv_stream.h \
	src/data/csv_text.h \
	src/data/csv_walk.c \
	src/data/csv_write.c \
	src/data/date.c \
	src/data/dictionary.c \
	src/data/formula.c src/data/formula.h \
	src/data/hash.h \
	src/data/infer.c src/data/infer.h \
	src/data/json_read.c \
	src/data/json_table.h \
	src/data/json_write.c \
	src/data/read.c src/data/read.h \
	src/data/split.c src/data/split.h \
	src/data/sql.c src/data/sql.h \
	src/data/sql_function.c \
	src/data/sql_parts.h \
	src/data/sql_result.c \
	src/data/sql_vtab.c \
	src/data/table.c src/data/table.h \
	src/data/table_order.c \
	src/data/task.c src/data/task.h
src_data_libdata_la_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS) -O3
src_data_libdata_la_LIBADD = $(CSV_LIBS) $(SQLITE_LIBS) $(JANSSON_LIBS) $(ZLIB_LIBS) -lm
