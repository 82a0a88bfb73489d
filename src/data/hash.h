/* hash: 64-bit mixing of bytes and words for the tables and fingerprints of this room. Not against attackers. */
#ifndef LATHE_DATA_HASH_H
#define LATHE_DATA_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Both halves of a 64 x 64 product folded: every input bit reaches every output bit. */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 p = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15ull) * (b ^ 0xd1342543de82ef95ull);
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline uint64_t hash_load(const void *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

static inline uint64_t hash_bytes(const void *data, size_t n, uint64_t seed)
{
    const unsigned char *p = data;
    uint64_t h = hash_mix(seed, n);
    for (; n >= 8; p += 8, n -= 8)
        h = hash_mix(h, hash_load(p));
    uint64_t tail = 0;
    for (size_t i = 0; i < n; i++)
        tail |= (uint64_t)p[i] << (8 * i);
    return hash_mix(h, tail);
}

#endif
