/* ahead: asking for memory before it is needed, for loops that visit rows in an order that no processor can guess.
 * Inline at any level of optimisation: gcc drops the call of a function that does nothing else. */
#ifndef LATHE_KIT_AHEAD_H
#define LATHE_KIT_AHEAD_H

#include <stddef.h>

#if defined(__GNUC__)
#define KIT_ASK(address) __builtin_prefetch(address)
#define KIT_ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define KIT_ASK(address) ((void)(address))
#define KIT_ALWAYS_INLINE static inline
#endif

enum { KIT_ASK_MOST = 256 }; /* numbers of a row; what follows the processor finds by itself */

/* The p numbers of a row. */
KIT_ALWAYS_INLINE void kit_ask_row(const double *x, size_t p)
{
    for (size_t j = 0; j < p && j < KIT_ASK_MOST; j += 8)
        KIT_ASK(x + j);
    if (p && p <= KIT_ASK_MOST) /* a row seldom begins where a line does */
        KIT_ASK(x + p - 1);
}

#endif
