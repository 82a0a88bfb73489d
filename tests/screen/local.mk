# The workbench in a terminal.
screen_tests = tests/screen/start.sh tests/screen/prompt.sh tests/screen/panes.sh tests/screen/job.sh \
	tests/screen/terminals.sh tests/screen/repl.sh
TESTS += $(screen_tests)
dist_check_SCRIPTS += $(screen_tests)
EXTRA_DIST += tests/lib/screen.sh
