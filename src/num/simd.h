/* simd: how hot loops are written so that one source runs well on any machine.
 *
 * NUM_CLONES on a function of plain loops lets the compiler build it for several levels of x86-64 and pick at load
 * time by the CPU's features. Helpers called inside a clone must be NUM_INLINE, else the clone calls the baseline
 * body. Empty on other machines, under sanitizers and where ifunc isn't there. */
#ifndef LATHE_NUM_SIMD_H
#define LATHE_NUM_SIMD_H

#include <stdint.h> /* says __GLIBC__ */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NUM_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define NUM_SANITIZED 1
#endif
#endif

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) &&    \
    !defined(NUM_SANITIZED) && !defined(LATHE_NO_CLONES)
#define NUM_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#define NUM_HAVE_CLONES 1
#else
#define NUM_CLONES
#endif

#define NUM_INLINE static inline __attribute__((always_inline))

#endif
