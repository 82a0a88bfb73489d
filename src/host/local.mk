noinst_LTLIBRARIES += src/host/libhost.la
src_host_libhost_la_SOURCES = \
	src/host/algo.c src/host/algo.h \
	src/host/asked.c src/host/asked.h \
	src/host/balance.c src/host/balance.h \
	src/host/conform.c src/host/conform.h src/host/conform_table.c src/host/conform_table.h \
	src/host/ctx.c src/host/ctx.h \
	src/host/design.c \
	src/host/ensemble.c src/host/ensemble.h src/host/ensemble_file.c src/host/ensemble_parts.h \
	src/host/ensemble_train.c \
	src/host/learner.c \
	src/host/model.c src/host/model.h src/host/model_parts.h \
	src/host/modelfile.c \
	src/host/param.c src/host/param.h \
	src/host/predict.c \
	src/host/recipe.c src/host/recipe.h src/host/recipe_json.c src/host/recipe_parts.h src/host/recipe_products.c \
	src/host/record.c src/host/record.h \
	src/host/safetensors.c src/host/safetensors.h \
	src/host/select.c src/host/select.h \
	src/host/speed.c src/host/speed.h \
	src/host/state.c src/host/state.h \
	src/host/update.c src/host/update.h
src_host_libhost_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
src_host_libhost_la_LIBADD = $(JANSSON_LIBS) -ldl -lm
