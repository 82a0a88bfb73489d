plugins_LTLIBRARIES += plugins/linear/linear.la
plugins_linear_linear_la_SOURCES = \
	plugins/linear/descent.c plugins/linear/descent.h \
	plugins/linear/family.c plugins/linear/linear.h \
	plugins/linear/logistic.c \
	plugins/linear/logloss.c plugins/linear/logloss.h \
	plugins/linear/lsq.c plugins/linear/lsq.h \
	plugins/linear/ols.c \
	plugins/linear/predictor.c plugins/linear/predictor.h \
	plugins/linear/ridge.c \
	plugins/linear/spread.c plugins/linear/spread.h
plugins_linear_linear_la_CFLAGS = $(plugin_cflags)
plugins_linear_linear_la_LDFLAGS = $(plugin_ldflags)
plugins_linear_linear_la_LIBADD = src/num/libnum.la
