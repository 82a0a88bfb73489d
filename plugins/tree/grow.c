#include "plugins/tree/grow.h"

#include <math.h>
#include <string.h>

#include "plugins/tree/room.h"

/* What a node predicts: class shares, or the mean. */
static int node_value(struct growth *g, const double *total, int pure, uint32_t *value)
{
    const struct sample_source *src = g->samples->source;
    double weight = split_weight(src->n_classes, total);
    if (src->n_classes == 0) {
        double mean = src->centre + total[2] / weight;
        return nodes_add_value(g->nodes, &mean, value);
    }
    for (uint32_t k = 0; k < src->n_classes && pure && g->pure_values; k++)
        if (total[1 + k] > 0) {
            *value = k;
            return 0;
        }
    if (nodes_add_value(g->nodes, total + 1, value) != 0)
        return -1;
    double *shares = g->nodes->value + (size_t)*value * g->nodes->width;
    for (uint32_t k = 0; k < src->n_classes; k++)
        shares[k] /= weight;
    return 0;
}

/* Impurity of a node: score is minus weight times it, up to a term that classes fix and numbers must sum. */
static double impurity(const struct growth *g, const struct grow_node *node, const double *total)
{
    const struct sample_source *src = g->samples->source;
    double weight = split_weight(src->n_classes, total);
    double score = split_score(g->rules->split.criterion, src->n_classes, total);
    if (src->n_classes)
        return g->rules->split.criterion == CRITERION_ENTROPY ? -score / weight : 1 - score / weight;
    double mean = total[2] / weight, squares = 0;
    for (size_t i = node->begin; i < node->end; i++) {
        const struct sample *a = &g->samples->row[i];
        squares += sample_weight(src, a) * (a->value - mean) * (a->value - mean);
    }
    return squares / weight;
}

static int keep_facts(struct growth *g, const struct grow_node *node, const double *total)
{
    size_t need = (size_t)node->at + 1;
    if (!g->keep_thresholds)
        return 0;
    if (room_grow((void **)&g->threshold, &g->threshold_cap, need, sizeof *g->threshold) ||
        room_grow((void **)&g->score, &g->score_cap, need, sizeof *g->score) ||
        room_grow((void **)&g->draws, &g->draws_cap, need, sizeof *g->draws) ||
        room_grow((void **)&g->rows_weight, &g->rows_weight_cap, need, sizeof *g->rows_weight))
        return -1;
    g->threshold[node->at] = NAN;
    g->score[node->at] = impurity(g, node, total);
    g->draws[node->at] = total[0];
    g->rows_weight[node->at] = split_weight(g->samples->source->n_classes, total);
    return 0;
}

/* Adds the node as a leaf, with its value, and says whether it may grow. */
static int node_measure(struct growth *g, struct split_work *w, struct grow_node *node)
{
    const struct sample_source *src = g->samples->source;
    uint32_t width = samples_width(src);
    double *total = w->left;
    int pure;
    memset(total, 0, width * sizeof *total);
    samples_sum(g->samples, node->begin, node->end, total, &pure);
    if (node->depth == 0)
        g->weight = split_weight(src->n_classes, total);
    if (nodes_add(g->nodes, split_weight(src->n_classes, total), &node->at) != 0 ||
        keep_facts(g, node, total) != 0)
        return -1;
    node->best = (struct split){0};
    node->open = !pure && node->depth < g->rules->max_depth && total[0] >= g->rules->min_split &&
                 total[0] >= 2 * g->rules->split.min_leaf;
    if (node->open && !g->rules->all_values)
        return 0; /* most open nodes split; a leaf gets its value when it stays one */
    uint32_t value;
    if (node_value(g, total, pure, &value) != 0)
        return -1;
    g->nodes->node[g->nodes->n - 1].value = value;
    return 0;
}

int grow_root(struct growth *g, struct split_work *w, uint64_t key, struct grow_node *root)
{
    *root = (struct grow_node){.end = g->samples->n, .key = key};
    return node_measure(g, w, root);
}

static void node_total(const struct growth *g, const struct grow_node *node, double *total)
{
    int pure;
    memset(total, 0, samples_width(g->samples->source) * sizeof *total);
    samples_sum(g->samples, node->begin, node->end, total, &pure);
}

void grow_search_some(const struct growth *g, struct split_work *w, const struct grow_node *node, size_t first,
                      size_t n, double *total, struct split *best)
{
    size_t varying = 0;
    node_total(g, node, total);
    split_among(w, &g->rules->split, g->samples, node->begin, node->end, total, node->key, w->feature + first, n,
                best, &varying);
}

