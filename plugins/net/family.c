#include "plugins/net/net.h"

LATHE_ALGOS(&net_mlp)
