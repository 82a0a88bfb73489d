noinst_LTLIBRARIES += src/cmd/libcmd.la
src_cmd_libcmd_la_SOURCES = \
	src/cmd/bindings.c src/cmd/bindings.h \
	src/cmd/cluster.c \
	src/cmd/cmd.h \
	src/cmd/compare.c \
	src/cmd/data.c \
	src/cmd/ensemble.c \
	src/cmd/explore.c \
	src/cmd/judge.c \
	src/cmd/learn.c \
	src/cmd/module.c src/cmd/module.h \
	src/cmd/object_view.c src/cmd/object_view.h \
	src/cmd/output.c \
	src/cmd/picture.c \
	src/cmd/prepare.c \
	src/cmd/schema_rows.c src/cmd/schema_rows.h \
	src/cmd/session.c \
	src/cmd/table.c \
	src/cmd/teach.c \
	src/cmd/training.c src/cmd/training.h \
	src/cmd/update.c src/cmd/update.h
