# The driver of gnuplot's lua terminal that paints pictures into text cells.
gnuplotdir = $(pkgdatadir)/gnuplot
dist_gnuplot_DATA = share/gnuplot/gnuplot-cells.lua
