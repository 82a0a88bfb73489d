# liblathe: all rooms below the front ends, for the program, the tests and embedders.
noinst_LTLIBRARIES += src/liblathe.la
src_liblathe_la_SOURCES =
src_liblathe_la_LIBADD = \
	src/cmd/libcmd.la src/engine/libengine.la src/ops/libops.la src/render/librender.la \
	src/host/libhost.la src/data/libdata.la src/view/libview.la src/num/libnum.la src/base/libbase.la \
	-ldl
