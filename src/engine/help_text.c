/* help_text: pieces that help views and documents share. */
#include "engine/help_text.h"

#include <ctype.h>

#include "base/str.h"

static const struct {
    const char *group, *title;
} groups[] = {
    {"data", "Data"},   {"explore", "Explore"},  {"prepare", "Prepare"}, {"learn", "Learn"},
    {"judge", "Judge"}, {"picture", "Pictures"}, {"session", "Session"}, {"teach", "Learn how"},
};

size_t help_groups(void)
{
    return sizeof groups / sizeof *groups;
}

const char *help_group(size_t i, const char **title)
{
    *title = groups[i].title;
    return groups[i].group;
}

void help_usage(struct str *out, const struct command *c)
{
    str_add(out, c->name);
    for (uint32_t i = 0; i < c->n_args; i++) {
        const struct lt_param *p = &c->args[i];
        bool needed = p->flags & LT_REQUIRED;
        if (!(p->flags & LT_POSITIONAL))
            continue;
        str_add(out, needed ? " " : " [");
        for (const char *s = p->name; *s; s++)
            str_addc(out, (char)toupper((unsigned char)*s));
        str_printf(out, "%s%s", p->flags & LT_REST && !(c->flags & COMMAND_RAW) ? " …" : "", needed ? "" : "]");
    }
    for (uint32_t i = 0; i < c->n_args; i++)
        if (!(c->args[i].flags & (LT_POSITIONAL | LT_ADVANCED)))
            str_printf(out, " [%s=…]", c->args[i].name);
    if (c->flags & COMMAND_ALGO_PARAMS)
        str_add(out, " [PARAMETER=…]");
    if (c->flags & COMMAND_NAMES_RESULT)
        str_add(out, " [as NAME]");
}
