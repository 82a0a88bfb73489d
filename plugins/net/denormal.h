/* denormal: momentum that decays and probabilities that vanish become denormal numbers, which cost up to a hundred
 * times a normal one. Loops that train treat them as 0, on the thread that runs them and only as long. */
#ifndef LATHE_NET_DENORMAL_H
#define LATHE_NET_DENORMAL_H

#if defined(__SSE2__)
#include <xmmintrin.h>

typedef unsigned int denormal_mode;

static inline denormal_mode denormal_off(void)
{
    denormal_mode before = _mm_getcsr();
    _mm_setcsr(before | 0x8040u); /* flush to zero, denormals are zero */
    return before;
}

static inline void denormal_restore(denormal_mode before)
{
    _mm_setcsr(before);
}
#elif defined(__aarch64__) && defined(__GNUC__)
typedef unsigned long denormal_mode;

static inline denormal_mode denormal_off(void)
{
    denormal_mode before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | (1ul << 24)));
    return before;
}

static inline void denormal_restore(denormal_mode before)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(before));
}
#else
typedef int denormal_mode;

static inline denormal_mode denormal_off(void)
{
    return 0;
}

static inline void denormal_restore(denormal_mode before)
{
    (void)before;
}
#endif

#endif