void grow_search(const struct growth *g, struct split_work *w, struct grow_node *node, double *total)
{
    const struct split_rules *rules = &g->rules->split;
    size_t p = w->n_features;
    if (rules->max_features >= p && !rules->shuffle) {
        grow_search_some(g, w, node, 0, p, total, &node->best);
        return;
    }
    node_total(g, node, total);
    split_drawn(w, rules, g->samples, node->begin, node->end, total, node->key, &node->best);
}

int grow_accepts(const struct growth *g, const struct grow_node *node)
{
    return node->best.found && node->best.gain / g->weight + 2.3e-16 >= g->rules->min_decrease;
}

/* Values that were not seen in the node go where most of its rows went, and unknown levels where missing goes. */
static void complete_split(struct split *s, size_t n_left, size_t n_right)
{
    if (!s->category) {
        if (!s->missing_seen)
            s->missing_right = n_right > n_left;
        return;
    }
    int left = s->missing_seen ? (int)set_has(&s->set, 0) : n_left >= n_right;
    for (size_t i = 0; left && i < 4; i++)
        s->set.bit[i] |= ~s->seen.bit[i];
}

int grow_split(struct growth *g, struct split_work *w, const struct grow_node *node, struct grow_node *left,
               struct grow_node *right)
{
    struct split s = node->best;
    size_t n = samples_split(g->samples, node->begin, node->end, s.feature, s.code, s.missing_right,
                             s.category ? &s.set : NULL);
    uint32_t test = s.code, flags = 0;
    complete_split(&s, n, node->end - node->begin - n);
    if (s.category) {
        flags = NODE_CATEGORY;
        if (nodes_add_set(g->nodes, &s.set, &test) != 0)
            return -1;
    } else if (s.missing_right)
        flags = NODE_MISSING_RIGHT;
    *left =
        (struct grow_node){node->begin, node->begin + n, 0, node->depth + 1, lt_mix(2 * node->key + 1), 0, {0}};
    *right = (struct grow_node){node->begin + n, node->end, 0, node->depth + 1, lt_mix(2 * node->key + 2), 0, {0}};
    if (node_measure(g, w, left) != 0 || node_measure(g, w, right) != 0)
        return -1;
    size_t root = g->nodes->n - right->at - 1;
    struct node *nd = &g->nodes->node[root + node->at];
    *nd = (struct node){left->at, s.feature | flags, test, nd->value};
    g->nodes->gain[root + node->at] = (float)(s.gain > 0 ? s.gain : 0);
    if (g->keep_thresholds)
        g->threshold[node->at] =
            s.category ? NAN : bin_threshold(&g->samples->source->map->column[s.feature], s.low, s.high);
    return 0;
}

/* An open node that stays a leaf. */
static int close_leaf(struct growth *g, const struct grow_node *node, const double *total)
{
    uint32_t value;
    if (g->rules->all_values)
        return 0;
    if (node_value(g, total, 0, &value) != 0)
        return -1;
    size_t root = g->nodes->n_trees ? g->nodes->start[g->nodes->n_trees] : 0;
    g->nodes->node[root + node->at].value = value;
    return 0;
}

struct stack {
    struct grow_node *node;
    size_t n, cap;
};

static int push(struct stack *s, const struct grow_node *node)
{
    if (!node->open)
        return 0;
    if (room_grow((void **)&s->node, &s->cap, s->n + 1, sizeof *s->node) != 0)
        return -1;
    s->node[s->n++] = *node;
    return 0;
}

int grow_whole(struct lt_ctx *ctx, struct growth *g, struct split_work *w, uint64_t key)
{
    struct stack stack = {0};
    struct grow_node node, left, right;
    size_t width = samples_width(g->samples->source), work = 0;
    double *total = room_new(width, sizeof *total);
    int status = total == NULL || grow_root(g, w, key, &node) != 0 || push(&stack, &node) != 0 ? LT_MEMORY : LT_OK;
    while (status == LT_OK && stack.n > 0) {
        node = stack.node[--stack.n];
        work += node.end - node.begin + 64;
        if (work > 100000) {
            work = 0;
            if (ctx->cancelled(ctx)) {
                status = LT_CANCELLED;
                break;
            }
        }
        grow_search(g, w, &node, total);
        if (!grow_accepts(g, &node))
            status = close_leaf(g, &node, total) == 0 ? LT_OK : LT_MEMORY;
        else if (grow_split(g, w, &node, &left, &right) != 0 || push(&stack, &right) != 0 ||
                 push(&stack, &left) != 0)
            status = LT_MEMORY;
    }
    room_free(stack.node);
    room_free(total);
    if (status == LT_OK && nodes_end_tree(g->nodes) != 0)
        status = LT_MEMORY;
    return status;
}
