noinst_LTLIBRARIES += src/engine/libengine.la
src_engine_libengine_la_SOURCES = \
	src/engine/bind.c src/engine/bind.h \
	src/engine/command.h \
	src/engine/complete.c src/engine/complete.h \
	src/engine/document.c \
	src/engine/elsewhere.c src/engine/elsewhere.h \
	src/engine/engine.c src/engine/engine.h \
	src/engine/help.c src/engine/help.h \
	src/engine/help_text.c src/engine/help_text.h \
	src/engine/job.c src/engine/job.h \
	src/engine/journal.c src/engine/journal.h \
	src/engine/line.c src/engine/line.h \
	src/engine/schema.c src/engine/schema.h \
	src/engine/session.c src/engine/session.h \
	src/engine/setting.c src/engine/setting.h src/engine/setting_store.h
