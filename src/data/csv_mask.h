/* csv_mask: 64 bytes at a time, as one bit per byte. With SSE2 (every x86-64) by compare and movemask,
 * elsewhere in plain C; tests compare the two. */
#ifndef LATHE_DATA_CSV_MASK_H
#define LATHE_DATA_CSV_MASK_H

#include <stddef.h>
#include <stdint.h>

#include "num/simd.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

NUM_INLINE uint64_t mask_byte_plain(const char *p, char c)
{
    uint64_t m = 0;
    for (int i = 0; i < 64; i++)
        m |= (uint64_t)(p[i] == c) << i;
    return m;
}

NUM_INLINE uint64_t mask_three_plain(const char *p, char a, char b, char c)
{
    return mask_byte_plain(p, a) | mask_byte_plain(p, b) | mask_byte_plain(p, c);
}

NUM_INLINE uint64_t mask_high_plain(const char *p)
{
    uint64_t m = 0;
    for (int i = 0; i < 64; i++)
        m |= (uint64_t)((unsigned char)p[i] >> 7) << i;
    return m;
}

#ifdef __SSE2__
NUM_INLINE __m128i mask_load(const char *p, int part)
{
    return _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * part));
}

/* Bytes equal to c. */
NUM_INLINE uint64_t mask_byte(const char *p, char c)
{
    __m128i k = _mm_set1_epi8(c);
    uint64_t m = 0;
    for (int part = 0; part < 4; part++)
        m |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(mask_load(p, part), k)) << (16 * part);
    return m;
}

/* Bytes equal to one of three. */
NUM_INLINE uint64_t mask_three(const char *p, char a, char b, char c)
{
    __m128i ka = _mm_set1_epi8(a), kb = _mm_set1_epi8(b), kc = _mm_set1_epi8(c);
    uint64_t m = 0;
    for (int part = 0; part < 4; part++) {
        __m128i x = mask_load(p, part);
        __m128i hit =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, ka), _mm_cmpeq_epi8(x, kb)), _mm_cmpeq_epi8(x, kc));
        m |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << (16 * part);
    }
    return m;
}

/* Bytes from 128 up. */
NUM_INLINE uint64_t mask_high(const char *p)
{
    uint64_t m = 0;
    for (int part = 0; part < 4; part++)
        m |= (uint64_t)(uint32_t)_mm_movemask_epi8(mask_load(p, part)) << (16 * part);
    return m;
}
#else
#define mask_byte mask_byte_plain
#define mask_three mask_three_plain
#define mask_high mask_high_plain
#endif

/* Bit i: how many bits of m up to and including i are set, modulo 2. Of quotes: which bytes are inside. */
NUM_INLINE uint64_t mask_parity(uint64_t m)
{
    for (int shift = 1; shift < 64; shift *= 2)
        m ^= m << shift;
    return m;
}

/* Bit i: whether it is below bit n (n < 64). */
NUM_INLINE uint64_t mask_below(unsigned n)
{
    return (UINT64_C(1) << n) - 1;
}

#endif
