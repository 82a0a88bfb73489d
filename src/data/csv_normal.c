/* csv_normal: some text is easier to read once it is rewritten. Comment lines become empty ones, runs of spaces one
 * space (when a space separates), and carriage returns that end a line become newlines; all outside quotes. The
 * number of each line stays what it was. */
#include "data/csv_text.h"

#include <string.h>

#include "base/mem.h"

struct rewrite {
    const char *from, *end;
    char *to;
    char quote, sep;
    const char *comment;
    size_t comment_length;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool starts_comment(const struct rewrite *r)
{
    return r->comment_length && (size_t)(r->end - r->from) >= r->comment_length &&
           memcmp(r->from, r->comment, r->comment_length) == 0;
}

/* One line without its end; fields that are quoted go over as they are, newlines included. */
static void rewrite_line(struct rewrite *r)
{
    if (starts_comment(r)) {
        while (r->from < r->end && *r->from != '\n' && *r->from != '\r')
            r->from++;
        return;
    }
    const char *begin = r->to;
    bool field_begins = true;
    while (r->from < r->end && *r->from != '\n' && *r->from != '\r') {
        char c = *r->from;
        if (c == r->quote && field_begins) {
            do { /* to the closing quote: one that isn't followed by another */
                *r->to++ = *r->from++;
                while (r->from < r->end && *r->from != r->quote)
                    *r->to++ = *r->from++;
                if (r->from < r->end)
                    *r->to++ = *r->from++;
            } while (r->from < r->end && *r->from == r->quote);
            field_begins = false;
        } else if (r->sep == ' ' && is_space(c)) {
            while (r->from < r->end && is_space(*r->from))
                r->from++;
            bool at_edge = r->to == begin || r->from == r->end || *r->from == '\n' || *r->from == '\r';
            if (!at_edge)
                *r->to++ = ' ';
            field_begins = true;
        } else {
            field_begins = c == r->sep || (field_begins && is_space(c));
            *r->to++ = c;
            r->from++;
        }
    }
}

bool csv_normalise(struct csv_text *t, const struct csv_dialect *d, const char *comment, struct err *e)
{
    size_t size = (size_t)(t->end - t->whole), before = (size_t)(t->data - t->whole);
    char *copy = mem_bulk(size + 64, 1, e);
    if (!copy)
        return false;
    struct rewrite r = {t->data, t->end, copy + before, d->quote, d->sep, comment, comment ? strlen(comment) : 0};
    memcpy(copy, t->whole, before);
    while (r.from < r.end) {
        rewrite_line(&r);
        if (r.from < r.end && *r.from == '\r')
            r.from += 1 + (r.end - r.from > 1 && r.from[1] == '\n');
        else if (r.from < r.end)
            r.from++;
        else
            break;
        *r.to++ = '\n';
    }
    memset(r.to, 0, 64);
    mem_bulk_free(t->copy);
    t->copy = copy;
    t->whole = copy;
    t->data = copy + before;
    t->end = r.to;
    t->droppable = false;
    return true;
}
