#include "plugins/net/network.h"

#include "num/simd.h"
#include "num/vmath.h"
#include "plugins/net/product.h"

#include <float.h>

/* ---- shape ------------------------------------------------------------------------------------------------- */

static int network_place(struct lt_ctx *ctx, struct network *net)
{
    size_t total = 0;
    for (size_t l = 0; l < net->layers; l++) {
        size_t in = net->width[l], out = net->width[l + 1];
        if (in > ((size_t)1 << 40) / (out + 1))
            return ctx->fail(ctx, LT_MEMORY, "a layer of %zu x %zu weights is too large; use fewer units", in,
                             out);
        net->weight_at[l] = total;
        total += in * out;
    }
    net->n_weights = total;
    for (size_t l = 0; l < net->layers; l++) {
        net->bias_at[l] = total;
        total += net->width[l + 1];
    }
    net->n_params = total;
    return LT_OK;
}

int network_init(struct lt_ctx *ctx, struct network *net, size_t inputs, const double *hidden, size_t n_hidden,
                 size_t outputs, bool learns)
{
    *net = (struct network){.layers = n_hidden + 1};
    net->width = kit_alloc(ctx, net->layers + 1, sizeof *net->width);
    net->weight_at = kit_alloc(ctx, net->layers, sizeof *net->weight_at);
    net->bias_at = kit_alloc(ctx, net->layers, sizeof *net->bias_at);
    if (!net->width || !net->weight_at || !net->bias_at)
        return LT_MEMORY;
    net->width[0] = inputs;
    for (size_t l = 0; l < n_hidden; l++)
        net->width[l + 1] = (size_t)hidden[l];
    net->width[net->layers] = outputs;
    int status = network_place(ctx, net);
    if (status != LT_OK)
        return status;
    net->param = kit_alloc_f32(ctx, net->n_params);
    net->transposed = learns ? kit_alloc_f32(ctx, net->n_weights) : NULL;
    return net->param && (net->transposed || !learns) ? LT_OK : LT_MEMORY;
}

void network_free(struct network *net)
{
    free(net->width);
    free(net->weight_at);
    free(net->bias_at);
    free(net->param);
    free(net->transposed);
    *net = (struct network){0};
}

void network_random(struct network *net, uint64_t seed)
{
    double factor = net->activation == LOGISTIC ? 2 : 6;
    for (size_t l = 0; l < net->layers; l++) {
        size_t in = net->width[l], out = net->width[l + 1];
        double bound = sqrt(factor / (double)(in + out));
        float *w = net->param + net->weight_at[l], *b = net->param + net->bias_at[l];
        for (size_t i = 0; i < in * out; i++)
            w[i] = (float)(bound * (2 * lt_uniform(seed, 2 * l, i) - 1));
        for (size_t j = 0; j < out; j++)
            b[j] = (float)(bound * (2 * lt_uniform(seed, 2 * l + 1, j) - 1));
    }
}

/* to[cols x rows] = transposed from[rows x cols], in squares that fit registers and cache lines. */
NUM_CLONES static void transpose(size_t rows, size_t cols, const float *from, float *to)
{
    enum { SIDE = 16 };
    for (size_t i0 = 0; i0 < rows; i0 += SIDE)
        for (size_t j0 = 0; j0 < cols; j0 += SIDE) {
            size_t i1 = rows - i0 < SIDE ? rows : i0 + SIDE, j1 = cols - j0 < SIDE ? cols : j0 + SIDE;
            for (size_t j = j0; j < j1; j++)
                for (size_t i = i0; i < i1; i++)
                    to[j * rows + i] = from[i * cols + j];
        }
}

void network_transpose(struct network *net)
{
    for (size_t l = 1; l < net->layers; l++)
        transpose(net->width[l], net->width[l + 1], net->param + net->weight_at[l],
                  net->transposed + net->weight_at[l]);
}

/* ---- a worker's memory: the layers' activations and slopes, and two arrays for the way back ---------------- */

static size_t widest(const struct network *net)
{
    size_t most = 1;
    for (size_t l = 1; l <= net->layers; l++)
        most = net->width[l] > most ? net->width[l] : most;
    return most;
}

