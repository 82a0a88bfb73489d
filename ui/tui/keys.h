/* keys: what each key does, as rows. The dispatcher, the hints on the status line, the list that `?` opens and the verb
 * `keys` are all made of them. */
#ifndef LATHE_UI_TUI_KEYS_H
#define LATHE_UI_TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct bench;

enum key_where {
    KEYS_PROMPT = 1, KEYS_WORK = 2, KEYS_PICTURE = 4, KEYS_SHELF = 8, KEYS_BROWSER = 16,
    KEYS_LISTS = KEYS_WORK | KEYS_SHELF, KEYS_PANES = KEYS_LISTS | KEYS_PICTURE | KEYS_BROWSER,
    KEYS_ALL = KEYS_PROMPT | KEYS_PANES
};

struct key_row {
    unsigned where;
    int prefix;              /* 0, or the control character that comes first */
    int key;
    const char *shown;       /* "C-x o" */
    const char *does;        /* "next pane" */
    void (*act)(struct bench *b);
    const char *command;     /* instead: a command line; %c the chosen column, %t the table */
    const char *name;        /* for inputrc; "lathe-next-pane"; NULL: not in the prompt's own map */
    const char *binding;     /* … in its notation */
    bool hint;               /* stands on the status line */
};

extern const struct key_row key_rows[];
extern const size_t key_row_count;

const struct key_row *keys_find(unsigned where, int prefix, int key);
/* "F count  [ ] sort  …": hints for a place, at most `width` columns. */
struct str;
void keys_hint(struct str *out, unsigned where, int width);
struct view *keys_view(void); /* the whole table */

#endif
