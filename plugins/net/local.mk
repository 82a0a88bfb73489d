plugins_LTLIBRARIES += plugins/net/net.la
plugins_net_net_la_SOURCES =
plugins_net_net_la_CFLAGS = $(plugin_cflags)
plugins_net_net_la_LDFLAGS = $(plugin_ldflags)
plugins_net_net_la_LIBADD = src/num/libnum.la