size_t network_work(const struct network *net)
{
    size_t total = 2 * widest(net);
    for (size_t l = 1; l <= net->layers; l++)
        total += 2 * net->width[l];
    return total * NETWORK_ROWS;
}

/* Activations of layer l (1 … layers), and the slopes behind them. */
static float *activation_of(const struct network *net, float *work, size_t l)
{
    size_t before = 2 * widest(net);
    for (size_t i = 1; i < l; i++)
        before += 2 * net->width[i];
    return work + before * NETWORK_ROWS;
}

static float *slope_of(const struct network *net, float *work, size_t l)
{
    return activation_of(net, work, l) + net->width[l] * NETWORK_ROWS;
}

/* ---- forward ----------------------------------------------------------------------------------------------- */

NUM_CLONES static void add_bias(size_t rows, size_t width, const float *bias, float *z)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < width; j++)
            z[i * width + j] += bias[j];
}

NUM_CLONES static void add_bias_relu(size_t rows, size_t width, const float *bias, float *z)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < width; j++) {
            float x = z[i * width + j] + bias[j];
            z[i * width + j] = x > 0 ? x : 0;
        }
}

/* z becomes scale / (1 + exp(-z)) + shift: the logistic function, or with exp(-2 z) the hyperbolic tangent. */
NUM_CLONES static void from_exp(size_t n, float scale, float shift, float *z)
{
    for (size_t i = 0; i < n; i++)
        z[i] = scale / (1 + z[i]) + shift;
}

NUM_CLONES static void times(size_t n, float factor, float *z)
{
    for (size_t i = 0; i < n; i++)
        z[i] *= factor;
}

static void logistic(size_t n, float *z)
{
    times(n, -1, z);
    vmath_exp_f32(n, z, z);
    from_exp(n, 1, 0, z);
}

static void activate(enum activation activation, size_t rows, size_t width, const float *bias, float *z)
{
    size_t n = rows * width;
    if (activation == RELU) {
        add_bias_relu(rows, width, bias, z);
        return;
    }
    add_bias(rows, width, bias, z);
    if (activation == LOGISTIC)
        logistic(n, z);
    if (activation == TANH) {
        times(n, -2, z);
        vmath_exp_f32(n, z, z);
        from_exp(n, 2, -1, z);
    }
}

static void layer_product(const struct network *net, size_t l, size_t rows, const float *x, size_t ld, float *z)
{
    const size_t out = net->width[l + 1];
    product(rows, out, net->width[l], x, ld, 1, net->param + net->weight_at[l], out, 0, z, out);
}

static void finish_output(const struct network *net, size_t rows, float *z)
{
    size_t out = net->width[net->layers];
    add_bias(rows, out, net->param + net->bias_at[net->layers - 1], z);
    if (net->output == SOFTMAX)
        vmath_softmax_f32(rows, out, z, out);
    else if (net->output == SIGMOID)
        logistic(rows * out, z);
}

const float *network_forward(const struct network *net, size_t rows, const float *x, size_t ld, float *work)
{
    for (size_t l = 0; l < net->layers; l++) {
        float *z = activation_of(net, work, l + 1);
        layer_product(net, l, rows, x, ld, z);
        if (l + 1 == net->layers)
            finish_output(net, rows, z);
        else
            activate(net->activation, rows, net->width[l + 1], net->param + net->bias_at[l], z);
        x = z;
        ld = net->width[l + 1];
    }
    return x;
}

/* ---- backward ---------------------------------------------------------------------------------------------- */

/* delta[i] *= slope of the activation, from its value. */
NUM_CLONES static void times_slope(enum activation activation, size_t n, const float *a, float *delta)
{
    if (activation == RELU)
        for (size_t i = 0; i < n; i++)
            delta[i] = a[i] > 0 ? delta[i] : 0;
    else if (activation == TANH)
        for (size_t i = 0; i < n; i++)
            delta[i] *= 1 - a[i] * a[i];
    else if (activation == LOGISTIC)
        for (size_t i = 0; i < n; i++)
            delta[i] *= a[i] * (1 - a[i]);
}

