EXTRA_DIST += tests/lib/tap.sh tests/lib/program.sh
