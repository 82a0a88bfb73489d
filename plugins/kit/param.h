/* param: the value of a parameter. `which` is the row's index: an enum beside the rows names it. The host has
 * checked type and range, so these only look. */
#ifndef LATHE_KIT_PARAM_H
#define LATHE_KIT_PARAM_H

#include "api/lathe.h"

#include <stdbool.h>

static inline bool kit_given(const struct lt_params *params, unsigned which)
{
    return which < params->n && params->v[which].given;
}

static inline bool kit_none(const struct lt_params *params, unsigned which)
{
    return which >= params->n || params->v[which].is_none;
}

static inline bool kit_bool(const struct lt_params *params, unsigned which)
{
    return which < params->n && params->v[which].i != 0;
}

static inline int64_t kit_int(const struct lt_params *params, unsigned which)
{
    return which < params->n ? params->v[which].i : 0;
}

static inline double kit_real(const struct lt_params *params, unsigned which)
{
    return which < params->n ? params->v[which].r : 0.0;
}

/* The index of the word among the row's choices. */
static inline int kit_choice(const struct lt_params *params, unsigned which)
{
    return which < params->n ? (int)params->v[which].i : 0;
}

/* The word itself, or the text of an LT_STRING; "" when there is none. */
static inline const char *kit_word(const struct lt_params *params, unsigned which)
{
    return which < params->n && params->v[which].s ? params->v[which].s : "";
}

#endif
