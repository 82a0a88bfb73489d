#include "plugins/tree/split.h"

#include <math.h>
#include <string.h>

#include "plugins/tree/room.h"

enum {
    MAX_GROUP = 6,
    GROUP_BYTES = 4 << 20,
    MARK_WORDS = BIN_WIDE / 64,
    SUMMARY_WORDS = MARK_WORDS / 64,
    MAX_ORDERS = 16,
    AHEAD = 16
};

/* Columns come in blocks; the thresholds of those that nobody asks about may be anything. */
static int values_work_new(struct split_work *w, const struct sample_source *src)
{
    size_t step = src->values->step;
    w->least = room_new(step, sizeof *w->least);
    w->greatest = room_new(step, sizeof *w->greatest);
    w->threshold = room_zero(step, sizeof *w->threshold);
    w->lane = room_new(step, samples_width(src) * sizeof *w->lane);
    w->gain = room_new(step, sizeof *w->gain);
    w->wanted = room_new((step + VALUES_BLOCK - 1) / VALUES_BLOCK, 1);
    return w->least && w->greatest && w->threshold && w->lane && w->gain && w->wanted ? 0 : -1;
}

int split_work_new(struct split_work *w, const struct sample_source *src)
{
    uint32_t codes = 0;
    for (size_t j = 0; j < src->map->p; j++)
        codes = src->map->column[j].n_codes > codes ? src->map->column[j].n_codes : codes;
    *w = (struct split_work){.stride = codes + 8u, .width = src->words ? 1 : samples_width(src)};
    size_t bytes = w->stride * w->width * sizeof *w->cell;
    w->group = bytes * MAX_GROUP <= GROUP_BYTES ? MAX_GROUP : bytes * 2 <= GROUP_BYTES ? 2 : 1;
    w->cell = room_zero(w->group * w->stride, w->width * sizeof *w->cell);
    w->mark = room_zero((size_t)w->group * MARK_WORDS, sizeof *w->mark);
    w->summary = room_zero((size_t)w->group * SUMMARY_WORDS, sizeof *w->summary);
    w->code = room_new(w->stride, sizeof *w->code);
    w->sum = room_new(w->stride * samples_width(src), sizeof *w->sum);
    w->left = room_new(2 * (size_t)samples_width(src), sizeof *w->left);
    w->order = room_new(w->stride, sizeof *w->order);
    w->key = room_new(w->stride, sizeof *w->key);
    w->feature = room_new(src->map->p, sizeof *w->feature);
    w->swapped = room_new(src->map->p, sizeof *w->swapped);
    if (!w->cell || !w->mark || !w->summary || !w->code || !w->sum || !w->left || !w->order || !w->key ||
        !w->feature || !w->swapped) {
        split_work_free(w);
        return -1;
    }
    if (src->values && values_work_new(w, src) != 0) {
        split_work_free(w);
        return -1;
    }
    w->right = w->left + samples_width(src);
    w->n_features = src->map->p;
    for (size_t j = 0; j < src->map->p; j++)
        w->feature[j] = (uint32_t)j;
    return 0;
}

void split_work_free(struct split_work *w)
{
    room_free(w->cell);
    room_free(w->mark);
    room_free(w->summary);
    room_free(w->code);
    room_free(w->sum);
    room_free(w->left);
    room_free(w->order);
    room_free(w->key);
    room_free(w->feature);
    room_free(w->swapped);
    room_free(w->least);
    room_free(w->greatest);
    room_free(w->threshold);
    room_free(w->lane);
    room_free(w->gain);
    room_free(w->wanted);
    *w = (struct split_work){0};
}

/* ---- scores ------------------------------------------------------------------------------------------------- */

NUM_INLINE double x_log2_x(double x)
{
    return x > 0 ? x * log2(x) : 0;
}

double split_weight(uint32_t n_classes, const double *sum)
{
    double w = n_classes ? 0 : sum[1];
    for (uint32_t k = 0; k < n_classes; k++)
        w += sum[1 + k];
    return w;
}

double split_score(enum criterion criterion, uint32_t n_classes, const double *sum)
{
    if (n_classes == 0)
        return sum[1] > 0 ? sum[2] * sum[2] / sum[1] : 0;
    double w = 0, s = 0;
    for (uint32_t k = 0; k < n_classes; k++) {
        w += sum[1 + k];
        s += criterion == CRITERION_ENTROPY ? x_log2_x(sum[1 + k]) : sum[1 + k] * sum[1 + k];
    }
    return criterion == CRITERION_ENTROPY ? s - x_log2_x(w) : w > 0 ? s / w : 0;
}

/* The same for two classes that are whole counts. */
NUM_INLINE double pair_score(int entropy, double a, double b)
{
    return entropy ? x_log2_x(a) + x_log2_x(b) - x_log2_x(a + b) : (a * a + b * b) / (a + b);
}

/* ---- histograms --------------------------------------------------------------------------------------------- */

/* m features at once; each row's codes lie in one cache line. With `mark` the codes that occur are noted, so
 * that a small node never looks at all the bins. */
struct summing {
    struct split_work *w;
    const struct samples *s;
    size_t begin, end;
    size_t base[MAX_GROUP];
};

