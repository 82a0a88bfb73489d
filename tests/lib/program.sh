#!/usr/bin/env bash
# program.sh PROGRAM…: runs a test program. cmocka 1.1 says "not ok 3 # SKIP" of a test that was skipped, where TAP has
# "ok 3 # SKIP".
set -o pipefail
"$@" | sed -u -E 's/^not ok ([0-9]+) # SKIP/ok \1 # SKIP/'
