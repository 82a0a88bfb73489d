#include "plugins/tree/samples.h"

#include <string.h>

#include "plugins/tree/nodes.h"
#include "plugins/tree/room.h"

uint32_t samples_width(const struct sample_source *source)
{
    return source->n_classes ? source->n_classes + 1 : 3;
}

int samples_new(struct samples *s, const struct sample_source *source, size_t n)
{
    *s = (struct samples){.source = source};
    size_t room = source->words ? n + n / 8 + 255 : n; /* a row drawn more than 15 times takes several words */
    if (source->words) {
        s->word = room_new(room, sizeof *s->word);
        s->word_spare = room_new(room, sizeof *s->word);
    } else {
        s->row = room_new(room, sizeof *s->row);
        s->row_spare = room_new(room, sizeof *s->row);
    }
    if (source->words ? s->word && s->word_spare : s->row && s->row_spare)
        return 0;
    samples_free(s);
    return -1;
}

void samples_free(struct samples *s)
{
    room_free(s->word);
    room_free(s->word_spare);
    room_free(s->row);
    room_free(s->row_spare);
    *s = (struct samples){.source = s->source};
}

void samples_fill(struct samples *s, const uint8_t *drawn)
{
    const struct sample_source *src = s->source;
    size_t n = 0;
    for (size_t i = 0; i < src->table->n; i++) {
        uint32_t count = drawn ? drawn[i] : 1;
        double weight = count * (src->weight ? src->weight[i] : 1.0);
        if (!(weight > 0))
            continue;
        if (src->words) {
            for (; count; count -= count < WORD_MAX_COUNT ? count : WORD_MAX_COUNT) {
                uint32_t c = count < WORD_MAX_COUNT ? count : WORD_MAX_COUNT;
                s->word[n++] = (uint32_t)i << WORD_ROW | c << WORD_COUNT | (uint32_t)src->label[i];
            }
        } else if (src->n_classes)
            s->row[n++] = (struct sample){(uint32_t)i, count, (uint32_t)src->label[i] & 0xffffff, weight};
        else
            s->row[n++] = (struct sample){(uint32_t)i, count, 0, src->y[i] - src->centre};
    }
    s->n = n;
}

static void words_sum(const struct samples *s, size_t begin, size_t end, double *sum, int *pure)
{
    uint64_t counts = 0;
    for (size_t i = begin; i < end; i++)
        counts += word_counts(s->word[i]);
    double zeros = (double)(uint32_t)counts, ones = (double)(counts >> 32);
    sum[0] += zeros + ones;
    sum[1] += zeros;
    sum[2] += ones;
    *pure = zeros == 0 || ones == 0;
}

void samples_sum(const struct samples *s, size_t begin, size_t end, double *sum, int *pure)
{
    const struct sample_source *src = s->source;
    if (src->words) {
        words_sum(s, begin, end, sum, pure);
        return;
    }
    *pure = 1;
    for (size_t i = begin; i < end; i++) {
        const struct sample *a = &s->row[i];
        sum[0] += a->count;
        if (src->n_classes) {
            sum[1 + a->label] += a->value;
            *pure &= a->label == s->row[begin].label;
        } else {
            double weight = sample_weight(src, a);
            sum[1] += weight;
            sum[2] += weight * a->value;
            *pure &= a->value == s->row[begin].value;
        }
    }
}

/* ---- splitting ---------------------------------------------------------------------------------------------- */

/* Which side a sample goes to, for every form of codes. */
struct side {
    const struct bin_table *table;
    size_t base; /* place of row 0 */
    uint32_t shift, limit;
    const struct level_set *set;
};

NUM_INLINE uint32_t goes_right(const struct side *q, int wide, uint32_t row)
{
    uint32_t code = bin_code(q->table, wide, q->base + (size_t)row * BIN_TILE);
    return q->set ? !set_has(q->set, code) : code - q->shift > q->limit;
}

/* Stable, and without a branch on the side: left rows close up in place, right rows wait in the spare list. */
#define SPLIT(list, spare, row_of)                                                                                \
    do {                                                                                                          \
        for (size_t i = begin; i < end; i++) {                                                                    \
            uint32_t right = goes_right(&q, wide, row_of(list[i]));                                               \
            spare[n_right] = list[i];                                                                             \
            list[n_left] = list[i];                                                                               \
            n_right += right;                                                                                     \
            n_left += 1 - right;                                                                                  \
        }                                                                                                         \
        memcpy(list + n_left, spare, n_right * sizeof *spare);                                                    \
    } while (0)
#define ROW_OF(sample) ((sample).row)

size_t samples_split(struct samples *s, size_t begin, size_t end, uint32_t feature, uint32_t split,
                     int missing_right, const struct level_set *set)
{
    uint32_t shift = missing_right != 0;
    struct side q = {s->source->table, bin_place(s->source->table, 0, feature), shift, split - shift, set};
    int wide = q.table->wide;
    size_t n_left = begin, n_right = 0;
    uint32_t *word = s->word, *word_spare = s->word_spare ? s->word_spare + begin : NULL;
    struct sample *row = s->row, *row_spare = s->row_spare ? s->row_spare + begin : NULL;
    if (s->word)
        SPLIT(word, word_spare, word_row);
    else
        SPLIT(row, row_spare, ROW_OF);
    return n_left - begin;
}
