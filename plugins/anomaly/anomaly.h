/* anomaly: how strange a row is, by rules that need no neighbours and no trees. */
#ifndef LATHE_ANOMALY_ANOMALY_H
#define LATHE_ANOMALY_ANOMALY_H

#include "api/lathe.h"

extern const struct lt_algo anomaly_robustz;

#endif
