EXTRA_DIST += \
	plugins/kit/block.h \
	plugins/kit/check.h \
	plugins/kit/kit.h \
	plugins/kit/memory.h \
	plugins/kit/param.h \
	plugins/kit/state.h \
	plugins/kit/table.h
