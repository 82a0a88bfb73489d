plugins_LTLIBRARIES += plugins/linear/linear.la
plugins_linear_linear_la_SOURCES = \
	plugins/linear/coefficients.c plugins/linear/coefficients.h \
	plugins/linear/descend.c plugins/linear/descend.h \
	plugins/linear/descent.c plugins/linear/descent.h \
	plugins/linear/enet.c \
	plugins/linear/family.c plugins/linear/linear.h \
	plugins/linear/glm.c \
	plugins/linear/gram.c plugins/linear/gram.h \
	plugins/linear/huber.c \
	plugins/linear/lda.c \
	plugins/linear/ldaproj.c \
	plugins/linear/logistic.c \
	plugins/linear/logloss.c plugins/linear/logloss.h \
	plugins/linear/lsq.c plugins/linear/lsq.h \
	plugins/linear/newton.c plugins/linear/newton.h \
	plugins/linear/ols.c \
	plugins/linear/predictor.c plugins/linear/predictor.h \
	plugins/linear/proximal.c plugins/linear/proximal.h \
	plugins/linear/qda.c \
	plugins/linear/quantile.c \
	plugins/linear/regression.c plugins/linear/regression.h \
	plugins/linear/ridge.c \
	plugins/linear/sample.c plugins/linear/sample.h \
	plugins/linear/scaled.c plugins/linear/scaled.h \
	plugins/linear/scatter.c plugins/linear/scatter.h \
	plugins/linear/scores.c plugins/linear/scores.h \
	plugins/linear/sgd.c \
	plugins/linear/shrinkage.c plugins/linear/shrinkage.h \
	plugins/linear/spread.c plugins/linear/spread.h
plugins_linear_linear_la_CFLAGS = $(plugin_cflags)
plugins_linear_linear_la_LDFLAGS = $(plugin_ldflags)
plugins_linear_linear_la_LIBADD = src/num/libnum.la
