include_HEADERS += src/api/lathe.h
