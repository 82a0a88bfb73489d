# Fuzz targets. `make check` replays each corpus and some mutations of it through tests/fuzz/driver.c; to search for
# new inputs with libFuzzer:
#
#     CC=clang ./configure --enable-fuzzing --enable-sanitize=address,undefined,fuzzer-no-link && make check
#     tests/fuzz/fuzz_NAME tests/fuzz/corpus/NAME
#
# To add a target NAME: write tests/fuzz/fuzz_NAME.c with LLVMFuzzerTestOneInput (abort() when something is wrong),
# put a few small inputs, each with one idea, into tests/fuzz/corpus/NAME/, and add the four lines that number has:
# its name to fuzz_targets, its _SOURCES, _CFLAGS and _LDADD with _LDFLAGS.
fuzz_targets = tests/fuzz/fuzz_number
check_PROGRAMS += $(fuzz_targets)
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/driver.c
CLEANFILES += fuzz_*.crash

fuzz_cflags = $(AM_CFLAGS)
fuzz_ldadd = src/liblathe.la
if FUZZING
fuzz_driver =
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
TESTS += $(fuzz_targets)
fuzz_driver = tests/fuzz/driver.c
fuzz_ldflags = $(AM_LDFLAGS)
endif

tests_fuzz_fuzz_number_SOURCES = tests/fuzz/fuzz_number.c $(fuzz_driver)
tests_fuzz_fuzz_number_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_number_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_number_LDADD = $(fuzz_ldadd)

# host
fuzz_targets += tests/fuzz/fuzz_param tests/fuzz/fuzz_model
tests_fuzz_fuzz_param_SOURCES = tests/fuzz/fuzz_param.c $(fuzz_driver)
tests_fuzz_fuzz_param_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_param_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_param_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_model_SOURCES = tests/fuzz/fuzz_model.c tests/unit/fake_algo.h $(fuzz_driver)
tests_fuzz_fuzz_model_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_model_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_model_LDADD = $(fuzz_ldadd)

# the command line
fuzz_targets += tests/fuzz/fuzz_line
tests_fuzz_fuzz_line_SOURCES = tests/fuzz/fuzz_line.c $(fuzz_driver)
tests_fuzz_fuzz_line_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_line_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_line_LDADD = $(fuzz_ldadd)

# data: files, expressions, formulas
fuzz_targets += tests/fuzz/fuzz_csv tests/fuzz/fuzz_expr tests/fuzz/fuzz_formula
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c $(fuzz_driver)
tests_fuzz_fuzz_csv_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_csv_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_csv_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_expr_SOURCES = tests/fuzz/fuzz_expr.c $(fuzz_driver)
tests_fuzz_fuzz_expr_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_expr_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_expr_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_formula_SOURCES = tests/fuzz/fuzz_formula.c $(fuzz_driver)
tests_fuzz_fuzz_formula_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_formula_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_formula_LDADD = $(fuzz_ldadd)
