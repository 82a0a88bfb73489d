plugins_LTLIBRARIES += plugins/bayes/bayes.la
plugins_bayes_bayes_la_SOURCES = \
	plugins/bayes/catnb.c \
	plugins/bayes/counts.c \
	plugins/bayes/family.c plugins/bayes/bayes.h \
	plugins/bayes/nb.c \
	plugins/bayes/prior.c plugins/bayes/prior.h
plugins_bayes_bayes_la_CFLAGS = $(plugin_cflags)
plugins_bayes_bayes_la_LDFLAGS = $(plugin_ldflags)
plugins_bayes_bayes_la_LIBADD = src/num/libnum.la -lm
