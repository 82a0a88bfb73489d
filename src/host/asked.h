/* asked: what a training was told beside the algorithm's parameters, under the names that `train` has for it: as text,
 * and in a model's file. */
#ifndef LATHE_HOST_ASKED_H
#define LATHE_HOST_ASKED_H

#include <jansson.h>

#include "base/str.h"
#include "host/model.h"

/* " poly_degree=2 early_stopping=yes": what is not as by default. */
void asked_text(const struct train_options *o, struct str *out);

json_t *asked_to_json(const struct train_options *o);
/* What j doesn't say stays. False: it says what can't be. */
bool asked_from_json(struct train_options *o, const json_t *j);

#endif
