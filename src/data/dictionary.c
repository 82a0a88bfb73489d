/* dictionary: the words of a category column. One block of bytes, one array of pointers, and an open-addressing
 * index of codes; immutable after building. */
#include "data/column.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "data/hash.h"

struct dictionary {
    atomic_int refs;
    size_t n;
    char **word;   /* n pointers into bytes */
    char *bytes;   /* the words, each ended by a zero */
    int32_t *slot; /* code + 1; 0: free */
    size_t mask;   /* slots - 1, a power of two minus one */
};

static size_t dictionary_slot(const struct dictionary *d, const char *word, size_t length)
{
    size_t i = (size_t)hash_bytes(word, length, 0) & d->mask;
    while (d->slot[i] && strcmp(d->word[d->slot[i] - 1], word) != 0)
        i = (i + 1) & d->mask;
    return i;
}

struct dictionary *dictionary_new(const char *const *words, size_t n, struct err *e)
{
    if (n > INT32_MAX / 2) {
        err_set(e, ERR_RANGE, "%zu different values are too many for a category column", n);
        err_hint(e, "keep the column as text");
        return NULL;
    }
    size_t bytes = 0, slots = 16;
    for (size_t i = 0; i < n; i++)
        bytes += strlen(words[i]) + 1;
    while (slots < 2 * n)
        slots *= 2;
    struct dictionary *d = mem_zero(1, sizeof *d);
    atomic_init(&d->refs, 1);
    d->n = n;
    d->mask = slots - 1;
    d->word = mem_bulk(n + 1, sizeof *d->word, e);
    d->bytes = d->word ? mem_bulk(bytes + 1, 1, e) : NULL;
    d->slot = d->bytes ? mem_bulk_zero(slots, sizeof *d->slot, e) : NULL;
    if (!d->slot) {
        dictionary_unref(d);
        return NULL;
    }
    char *at = d->bytes;
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(words[i]);
        d->word[i] = memcpy(at, words[i], length + 1);
        at += length + 1;
        size_t slot = dictionary_slot(d, d->word[i], length);
        assert(!d->slot[slot] && "words of a dictionary are distinct");
        d->slot[slot] = (int32_t)i + 1;
    }
    d->word[n] = NULL;
    return d;
}

/* ---- the usual order ---------------------------------------------------------------------------------------- */

struct sort_word {
    const char *word;
    double number;
    size_t at;
};

static int word_order(const void *a, const void *b)
{
    const struct sort_word *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return strcmp(x->word, y->word);
}

struct dictionary *dictionary_sorted(const char *const *words, size_t n, int32_t *rank, struct err *e)
{
    struct sort_word *order = mem_bulk(n, sizeof *order, e);
    const char **sorted = order ? mem_bulk(n, sizeof *sorted, e) : NULL;
    if (!sorted) {
        mem_bulk_free(order);
        return NULL;
    }
    bool numbers = true;
    for (size_t i = 0; i < n; i++) {
        order[i] = (struct sort_word){words[i], 0, i};
        numbers = numbers && number_parse(words[i], strlen(words[i]), &order[i].number);
    }
    for (size_t i = 0; i < n && !numbers; i++)
        order[i].number = 0;
    if (n)
        qsort(order, n, sizeof *order, word_order);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = order[i].word;
        if (rank)
            rank[order[i].at] = (int32_t)i;
    }
    struct dictionary *d = dictionary_new(sorted, n, e);
    mem_bulk_free(order);
    mem_bulk_free(sorted);
    return d;
}

/* ---- use ---------------------------------------------------------------------------------------------------- */

struct dictionary *dictionary_ref(struct dictionary *d)
{
    atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
    return d;
}

void dictionary_unref(struct dictionary *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
        return;
    mem_bulk_free(d->word);
    mem_bulk_free(d->bytes);
    mem_bulk_free(d->slot);
    mem_free(d);
}

size_t dictionary_size(const struct dictionary *d)
{
    return d->n;
}

const char *dictionary_word(const struct dictionary *d, int32_t code)
{
    assert(code >= 0 && (size_t)code < d->n);
    return d->word[code];
}

const char *const *dictionary_words(const struct dictionary *d)
{
    return (const char *const *)d->word;
}

int32_t dictionary_find(const struct dictionary *d, const char *word)
{
    return d->slot[dictionary_slot(d, word, strlen(word))] - 1;
}
