/* setting_store: the values behind the rows; the engine owns one. */
#ifndef LATHE_ENGINE_SETTING_STORE_H
#define LATHE_ENGINE_SETTING_STORE_H

#include "engine/setting.h"

struct setting_store {
    struct arena *arena;
    struct lt_value *value; /* one per row */
    const char **origin;
    struct settings now;
};

void setting_store_init(struct setting_store *s);
void setting_store_done(struct setting_store *s);
bool setting_store_set(struct setting_store *s, const char *name, const char *value, const char *origin,
                       struct err *e);
void setting_store_get(const struct setting_store *s, uint32_t i, struct str *value, const char **origin);

#endif