NUM_INLINE void mark_code(struct split_work *w, uint32_t j, int wide, uint32_t code)
{
    w->mark[j * MARK_WORDS + code / 64] |= (uint64_t)1 << code % 64;
    if (wide)
        w->summary[j * SUMMARY_WORDS + code / 4096] |= (uint64_t)1 << code / 64 % 64;
}

NUM_INLINE void fetch_row(const struct bin_table *t, size_t place)
{
    __builtin_prefetch((const char *)t->rows + (t->wide ? 2 * place : place));
}

NUM_INLINE void sum_words(const struct summing *q, uint32_t m, int wide, int mark)
{
    struct split_work *w = q->w;
    const struct bin_table *t = q->s->source->table;
    const uint32_t *word = q->s->word;
    uint64_t *cell = w->cell;
    size_t stride = w->stride;
    for (size_t i = q->begin; i < q->end; i++) {
        if (i + AHEAD < q->end)
            fetch_row(t, q->base[0] + (size_t)word_row(word[i + AHEAD]) * BIN_TILE);
        size_t place = (size_t)word_row(word[i]) * BIN_TILE;
        uint64_t counts = word_counts(word[i]);
        for (uint32_t j = 0; j < m; j++) {
            uint32_t code = bin_code(t, wide, q->base[j] + place);
            cell[j * stride + code] += counts;
            if (mark)
                mark_code(w, j, wide, code);
        }
    }
}

NUM_INLINE void sum_rows(const struct summing *q, uint32_t m, int classes, int wide, int mark)
{
    struct split_work *w = q->w;
    const struct sample_source *src = q->s->source;
    double *cell = (double *)w->cell;
    for (size_t i = q->begin; i < q->end; i++) {
        const struct sample *a = &q->s->row[i];
        if (i + AHEAD < q->end)
            fetch_row(src->table, q->base[0] + (size_t)q->s->row[i + AHEAD].row * BIN_TILE);
        double weight = classes ? a->value : sample_weight(src, a), wy = weight * a->value;
        for (uint32_t j = 0; j < m; j++) {
            uint32_t code = bin_code(src->table, wide, q->base[j] + (size_t)a->row * BIN_TILE);
            double *sum = cell + (j * w->stride + code) * (classes ? w->width : 3);
            sum[0] += a->count;
            if (classes)
                sum[1 + a->label] += weight;
            else {
                sum[1] += weight;
                sum[2] += wy;
            }
            if (mark)
                mark_code(w, j, wide, code);
        }
    }
}

static void sum_general(const struct summing *q, uint32_t m, int wide, int mark)
{
    int classes = q->s->source->n_classes != 0;
    if (classes && wide)
        sum_rows(q, m, 1, 1, mark);
    else if (classes && mark)
        sum_rows(q, m, 1, 0, 1);
    else if (classes)
        sum_rows(q, m, 1, 0, 0);
    else if (wide)
        sum_rows(q, m, 0, 1, mark);
    else if (mark)
        sum_rows(q, m, 0, 0, 1);
    else
        sum_rows(q, m, 0, 0, 0);
}

#define SUM_CASE(m)                                                                                               \
    case m:                                                                                                       \
        if (mark)                                                                                                 \
            sum_words(q, m, 0, 1);                                                                                \
        else                                                                                                      \
            sum_words(q, m, 0, 0);                                                                                \
        break;

static void sum_group(const struct summing *q, uint32_t m, int mark)
{
    int wide = q->s->source->table->wide;
    if (!q->s->word)
        sum_general(q, m, wide, mark);
    else if (wide)
        sum_words(q, m, 1, mark);
    else
        switch (m) {
            SUM_CASE(1)
            SUM_CASE(2)
            SUM_CASE(3)
            SUM_CASE(4)
            SUM_CASE(5)
            SUM_CASE(6)
        }
}

enum form { FORM_WORDS, FORM_NUMBERS, FORM_CLASSES };

/* Takes the sums of one code out of the histogram, if it has any. */
NUM_INLINE size_t take_code(struct split_work *w, enum form form, uint32_t j, uint32_t code, size_t n)
{
    uint32_t width = form == FORM_WORDS ? 1 : form == FORM_NUMBERS ? 3 : w->width;
    uint64_t *cell = w->cell + (j * w->stride + code) * width;
    if (form == FORM_WORDS) {
        if (*cell == 0)
            return n;
        double zeros = (double)(uint32_t)*cell, ones = (double)(*cell >> 32);
        w->sum[2 * n] = zeros;
        w->sum[2 * n + 1] = ones;
        *cell = 0;
    } else {
        double *from = (double *)cell, *to = w->sum + n * width;
        if (from[0] == 0)
            return n;
        for (uint32_t k = 0; k < width; k++) {
            to[k] = from[k];
            from[k] = 0;
        }
    }
    w->code[n] = code;
    return n + 1;
}

NUM_INLINE size_t take_all(struct split_work *w, enum form form, int wide, uint32_t j, uint32_t n_codes,
                           int marked)
{
    size_t n = 0;
    if (!marked) {
        for (uint32_t code = 0; code < n_codes; code++)
            n = take_code(w, form, j, code, n);
        return n;
    }
    uint64_t *mark = w->mark + (size_t)j * MARK_WORDS, *summary = w->summary + (size_t)j * SUMMARY_WORDS;
    uint32_t used = (n_codes + 4095) / 4096;
    for (uint32_t a = 0; a < used; a++) {
        uint64_t words_of = wide ? summary[a] : (1u << (BIN_NARROW / 64)) - 1;
        summary[a] = 0;
        for (; words_of; words_of &= words_of - 1) {
            uint32_t b = a * 64 + (uint32_t)__builtin_ctzll(words_of);
            for (uint64_t bits = mark[b]; bits; bits &= bits - 1)
                n = take_code(w, form, j, b * 64 + (uint32_t)__builtin_ctzll(bits), n);
            mark[b] = 0;
        }
    }
    return n;
}

