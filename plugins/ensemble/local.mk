plugins_LTLIBRARIES += plugins/ensemble/ensemble.la
plugins_ensemble_ensemble_la_SOURCES = \
	plugins/ensemble/ensemble.h plugins/ensemble/family.c \
	plugins/ensemble/voting.c
plugins_ensemble_ensemble_la_CFLAGS = $(plugin_cflags)
plugins_ensemble_ensemble_la_LDFLAGS = $(plugin_ldflags)
plugins_ensemble_ensemble_la_LIBADD = -lm