NUM_CLONES static void multiply(size_t n, const float *by, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] *= by[i];
}

NUM_CLONES static void add_columns(size_t rows, size_t width, const float *delta, float *sum)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < width; j++)
            sum[j] += delta[i * width + j];
}

/* Drops units of hidden layer l: a becomes 0 or a / (1 - dropout), and slope what the way back multiplies with.
 * One draw serves four units. */
static void drop_units(const struct network *net, const struct lesson *lesson, size_t l, float *a, float *slope)
{
    size_t n = lesson->rows * net->width[l], widest_layer = widest(net);
    float keep = 1 / (1 - lesson->dropout);
    uint32_t threshold = (uint32_t)(lesson->dropout * 65536.0f);
    uint64_t draw = 0, from = (lesson->index * net->layers + l) * NETWORK_ROWS * widest_layer;
    for (size_t i = 0; i < n; i++)
        slope[i] = 1;
    times_slope(net->activation, n, a, slope);
    for (size_t i = 0; i < n; i++) {
        draw = i % 4 ? draw >> 16 : lt_random(lesson->seed, lesson->stream, from + i);
        float mask = (uint32_t)(draw & 0xffff) < threshold ? 0 : keep;
        a[i] *= mask;
        slope[i] *= mask;
    }
}

/* The loss of the outputs, which become its gradient by the sums before the output function. */
static double output_delta(const struct network *net, const struct lesson *lesson, float *out)
{
    size_t k = net->width[net->layers];
    double loss = 0;
    for (size_t i = 0; i < lesson->rows; i++, out += k) {
        float w = lesson->weight[i], y = lesson->y[i];
        if (net->output == LINEAR) {
            out[0] -= y;
            loss += 0.5 * w * out[0] * out[0];
        } else if (net->output == SIGMOID) {
            float p = y > 0 ? out[0] : 1 - out[0];
            loss -= w * logf(p > FLT_MIN ? p : FLT_MIN);
            out[0] -= y;
        } else {
            float p = out[(size_t)y];
            loss -= w * logf(p > FLT_MIN ? p : FLT_MIN);
            out[(size_t)y] -= 1;
        }
        for (size_t j = 0; j < k; j++)
            out[j] *= w;
    }
    return loss;
}

static void forward_keeping(const struct network *net, const struct lesson *lesson, float *work)
{
    const float *x = lesson->x;
    size_t ld = lesson->ld, rows = lesson->rows;
    for (size_t l = 0; l < net->layers; l++) {
        float *z = activation_of(net, work, l + 1);
        layer_product(net, l, rows, x, ld, z);
        if (l + 1 == net->layers) {
            finish_output(net, rows, z);
        } else {
            activate(net->activation, rows, net->width[l + 1], net->param + net->bias_at[l], z);
            if (lesson->dropout > 0)
                drop_units(net, lesson, l + 1, z, slope_of(net, work, l + 1));
        }
        x = z;
        ld = net->width[l + 1];
    }
}

double network_learn(const struct network *net, const struct lesson *lesson, float *gradient, float *work)
{
    size_t rows = lesson->rows;
    float *delta = activation_of(net, work, net->layers), *spare[2] = {work, work + widest(net) * NETWORK_ROWS};
    forward_keeping(net, lesson, work);
    double loss = output_delta(net, lesson, delta);
    for (size_t l = net->layers; l-- > 0;) {
        size_t in = net->width[l], out = net->width[l + 1];
        const float *x = l ? activation_of(net, work, l) : lesson->x;
        product(in, out, rows, x, 1, l ? in : lesson->ld, delta, out, 1, gradient + net->weight_at[l], out);
        add_columns(rows, out, delta, gradient + net->bias_at[l]);
        if (!l)
            break;
        float *before = spare[l % 2];
        product(rows, in, out, delta, out, 1, net->transposed + net->weight_at[l], in, 0, before, in);
        if (lesson->dropout > 0)
            multiply(rows * in, slope_of(net, work, l), before);
        else
            times_slope(net->activation, rows * in, x, before);
        delta = before;
    }
    return loss;
}