/* Empties feature j's histogram into the ascending lists `code` and `sum`; how many codes occur. */
static size_t take_codes(struct split_work *w, enum form form, int wide, uint32_t j, uint32_t n_codes, int marked)
{
    if (form == FORM_WORDS)
        return take_all(w, FORM_WORDS, wide, j, n_codes, marked);
    if (form == FORM_NUMBERS)
        return take_all(w, FORM_NUMBERS, wide, j, n_codes, marked);
    return take_all(w, FORM_CLASSES, wide, j, n_codes, marked);
}

/* ---- candidates --------------------------------------------------------------------------------------------- */

struct scan {
    struct split_work *w;
    const struct split_rules *rules;
    uint32_t n_classes;
    int words;
    const double *total;
    double score; /* of the node */
    uint32_t feature;
    const struct bin_column *column;
    size_t n; /* codes that occur */
    uint64_t key;
};

static void take_number(const struct scan *q, size_t i, int missing_right, double gain, struct split *best)
{
    uint32_t low = q->w->code[i], high = i + 1 < q->n ? q->w->code[i + 1] : q->column->n_codes;
    *best = (struct split){.found = 1,
                           .feature = q->feature,
                           .low = low,
                           .high = high,
                           .gain = gain,
                           .code = high < q->column->n_codes ? (low + high) / 2 : high - 1,
                           .missing_right = missing_right,
                           .missing_seen = q->w->code[0] == 0};
}

/* Two classes, whole counts. Codes first … last join the left side one after another. */
NUM_INLINE void scan_pairs(const struct scan *q, int entropy, int missing_right, struct split *best)
{
    const double *sum = q->w->sum;
    int missing = q->w->code[0] == 0;
    double total0 = q->total[1], total1 = q->total[2], least = q->rules->min_leaf, left0 = 0, left1 = 0;
    size_t i = 0, last = q->n - 1 + (missing && missing_right), found = SIZE_MAX;
    double top = best->found ? best->gain + q->score : -INFINITY;
    if (missing && !missing_right) {
        left0 = sum[0];
        left1 = sum[1];
    }
    for (i = (size_t)missing; i < last; i++) {
        left0 += sum[2 * i];
        left1 += sum[2 * i + 1];
        double right0 = total0 - left0, right1 = total1 - left1;
        double score = pair_score(entropy, left0, left1) + pair_score(entropy, right0, right1);
        int better = (score > top) & (left0 + left1 >= least) & (right0 + right1 >= least);
        top = better ? score : top;
        found = better ? i : found;
    }
    if (found != SIZE_MAX)
        take_number(q, found, missing_right, top - q->score, best);
}

/* Puts code i of the list on the left. */
NUM_INLINE void put_left(const struct scan *q, size_t i)
{
    uint32_t width = q->n_classes ? q->n_classes + 1 : 3;
    const double *sum = q->w->sum + i * width;
    for (uint32_t k = 0; k < width; k++)
        q->w->left[k] += sum[k];
}

/* What it gains to stop here; -inf where a side is too small. */
NUM_INLINE double left_gain(const struct scan *q)
{
    struct split_work *w = q->w;
    uint32_t width = q->n_classes ? q->n_classes + 1 : 3;
    for (uint32_t k = 0; k < width; k++)
        w->right[k] = q->total[k] - w->left[k];
    if (w->left[0] < q->rules->min_leaf || w->right[0] < q->rules->min_leaf)
        return -INFINITY;
    return split_score(q->rules->criterion, q->n_classes, w->left) +
           split_score(q->rules->criterion, q->n_classes, w->right) - q->score;
}

NUM_INLINE double join_left(const struct scan *q, size_t i)
{
    put_left(q, i);
    return left_gain(q);
}

static void clear_left(const struct scan *q)
{
    memset(q->w->left, 0, (q->n_classes ? q->n_classes + 1 : 3) * sizeof *q->w->left);
}

/* What both sides score when code i has joined the left, by the usual criteria: one visit of the sums. */
NUM_INLINE double score_join(const struct scan *q, enum form form, size_t i)
{
    double *left = q->w->left, least = q->rules->min_leaf;
    const double *total = q->total;
    if (form == FORM_NUMBERS) {
        const double *sum = q->w->sum + 3 * i;
        for (size_t k = 0; k < 3; k++)
            left[k] += sum[k];
        if (left[0] < least || total[0] - left[0] < least)
            return -INFINITY;
        double right = total[2] - left[2];
        return left[2] * left[2] / left[1] + right * right / (total[1] - left[1]);
    }
    uint32_t width = q->n_classes + 1;
    const double *sum = q->w->sum + i * width;
    double l = 0, r = 0, ll = 0, rr = 0;
    left[0] += sum[0];
    for (uint32_t k = 1; k < width; k++) {
        double a = left[k] + sum[k], b = total[k] - a;
        left[k] = a;
        l += a;
        r += b;
        ll += a * a;
        rr += b * b;
    }
    return left[0] < least || total[0] - left[0] < least || !(l > 0 && r > 0) ? -INFINITY : ll / l + rr / r;
}

