plugins_LTLIBRARIES += plugins/net/net.la
plugins_net_net_la_SOURCES = \
	plugins/net/adam.c plugins/net/adam.h \
	plugins/net/denormal.h \
	plugins/net/family.c plugins/net/net.h \
	plugins/net/mlp.c \
	plugins/net/network.c plugins/net/network.h \
	plugins/net/product.c plugins/net/product.h
plugins_net_net_la_CFLAGS = $(plugin_cflags)
plugins_net_net_la_LDFLAGS = $(plugin_ldflags)
plugins_net_net_la_LIBADD = src/num/libnum.la
