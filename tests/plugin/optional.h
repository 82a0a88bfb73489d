/* optional: tests of wrappers, which are there only where their library was. Included after cmocka.h. */
#ifndef LATHE_TESTS_OPTIONAL_H
#define LATHE_TESTS_OPTIONAL_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline int optional_there(const char *family)
{
    const char *top = getenv("top_builddir");
    char path[4096];
    snprintf(path, sizeof path, "%s/plugins/%s/.libs/%s.so", top ? top : ".", family, family);
    return access(path, R_OK) == 0;
}

/* Ends the test as skipped when the wrapper was not built. */
#define need_wrapper(family)                                                                                      \
    do {                                                                                                          \
        if (!optional_there(family)) {                                                                            \
            print_message("# %s was not built: its library isn't installed\n", family);                           \
            skip();                                                                                               \
        }                                                                                                         \
    } while (0)

#endif
