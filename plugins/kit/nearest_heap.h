/* nearest_heap: the k best neighbours so far, a heap with the worst on top. Of equal distances the lower row is
 * the better one, so that the answer doesn't depend on the order of the search. */
#ifndef LATHE_KIT_NEAREST_HEAP_H
#define LATHE_KIT_NEAREST_HEAP_H

#include "plugins/kit/nearest_rows.h"

static inline int is_worse(struct neighbour a, struct neighbour b)
{
    return a.distance > b.distance || (a.distance == b.distance && a.row > b.row);
}

static inline void sift_down(struct neighbour *heap, size_t n, size_t at)
{
    const struct neighbour moved = heap[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && is_worse(heap[child + 1], heap[child]))
            child++;
        if (!is_worse(heap[child], moved))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static inline void sift_up(struct neighbour *heap, size_t at)
{
    const struct neighbour moved = heap[at];
    for (; at > 0 && is_worse(moved, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = moved;
}

/* Takes the candidate in if it belongs to the k best; returns whether the k-th distance is known by now. */
static inline int keep_best(struct neighbour *heap, size_t *held, size_t k, struct neighbour candidate)
{
    if (*held < k) {
        heap[*held] = candidate;
        sift_up(heap, (*held)++);
    } else if (is_worse(heap[0], candidate)) {
        heap[0] = candidate;
        sift_down(heap, k, 0);
    }
    return *held == k;
}

static inline void heap_to_order(struct neighbour *heap, size_t n)
{
    while (n > 1) {
        const struct neighbour worst = heap[0];
        heap[0] = heap[--n];
        heap[n] = worst;
        sift_down(heap, n, 0);
    }
}

#endif
