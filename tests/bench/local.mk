# Benches. None is part of `all` or `check`.
#   make bench [WORK=gbm] [QUICK=1]   ours beside the peers that are installed; see the head of tests/bench/run
#   make bench-abi                    what modules, zero-copy columns and steps cost
#   make bench-micro                  what the hot functions of num cost
dist_noinst_SCRIPTS = tests/bench/run
EXTRA_DIST += tests/bench/peers.py
bench_helpers = tests/bench/bench_data tests/bench/bench_usage
EXTRA_PROGRAMS = $(bench_helpers) tests/bench/bench_abi tests/bench/bench_micro
tests_bench_bench_data_SOURCES = tests/bench/data.c
tests_bench_bench_data_LDADD = -lm
tests_bench_bench_usage_SOURCES = tests/bench/usage.c
tests_bench_bench_abi_SOURCES = tests/bench/abi.c
tests_bench_bench_abi_LDADD = src/liblathe.la
tests_bench_bench_micro_SOURCES = tests/bench/micro.c
tests_bench_bench_micro_CFLAGS = $(AM_CFLAGS) -O2
tests_bench_bench_micro_LDADD = src/num/libnum.la
CLEANFILES += $(EXTRA_PROGRAMS)

bench: all $(bench_helpers)
	@top_builddir=$(top_builddir) WORK='$(WORK)' QUICK='$(QUICK)' $(srcdir)/tests/bench/run
bench-abi: all tests/bench/bench_abi$(EXEEXT)
	@top_srcdir=$(abs_top_srcdir) top_builddir=$(abs_top_builddir) tests/bench/bench_abi$(EXEEXT)
bench-micro: tests/bench/bench_micro$(EXEEXT)
	tests/bench/bench_micro$(EXEEXT)
.PHONY: bench bench-abi bench-micro
