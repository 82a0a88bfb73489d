/* vec: a growable array of any element type, three fields and three macros.
 *
 *     VEC(int) v = {0};
 *     vec_push(&v, 3);
 *     for (size_t i = 0; i < v.n; i++) use(v.v[i]);
 *     vec_done(&v);
 */
#ifndef LATHE_BASE_VEC_H
#define LATHE_BASE_VEC_H

#include "base/mem.h"

#define VEC(T)                                                                                               \
    struct {                                                                                                 \
        T *v;                                                                                                \
        size_t n, cap;                                                                                       \
    }

#define vec_reserve(x, want)                                                                                 \
    do {                                                                                                     \
        size_t vec_want_ = (want);                                                                           \
        if (vec_want_ > (x)->cap) {                                                                          \
            size_t vec_cap_ = (x)->cap ? (x)->cap : 8;                                                       \
            while (vec_cap_ < vec_want_)                                                                     \
                vec_cap_ *= 2;                                                                               \
            (x)->v = mem_resize((x)->v, vec_cap_, sizeof *(x)->v);                                           \
            (x)->cap = vec_cap_;                                                                             \
        }                                                                                                    \
    } while (0)

#define vec_push(x, ...)                                                                                     \
    do {                                                                                                     \
        vec_reserve((x), (x)->n + 1);                                                                        \
        (x)->v[(x)->n++] = (__VA_ARGS__);                                                                    \
    } while (0)

#define vec_done(x)                                                                                          \
    do {                                                                                                     \
        mem_free((x)->v);                                                                                    \
        (x)->v = NULL;                                                                                       \
        (x)->n = (x)->cap = 0;                                                                               \
    } while (0)

#endif
