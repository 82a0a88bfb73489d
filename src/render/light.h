/* light: the light Markdown of text views, read as blocks and inline pieces: headings, lists, quotes, code,
 * pipe tables, **bold**, `code`, [links](…). What it is turned into is the caller's business. */
#ifndef LATHE_RENDER_LIGHT_H
#define LATHE_RENDER_LIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "view/view.h"

enum light_kind {
    LIGHT_PARAGRAPH,
    LIGHT_HEADING,
    LIGHT_ITEM,
    LIGHT_QUOTE,
    LIGHT_CODE,
    LIGHT_RULE,
    LIGHT_TABLE,
    LIGHT_BLANK
};

struct light_block {
    enum light_kind kind;
    int level;    /* HEADING: 1…; ITEM: columns it is indented by */
    char mark[8]; /* ITEM: "3. ", or "" for a bullet */
    struct str
        text; /* PARAGRAPH, HEADING, ITEM, QUOTE: inline text in one line; CODE: lines; TABLE: its rows, raw */
};

struct light_reader {
    const char *at;
};

/* The next block into b (b->text is reused); false at the end. Blank lines at either end are passed over,
 * several give one block. */
bool light_next(struct light_reader *r, struct light_block *b);

enum light_style { LIGHT_PLAIN, LIGHT_BOLD, LIGHT_MONO, LIGHT_LINK, LIGHT_ADDRESS };

/* Calls piece for each part of a line; a link gives its LINK pieces and then its ADDRESS. */
void light_inline(const char *s, size_t n,
                  void (*piece)(void *arg, enum light_style style, const char *s, size_t n), void *arg);

/* A TABLE block as a table view, so that it is drawn as all tables are. */
struct view *light_table(const struct light_block *b);

#endif
