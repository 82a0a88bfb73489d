/* csv_gather: the text of the pieces of a file, one behind the other in their order. Pieces are read in about
 * that order, so few wait and the text is copied while it is in the cache; how much room a column needs is
 * guessed from the first piece. */
#include "data/csv_cells.h"

#include <string.h>

#include "base/mem.h"

void csv_gather_start(struct csv_gather *g)
{
    pthread_mutex_init(&g->lock, NULL);
    g->ready = mem_zero(g->pieces + 1, sizeof *g->ready);
    g->next = 0;
    g->failed = false;
}

/* Room for so many bytes more. A column grows by what its text so far leaves to be expected. */
static bool make_room(const struct csv_gather *g, struct csv_column *c, size_t more)
{
    size_t need = c->bytes + more, pieces = g->next + 1;
    if (c->data && need <= c->room)
        return true;
    double expected = (double)need / (double)pieces * (double)g->pieces * 1.02;
    size_t room = g->next + 1 < g->pieces && expected > (double)need ? (size_t)expected : need;
    if (c->data && room < c->room + c->room / 4 && g->next + 1 < g->pieces)
        room = c->room + c->room / 4 + more;
    char *data = column_buffer(COLUMN_TEXT, room, NULL);
    if (!data)
        return false;
    if (c->bytes)
        memcpy(data, c->data, c->bytes);
    mem_bulk_free(c->data);
    c->data = data;
    c->room = room;
    return true;
}

/* Lengths become offsets. */
static bool gather_column(const struct csv_gather *g, struct csv_column *c, struct csv_seen *s)
{
    if (!make_room(g, c, s->bytes))
        return false;
    if (s->bytes)
        memcpy((char *)c->data + c->bytes, s->text, s->bytes);
    uint64_t at = c->bytes, *offset = c->offsets + g->piece[g->next].first_row;
    for (size_t i = 0; i < g->read[g->next].rows; i++) {
        uint64_t n = offset[i];
        offset[i] = at;
        at += n;
    }
    c->bytes += s->bytes;
    seen_free(s);
    return true;
}

void csv_gather_piece(struct csv_gather *g, size_t i)
{
    pthread_mutex_lock(&g->lock);
    g->ready[i] = true;
    for (; g->next < g->pieces && g->ready[g->next]; g->next++)
        for (size_t j = 0; j < g->fields && !g->failed; j++)
            if (g->column[j].work == WORK_TEXT && !g->column[j].done)
                g->failed = !gather_column(g, &g->column[j], &g->seen[g->next * g->fields + j]);
    pthread_mutex_unlock(&g->lock);
}

bool csv_gather_done(struct csv_gather *g)
{
    pthread_mutex_destroy(&g->lock);
    mem_free(g->ready);
    return !g->failed;
}
