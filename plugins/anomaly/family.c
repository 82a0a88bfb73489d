#include "plugins/anomaly/anomaly.h"

LATHE_ALGOS(&anomaly_robustz)
