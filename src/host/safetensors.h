/* safetensors: the file format of Hugging Face, as far as a model file needs it: 8 bytes of header length
 * (little endian), a JSON header that names every tensor with type, shape and place, and the tensors' bytes
 * without holes. */
#ifndef LATHE_HOST_SAFETENSORS_H
#define LATHE_HOST_SAFETENSORS_H

#include <jansson.h>

#include "base/str.h"
#include "host/state.h"

/* The tensors of `s`, larger elements first (so each lies on a multiple of its element), and metadata: an object
 * of strings. The same input gives the same bytes. */
bool safetensors_write(const struct state *s, const json_t *metadata, struct str *out, struct err *e);

/* Checks everything before it is believed: lengths, names, types, shapes, places. The tensors borrow from data
 * where that is aligned to 8, and are copied where it isn't. *metadata: a new reference, always an object of
 * strings. */
bool safetensors_read(const char *data, size_t size, struct state *s, json_t **metadata, struct err *e);

#endif
