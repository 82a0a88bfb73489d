plugins_LTLIBRARIES += plugins/svm/svm.la
plugins_svm_svm_la_SOURCES = \
	plugins/svm/family.c plugins/svm/svm.h \
	plugins/svm/hinge.c plugins/svm/hinge.h \
	plugins/svm/kernel.c plugins/svm/kernel.h \
	plugins/svm/linearsvm.c \
	plugins/svm/machine.c plugins/svm/machine.h \
	plugins/svm/options.c plugins/svm/options.h \
	plugins/svm/platt.c plugins/svm/platt.h \
	plugins/svm/rows.c plugins/svm/rows.h \
	plugins/svm/smo.c plugins/svm/smo.h \
	plugins/svm/solve.c plugins/svm/solve.h \
	plugins/svm/single.c plugins/svm/single.h \
	plugins/svm/svc.c \
	plugins/svm/ocsvm.c \
	plugins/svm/svr.c
plugins_svm_svm_la_CFLAGS = $(plugin_cflags)
plugins_svm_svm_la_LDFLAGS = $(plugin_ldflags)
plugins_svm_svm_la_LIBADD = src/num/libnum.la
