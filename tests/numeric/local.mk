# Numerics against references that others computed. They need the room num alone.
num_tests = \
	tests/numeric/test_num_cluster tests/numeric/test_num_dist tests/numeric/test_num_htest tests/numeric/test_num_la \
	tests/numeric/test_num_metrics tests/numeric/test_num_moments tests/numeric/test_num_sort \
	tests/numeric/test_num_vmath
check_PROGRAMS += $(num_tests)
TESTS += $(num_tests)
EXTRA_DIST += \
	tests/numeric/near.h tests/numeric/ref/cluster.py tests/numeric/ref/cluster_ref.h tests/numeric/ref/gap.py tests/numeric/ref/dist.R tests/numeric/ref/dist_ref.h tests/numeric/ref/metrics.py \
	tests/numeric/ref/metrics_ref.h tests/numeric/ref/moments.R tests/numeric/ref/moments_ref.h
tests_numeric_test_num_cluster_CFLAGS = $(unit_cflags)
tests_numeric_test_num_cluster_LDADD = src/num/libnum.la $(CMOCKA_LIBS)
tests_numeric_test_num_dist_CFLAGS = $(unit_cflags)
tests_numeric_test_num_dist_LDADD = src/num/libnum.la $(CMOCKA_LIBS)
tests_numeric_test_num_htest_CFLAGS = $(unit_cflags)
tests_numeric_test_num_htest_LDADD = src/num/libnum.la $(CMOCKA_LIBS)
tests_numeric_test_num_la_CFLAGS = $(unit_cflags)
tests_numeric_test_num_la_LDADD = src/num/libnum.la $(CMOCKA_LIBS)
tests_numeric_test_num_metrics_CFLAGS = $(unit_cflags)
tests_numeric_test_num_metrics_LDADD = src/num/libnum.la $(CMOCKA_LIBS)
tests_numeric_test_num_moments_CFLAGS = $(unit_cflags)
tests_numeric_test_num_moments_LDADD = src/num/libnum.la $(CMOCKA_LIBS)
tests_numeric_test_num_sort_CFLAGS = $(unit_cflags)
tests_numeric_test_num_sort_LDADD = src/num/libnum.la $(CMOCKA_LIBS)
tests_numeric_test_num_vmath_CFLAGS = $(unit_cflags)
tests_numeric_test_num_vmath_LDADD = src/num/libnum.la $(CMOCKA_LIBS)
