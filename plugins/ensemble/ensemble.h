/* ensemble: algorithms that learn from other models' predictions. The host trains those models and hands their
 * predictions over as columns (LT_COMBINES): the classes' probabilities of the first model, of the second, …, or a
 * number of each. */
#ifndef LATHE_ENSEMBLE_ENSEMBLE_H
#define LATHE_ENSEMBLE_ENSEMBLE_H

#include "api/lathe.h"

extern const struct lt_algo ensemble_voting;

#endif