NUM_INLINE void scan_sums(const struct scan *q, enum form form, int entropy, int missing_right, struct split *best)
{
    int missing = q->w->code[0] == 0;
    size_t last = q->n - 1 + (missing && missing_right), found = SIZE_MAX;
    double top = best->found ? best->gain : -INFINITY;
    clear_left(q);
    if (missing && !missing_right)
        join_left(q, 0);
    for (size_t i = (size_t)missing; i < last; i++) {
        double gain = entropy ? join_left(q, i) : score_join(q, form, i) - q->score;
        found = gain > top ? i : found;
        top = gain > top ? gain : top;
    }
    if (found != SIZE_MAX)
        take_number(q, found, missing_right, top, best);
}

static void scan_numbers(const struct scan *q, int missing_right, struct split *best)
{
    if (q->n_classes == 0)
        scan_sums(q, FORM_NUMBERS, 0, missing_right, best);
    else if (q->rules->criterion == CRITERION_ENTROPY)
        scan_sums(q, FORM_CLASSES, 1, missing_right, best);
    else
        scan_sums(q, FORM_CLASSES, 0, missing_right, best);
}

/* Orders the codes by key; few of them, so by insertion, stable. */
static void order_by_key(struct split_work *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        double key = w->key[i];
        for (; at > 0 && w->key[w->order[at - 1]] > key; at--)
            w->order[at] = w->order[at - 1];
        w->order[at] = (uint32_t)i;
    }
}

static void take_levels(const struct scan *q, size_t last, double gain, struct split *best)
{
    *best = (struct split){.found = 1, .feature = q->feature, .category = 1, .gain = gain};
    for (size_t i = 0; i <= last; i++)
        set_add(&best->set, q->w->code[q->w->order[i]]);
    for (size_t i = 0; i < q->n; i++)
        set_add(&best->seen, q->w->code[i]);
    best->missing_seen = q->w->code[0] == 0;
}

/* Levels in the order of their mean (of the share of one class, each class in turn): for numbers and two
 * classes the best of all subsets is among the cuts of that order (Breiman et al., 1984). Missing is a level
 * like others. */
static void scan_levels(const struct scan *q, struct split *best)
{
    struct split_work *w = q->w;
    uint32_t width = q->n_classes ? q->n_classes + 1 : 3;
    uint32_t orders = q->n_classes <= 2 ? 1 : q->n_classes < MAX_ORDERS ? q->n_classes : MAX_ORDERS;
    for (uint32_t o = 0; o < orders; o++) {
        for (size_t i = 0; i < q->n; i++) {
            const double *sum = w->sum + i * width;
            double weight = split_weight(q->n_classes, sum);
            w->key[i] = (q->n_classes ? sum[q->n_classes - o] : sum[2]) / (weight > 0 ? weight : 1);
        }
        order_by_key(w, q->n);
        clear_left(q);
        for (size_t i = 0; i + 1 < q->n; i++) {
            double gain = join_left(q, w->order[i]);
            if (gain > -INFINITY && (!best->found || gain > best->gain))
                take_levels(q, i, gain, best);
        }
    }
}

/* Word sums are pairs; the general scans want draws in front. */
static void widen_pairs(struct split_work *w, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        double zeros = w->sum[2 * i], ones = w->sum[2 * i + 1];
        w->sum[3 * i] = zeros + ones;
        w->sum[3 * i + 1] = zeros;
        w->sum[3 * i + 2] = ones;
    }
}

/* ---- random splits ------------------------------------------------------------------------------------------ */

enum { RANDOM_THRESHOLD, RANDOM_MISSING, RANDOM_LEVELS };

/* Random number `what` of the feature in this node. */
static double drawn(const struct scan *q, uint32_t what)
{
    return lt_uniform(q->rules->seed, q->key, 0x100000000ull * (what + 1) + q->feature);
}

/* The value of a code; of a bin of several values its upper, or its lower end. */
static double upper_value(const struct bin_column *c, uint32_t code)
{
    return c->value ? c->value[code] : c->edge[code - 1];
}

static double lower_value(const struct bin_column *c, uint32_t code)
{
    return c->value ? c->value[code] : c->edge[code - 2];
}

static double middle_value(const struct bin_column *c, uint32_t code)
{
    return c->value ? c->value[code] : c->edge[code - 1] / 2 + c->edge[code - 2] / 2;
}

