/* net: neural networks. */
#ifndef LATHE_NET_NET_H
#define LATHE_NET_NET_H

#include "api/lathe.h"

extern const struct lt_algo net_mlp;

#endif
