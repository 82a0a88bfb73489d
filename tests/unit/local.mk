
# host
check_PROGRAMS += tests/unit/test_host_param tests/unit/test_host_algo tests/unit/test_host_recipe tests/unit/test_host_model
TESTS += tests/unit/test_host_param tests/unit/test_host_algo tests/unit/test_host_recipe tests/unit/test_host_model
tests_unit_test_host_param_CFLAGS = $(unit_cflags)
tests_unit_test_host_param_LDADD = $(unit_ldadd)
tests_unit_test_host_algo_CFLAGS = $(unit_cflags)
tests_unit_test_host_algo_LDADD = $(unit_ldadd)
tests_unit_test_host_recipe_CFLAGS = $(unit_cflags) $(JANSSON_CFLAGS)
tests_unit_test_host_recipe_LDADD = $(unit_ldadd)
tests_unit_test_host_model_SOURCES = tests/unit/test_host_model.c tests/unit/fake_algo.h
tests_unit_test_host_model_CFLAGS = $(unit_cflags)
tests_unit_test_host_model_LDADD = $(unit_ldadd)
check_PROGRAMS += tests/unit/test_host_conform
TESTS += tests/unit/test_host_conform
tests_unit_test_host_conform_SOURCES = tests/unit/test_host_conform.c tests/unit/fake_algo.h
tests_unit_test_host_conform_CFLAGS = $(unit_cflags)
tests_unit_test_host_conform_LDADD = $(unit_ldadd)
EXTRA_tests_unit_test_host_algo_DEPENDENCIES = tests/plugin/broken_abi.la tests/plugin/broken_old.la tests/plugin/broken_symbol.la tests/plugin/broken_callback.la tests/plugin/broken_default.la tests/plugin/broken_twice.la tests/plugin/broken_doc.la
# base
base_tests = tests/unit/test_base_text tests/unit/test_base_number tests/unit/test_base_threads \
	tests/unit/test_base_system
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
EXTRA_DIST += tests/unit/cm.h
tests_unit_test_base_text_CFLAGS = $(unit_cflags)
tests_unit_test_base_text_LDADD = $(unit_ldadd)
tests_unit_test_base_number_CFLAGS = $(unit_cflags)
tests_unit_test_base_number_LDADD = $(unit_ldadd)
tests_unit_test_base_threads_CFLAGS = $(unit_cflags)
tests_unit_test_base_threads_LDADD = $(unit_ldadd)
tests_unit_test_base_system_CFLAGS = $(unit_cflags)
tests_unit_test_base_system_LDADD = $(unit_ldadd)
include tests/unit/data.mk
# view and render
render_tests = tests/unit/test_view tests/unit/test_render_plain tests/unit/test_render_json \
	tests/unit/test_render_gnuplot tests/unit/test_render_document
check_PROGRAMS += $(render_tests)
TESTS += $(render_tests)
EXTRA_DIST += tests/unit/views.h
tests_unit_test_view_CFLAGS = $(unit_cflags)
tests_unit_test_view_LDADD = $(unit_ldadd)
tests_unit_test_render_plain_CFLAGS = $(unit_cflags)
tests_unit_test_render_plain_LDADD = $(unit_ldadd)
tests_unit_test_render_json_CFLAGS = $(unit_cflags)
tests_unit_test_render_json_LDADD = $(unit_ldadd)
tests_unit_test_render_gnuplot_CFLAGS = $(unit_cflags)
tests_unit_test_render_gnuplot_LDADD = $(unit_ldadd)
# Engine: lines, binding, completion, session, journal, queue and jobs.
engine_tests = tests/unit/test_engine_line tests/unit/test_engine_bind tests/unit/test_engine_complete tests/unit/test_engine_session tests/unit/test_engine_journal tests/unit/test_engine_run
check_PROGRAMS += $(engine_tests)
TESTS += $(engine_tests)
EXTRA_DIST += tests/unit/engine_world.h
tests_unit_test_engine_line_CFLAGS = $(unit_cflags)
tests_unit_test_engine_line_LDADD = $(unit_ldadd)
tests_unit_test_engine_bind_CFLAGS = $(unit_cflags)
tests_unit_test_engine_bind_LDADD = $(unit_ldadd)
tests_unit_test_engine_complete_CFLAGS = $(unit_cflags)
tests_unit_test_engine_complete_LDADD = $(unit_ldadd)
tests_unit_test_engine_session_CFLAGS = $(unit_cflags)
tests_unit_test_engine_session_LDADD = $(unit_ldadd)
tests_unit_test_engine_journal_CFLAGS = $(unit_cflags)
tests_unit_test_engine_journal_LDADD = $(unit_ldadd)
tests_unit_test_engine_run_CFLAGS = $(unit_cflags)
tests_unit_test_engine_run_LDADD = $(unit_ldadd)
tests_unit_test_render_document_CFLAGS = $(unit_cflags)
tests_unit_test_render_document_LDADD = $(unit_ldadd)
# the workbench's parts that need no terminal
check_PROGRAMS += tests/unit/test_tui
TESTS += tests/unit/test_tui
tests_unit_test_tui_SOURCES = tests/unit/test_tui.c ui/tui/input.c ui/tui/layout.c
tests_unit_test_tui_CFLAGS = $(unit_cflags)
tests_unit_test_tui_LDADD = $(unit_ldadd)

# balance
check_PROGRAMS += tests/unit/test_host_balance
TESTS += tests/unit/test_host_balance
tests_unit_test_host_balance_CFLAGS = $(unit_cflags)
tests_unit_test_host_balance_LDADD = $(unit_ldadd)
# Ops: verbs without a session.
check_PROGRAMS += tests/unit/test_ops
TESTS += tests/unit/test_ops
tests_unit_test_ops_CFLAGS = $(unit_cflags)
tests_unit_test_ops_LDADD = $(unit_ldadd)

# products of numbers, and what a training was told
check_PROGRAMS += tests/unit/test_host_products
TESTS += tests/unit/test_host_products
tests_unit_test_host_products_CFLAGS = $(unit_cflags) $(JANSSON_CFLAGS)
tests_unit_test_host_products_LDADD = $(unit_ldadd) $(JANSSON_LIBS)
check_PROGRAMS += tests/unit/test_ops_clusters
TESTS += tests/unit/test_ops_clusters
tests_unit_test_ops_clusters_CFLAGS = $(unit_cflags)
tests_unit_test_ops_clusters_LDADD = $(unit_ldadd)

# files in pieces
check_PROGRAMS += tests/unit/test_data_stream
TESTS += tests/unit/test_data_stream
tests_unit_test_data_stream_CFLAGS = $(unit_cflags)
tests_unit_test_data_stream_LDADD = $(unit_ldadd) -lz
