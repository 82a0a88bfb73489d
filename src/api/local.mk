# What people who write modules need: the header, and where it is. `pkg-config --variable=plugindir lathe-plugin` says
# where modules for all users go.
include_HEADERS += src/api/lathe.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = src/api/lathe-plugin.pc
