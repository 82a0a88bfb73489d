bin_PROGRAMS += lathe
lathe_SOURCES = \
	ui/batch.c ui/batch.h \
	ui/crash.c ui/crash.h \
	ui/front.c ui/front.h \
	ui/history.c ui/history.h \
	ui/main.c \
	ui/module.c ui/module.h \
	ui/options.c ui/options.h \
	ui/print.c ui/print.h \
	ui/recover.c ui/recover.h \
	ui/repl.c ui/repl.h
include ui/tui/local.mk
lathe_CFLAGS = $(AM_CFLAGS) $(NCURSES_CFLAGS) $(READLINE_CFLAGS)
# Only modules use BLAS, so the program doesn't load it.
lathe_LDFLAGS = $(AM_LDFLAGS) -Wl,--as-needed
lathe_LDADD = src/liblathe.la $(READLINE_LIBS) $(NCURSES_LIBS)
