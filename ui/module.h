/* module: `lathe plugin check x.so`, `plugin bench x.so` and `plugin new NAME`: for people who write algorithms. */
#ifndef LATHE_UI_MODULE_H
#define LATHE_UI_MODULE_H

#include "ui/options.h"

/* Does what the words after `plugin` say; the program's exit status. */
int module_main(const struct options *o);

#endif
