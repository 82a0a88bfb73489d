EXTRA_DIST += \
	plugins/kit/ahead.h \
	plugins/kit/block.h \
	plugins/kit/boxes.c \
	plugins/kit/boxes.h \
	plugins/kit/check.h \
	plugins/kit/coarse.c \
	plugins/kit/coarse.h \
	plugins/kit/column.h \
	plugins/kit/foreign.h \
	plugins/kit/kit.h \
	plugins/kit/memory.h \
	plugins/kit/nearest_heap.h \
	plugins/kit/nearest_rows.c \
	plugins/kit/nearest_rows.h \
	plugins/kit/panel.c \
	plugins/kit/panel.h \
	plugins/kit/param.h \
	plugins/kit/state.h \
	plugins/kit/table.h
