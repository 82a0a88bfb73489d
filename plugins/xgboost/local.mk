# A wrapper around libxgboost, where configure finds it. The library is opened when it is first used (kit/foreign.h).
if HAVE_XGBOOST
plugins_LTLIBRARIES += plugins/xgboost/xgboost.la
plugins_xgboost_xgboost_la_SOURCES = \
	plugins/xgboost/xgboost.c \
	plugins/xgboost/constraints.c plugins/xgboost/constraints.h \
	plugins/xgboost/library.c plugins/xgboost/library.h \
	plugins/xgboost/rows.c plugins/xgboost/rows.h \
	plugins/xgboost/settings.c plugins/xgboost/settings.h
plugins_xgboost_xgboost_la_CPPFLAGS = $(AM_CPPFLAGS) -DXGBOOST_SONAME='"$(XGBOOST_SONAME)"'
plugins_xgboost_xgboost_la_CFLAGS = $(plugin_cflags)
plugins_xgboost_xgboost_la_LDFLAGS = $(plugin_ldflags)
plugins_xgboost_xgboost_la_LIBADD = -lm
endif
