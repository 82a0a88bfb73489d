/* module: commands of the shell for people who write algorithms. */
#include "ui/module.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cmd/module.h"

static void say(void *arg, const char *line)
{
    (void)arg;
    puts(line);
    fflush(stdout);
}

static int complain(const struct err *e, int status)
{
    fprintf(stderr, "lathe: %s\n", e->text);
    if (e->hint[0])
        fprintf(stderr, "  hint: %s\n", e->hint);
    return status;
}

int module_main(const char *what, const char *argument)
{
    struct err e = ERR_INIT;
    int failed;
    if (str_eq(what, "check")) {
        if (!module_check(argument, say, NULL, &failed, &e))
            return complain(&e, e.code == ERR_PLUGIN ? 4 : 1);
        return failed ? 1 : 0;
    }
    if (str_eq(what, "new"))
        return module_new(argument, say, NULL, &e) ? 0 : complain(&e, 1);
    fprintf(stderr, "lathe: plugin has no '%s'; there are `plugin check MODULE.so` and `plugin new NAME`\n", what);
    return 2;
}
