/* split: which rows train and which are held out. Deterministic in the seed; stratified by class where a class is
 * given (largest remainder, so the shares are as exact as whole rows allow). Row lists are ascending. */
#ifndef LATHE_DATA_SPLIT_H
#define LATHE_DATA_SPLIT_H

#include <stdint.h>

#include "data/table.h"

/* n rows; strata: class of each row (-1 allowed: its own stratum) or NULL. test in (0, 1). fold[i] = 1: test row,
 * 0: training row. Every class keeps at least one training row. */
bool split_holdout(size_t n, const int32_t *strata, double test, uint64_t seed, uint8_t *in_test, struct err *e);

/* fold[i] in [0, k): each stratum dealt round in shuffled order, so fold sizes differ by at most one. groups (or
 * NULL): rows of one group stay together. */
bool split_folds(size_t n, const int32_t *strata, const int32_t *groups, int k, uint64_t seed, int32_t *fold,
                 struct err *e);

#endif
