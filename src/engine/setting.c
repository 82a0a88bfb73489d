/* setting: rows, values, origins. */
#include "engine/setting.h"

#include <math.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/pool.h"
#include "engine/engine.h"
#include "engine/setting_store.h"

enum { SEED, THREADS, DIGITS, MAX_ROWS, GRAPHICS, THEME, COLOUR, MOUSE, AUTOSAVE, LAYOUT, SETTING_COUNT };

const struct lt_param setting_rows[] = {
    [SEED] = {.name = "seed",
              .type = LT_INT,
              .def = "1",
              .min = 0,
              .max = 9007199254740991.0,
              .doc = "where random numbers start when a command says no seed="},
    [THREADS] = {.name = "threads",
                 .type = LT_INT,
                 .def = "0",
                 .min = 0,
                 .max = 1024,
                 .doc = "threads to work with (0: as many as there are processors); results do not depend on it"},
    [DIGITS] = {.name = "digits",
                .type = LT_INT,
                .def = "5",
                .min = 2,
                .max = 17,
                .doc = "significant digits of numbers shown to people"},
    [MAX_ROWS] = {.name = "max_rows",
                  .type = LT_INT,
                  .def = "60",
                  .min = 5,
                  .max = 1000000,
                  .doc = "rows of a table that are printed before the rest is only counted"},
    [GRAPHICS] = {.name = "graphics",
                  .type = LT_CHOICE,
                  .def = "auto",
                  .choices = "auto,cells,sixel,off",
                  .doc = "how pictures are drawn: braille cells, sixel pixels, or described in words (off)"},
    [THEME] = {.name = "theme",
               .type = LT_CHOICE,
               .def = "auto",
               .choices = "auto,dark,light,mono",
               .doc = "colours of the workbench"},
    [COLOUR] = {.name = "color", .aliases = "colour", .type = LT_BOOL, .def = "yes", .doc = "use colours"},
    [MOUSE] = {.name = "mouse",
               .type = LT_BOOL,
               .def = "yes",
               .doc = "the mouse scrolls and clicks in the workbench"},
    [AUTOSAVE] = {.name = "autosave",
                  .type = LT_BOOL,
                  .def = "yes",
                  .doc = "keep a journal, so that nothing typed is lost"},
    [LAYOUT] = {.name = "layout",
                .type = LT_CHOICE,
                .def = "auto",
                .choices = "auto,one,two,three",
                .doc = "panes of the workbench: by the size of the terminal, or so many"},
};
const uint32_t setting_count = SETTING_COUNT;

static void apply(struct setting_store *s, uint32_t i)
{
    const struct lt_value *v = &s->value[i];
    struct settings *o = &s->now;
    switch (i) {
    case SEED:
        o->seed = (uint64_t)v->i;
        break;
    case THREADS:
        if (v->given || o->threads != (unsigned)v->i)
            pool_set_threads((unsigned)v->i);
        o->threads = (unsigned)v->i;
        break;
    case DIGITS:
        o->digits = (int)v->i;
        break;
    case MAX_ROWS:
        o->max_rows = (int)v->i;
        break;
    case GRAPHICS:
        o->graphics = v->s;
        break;
    case THEME:
        o->theme = v->s;
        break;
    case COLOUR:
        o->colour = v->i != 0;
        break;
    case MOUSE:
        o->mouse = v->i != 0;
        break;
    case AUTOSAVE:
        o->autosave = v->i != 0;
        break;
    case LAYOUT:
        o->layout = v->s;
        break;
    default:
        break;
    }
}

void setting_store_init(struct setting_store *s)
{
    struct err e = ERR_INIT;
    *s = (struct setting_store){.arena = arena_new()};
    s->value = arena_zero(s->arena, SETTING_COUNT, sizeof *s->value);
    s->origin = arena_zero(s->arena, SETTING_COUNT, sizeof *s->origin);
    param_defaults(setting_rows, sizeof *setting_rows, SETTING_COUNT, s->value, s->arena, &e);
    for (uint32_t i = 0; i < SETTING_COUNT; i++) {
        s->origin[i] = "default";
        apply(s, i);
    }
}

void setting_store_done(struct setting_store *s)
{
    arena_free(s->arena);
}

bool setting_store_set(struct setting_store *s, const char *name, const char *value, const char *origin,
                       struct err *e)
{
    int i = param_find(setting_rows, sizeof *setting_rows, SETTING_COUNT, name);
    struct lt_value v = {0};
    if (i < 0)
        return param_unknown(setting_rows, sizeof *setting_rows, SETTING_COUNT, name, "set", e);
    if (!param_parse(&setting_rows[i], value, &v, s->arena, e))
        return false;
    v.given = 1;
    s->value[i] = v;
    s->origin[i] = arena_strdup(s->arena, origin);
    apply(s, (uint32_t)i);
    return true;
}

void setting_store_get(const struct setting_store *s, uint32_t i, struct str *value, const char **origin)
{
    param_print(&setting_rows[i], &s->value[i], value);
    if (origin)
        *origin = s->origin[i];
}
