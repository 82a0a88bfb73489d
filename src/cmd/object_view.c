/* object_view: tables as views, for the browser. */
#include "cmd/object_view.h"

#include "ops/table_view.h"

struct view *object_table_view(const struct object *o)
{
    return table_view(o->table, "browse", o->name, o->name);
}
