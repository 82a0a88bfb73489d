# A wrapper around LIBSVM, where configure finds it. The library is opened when it is first used (kit/foreign.h).
if HAVE_LIBSVM
plugins_LTLIBRARIES += plugins/libsvm/libsvm.la
plugins_libsvm_libsvm_la_SOURCES = \
	plugins/libsvm/libsvm.c \
	plugins/libsvm/library.c plugins/libsvm/library.h \
	plugins/libsvm/machine.c plugins/libsvm/machine.h \
	plugins/libsvm/training.c plugins/libsvm/training.h
plugins_libsvm_libsvm_la_CPPFLAGS = $(AM_CPPFLAGS) -DLIBSVM_SONAME='"$(LIBSVM_SONAME)"'
plugins_libsvm_libsvm_la_CFLAGS = $(plugin_cflags)
plugins_libsvm_libsvm_la_LDFLAGS = $(plugin_ldflags)
plugins_libsvm_libsvm_la_LIBADD = -lm
endif
