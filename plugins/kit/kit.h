/* kit: what the families of algorithms share, beside the interface itself. Headers only: nothing to link.
 *
 *   param.h   the value of a parameter, typed
 *   memory.h  scratch and lasting memory, with the multiplication checked and the failure said
 *   ahead.h   asking for memory before it is needed (not included here)
 *   column.h  pieces of zero-copy columns as doubles or category codes
 *   panel.h   distances of rows to many points, in panels (not included here: panel.c has to be built with it)
 *   coarse.h  which of many points may be near a row, by copies of 8 bits (likewise: coarse.c)
 *   nearest_rows.h  the k nearest of n rows, exactly (likewise: nearest_rows.c)
 *   boxes.h   a KD-tree (likewise: boxes.c)
 *   foreign.h somebody else's library, opened when it is first needed (not included here)
 *   block.h   loops over fixed blocks of rows, and sums that don't depend on the number of threads
 *   state.h   save and load: arrays with their shape checked, counts with their range
 *   check.h   sentences about data that no algorithm can work with
 *   table.h   rows of the tables that describe emits */
#ifndef LATHE_KIT_KIT_H
#define LATHE_KIT_KIT_H

#include "api/lathe.h"
#include "plugins/kit/block.h"
#include "plugins/kit/check.h"
#include "plugins/kit/memory.h"
#include "plugins/kit/param.h"
#include "plugins/kit/state.h"
#include "plugins/kit/table.h"

#endif