/* The last code in [low, high) whose values are, for the most part, at most x; low when there is none. */
static uint32_t code_before(const struct bin_column *c, uint32_t low, uint32_t high, double x)
{
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (middle_value(c, middle) <= x)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* A question about one column of numbers, and the codes that occur: 1 … are values, `missing` says whether 0 does. */
struct guess {
    uint32_t least, greatest, missing;
    uint32_t shift, limit; /* right if code - shift > limit: missing codes as well when shift is 1 */
};

/* Place of sample i's row in the table, for a column whose row 0 lies at 0. */
NUM_INLINE size_t sample_place(const struct samples *s, int words, size_t i)
{
    return (size_t)(words ? word_row(s->word[i]) : s->row[i].row) * BIN_TILE;
}

NUM_INLINE void find_spans(const struct summing *q, uint32_t m, int words, int wide, struct guess *guess)
{
    const struct bin_table *t = q->s->source->table;
    uint32_t least[MAX_GROUP], greatest[MAX_GROUP] = {0}, missing[MAX_GROUP] = {0};
    for (uint32_t j = 0; j < m; j++)
        least[j] = UINT32_MAX;
    for (size_t i = q->begin; i < q->end; i++) {
        if (i + AHEAD < q->end)
            fetch_row(t, q->base[0] + sample_place(q->s, words, i + AHEAD));
        size_t place = sample_place(q->s, words, i);
        for (uint32_t j = 0; j < m; j++) {
            uint32_t code = bin_code(t, wide, q->base[j] + place);
            least[j] = code - 1 < least[j] ? code - 1 : least[j]; /* a missing code is none of the least */
            greatest[j] = code > greatest[j] ? code : greatest[j];
            missing[j] |= code == 0;
        }
    }
    for (uint32_t j = 0; j < m; j++)
        guess[j] = (struct guess){least[j] + 1, greatest[j], missing[j], 0, 0};
}

/* sum[m x width]: the samples that each guess leaves on the left. */
NUM_INLINE void sum_left(const struct summing *q, uint32_t m, enum form form, int wide, uint32_t width,
                         const struct guess *guess, double *sum)
{
    const struct sample_source *src = q->s->source;
    int words = form == FORM_WORDS;
    uint64_t counts[MAX_GROUP] = {0};
    for (size_t i = q->begin; i < q->end; i++) {
        size_t place = sample_place(q->s, words, i);
        uint64_t each = words ? word_counts(q->s->word[i]) : 0;
        for (uint32_t j = 0; j < m; j++) {
            uint32_t code = bin_code(src->table, wide, q->base[j] + place);
            uint32_t left = code - guess[j].shift <= guess[j].limit;
            if (words) {
                counts[j] += each & ((uint64_t)0 - left);
                continue;
            }
            const struct sample *a = &q->s->row[i];
            double *to = sum + j * width, weight = form == FORM_CLASSES ? a->value : sample_weight(src, a);
            to[0] += left ? a->count : 0;
            if (form == FORM_CLASSES)
                to[1 + a->label] += left ? weight : 0;
            else {
                to[1] += left ? weight : 0;
                to[2] += left ? weight * a->value : 0;
            }
        }
    }
    for (uint32_t j = 0; j < m && words; j++) {
        sum[j * width + 1] = (double)(uint32_t)counts[j];
        sum[j * width + 2] = (double)(counts[j] >> 32);
        sum[j * width] = sum[j * width + 1] + sum[j * width + 2];
    }
}

#define GUESS_CASE(m)                                                                                             \
    case m:                                                                                                       \
        if (guess_sums)                                                                                           \
            sum_left(q, m, FORM_WORDS, 0, 3, guess, guess_sums);                                                  \
        else                                                                                                      \
            find_spans(q, m, 1, 0, guess);                                                                        \
        break;

/* One visit of the rows, for m columns: their spans, or with guess_sums what goes left. */
static void visit_rows(const struct summing *q, uint32_t m, enum form form, int wide, uint32_t width,
                       struct guess *guess, double *guess_sums)
{
    if (form == FORM_WORDS && !wide)
        switch (m) {
            GUESS_CASE(1)
            GUESS_CASE(2)
            GUESS_CASE(3)
            GUESS_CASE(4)
            GUESS_CASE(5)
            GUESS_CASE(6)
        }
    else if (guess_sums && form == FORM_NUMBERS)
        sum_left(q, m, FORM_NUMBERS, wide, 3, guess, guess_sums);
    else if (guess_sums)
        sum_left(q, m, form, wide, width, guess, guess_sums);
    else
        find_spans(q, m, form == FORM_WORDS, wide, guess);
}

/* A threshold drawn between the least and the greatest value of the node; missing values go to a side by a coin. */
static void draw_guess(const struct scan *q, struct guess *g)
{
    const struct bin_column *c = q->column;
    if (g->least >= g->greatest) { /* one value: known from missing */
        g->shift = 1;
        g->limit = c->n_codes - 2;
        return;
    }
    double u = drawn(q, RANDOM_THRESHOLD), low = fmax(upper_value(c, g->least), -1e308);
    double at = low * (1 - u) + fmin(lower_value(c, g->greatest), 1e308) * u;
    g->shift = g->missing && drawn(q, RANDOM_MISSING) < 0.5;
    g->limit = code_before(c, g->least, g->greatest, at) - g->shift;
}

/* Numeric columns, at most a group: one guess each. */
static void random_numbers(struct scan *q, struct summing *summing, uint32_t m, const uint32_t *feature,
                           struct split *best, size_t *varying)
{
    const struct sample_source *src = summing->s->source;
    enum form form = src->words ? FORM_WORDS : src->n_classes ? FORM_CLASSES : FORM_NUMBERS;
    uint32_t width = samples_width(src);
    struct guess guess[MAX_GROUP];
    double *sum = q->w->sum; /* at least a group wide: there are more codes than that */
    for (uint32_t j = 0; j < m; j++)
        summing->base[j] = bin_place(src->table, 0, feature[j]);
    visit_rows(summing, m, form, src->table->wide, width, guess, NULL);
    for (uint32_t j = 0; j < m; j++) {
        q->feature = feature[j];
        q->column = &src->map->column[feature[j]];
        draw_guess(q, &guess[j]);
    }
    memset(sum, 0, m * width * sizeof *sum);
    visit_rows(summing, m, form, src->table->wide, width, guess, sum);
    for (uint32_t j = 0; j < m; j++) {
        const struct guess *g = &guess[j];
        if (g->greatest == 0 || (g->least == g->greatest && !g->missing))
            continue;
        ++*varying;
        memcpy(q->w->left, sum + j * width, width * sizeof *sum);
        double gain = left_gain(q);
        uint32_t code = g->limit + g->shift;
        if (gain > -INFINITY && (!best->found || gain > best->gain))
            *best = (struct split){.found = 1,
                                   .feature = feature[j],
                                   .low = code,
                                   .high = code + 1,
                                   .code = code,
                                   .missing_right = g->shift != 0,
                                   .missing_seen = g->missing != 0,
                                   .gain = gain};
    }
}

/* A coin for each level that occurs; that of the least draw goes left and that of the greatest right anyway. */
static void random_levels(const struct scan *q, struct split *best)
{
    struct split_work *w = q->w;
    size_t n_left = 0;
    for (size_t i = 0; i < q->n; i++) {
        w->key[i] = lt_uniform(q->rules->seed, lt_mix(q->key + RANDOM_LEVELS) + q->feature, w->code[i]);
        n_left += w->key[i] < 0.5;
    }
    order_by_key(w, q->n);
    n_left = n_left < 1 ? 1 : n_left > q->n - 1 ? q->n - 1 : n_left;
    clear_left(q);
    for (size_t i = 0; i < n_left; i++)
        put_left(q, w->order[i]);
    double gain = left_gain(q);
    if (gain > -INFINITY && (!best->found || gain > best->gain))
        take_levels(q, n_left - 1, gain, best);
}

/* A category: its levels are summed as in a search. */
static void random_category(struct scan *q, struct summing *summing, uint32_t feature, struct split *best,
                            size_t *varying)
{
    const struct sample_source *src = summing->s->source;
    enum form form = src->words ? FORM_WORDS : src->n_classes ? FORM_CLASSES : FORM_NUMBERS;
    int mark = summing->end - summing->begin < q->w->stride;
    q->feature = feature;
    q->column = &src->map->column[feature];
    summing->base[0] = bin_place(src->table, 0, feature);
    sum_group(summing, 1, mark);
    q->n = take_codes(q->w, form, src->table->wide, 0, q->column->n_codes, mark);
    if (q->n < 2)
        return;
    ++*varying;
    if (q->words)
        widen_pairs(q->w, q->n);
    random_levels(q, best);
}

static void random_among(struct scan *q, struct summing *summing, const uint32_t *feature, size_t n_features,
                         struct split *best, size_t *varying)
{
    const struct bin_column *column = summing->s->source->map->column;
    uint32_t group[MAX_GROUP], m = 0;
    for (size_t k = 0; k < n_features; k++) {
        if (column[feature[k]].category)
            random_category(q, summing, feature[k], best, varying);
        else if (column[feature[k]].n_codes > 1)
            group[m++] = feature[k];
        if (m == MAX_GROUP || (m > 0 && k + 1 == n_features)) {
            random_numbers(q, summing, m, group, best, varying);
            m = 0;
        }
    }
}

/* ---- random splits of values -------------------------------------------------------------------------------- */

/* A node's rows, and some columns of the table of values. */
struct value_visit {
    const struct samples *s;
    const float *rows; /* row 0, the first of the columns */
    size_t step, lanes, begin, end;
};

NUM_INLINE const float *values_at(const struct value_visit *v, int words, size_t i)
{
    return v->rows + (words ? word_row(v->s->word[i]) : v->s->row[i].row) * v->step;
}

NUM_INLINE void fetch_values(const struct value_visit *v, int words, size_t i)
{
    if (i + AHEAD < v->end)
        __builtin_prefetch(values_at(v, words, i + AHEAD));
}

NUM_INLINE void span_rows(const struct value_visit *v, int words, float *restrict least, float *restrict greatest)
{
    size_t lanes = v->lanes;
    memcpy(least, values_at(v, words, v->begin), lanes * sizeof *least);
    memcpy(greatest, least, lanes * sizeof *greatest);
    for (size_t i = v->begin + 1; i < v->end; i++) {
        const float *x = values_at(v, words, i);
        fetch_values(v, words, i);
        for (size_t j = 0; j < lanes; j++)
            least[j] = x[j] < least[j] ? x[j] : least[j];
        for (size_t j = 0; j < lanes; j++)
            greatest[j] = x[j] > greatest[j] ? x[j] : greatest[j];
    }
}

/* The least and the greatest value of each column. */
NUM_CLONES static void value_spans(const struct value_visit *v, float *restrict least, float *restrict greatest)
{
    if (v->s->word)
        span_rows(v, 1, least, greatest);
    else
        span_rows(v, 0, least, greatest);
}

/* to[j] += what, where x is at most the threshold. */
NUM_INLINE void add_left(size_t lanes, const float *x, const float *threshold, double what, double *restrict to)
{
    for (size_t j = 0; j < lanes; j++)
        to[j] += (double)x[j] <= (double)threshold[j] ? what : 0;
}

/* sum[width x lanes]: the samples that the thresholds leave on the left. */
NUM_CLONES static void value_sums(const struct value_visit *v, enum form form, uint32_t width,
                                  const float *restrict threshold, double *restrict sum)
{
    const struct sample_source *src = v->s->source;
    size_t lanes = v->lanes;
    memset(sum, 0, width * lanes * sizeof *sum);
    if (form == FORM_WORDS) {
        for (size_t i = v->begin; i < v->end; i++) {
            uint64_t counts = word_counts(v->s->word[i]);
            fetch_values(v, 1, i);
            add_left(lanes, values_at(v, 1, i), threshold,
                     (double)(int64_t)(counts >> 32 | (counts & 0xffffffffu)),
                     sum + (counts >> 32 ? 2 : 1) * lanes);
        }
        for (size_t j = 0; j < lanes; j++)
            sum[j] = sum[lanes + j] + sum[2 * lanes + j];
        return;
    }
    for (size_t i = v->begin; i < v->end; i++) {
        const struct sample *a = &v->s->row[i];
        const float *x = values_at(v, 0, i);
        fetch_values(v, 0, i);
        add_left(lanes, x, threshold, a->count, sum);
        if (form == FORM_CLASSES) {
            add_left(lanes, x, threshold, a->value, sum + (1 + a->label) * lanes);
            continue;
        }
        double weight = sample_weight(src, a);
        add_left(lanes, x, threshold, weight, sum + lanes);
        add_left(lanes, x, threshold, weight * a->value, sum + 2 * lanes);
    }
}

/* Thresholds between the least and the greatest values, below the greatest. first: the number of the first column. */
NUM_CLONES static void draw_values(const struct scan *q, size_t first, size_t lanes, const float *restrict least,
                                   const float *restrict greatest, float *restrict threshold)
{
    uint64_t seed = q->rules->seed, key = q->key;
    for (size_t j = 0; j < lanes; j++) {
        double u = lt_uniform(seed, key, 0x100000000ull * (RANDOM_THRESHOLD + 1) + first + j);
        float low = least[j], high = greatest[j], at = (float)((double)low * (1 - u) + (double)high * u);
        at = at < low ? low : at;
        threshold[j] = at < high ? at : low;
    }
}

/* What the thresholds gain for numbers; -inf where a side is too small. */
NUM_CLONES static void gain_numbers(const struct scan *q, size_t lanes, const double *restrict sum,
                                    double *restrict gain)
{
    const double *n = sum, *w = sum + lanes, *s = w + lanes;
    double n_all = q->total[0], w_all = q->total[1], s_all = q->total[2], least = q->rules->min_leaf,
           node = q->score;
    for (size_t j = 0; j < lanes; j++) {
        double wr = w_all - w[j], sr = s_all - s[j];
        double left = w[j] > 0 ? s[j] * s[j] / w[j] : 0, right = wr > 0 ? sr * sr / wr : 0;
        gain[j] = n[j] >= least && n_all - n[j] >= least ? left + right - node : -INFINITY;
    }
}

/* The same for classes, whose sums are taken together column by column. */
static void gain_classes(const struct scan *q, size_t lanes, uint32_t width, const double *sum, double *gain)
{
    for (size_t j = 0; j < lanes; j++) {
        for (uint32_t c = 0; c < width; c++)
            q->w->left[c] = sum[c * lanes + j];
        gain[j] = left_gain(q);
    }
}

static size_t block_lanes(const struct value_table *t, size_t block)
{
    size_t rest = t->step - block * VALUES_BLOCK;
    return rest < VALUES_BLOCK ? rest : VALUES_BLOCK;
}

static struct value_visit value_visit(const struct summing *q, size_t block)
{
    const struct value_table *t = q->s->source->values;
    return (struct value_visit){q->s,  t->rows + block * VALUES_BLOCK, t->step, block_lanes(t, block), q->begin,
                                q->end};
}

/* The rows of a block of columns are visited twice: for their spans, and for what the thresholds leave on the left. */
static void visit_values(const struct scan *q, const struct summing *summing, size_t block)
{
    const struct sample_source *src = summing->s->source;
    struct split_work *w = q->w;
    struct value_visit v = value_visit(summing, block);
    enum form form = src->words ? FORM_WORDS : src->n_classes ? FORM_CLASSES : FORM_NUMBERS;
    uint32_t width = samples_width(src);
    size_t first = block * VALUES_BLOCK;
    double *sum = w->lane + first * width;
    value_spans(&v, w->least + first, w->greatest + first);
    draw_values(q, first, v.lanes, w->least + first, w->greatest + first, w->threshold + first);
    value_sums(&v, form, width, w->threshold + first, sum);
    if (form == FORM_NUMBERS)
        gain_numbers(q, v.lanes, sum, w->gain + first);
    else
        gain_classes(q, v.lanes, width, sum, w->gain + first);
}

/* The code that a threshold comes after. A search meets the cache of a large table; among few rows the threshold's
 * place between its neighbours says enough. */
static uint32_t threshold_code(const struct summing *q, uint32_t feature, float threshold)
{
    enum { FEW = 32 };
    const struct sample_source *src = q->s->source;
    const struct value_table *values = src->values;
    if (q->end - q->begin > FEW)
        return value_code(values, feature, threshold);
    uint32_t low = 0, high = UINT32_MAX;
    float below = 0, above = 1;
    for (size_t i = q->begin; i < q->end; i++) {
        size_t row = q->s->word ? word_row(q->s->word[i]) : q->s->row[i].row;
        uint32_t code = bin_code(src->table, src->table->wide, bin_place(src->table, row, feature));
        float x = values->rows[row * values->step + feature];
        if (x <= threshold && code > low) {
            low = code;
            below = x;
        }
        if (x > threshold && code < high) {
            high = code;
            above = x;
        }
    }
    double share = ((double)threshold - (double)below) / ((double)above - (double)below);
    uint32_t steps = (uint32_t)(share * (high - low));
    return low + (steps < high - low ? steps : high - low - 1);
}

static void random_values(const struct scan *q, const struct summing *summing, const uint32_t *feature,
                          size_t n_features, struct split *best, size_t *varying)
{
    const struct value_table *values = summing->s->source->values;
    struct split_work *w = q->w;
    size_t blocks = (values->step + VALUES_BLOCK - 1) / VALUES_BLOCK;
    uint32_t found = UINT32_MAX;
    double top = best->found ? best->gain : -INFINITY;
    memset(w->wanted, 0, blocks);
    for (size_t k = 0; k < n_features; k++)
        w->wanted[feature[k] / VALUES_BLOCK] = 1;
    for (size_t b = 0; b < blocks; b++)
        if (w->wanted[b])
            visit_values(q, summing, b);
    for (size_t k = 0; k < n_features; k++) {
        uint32_t j = feature[k];
        if (!(w->least[j] < w->greatest[j]))
            continue;
        ++*varying;
        found = w->gain[j] > top ? j : found;
        top = w->gain[j] > top ? w->gain[j] : top;
    }
    if (found == UINT32_MAX)
        return;
    uint32_t code = threshold_code(summing, found, w->threshold[found]);
    *best = (struct split){.found = 1, .feature = found, .low = code, .high = code + 1, .code = code, .gain = top};
}

static void scan_feature(const struct scan *q, struct split *best)
{
    int missing = q->w->code[0] == 0, entropy = q->rules->criterion == CRITERION_ENTROPY;
    if (q->column->category) {
        if (q->words)
            widen_pairs(q->w, q->n);
        scan_levels(q, best);
        return;
    }
    for (int missing_right = 0; missing_right <= missing; missing_right++)
        if (!q->words)
            scan_numbers(q, missing_right, best);
        else if (entropy)
            scan_pairs(q, 1, missing_right, best);
        else
            scan_pairs(q, 0, missing_right, best);
}

/* ---- the best split ----------------------------------------------------------------------------------------- */

void split_among(struct split_work *w, const struct split_rules *rules, const struct samples *s, size_t begin,
                 size_t end, const double *total, uint64_t key, const uint32_t *feature, size_t n_features,
                 struct split *best, size_t *varying)
{
    const struct sample_source *src = s->source;
    struct scan q = {w, rules, src->n_classes, src->words, total, 0, 0, NULL, 0, key};
    struct summing summing = {w, s, begin, end, {0}};
    int mark = end - begin < w->stride;
    enum form form = src->words ? FORM_WORDS : src->n_classes ? FORM_CLASSES : FORM_NUMBERS;
    q.score = split_score(rules->criterion, src->n_classes, total);
    if (rules->random && src->values) {
        random_values(&q, &summing, feature, n_features, best, varying);
        return;
    }
    if (rules->random) {
        random_among(&q, &summing, feature, n_features, best, varying);
        return;
    }
    for (size_t done = 0; done < n_features;) {
        uint32_t m = (uint32_t)(n_features - done < w->group ? n_features - done : w->group);
        for (uint32_t j = 0; j < m; j++)
            summing.base[j] = bin_place(src->table, 0, feature[done + j]);
        sum_group(&summing, m, mark);
        for (uint32_t j = 0; j < m; j++) {
            q.feature = feature[done + j];
            q.column = &src->map->column[q.feature];
            q.n = take_codes(w, form, src->table->wide, j, q.column->n_codes, mark);
            *varying += q.n > 1;
            if (q.n > 1)
                scan_feature(&q, best);
        }
        done += m;
    }
}

static void swap_features(struct split_work *w, size_t i, size_t k)
{
    uint32_t f = w->feature[i];
    w->feature[i] = w->feature[k];
    w->feature[k] = f;
}

void split_drawn(struct split_work *w, const struct split_rules *rules, const struct samples *s, size_t begin,
                 size_t end, const double *total, uint64_t key, struct split *best)
{
    size_t p = w->n_features, drawn = 0, varying = 0;
    while (varying < rules->max_features && drawn < p) {
        size_t first = drawn, want = rules->max_features - varying;
        for (; drawn < p && drawn - first < want; drawn++) {
            size_t k = drawn + lt_below(rules->seed, key, drawn, (uint32_t)(p - drawn));
            w->swapped[drawn] = (uint32_t)k;
            swap_features(w, drawn, k);
        }
        split_among(w, rules, s, begin, end, total, key, w->feature + first, drawn - first, best, &varying);
    }
    while (drawn-- > 0)
        swap_features(w, drawn, w->swapped[drawn]);
}
