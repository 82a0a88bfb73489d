EXTRA_DIST += tests/lib/tap.sh
