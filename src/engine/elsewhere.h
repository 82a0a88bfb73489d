/* elsewhere: parameters that other programs have and that are somewhere else here, or nowhere for a reason. */
#ifndef LATHE_ENGINE_ELSEWHERE_H
#define LATHE_ENGINE_ELSEWHERE_H

/* What to do instead, for a hint; NULL for a name that isn't known. */
const char *elsewhere_hint(const char *name);

#endif
