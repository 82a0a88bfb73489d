#include "plugins/tree/boost.h"

#include <math.h>
#include <string.h>

#include "plugins/tree/room.h"

enum {
    PART_BLOCK = 16384, /* rows that one task parts */
    LEAST_SLOTS = 8,
    MOST_SLOTS = 1024,
    SLOT_BYTES = 128 << 20, /* memory that histograms may take, unless eight of them take more */
    INLINE_WORK = 20000,    /* additions that are not worth a second thread */
    WHOLE = 1               /* the number of the first slot; 0 is none */
};

/* A leaf that may be split. */
struct bud {
    uint32_t at, depth;
    size_t begin, end;
    int list;      /* which of the two row lists has its rows */
    uint32_t slot; /* of its histogram; 0: none */
    int open;      /* large and shallow enough to be split */
    struct hist_sum total;
    struct cut cut;
    double lower, upper; /* of the values below */
    uint64_t groups;     /* that hold all columns asked on the way here */
};

/* Two children on the way: `small` is summed, `large` is what remains of the parent. */
struct pair {
    struct bud *small, *large;
    uint32_t parent_slot; /* 0: the parent kept none, both are summed */
    size_t parent_rows;
};

struct sum_task {
    const struct bud *bud;
    uint32_t tile;
    size_t begin, end;      /* rows, within the bud's */
    struct hist_cell *into; /* wide cells of this tile; NULL: packed, in the bud's slot */
};

struct booster {
    const struct bin_table *table;
    const struct bin_map *map;
    struct boost_rules rules;
    const struct hist_form *form;
    const uint64_t *word;
    const uint8_t *use;
    struct lt_ctx *ctx;
    struct nodes *trees;
    size_t first_node;

    uint32_t *list[2], *spare;
    void **slot; /* tiles x HIST_TILE wide cells, or as many packed ones in front */
    uint8_t *slot_used;
    uint32_t n_slots, held, workers;
    uint64_t *scratch;      /* a packed tile a worker */
    struct hist_cell *part; /* wide tiles for parts of large nodes */
    size_t part_cap;

    struct bud *bud; /* leaves of the growing tree, in the order of their making */
    size_t n_buds, bud_cap;
    struct pair *pair;
    size_t n_pairs, pair_cap;
    struct sum_task *task;
    size_t n_tasks, task_cap;
    struct cut *cut; /* (pair, tile, child) */
    size_t cut_cap;
    struct boost_leaf *leaf;
    size_t n_leaves, leaf_cap;
};

#define GROW(array, cap, need) room_grow((void **)&b->array, &b->cap, need, sizeof *b->array)

static size_t slot_bytes(const struct booster *b)
{
    return b->table->tiles * HIST_TILE * sizeof(struct hist_cell);
}

