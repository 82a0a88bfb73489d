/* cm: cmocka and what it wants included before it. */
#ifndef LATHE_TESTS_CM_H
#define LATHE_TESTS_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
