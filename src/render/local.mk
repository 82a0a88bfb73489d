noinst_LTLIBRARIES += src/render/librender.la
src_render_librender_la_SOURCES = \
	src/render/render.h src/render/grid.h src/render/gnuplot.h \
	src/render/palette.h src/render/cell_format.h src/render/layout.h src/render/light.h src/render/gnuplot_paint.h \
	src/render/render.c src/render/cell_format.c src/render/palette.c src/render/light.c \
	src/render/grid.c src/render/grid_table.c src/render/grid_tree.c src/render/grid_text.c src/render/grid_plot.c \
	src/render/plain.c src/render/json.c src/render/markdown.c src/render/html.c src/render/csv.c \
	src/render/gnuplot_parts.h src/render/gnuplot_words.c src/render/gnuplot_axes.c src/render/gnuplot_data.c \
	src/render/gnuplot_heat.c src/render/gnuplot_script.c src/render/gnuplot_process.c
