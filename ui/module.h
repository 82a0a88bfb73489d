/* module: `lathe plugin check x.so` and `lathe plugin new NAME`: for people who write algorithms. */
#ifndef LATHE_UI_MODULE_H
#define LATHE_UI_MODULE_H

int module_main(const char *what, const char *argument);

#endif
