/* setting: what `set` knows: rows like any other, and where each value came from. */
#ifndef LATHE_ENGINE_SETTING_H
#define LATHE_ENGINE_SETTING_H

#include "host/param.h"

struct settings {
    uint64_t seed;
    unsigned threads;
    int digits;          /* significant digits shown */
    int max_rows;        /* rows of a table shown */
    const char *graphics; /* auto cells sixel off */
    const char *theme;    /* auto dark light mono */
    bool colour, mouse;
    bool autosave;        /* keep a journal */
    const char *layout;   /* auto one two three */
};

extern const struct lt_param setting_rows[];
extern const uint32_t setting_count;

struct engine;
const struct settings *settings_of(const struct engine *en);
/* Parses and applies; origin: "command line", "latherc:3", "set". */
bool setting_set(struct engine *en, const char *name, const char *value, const char *origin, struct err *e);
void setting_get(const struct engine *en, uint32_t i, struct str *value, const char **origin);

#endif
