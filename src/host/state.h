/* state: what a module's `save` put and its `load` gets: named tensors, numbers and texts, in the order put. */
#ifndef LATHE_HOST_STATE_H
#define LATHE_HOST_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "api/lathe.h"
#include "base/err.h"

struct state_tensor {
    char *name;
    struct lt_tensor t;
    void *owned; /* t.data, unless it lies in a file's bytes that outlive this */
};
struct state_number {
    char *name;
    double value;
};
struct state_text {
    char *name, *value;
};
struct state {
    struct {
        struct state_tensor *v;
        size_t n, cap;
    } tensors;
    struct {
        struct state_number *v;
        size_t n, cap;
    } numbers;
    struct {
        struct state_text *v;
        size_t n, cap;
    } texts;
};

size_t dtype_size(uint32_t dtype);                           /* bytes; 0: no such type */
bool tensor_bytes(const struct lt_tensor *t, size_t *bytes); /* false: overflow, or not a proper tensor */

/* Copies. Names are [a-z0-9_.], at most 200 long, and a name is put once. */
bool state_put_tensor(struct state *s, const char *name, const struct lt_tensor *t, struct err *e);
bool state_put_number(struct state *s, const char *name, double value, struct err *e);
bool state_put_text(struct state *s, const char *name, const char *value, struct err *e);

const struct lt_tensor *state_tensor(const struct state *s, const char *name); /* NULL: absent */
const double *state_number(const struct state *s, const char *name);
const char *state_text(const struct state *s, const char *name);

void state_done(struct state *s);

#endif
