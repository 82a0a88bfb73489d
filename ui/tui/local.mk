lathe_SOURCES += \
	ui/tui/tui.c ui/tui/tui.h
