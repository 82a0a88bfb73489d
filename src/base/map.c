/* map: entries in insertion order beside an open-addressed table of indices into them. */
#include "base/map.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

struct entry {
    char *key; /* owned */
    void *value;
    uint64_t hash;
};

struct map {
    struct entry *entries;
    size_t n, cap;
    size_t *slots; /* index + 1 of the entry, 0 = free; slot_count is a power of two, at least twice n */
    size_t slot_count;
};

static uint64_t hash_key(const char *key) /* FNV-1a, with its high bits folded down */
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 0x100000001b3u;
    return h ^ h >> 32;
}

struct map *map_new(void)
{
    return mem_zero(1, sizeof(struct map));
}

void map_free(struct map *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++)
        mem_free(m->entries[i].key);
    mem_free(m->entries);
    mem_free(m->slots);
    mem_free(m);
}

size_t map_size(const struct map *m)
{
    return m->n;
}

/* The slot that holds the key, or the free one where it would go. slot_count > 0. */
static size_t find_slot(const struct map *m, const char *key, uint64_t hash)
{
    size_t mask = m->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        size_t at = m->slots[i];
        if (at == 0 || (m->entries[at - 1].hash == hash && strcmp(m->entries[at - 1].key, key) == 0))
            return i;
    }
}

static void fill_slots(struct map *m)
{
    memset(m->slots, 0, m->slot_count * sizeof *m->slots);
    size_t mask = m->slot_count - 1;
    for (size_t k = 0; k < m->n; k++) {
        size_t i = m->entries[k].hash & mask;
        while (m->slots[i])
            i = (i + 1) & mask;
        m->slots[i] = k + 1;
    }
}

void *map_get(const struct map *m, const char *key)
{
    if (!m->n)
        return NULL;
    size_t at = m->slots[find_slot(m, key, hash_key(key))];
    return at ? m->entries[at - 1].value : NULL;
}

void *map_set(struct map *m, const char *key, void *value)
{
    uint64_t hash = hash_key(key);
    if (m->slot_count) {
        size_t at = m->slots[find_slot(m, key, hash)];
        if (at) {
            void *old = m->entries[at - 1].value;
            m->entries[at - 1].value = value;
            return old;
        }
    }
    if (m->n == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 8;
        m->entries = mem_resize(m->entries, m->cap, sizeof *m->entries);
        m->slot_count = m->cap * 2;
        m->slots = mem_resize(m->slots, m->slot_count, sizeof *m->slots);
        fill_slots(m);
    }
    m->entries[m->n] = (struct entry){mem_strdup(key), value, hash};
    m->slots[find_slot(m, key, hash)] = m->n + 1;
    m->n++;
    return NULL;
}

/* Removing keeps the order, so it costs the map's size: maps here are registries, removed from by hand. */
void *map_remove(struct map *m, const char *key)
{
    if (!m->n)
        return NULL;
    size_t at = m->slots[find_slot(m, key, hash_key(key))];
    if (!at)
        return NULL;
    void *value = m->entries[at - 1].value;
    mem_free(m->entries[at - 1].key);
    memmove(m->entries + at - 1, m->entries + at, (m->n - at) * sizeof *m->entries);
    m->n--;
    fill_slots(m);
    return value;
}

const char *map_key_at(const struct map *m, size_t i)
{
    return i < m->n ? m->entries[i].key : NULL;
}

void *map_value_at(const struct map *m, size_t i)
{
    return i < m->n ? m->entries[i].value : NULL;
}
