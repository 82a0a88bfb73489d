#include "plugins/cluster/centres.h"

#include <math.h>
#include <string.h>

#include "num/simd.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"

enum { LANES = 8 };

NUM_CLONES double squared_distance(size_t p, const double *a, const double *b)
{
    double s[LANES] = {0};
    size_t j = 0;
    for (; j + LANES <= p; j += LANES)
        for (size_t l = 0; l < LANES; l++)
            s[l] += (a[j + l] - b[j + l]) * (a[j + l] - b[j + l]);
    for (size_t l = 0; j + l < p; l++)
        s[l] += (a[j + l] - b[j + l]) * (a[j + l] - b[j + l]);
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

int centres_ready(struct lt_ctx *ctx, struct centres *centres, const struct panel_frame *frame, const double *x,
                  size_t k, size_t p)
{
    const size_t padded = kit_block_count(k, PANEL_ROWS) * PANEL_ROWS;
    *centres =
        (struct centres){k, p, x, kit_scratch(ctx, padded, p * sizeof(float)), kit_scratch_f32(ctx, padded), 0};
    if (!centres->row || !centres->size)
        return LT_MEMORY;
    panel_rows(frame, PANEL_SQUARED, x, k, p, centres->row, centres->size);
    for (size_t c = 0; c < k; c++)
        centres->largest = fmax(centres->largest, centres->size[c]);
    return LT_OK;
}

static int32_t nearest_in_double(const struct centres *centres, const double *x)
{
    double best = INFINITY;
    int32_t number = 0;
    for (size_t c = 0; c < centres->k; c++) {
        const double d = squared_distance(centres->p, x, centres->x + c * centres->p);
        if (d < best) {
            best = d;
            number = (int32_t)c;
        }
    }
    return number;
}

/* doubt[48]: where the lead is less than rounding can change. Returns whether there is any. */
NUM_CLONES static int32_t doubtful(const struct panel_leaders *leaders, const float *size, float largest,
                                   float slack, int32_t *doubt)
{
    int32_t any = 0;
    for (size_t l = 0; l < PANEL_LANES; l++) {
        doubt[l] = !(leaders->second[l] - leaders->best[l] > slack * (size[l] + largest) + 0x1p-100f);
        any |= doubt[l];
    }
    return any;
}

void centres_nearest(const struct centres *centres, const float *panel, const float *size, const double *x,
                     size_t n, size_t ld, int32_t *label)
{
    const size_t padded = kit_block_count(centres->k, PANEL_ROWS) * PANEL_ROWS;
    const float slack = (float)(2 * panel_slack(centres->p) * (1 + 0x1p-20)), largest = (float)centres->largest;
    struct panel_leaders leaders;
    int32_t doubt[PANEL_LANES];
    panel_lead(centres->p, panel, size, centres->row, centres->size, padded, &leaders);
    memcpy(label, leaders.number, n * sizeof *label);
    if (!doubtful(&leaders, size, largest, slack, doubt))
        return;
    for (size_t i = 0; i < n; i++)
        if (doubt[i])
            label[i] = nearest_in_double(centres, x + i * ld);
}

/* ---- all rows of a table ------------------------------------------------------------------------------------ */

struct prediction {
    const struct lt_data *data;
    const struct panel_frame *frame;
    const struct centres *centres;
    float *room; /* a worker each: (p + 1) x 48 */
    int32_t *label;
};

static void predict_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)block;
    const struct prediction *job = arg;
    const size_t p = job->frame->p;
    float *panel = job->room + worker * (p + 1) * PANEL_LANES, *size = panel + p * PANEL_LANES;
    for (size_t at = begin; at < end; at += PANEL_LANES) {
        const size_t n = end - at < PANEL_LANES ? end - at : PANEL_LANES;
        const double *x = job->data->x64 + at * job->data->ld;
        panel_fill(job->frame, PANEL_SQUARED, x, n, job->data->ld, panel, size);
        centres_nearest(job->centres, panel, size, x, n, job->data->ld, job->label + at);
    }
}

int centres_label(struct lt_ctx *ctx, const double *x, size_t k, size_t p, const struct lt_data *data,
                  int32_t *label)
{
    struct panel_frame frame = {0};
    struct centres centres;
    struct prediction job = {data, &frame, &centres, 0, label};
    int status = panel_frame_fit(ctx, &frame, x, k, p, p);
    if (status == LT_OK)
        status = centres_ready(ctx, &centres, &frame, x, k, p);
    if (status == LT_OK && !(job.room = kit_scratch(ctx, ctx->threads, (p + 1) * PANEL_LANES * sizeof(float))))
        status = LT_MEMORY;
    if (status == LT_OK)
        status = kit_blocks(ctx, data->n, 16 * PANEL_LANES, predict_block, &job);
    panel_frame_free(&frame);
    return status;
}
