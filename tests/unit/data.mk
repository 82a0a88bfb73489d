# Data: columns, files, SQL, formulas, splits.
data_tests = tests/unit/test_data_table tests/unit/test_data_split tests/unit/test_data_csv tests/unit/test_data_read \
	tests/unit/test_data_sql tests/unit/test_data_formula
check_PROGRAMS += $(data_tests)
TESTS += $(data_tests)
EXTRA_DIST += tests/unit/data_make.h
tests_unit_test_data_table_CFLAGS = $(unit_cflags)
tests_unit_test_data_table_LDADD = $(unit_ldadd)
tests_unit_test_data_split_CFLAGS = $(unit_cflags)
tests_unit_test_data_split_LDADD = $(unit_ldadd)
tests_unit_test_data_csv_CFLAGS = $(unit_cflags)
tests_unit_test_data_csv_LDADD = $(unit_ldadd)
tests_unit_test_data_read_CFLAGS = $(unit_cflags)
tests_unit_test_data_read_LDADD = $(unit_ldadd)
tests_unit_test_data_sql_CFLAGS = $(unit_cflags) $(SQLITE_CFLAGS)
tests_unit_test_data_sql_LDADD = $(unit_ldadd) $(SQLITE_LIBS)
tests_unit_test_data_formula_CFLAGS = $(unit_cflags)
tests_unit_test_data_formula_LDADD = $(unit_ldadd)
