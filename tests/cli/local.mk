# What the program does as a whole. json_lines reads its JSON for the shell tests; examples runs all examples.
check_PROGRAMS += tests/cli/json_lines tests/cli/examples
TESTS += tests/cli/examples
tests_cli_json_lines_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_cli_json_lines_LDADD = $(JANSSON_LIBS) -lm
tests_cli_examples_CFLAGS = $(AM_CFLAGS)
tests_cli_examples_LDADD = src/liblathe.la
# modules checked and begun
TESTS += tests/cli/module.sh tests/cli/module_bench.sh tests/cli/installed.sh
dist_check_SCRIPTS += tests/cli/module.sh tests/cli/module_bench.sh tests/cli/installed.sh
cli_tests = tests/cli/main_job.sh tests/cli/errors.sh tests/cli/files.sh tests/cli/session.sh tests/cli/same_bytes.sh \
	tests/cli/numbers.sh tests/cli/docs.sh tests/cli/learn.sh tests/cli/ensemble.sh \
	tests/cli/bad_input.sh tests/cli/references.sh tests/cli/weights.sh
TESTS += $(cli_tests)
dist_check_SCRIPTS += $(cli_tests)
EXTRA_DIST += tests/cli/cli.sh
# clusters and their judges
TESTS += tests/cli/clusters.sh
dist_check_SCRIPTS += tests/cli/clusters.sh
