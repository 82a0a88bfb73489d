plugins_LTLIBRARIES += plugins/anomaly/anomaly.la
plugins_anomaly_anomaly_la_SOURCES = \
	plugins/anomaly/anomaly.h plugins/anomaly/family.c \
	plugins/anomaly/robustz.c
plugins_anomaly_anomaly_la_CFLAGS = $(plugin_cflags)
plugins_anomaly_anomaly_la_LDFLAGS = $(plugin_ldflags)
plugins_anomaly_anomaly_la_LIBADD = src/num/libnum.la -lm
