/* A shared object that is no module. */
#include "api/lathe.h"

LT_EXPORT int something_else(void);
int something_else(void)
{
    return 1;
}