struct booster *booster_new(struct lt_ctx *ctx, const struct bin_table *table, const struct bin_map *map,
                            const struct boost_rules *rules)
{
    struct booster *b = room_zero(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->table = table;
    b->map = map;
    b->rules = *rules;
    b->workers = ctx->threads ? ctx->threads : 1;
    size_t slots = SLOT_BYTES / slot_bytes(b);
    b->n_slots = (uint32_t)(slots < LEAST_SLOTS ? LEAST_SLOTS : slots > MOST_SLOTS ? MOST_SLOTS : slots);
    b->slot = room_zero(b->n_slots + WHOLE, sizeof *b->slot);
    b->slot_used = room_zero(b->n_slots + WHOLE, 1);
    b->list[0] = room_new(table->n, sizeof *b->list[0]);
    b->list[1] = room_new(table->n, sizeof *b->list[1]);
    b->spare = room_new(table->n, sizeof *b->spare);
    b->scratch = room_new(b->workers, HIST_TILE * sizeof *b->scratch);
    if (b->slot && b->slot_used && b->list[0] && b->list[1] && b->spare && b->scratch)
        return b;
    booster_free(b);
    return NULL;
}

void booster_free(struct booster *b)
{
    if (b == NULL)
        return;
    for (uint32_t k = 0; b->slot && k < b->n_slots + WHOLE; k++)
        room_free(b->slot[k]);
    room_free(b->slot);
    room_free(b->slot_used);
    room_free(b->list[0]);
    room_free(b->list[1]);
    room_free(b->spare);
    room_free(b->scratch);
    room_free(b->part);
    room_free(b->bud);
    room_free(b->pair);
    room_free(b->task);
    room_free(b->cut);
    room_free(b->leaf);
    room_free(b);
}

/* Work of this many additions: on all threads, or right here. */
static void spread(struct booster *b, size_t n, size_t work, void (*fn)(void *, size_t, unsigned))
{
    if (work >= INLINE_WORK)
        b->ctx->parallel(b->ctx, n, fn, b);
    else
        for (size_t i = 0; i < n; i++)
            fn(b, i, 0);
}

/* ---- memory of histograms ----------------------------------------------------------------------------------- */

static uint32_t slot_take(struct booster *b)
{
    for (uint32_t k = WHOLE; k < b->n_slots + WHOLE; k++)
        if (!b->slot_used[k]) {
            if (b->slot[k] == NULL)
                b->slot[k] = room_new(b->table->tiles * HIST_TILE, sizeof(struct hist_cell));
            b->slot_used[k] = b->slot[k] != NULL;
            return b->slot[k] ? k : 0;
        }
    return 0;
}

static void slot_give(struct booster *b, uint32_t slot)
{
    b->slot_used[slot] = 0;
}

static int is_packed(const struct booster *b, size_t rows)
{
    return rows <= b->form->flush;
}

static void *slot_tile(const struct booster *b, uint32_t slot, int packed, uint32_t tile)
{
    size_t at = (size_t)tile * HIST_TILE;
    return packed ? (void *)((uint64_t *)b->slot[slot] + at) : (void *)((struct hist_cell *)b->slot[slot] + at);
}

static uint32_t tile_columns(const struct booster *b, uint32_t tile)
{
    size_t left = b->table->p - (size_t)tile * BIN_TILE;
    return left < BIN_TILE ? (uint32_t)left : BIN_TILE;
}

/* ---- summing ------------------------------------------------------------------------------------------------ */

static void sum_task(void *arg, size_t i, unsigned worker)
{
    struct booster *b = arg;
    const struct sum_task *t = &b->task[i];
    const uint32_t *rows = b->list[t->bud->list] + t->bud->begin + t->begin;
    uint32_t columns = tile_columns(b, t->tile);
    const uint8_t *tile = (const uint8_t *)b->table->rows + (size_t)t->tile * b->table->n * BIN_TILE;
    size_t used = (size_t)((columns + 3) / 4 * 4) * HIST_STRIDE;
    if (b->ctx->cancelled(b->ctx))
        return;
    if (t->into == NULL) {
        uint64_t *cell = slot_tile(b, t->bud->slot, 1, t->tile);
        memset(cell, 0, used * sizeof *cell);
        hist_add_rows(tile, columns, rows, t->end - t->begin, b->word, cell);
        return;
    }
    memset(t->into, 0, used * sizeof *t->into);
    for (size_t at = t->begin; at < t->end && !b->ctx->cancelled(b->ctx); at += b->form->flush) {
        size_t n = t->end - at < b->form->flush ? t->end - at : b->form->flush;
        hist_add_many(b->form, tile, columns, rows + (at - t->begin), n, b->word,
                      b->scratch + (size_t)worker * HIST_TILE, t->into);
    }
}

/* How many parts a wide node is summed in: enough for all threads when few nodes are large. */
static size_t parts_of(const struct booster *b, size_t rows, size_t wide_nodes)
{
    size_t blocks = (rows + b->form->flush - 1) / b->form->flush;
    size_t wanted = (2 * b->workers + wide_nodes * b->table->tiles - 1) / (wide_nodes * b->table->tiles);
    return wanted < blocks ? wanted : blocks;
}

/* Lists the tasks that sum one node; *part counts the tiles of `part` that are in use. */
static int plan_sum(struct booster *b, const struct bud *bud, size_t wide_nodes, size_t *part)
{
    size_t rows = bud->end - bud->begin, tiles = b->table->tiles;
    size_t parts = is_packed(b, rows) ? 1 : parts_of(b, rows, wide_nodes);
    if (GROW(task, task_cap, b->n_tasks + tiles * parts) != 0)
        return -1;
    for (uint32_t tile = 0; tile < tiles; tile++)
        for (size_t k = 0; k < parts; k++) {
            struct hist_cell *into = NULL;
            if (!is_packed(b, rows))
                into = k == 0 ? slot_tile(b, bud->slot, 0, tile) : b->part + (*part)++ * HIST_TILE;
            b->task[b->n_tasks++] = (struct sum_task){bud, tile, rows * k / parts, rows * (k + 1) / parts, into};
        }
    return 0;
}

/* Adds the parts of wide nodes to their first parts: tasks of one node and tile lie side by side. */
static void merge_task(void *arg, size_t i, unsigned worker)
{
    struct booster *b = arg;
    const struct sum_task *first = &b->task[i];
    (void)worker;
    if (first->into == NULL || first->begin != 0)
        return;
    for (size_t k = i + 1; k < b->n_tasks && b->task[k].bud == first->bud && b->task[k].tile == first->tile; k++)
        hist_add_cells((size_t)tile_columns(b, first->tile) * HIST_STRIDE, b->task[k].into, first->into);
}

/* ---- searching ---------------------------------------------------------------------------------------------- */

static void search_tile(const struct booster *b, const struct bud *bud, uint32_t tile, struct cut *best)
{
    int packed = is_packed(b, bud->end - bud->begin);
    struct cut_node node = {b->form, &b->rules.cut, {0, 0, 0}, bud->lower, bud->upper};
    const uint64_t *member = b->rules.member;
    const void *cells = slot_tile(b, bud->slot, packed, tile);
    node.total = cut_total(b->form, cells, packed, 0, b->map->column[(size_t)tile * BIN_TILE].n_codes);
    *best = (struct cut){0};
    for (uint32_t c = 0; c < tile_columns(b, tile); c++) {
        uint32_t feature = tile * BIN_TILE + c;
        if (b->use[feature] && (member == NULL || (member[feature] & bud->groups)))
            cut_column(&node, &b->map->column[feature], feature, cells, packed, (size_t)c * HIST_STRIDE, best);
    }
}

/* One tile of a pair: the large child comes out of the parent, and both are searched. */
static void search_task(void *arg, size_t i, unsigned worker)
{
    struct booster *b = arg;
    uint32_t tile = (uint32_t)(i % b->table->tiles);
    struct pair *p = &b->pair[i / b->table->tiles];
    struct cut *cut = b->cut + 2 * i;
    (void)worker;
    cut[0] = cut[1] = (struct cut){0};
    if (p->large && p->parent_slot)
        hist_subtract(
            b->form, (size_t)tile_columns(b, tile) * HIST_STRIDE,
            slot_tile(b, p->large->slot, is_packed(b, p->parent_rows), tile), is_packed(b, p->parent_rows),
            slot_tile(b, p->small->slot, is_packed(b, p->small->end - p->small->begin), tile),
            is_packed(b, p->small->end - p->small->begin), is_packed(b, p->large->end - p->large->begin));
    if (p->small->open)
        search_tile(b, p->small, tile, &cut[0]);
    if (p->large && p->large->open)
        search_tile(b, p->large, tile, &cut[1]);
}

static void take_best(const struct booster *b, size_t pair, size_t child, struct bud *bud)
{
    bud->cut = (struct cut){0};
    for (size_t tile = 0; tile < b->table->tiles; tile++) {
        const struct cut *c = &b->cut[2 * (pair * b->table->tiles + tile) + child];
        if (c->found && (!bud->cut.found || c->gain > bud->cut.gain))
            bud->cut = *c;
    }
}

/* A searched bud keeps its histogram if it may be split later, as long as half of the memory is left. */
static void settle(struct booster *b, struct bud *bud)
{
    if (bud->slot == 0)
        return;
    if (bud->cut.found && b->held < b->n_slots / 2) {
        b->held++;
        return;
    }
    slot_give(b, bud->slot);
    bud->slot = 0;
}

/* With several tiles the packed and the wide form of a slot don't overlap tile by tile, so a parent that
 * changes form must not be turned in place while other tiles still wait. Then the large child is summed as
 * well. */
static int parent_serves(const struct booster *b, const struct pair *p)
{
    return p->parent_slot &&
           (b->table->tiles == 1 || is_packed(b, p->parent_rows) == is_packed(b, p->large->end - p->large->begin));
}

/* Sums and searches pairs [0, n_pairs). */
static int work_pairs(struct booster *b)
{
    size_t wide = 0, parts = 0, work = 0, tiles = b->table->tiles;
    b->n_tasks = 0;
    for (size_t k = 0; k < b->n_pairs; k++) {
        struct pair *p = &b->pair[k];
        if (p->large && p->parent_slot && !parent_serves(b, p)) {
            p->large->slot = p->parent_slot;
            p->parent_slot = 0;
        } else if (p->large)
            p->large->slot = p->parent_slot ? p->parent_slot : slot_take(b);
        p->small->slot = slot_take(b);
        if (p->small->slot == 0 || (p->large && p->large->slot == 0))
            return LT_MEMORY;
        wide += !is_packed(b, p->small->end - p->small->begin);
        wide += p->large && !p->parent_slot && !is_packed(b, p->large->end - p->large->begin);
    }
    for (size_t k = 0; k < b->n_pairs && wide; k++) {
        const struct pair *p = &b->pair[k];
        parts += tiles * parts_of(b, p->small->end - p->small->begin, wide);
        parts += p->large ? tiles * parts_of(b, p->large->end - p->large->begin, wide) : 0;
    }
    if (room_grow((void **)&b->part, &b->part_cap, parts + 1, HIST_TILE * sizeof *b->part) != 0 ||
        GROW(cut, cut_cap, 2 * b->n_pairs * tiles) != 0)
        return LT_MEMORY;
    parts = 0;
    for (size_t k = 0; k < b->n_pairs; k++) {
        const struct pair *p = &b->pair[k];
        work += (p->small->end - p->small->begin) * b->table->p;
        if (plan_sum(b, p->small, wide, &parts) != 0 ||
            (p->large && !p->parent_slot && plan_sum(b, p->large, wide, &parts) != 0))
            return LT_MEMORY;
    }
    spread(b, b->n_tasks, work, sum_task);
    if (parts)
        spread(b, b->n_tasks, INLINE_WORK, merge_task);
    if (b->ctx->cancelled(b->ctx))
        return LT_CANCELLED;
    spread(b, b->n_pairs * tiles, b->n_pairs * tiles * INLINE_WORK / 2, search_task);
    for (size_t k = 0; k < b->n_pairs; k++) {
        struct pair *p = &b->pair[k];
        take_best(b, k, 0, p->small);
        settle(b, p->small);
        if (p->large) {
            take_best(b, k, 1, p->large);
            settle(b, p->large);
        }
    }
    b->n_pairs = 0;
    return b->ctx->cancelled(b->ctx) ? LT_CANCELLED : LT_OK;
}

/* ---- parting rows ------------------------------------------------------------------------------------------- */

/* Which side the rows of one bud go to. */
struct side {
    const uint8_t *column;
    uint8_t shift, limit;
    const struct level_set *set;
};

static struct side side_of(const struct booster *b, const struct bud *bud)
{
    uint8_t shift = (uint8_t)(bud->cut.missing_right != 0);
    return (struct side){b->table->columns + (size_t)bud->cut.feature * b->table->n, shift,
                         (uint8_t)(bud->cut.code - shift), bud->cut.category ? &bud->cut.set : NULL};
}

NUM_INLINE size_t goes_left(const struct side *s, int category, uint32_t row)
{
    uint8_t code = s->column[row];
    return category ? set_has(s->set, code) : (uint8_t)(code - s->shift) <= s->limit;
}

/* Left rows go up from `left`, right rows from `right` by `way`: one store a row, no branch. */
NUM_INLINE size_t part(const struct side *s, int category, const uint32_t *from, size_t n, uint32_t *to,
                       size_t left, size_t right, size_t way)
{
    size_t first = left;
    for (size_t i = 0; i < n; i++) {
        uint32_t row = from[i];
        size_t is_left = goes_left(s, category, row),
               mask = (size_t)0 - is_left; /* a branch would be a coin toss */
        to[right ^ ((left ^ right) & mask)] = row;
        left += is_left;
        right += way & ~mask;
    }
    return left - first;
}

static size_t part_rows(const struct side *s, const uint32_t *from, size_t n, uint32_t *to, size_t left,
                        size_t right, size_t way)
{
    return s->set ? part(s, 1, from, n, to, left, right, way) : part(s, 0, from, n, to, left, right, way);
}

struct part_task {
    const struct bud *bud;
    size_t begin, end, n_left; /* rows of the lists; how many of them go left */
    size_t left, right;        /* where they go; right is counted after all of this bud's blocks are parted */
};

struct parting {
    struct booster *b;
    struct part_task *task;
};

/* A bud of one block goes straight to the other list; a block of a larger one into `spare`, its right rows from
 * the end backwards, until it is known where they belong. */
static void part_task(void *arg, size_t i, unsigned worker)
{
    struct parting *q = arg;
    struct booster *b = q->b;
    struct part_task *t = &q->task[i];
    const uint32_t *from = b->list[t->bud->list] + t->begin;
    struct side side = side_of(b, t->bud);
    size_t n = t->end - t->begin;
    (void)worker;
    if (n == t->bud->end - t->bud->begin)
        part_rows(&side, from, n, b->list[1 - t->bud->list], t->begin, t->begin + t->bud->cut.n_left, 1);
    else
        t->n_left = part_rows(&side, from, n, b->spare, t->begin, t->end - 1, (size_t)-1);
}

static void place_task(void *arg, size_t i, unsigned worker)
{
    struct parting *q = arg;
    struct part_task *t = &q->task[i];
    uint32_t *to = q->b->list[1 - t->bud->list];
    const uint32_t *from = q->b->spare;
    size_t n_right = t->end - t->begin - t->n_left;
    (void)worker;
    if (t->end - t->begin == t->bud->end - t->bud->begin)
        return;
    memcpy(to + t->left, from + t->begin, t->n_left * sizeof *to);
    for (size_t k = 0; k < n_right; k++)
        to[t->right + k] = from[t->end - 1 - k];
}

/* Parts the rows of n buds. */
static int part_buds(struct booster *b, const struct bud *const *bud, size_t n)
{
    size_t tasks = 0, rows = 0;
    for (size_t k = 0; k < n; k++) {
        tasks += (bud[k]->end - bud[k]->begin + PART_BLOCK - 1) / PART_BLOCK;
        rows += bud[k]->end - bud[k]->begin;
    }
    struct parting q = {b, room_new(tasks, sizeof *q.task)};
    if (q.task == NULL)
        return -1;
    tasks = 0;
    for (size_t k = 0; k < n; k++)
        for (size_t at = bud[k]->begin; at < bud[k]->end; at += PART_BLOCK)
            q.task[tasks++] = (struct part_task){
                .bud = bud[k], .begin = at, .end = at + PART_BLOCK < bud[k]->end ? at + PART_BLOCK : bud[k]->end};
    if (rows >= INLINE_WORK)
        b->ctx->parallel(b->ctx, tasks, part_task, &q);
    else
        for (size_t i = 0; i < tasks; i++)
            part_task(&q, i, 0);
    size_t left = 0, right = 0;
    for (size_t i = 0; i < tasks; i++) {
        struct part_task *t = &q.task[i];
        if (i == 0 || t[-1].bud != t->bud) {
            left = t->bud->begin;
            right = t->bud->begin + t->bud->cut.n_left;
        }
        t->left = left;
        t->right = right;
        left += t->n_left;
        right += t->end - t->begin - t->n_left;
    }
    if (tasks > n)
        b->ctx->parallel(b->ctx, tasks, place_task, &q);
    room_free(q.task);
    return 0;
}

/* ---- growing ------------------------------------------------------------------------------------------------ */

static int may_split(const struct booster *b, size_t rows, uint32_t depth)
{
    return rows >= 2 * b->rules.cut.min_leaf && rows > 1 && depth < b->rules.max_depth;
}

/* What holds for the children: the bounds that a monotone split adds, and the groups that are still open. */
static void pass_on(const struct booster *b, const struct bud *bud, struct bud *left, struct bud *right)
{
    const struct cut *cut = &bud->cut;
    int sign = b->rules.cut.monotone ? b->rules.cut.monotone[cut->feature] : 0;
    left->groups = right->groups = b->rules.member ? bud->groups & b->rules.member[cut->feature] : bud->groups;
    left->lower = sign < 0 ? cut->middle : bud->lower;
    left->upper = sign > 0 ? cut->middle : bud->upper;
    right->lower = sign > 0 ? cut->middle : bud->lower;
    right->upper = sign < 0 ? cut->middle : bud->upper;
}

/* Turns a bud into a node with two leaves; left and right are buds, with rows but without a histogram yet. */
static int split_bud(struct booster *b, const struct bud *bud, struct bud *left, struct bud *right)
{
    struct cut cut = bud->cut;
    uint32_t test = cut.code, flags = 0;
    size_t n_right = bud->end - bud->begin - cut.n_left;
    if (cut.category) {
        int missing_left = cut.missing_seen ? (int)set_has(&cut.set, 0) : cut.n_left >= n_right;
        for (size_t i = 0; missing_left && i < 4; i++)
            cut.set.bit[i] |= ~cut.seen.bit[i];
        flags = NODE_CATEGORY;
        if (nodes_add_set(b->trees, &cut.set, &test) != 0)
            return -1;
    } else if (cut.missing_seen ? cut.missing_right : n_right > cut.n_left)
        flags = NODE_MISSING_RIGHT;
    size_t middle = bud->begin + cut.n_left;
    *left = (struct bud){.depth = bud->depth + 1, .begin = bud->begin, .end = middle, .list = 1 - bud->list};
    *right = (struct bud){.depth = bud->depth + 1, .begin = middle, .end = bud->end, .list = 1 - bud->list};
    if (nodes_add(b->trees, (double)(left->end - left->begin), &left->at) != 0 ||
        nodes_add(b->trees, (double)(right->end - right->begin), &right->at) != 0)
        return -1;
    pass_on(b, bud, left, right);
    left->open = may_split(b, left->end - left->begin, left->depth);
    right->open = may_split(b, right->end - right->begin, right->depth);
    struct node *nd = &b->trees->node[b->first_node + bud->at];
    *nd = (struct node){left->at, cut.feature | flags, test, 0};
    b->trees->gain[b->first_node + bud->at] = (float)cut.gain;
    return 0;
}

static void drop_slot(struct booster *b, struct bud *bud)
{
    if (bud->slot) {
        slot_give(b, bud->slot);
        b->held--;
    }
    bud->slot = 0;
}

/* Queues the children for summing, as far as they may be split themselves. */
static int queue_pair(struct booster *b, struct bud *parent, struct bud *left, struct bud *right)
{
    struct bud *small = left->end - left->begin <= right->end - right->begin ? left : right;
    struct bud *large = small == left ? right : left;
    if (!left->open && !right->open) {
        drop_slot(b, parent);
        return 0;
    }
    if (!large->open) {
        drop_slot(b, parent);
        large = NULL;
    }
    if (GROW(pair, pair_cap, b->n_pairs + 1) != 0)
        return -1;
    uint32_t slot = parent->slot;
    if (slot)
        b->held--;
    parent->slot = 0;
    b->pair[b->n_pairs++] = (struct pair){small, large, large ? slot : 0, parent->end - parent->begin};
    return 0;
}

/* Splits the buds numbered `which`, which become leaves of the past; their children are added to the buds. */
static int split_buds(struct booster *b, const size_t *which, size_t n, const struct bud **scratch)
{
    int status = LT_OK;
    size_t chunk = b->n_slots / 4, first = b->n_buds;
    if (GROW(bud, bud_cap, b->n_buds + 2 * n) != 0)
        return LT_MEMORY;
    for (size_t k = 0; k < n; k++)
        scratch[k] = &b->bud[which[k]];
    if (part_buds(b, scratch, n) != 0)
        return LT_MEMORY;
    for (size_t k = 0; k < n; k++, b->n_buds += 2)
        if (split_bud(b, &b->bud[which[k]], &b->bud[first + 2 * k], &b->bud[first + 2 * k + 1]) != 0)
            return LT_MEMORY;
    for (size_t k = 0; k < n && status == LT_OK; k++) {
        if (queue_pair(b, &b->bud[which[k]], &b->bud[first + 2 * k], &b->bud[first + 2 * k + 1]) != 0)
            return LT_MEMORY;
        b->bud[which[k]].open = -1; /* no longer a leaf */
        if (b->n_pairs >= chunk)
            status = work_pairs(b);
    }
    return status == LT_OK && b->n_pairs ? work_pairs(b) : status;
}

static int grow_levels(struct booster *b, size_t *which, const struct bud **scratch)
{
    int status = LT_OK;
    size_t first = 0, leaves = 1;
    while (status == LT_OK && first < b->n_buds) {
        size_t n = 0, end = b->n_buds;
        for (size_t k = first; k < end && leaves < BOOST_MOST_LEAVES; k++)
            if (b->bud[k].open > 0 && b->bud[k].cut.found) {
                which[n++] = k;
                leaves++;
            }
        first = end;
        if (n)
            status = split_buds(b, which, n, scratch);
    }
    return status;
}

static int grow_best_first(struct booster *b, const struct bud **scratch)
{
    int status = LT_OK;
    size_t most = b->rules.max_leaves < BOOST_MOST_LEAVES ? b->rules.max_leaves : BOOST_MOST_LEAVES;
    for (size_t leaves = 1; leaves < most && status == LT_OK; leaves++) {
        size_t best = SIZE_MAX;
        for (size_t k = 0; k < b->n_buds; k++)
            if (b->bud[k].open > 0 && b->bud[k].cut.found &&
                (best == SIZE_MAX || b->bud[k].cut.gain > b->bud[best].cut.gain))
                best = k;
        if (best == SIZE_MAX)
            break;
        status = split_buds(b, &best, 1, scratch);
    }
    return status;
}

static int plant(struct booster *b, size_t n)
{
    if (GROW(bud, bud_cap, 1) != 0 || GROW(pair, pair_cap, 1) != 0)
        return LT_MEMORY;
    b->bud[0] = (struct bud){.end = n, .lower = -INFINITY, .upper = INFINITY, .groups = UINT64_MAX};
    b->n_buds = 1;
    if (nodes_add(b->trees, (double)n, &b->bud[0].at) != 0)
        return LT_MEMORY;
    b->bud[0].open = may_split(b, n, 0);
    if (!b->bud[0].open)
        return LT_OK;
    b->pair[0] = (struct pair){&b->bud[0], NULL, 0, n};
    b->n_pairs = 1;
    return work_pairs(b);
}

/* The leaves of the finished tree get a value each, and are listed for the caller. */
static int list_leaves(struct booster *b)
{
    b->n_leaves = 0;
    for (size_t k = 0; k < b->n_buds; k++) {
        const struct bud *bud = &b->bud[k];
        const double none = 0;
        if (bud->open < 0)
            continue;
        struct node *nd = &b->trees->node[b->first_node + bud->at];
        if (GROW(leaf, leaf_cap, b->n_leaves + 1) != 0 || nodes_add_value(b->trees, &none, &nd->value) != 0)
            return LT_MEMORY;
        b->leaf[b->n_leaves++] =
            (struct boost_leaf){bud->at, bud->begin, bud->end, b->list[bud->list], bud->lower, bud->upper};
    }
    return nodes_end_tree(b->trees) == 0 ? LT_OK : LT_MEMORY;
}

/* Most splits of one level. */
static size_t widest(const struct booster *b, size_t n)
{
    size_t by_rows = n / (b->rules.cut.min_leaf ? 2 * b->rules.cut.min_leaf : 2) + 1;
    return by_rows < BOOST_MOST_LEAVES ? by_rows : BOOST_MOST_LEAVES;
}

int booster_grow(struct lt_ctx *ctx, struct booster *b, const struct hist_form *form, const uint64_t *word,
                 const uint32_t *rows, size_t n, const uint8_t *use, struct nodes *trees)
{
    size_t most = widest(b, n), values = trees->n_values, sets = trees->n_sets;
    int categories = trees->categories;
    size_t *which = room_new(most, sizeof *which);
    const struct bud **scratch = room_new(most, sizeof *scratch);
    b->ctx = ctx;
    b->form = form;
    b->word = word;
    b->use = use;
    b->trees = trees;
    b->first_node = trees->n;
    b->n_buds = b->n_pairs = b->n_leaves = 0;
    b->held = 0;
    memset(b->slot_used, 0, b->n_slots + WHOLE);
    for (size_t i = 0; i < n; i++)
        b->list[0][i] = rows ? rows[i] : (uint32_t)i;
    int status = which && scratch ? plant(b, n) : LT_MEMORY;
    if (status == LT_OK)
        status = b->rules.max_leaves ? grow_best_first(b, scratch) : grow_levels(b, which, scratch);
    if (status == LT_OK)
        status = list_leaves(b);
    room_free(which);
    room_free(scratch);
    if (status != LT_OK) {
        trees->n = b->first_node;
        trees->n_values = values;
        trees->n_sets = sets;
        trees->categories = categories;
    }
    return status;
}

size_t booster_leaves(const struct booster *b, const struct boost_leaf **leaf)
{
    *leaf = b->leaf;
    return b->n_leaves;
}
