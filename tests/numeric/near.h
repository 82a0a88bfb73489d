/* near: comparison of numbers in tests, relative to the wanted one (absolute where that is 0). Says both on
 * failure. */
#ifndef LATHE_TESTS_NEAR_H
#define LATHE_TESTS_NEAR_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define assert_near(got, want, tolerance) near_check(got, want, tolerance, #got, __FILE__, __LINE__)

static inline void near_check(double got, double want, double tolerance, const char *text, const char *file,
                              int line)
{
    if (got == want || (isnan(got) && isnan(want)))
        return;
    if (fabs(got - want) <= tolerance * (want == 0 ? 1 : fabs(want)))
        return;
    print_message("%s is %.17g, not %.17g (%.2e)\n", text, got, want,
                  fabs(got - want) / (want == 0 ? 1 : fabs(want)));
    _fail(file, line);
}

#endif
