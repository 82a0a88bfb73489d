# The shape of the sources: floors and words.
style_tests = tests/style/guide.sh tests/style/layers.sh tests/style/words.sh tests/style/listed.sh
TESTS += $(style_tests)
dist_check_SCRIPTS += $(style_tests)
