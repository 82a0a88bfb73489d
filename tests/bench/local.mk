# Micro-benches of num: not part of `all`; `make bench-micro` builds and runs them.
EXTRA_PROGRAMS = tests/bench/bench_micro
tests_bench_bench_micro_SOURCES = tests/bench/micro.c
tests_bench_bench_micro_CFLAGS = $(AM_CFLAGS) -O2
tests_bench_bench_micro_LDADD = src/num/libnum.la
CLEANFILES += tests/bench/bench_micro$(EXEEXT)
bench-micro: tests/bench/bench_micro$(EXEEXT)
	tests/bench/bench_micro$(EXEEXT)
.PHONY: bench-micro
