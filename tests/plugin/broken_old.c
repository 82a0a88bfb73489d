/* A module that knows no interface that we speak. */
#include "tests/plugin/broken.h"

LT_EXPORT const struct lt_algo *lathe_algo(uint32_t host_abi, uint32_t index)
{
    (void)host_abi, (void)index;
    return 0;
}
