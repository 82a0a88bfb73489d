noinst_LTLIBRARIES += src/base/libbase.la
src_base_libbase_la_SOURCES = \
	src/base/arena.c src/base/arena.h \
	src/base/err.c src/base/err.h \
	src/base/file.c src/base/file.h \
	src/base/json.c src/base/json.h \
	src/base/log.c src/base/log.h \
	src/base/map.c src/base/map.h \
	src/base/mem.c src/base/mem.h \
	src/base/number.c src/base/number.h \
	src/base/pool.c src/base/pool.h \
	src/base/process.c src/base/process.h \
	src/base/progress.c src/base/progress.h \
	src/base/str.c src/base/str.h \
	src/base/utf8.c src/base/utf8.h \
	src/base/vec.h
