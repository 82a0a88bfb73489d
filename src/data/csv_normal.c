/* csv_normal: some text is easier to read once it is rewritten. Comment lines become empty ones, runs of spaces
 * one space (when a space separates), and carriage returns that end a line become newlines; all outside quotes.
 * The number of each line stays what it was. */
#include "data/csv_text.h"

#include <string.h>

#include "base/mem.h"

/* Where in a row the text stands, as libcsv sees it. MAYBE: after a quote in a quoted cell, which may have
 * closed it. */
enum state { ROW_START, CELL_START, PLAIN, QUOTED, MAYBE };

struct rewrite {
    const char *from, *end;
    char *to;
    char quote, sep;
    const char *comment;
    size_t comment_length;
    enum state state;
    bool blanks; /* in MAYBE: blanks came after the quote */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool starts_comment(const struct rewrite *r)
{
    return r->comment_length && (size_t)(r->end - r->from) >= r->comment_length &&
           memcmp(r->from, r->comment, r->comment_length) == 0;
}

static enum state state_after(struct rewrite *r, char c)
{
    switch (r->state) {
    case ROW_START:
    case CELL_START:
        return c == r->sep ? CELL_START : c == r->quote ? QUOTED : is_blank(c) ? r->state : PLAIN;
    case PLAIN:
        return c == r->sep ? CELL_START : PLAIN;
    case QUOTED:
        r->blanks = false;
        return c == r->quote ? MAYBE : QUOTED;
    case MAYBE:
        if (c == r->sep)
            return CELL_START;
        if (c == r->quote && !r->blanks)
            return QUOTED;
        r->blanks = is_blank(c);
        return is_blank(c) || c == r->quote ? MAYBE : QUOTED;
    }
    return r->state;
}

/* One end of line, whichever way it is written, becomes a newline. */
static void rewrite_line_end(struct rewrite *r)
{
    if (r->sep == ' ' && r->state == CELL_START)
        r->to--; /* blanks at the end of a line part nothing */
    r->from += 1 + (*r->from == '\r' && r->end - r->from > 1 && r->from[1] == '\n');
    *r->to++ = '\n';
    r->state = ROW_START;
}

/* A run of blanks is one separator, and none at the start of a row. */
static void rewrite_blanks(struct rewrite *r)
{
    while (r->from < r->end && is_blank(*r->from))
        r->from++;
    if (r->state == PLAIN || r->state == MAYBE) {
        *r->to++ = ' ';
        r->state = CELL_START;
    }
}

static void rewrite_some(struct rewrite *r)
{
    if (r->state == ROW_START && starts_comment(r))
        while (r->from < r->end && !is_line_end(*r->from))
            r->from++;
    else if (r->state != QUOTED && is_line_end(*r->from))
        rewrite_line_end(r);
    else if (r->sep == ' ' && r->state != QUOTED && is_blank(*r->from))
        rewrite_blanks(r);
    else {
        r->state = state_after(r, *r->from);
        *r->to++ = *r->from++;
    }
}

bool csv_normalise(struct csv_text *t, const struct csv_dialect *d, const char *comment, struct err *e)
{
    size_t size = (size_t)(t->end - t->whole), before = (size_t)(t->data - t->whole);
    char *copy = mem_bulk(size + 64, 1, e);
    if (!copy)
        return false;
    struct rewrite r = {t->data,   t->end, copy + before, d->quote, d->sep, comment, comment ? strlen(comment) : 0,
                        ROW_START, false};
    memcpy(copy, t->whole, before);
    while (r.from < r.end)
        rewrite_some(&r);
    if (d->sep == ' ' && r.state == CELL_START)
        r.to--;
    memset(r.to, 0, 64);
    mem_bulk_free(t->copy);
    t->copy = copy;
    t->whole = copy;
    t->data = copy + before;
    t->end = r.to;
    t->droppable = false;
    return true;
}
