noinst_LTLIBRARIES += src/num/libnum.la
src_num_libnum_la_SOURCES = \
	src/num/choose.c src/num/choose.h \
	src/num/cluster.c src/num/cluster.h \
	src/num/curve.c src/num/curve.h \
	src/num/dist.c src/num/dist.h \
	src/num/gram.c src/num/gram.h \
	src/num/htest.c src/num/htest.h \
	src/num/jacobi.c src/num/jacobi.h \
	src/num/la.c src/num/la.h \
	src/num/metrics.c src/num/metrics.h \
	src/num/moments.c src/num/moments.h \
	src/num/simd.h \
	src/num/sort.c src/num/sort.h \
	src/num/sum.h \
	src/num/vmath.c src/num/vmath.h
src_num_libnum_la_CFLAGS = $(AM_CFLAGS) $(OPENBLAS_CFLAGS) -O3
src_num_libnum_la_LIBADD = $(LAPACKE_LIBS) $(OPENBLAS_LIBS) -lm
