noinst_LTLIBRARIES += src/ops/libops.la
src_ops_libops_la_SOURCES = \
	src/ops/charts.c src/ops/charts.h \
	src/ops/clustering.c src/ops/clustering.h src/ops/clustering_view.c \
	src/ops/clusters.c src/ops/clusters.h src/ops/clusters_view.c \
	src/ops/compare.c src/ops/compare.h src/ops/compare_view.c \
	src/ops/corr.c src/ops/corr.h \
	src/ops/describe.c src/ops/describe.h \
	src/ops/evaluate.c src/ops/evaluate.h src/ops/evaluate_view.c \
	src/ops/freq.c src/ops/freq.h \
	src/ops/gap.c src/ops/gap.h \
	src/ops/importance.c src/ops/importance.h \
	src/ops/model_view.c src/ops/model_view.h \
	src/ops/predict.c src/ops/predict.h \
	src/ops/reshape.c src/ops/reshape.h \
	src/ops/table_view.c src/ops/table_view.h \
	src/ops/update_view.c src/ops/update_view.h
