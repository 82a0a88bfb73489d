TEST_EXTENSIONS = .sh .test
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
TEST_LOG_DRIVER = $(LOG_DRIVER)
LOG_COMPILER = bash $(top_srcdir)/tests/lib/program.sh
SH_LOG_COMPILER = bash
# Each test gets the same small world: no locale surprises, own HOME (tests/lib/tap.sh), one picture of the folders.
AM_TESTS_ENVIRONMENT = \
	LC_ALL=C.UTF-8; export LC_ALL; TZ=UTC; export TZ; TERM=xterm-256color; export TERM; \
	srcdir='$(srcdir)'; export srcdir; top_builddir='$(abs_top_builddir)'; export top_builddir; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	unset LATHE_PLUGIN_PATH LATHE_DATA_DIR NO_COLOR COLUMNS LINES; \
	ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1; export ASAN_OPTIONS; \
	TSAN_OPTIONS=allocator_may_return_null=1; export TSAN_OPTIONS;

unit_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
unit_ldadd = src/liblathe.la $(CMOCKA_LIBS)

include tests/lib/local.mk
include tests/unit/local.mk
include tests/numeric/local.mk
include tests/cli/local.mk
include tests/plugin/local.mk
include tests/screen/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/style/local.mk
