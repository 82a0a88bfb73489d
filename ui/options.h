/* options: the command line. */
#ifndef LATHE_UI_OPTIONS_H
#define LATHE_UI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum ui_mode { UI_AUTO, UI_BATCH, UI_PLAIN };

struct options {
    struct str commands;   /* of all -e, one after another */
    bool has_commands;
    enum ui_mode mode;
    bool json, no_init, keep_going;
    bool seed_given;
    uint64_t seed;
    const char *threads;   /* as typed */
    const char *doc;       /* --doc=commands */
    const char *file;      /* FILE.lathe, DATA.csv, "-", or NULL */
    char **words;          /* "plugin check x.so": the words after `plugin` */
    int n_words;
};

/* true: go on. false: *status is the exit status (0 after --help or --version, 2 after a mistake, which was said). */
bool options_parse(int argc, char **argv, struct options *o, int *status);
void options_done(struct options *o);

/* The OPTIONS section of the manual page. */
void options_roff(struct str *out);

#endif
