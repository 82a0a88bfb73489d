/* schema: the rows that were brought. */
#include "engine/schema.h"

static const struct schema_row *schema_rows;
static size_t schema_n;

void schema_register(const struct schema_row *rows, size_t n)
{
    schema_rows = rows;
    schema_n = n;
}

size_t schema_count(void)
{
    return schema_n;
}

const struct schema_row *schema_at(size_t i)
{
    return &schema_rows[i];
}
