/* A descriptor of another interface version. */
#include "tests/plugin/broken.h"

static const struct lt_algo algo = {
    .abi = 999, .size = sizeof(struct lt_algo), .param_size = sizeof(struct lt_param), .id = "broken_abi"};

LT_EXPORT const struct lt_algo *lathe_algo(uint32_t host_abi, uint32_t index)
{
    (void)host_abi;
    return index ? 0 : &algo;
}
