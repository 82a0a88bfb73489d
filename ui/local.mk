bin_PROGRAMS += lathe
lathe_SOURCES = ui/main.c
lathe_CFLAGS = $(AM_CFLAGS) $(NCURSES_CFLAGS) $(READLINE_CFLAGS)
lathe_LDADD = src/liblathe.la $(READLINE_LIBS) $(NCURSES_LIBS)
