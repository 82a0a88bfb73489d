#include "plugins/cluster/show.h"

#include "plugins/kit/kit.h"

int show_centres(struct lt_ctx *ctx, const char *title, size_t k, size_t p, char *const *column_name,
                 const double *size, const double *centre)
{
    size_t bytes = 0, used = 0;
    for (size_t j = 0; j < p; j++)
        bytes += strlen(column_name[j]) + sizeof ":real";
    const char **spec = kit_scratch(ctx, p + 2, sizeof *spec);
    struct lt_cell *cell = kit_scratch(ctx, p + 2, sizeof *cell);
    char *text = kit_scratch(ctx, bytes, 1);
    if (!spec || !cell || !text)
        return LT_MEMORY;
    spec[0] = "cluster:int";
    spec[1] = "size:int";
    for (size_t j = 0; j < p; j++) {
        spec[j + 2] = text + used;
        used += (size_t)snprintf(text + used, bytes - used, "%s:real", column_name[j]) + 1;
    }
    ctx->emit_table(ctx, "centres", title, spec, (uint32_t)p + 2);
    for (size_t c = 0; c < k; c++) {
        cell[0] = LT_CINT(c);
        cell[1] = LT_CINT(size[c]);
        for (size_t j = 0; j < p; j++)
            cell[j + 2] = LT_CREAL(centre[c * p + j]);
        ctx->emit_row(ctx, cell);
    }
    ctx->note(
        ctx, LT_NOTE,
        "centres are in the units of the prepared columns: where these were scaled, 0 is a column's mean and 1 "
        "its standard deviation");
    return LT_OK;
}
