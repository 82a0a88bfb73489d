#include "plugins/tree/boost.h"

#include <math.h>
#include <string.h>

#include "plugins/tree/room.h"

enum {
    PART_BLOCK = 4096, /* rows that are parted in place */
    PART_ROWS = 1024,   /* of these, rows that are parted before they are summed: their codes stay in the cache */
    LEAST_SLOTS = 8,
    MOST_SLOTS = 1024,
    LEAST_BYTES = 8 << 20,  /* memory that histograms may take, unless eight of them take more: as much as the */
    MOST_BYTES = 128 << 20, /* codes, between these bounds */
    LEAST_PAIRS = 2,        /* that are summed and searched together */
    INLINE_WORK = 20000,    /* additions that are not worth a second thread */
    WHOLE = 1               /* the number of the first slot; 0 is none */
};

/* A leaf that may be split. */
struct bud {
    uint32_t at, depth;
    size_t begin, end;
    uint32_t slot; /* of its histogram; 0: none */
    int open;      /* large and shallow enough to be split */
    struct hist_sum total;
    struct cut cut;
    double lower, upper; /* of the values below */
    uint64_t groups;     /* that hold all columns asked on the way here */
};

/* A bud that is being split. Of its children `small` is summed while the rows are parted, and `large` is what remains
 * of the parent's histogram; NULL: has no children itself, so nobody asks for its sums. */
struct pair {
    const struct bud *parent; /* NULL: `small` is the root, and there is nothing to part */
    struct bud *small, *large;
    uint32_t parent_slot; /* 0: the parent kept none, both are summed */
};

/* A block of a parent's rows, which is parted in place, its left rows first. */
struct block {
    const struct bud *parent;
    size_t begin, end, n_left;
};

/* Blocks [first, end) of a pair, and where the sums of its small child go. */
struct visit {
    const struct pair *pair;
    size_t first, end;
    void *into; /* a tile; NULL: parting is all */
};

/* Rows [begin, end) of a bud, whose sums of one tile go into a tile. */
struct sum_task {
    const struct bud *bud;
    uint32_t tile;
    size_t begin, end;
    void *into;
};

/* Tiles that belong to the sums in another one. */
struct merge_task {
    void *to;
    const struct hist_cell *from; /* tile after tile */
    size_t n;
    uint32_t columns;
    int packed;
};

/* Two stretches of the list that change places: right rows among the left, and left rows among the right. */
struct swap_task {
    uint32_t *a, *b;
    size_t n;
};

struct booster {
    const struct bin_table *table;
    const struct bin_map *map;
    struct boost_rules rules;
    const struct hist_form *form;
    const uint32_t *word;
    const uint8_t *use;
    struct lt_ctx *ctx;
    struct nodes *trees;
    size_t first_node;

    uint32_t *list; /* of rows; each bud owns a stretch */
    size_t list_cap;
    uint32_t *spare; /* PART_BLOCK a worker */
    void **slot;     /* tiles x HIST_TILE wide cells, or as many packed ones in front */
    uint8_t *slot_used;
    uint32_t n_slots, held, workers;
    uint64_t *scratch;      /* a packed tile a worker */
    struct hist_cell *part; /* tiles for the parts of nodes that several tasks sum */
    size_t n_parts, part_cap;

    struct bud *bud; /* leaves of the growing tree, in the order of their making */
    size_t n_buds, bud_cap;
    struct pair *pair;
    size_t n_pairs, n_summed, pair_cap;
    struct block *block;
    size_t n_blocks, block_cap;
    struct visit *visit;
    size_t n_visits, visit_cap;
    struct swap_task *swap;
    size_t n_swaps, swap_cap;
    struct sum_task *sum;
    size_t n_sums, sum_cap;
    struct merge_task *merge;
    size_t n_merges, merge_cap;
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
    size_t bytes = table->n * table->tiles * table->step;
    bytes = bytes < LEAST_BYTES ? LEAST_BYTES : bytes > MOST_BYTES ? MOST_BYTES : bytes;
    size_t slots = bytes / slot_bytes(b);
    b->n_slots = (uint32_t)(slots < LEAST_SLOTS ? LEAST_SLOTS : slots > MOST_SLOTS ? MOST_SLOTS : slots);
    b->slot = room_zero(b->n_slots + WHOLE, sizeof *b->slot);
    b->slot_used = room_zero(b->n_slots + WHOLE, 1);
    b->spare = room_new(b->workers, PART_BLOCK * sizeof *b->spare);
    b->scratch = room_new(b->workers, HIST_TILE * sizeof *b->scratch);
    if (b->slot && b->slot_used && GROW(list, list_cap, table->n) == 0 && b->spare && b->scratch)
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
    room_free(b->list);
    room_free(b->spare);
    room_free(b->scratch);
    room_free(b->part);
    room_free(b->bud);
    room_free(b->pair);
    room_free(b->block);
    room_free(b->visit);
    room_free(b->swap);
    room_free(b->sum);
    room_free(b->merge);
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

static int bud_packed(const struct booster *b, const struct bud *bud)
{
    return is_packed(b, bud->end - bud->begin);
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

/* ---- parting rows ------------------------------------------------------------------------------------------- */

/* Which side the rows of one bud go to. */
struct side {
    const uint8_t *code; /* of row 0 */
    const uint32_t *word;
    size_t step;
    uint8_t shift, limit;
    const struct level_set *set;
};

static struct side side_of(const struct booster *b, const struct bud *bud)
{
    uint8_t shift = (uint8_t)(bud->cut.missing_right != 0);
    return (struct side){(const uint8_t *)b->table->rows + bin_place(b->table, 0, bud->cut.feature),
                         b->word,
                         b->table->step,
                         shift,
                         (uint8_t)(bud->cut.code - shift),
                         bud->cut.category ? &bud->cut.set : NULL};
}

NUM_INLINE size_t goes_left(const struct side *s, int category, uint32_t row)
{
    uint8_t code = s->code[row * s->step];
    return category ? set_has(s->set, code) : (uint8_t)(code - s->shift) <= s->limit;
}

/* Left rows go up from `left`, right rows from `right`, without a branch, which would be a coin toss. more: rows that
 * come after these n. */
NUM_INLINE size_t part(struct side s, int category, const uint32_t *from, size_t n, size_t more, uint32_t *left,
                       uint32_t *right)
{
    enum { AHEAD = 32 };
    size_t n_left = 0, n_right = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t ahead = from[i + AHEAD < n + more ? i + AHEAD : i];
        __builtin_prefetch(s.code + ahead * s.step);
        __builtin_prefetch(s.word + ahead);
        uint32_t row = from[i];
        size_t is_left = goes_left(&s, category, row);
        right[n_right] = left[n_left] = row;
        n_left += is_left;
        n_right += 1 - is_left;
    }
    return n_left;
}

static struct hist_tile hist_tile(const struct booster *b, uint32_t tile)
{
    return (struct hist_tile){(const uint8_t *)b->table->rows + bin_place(b->table, 0, (size_t)tile * BIN_TILE),
                              b->table->step, tile_columns(b, tile)};
}

/* Sums that grow: packed ones until their fields are full, then they go on into wide cells. */
struct sums {
    struct hist_tile tile;
    uint64_t *cell;
    struct hist_cell *wide; /* NULL: they will never be full */
    size_t filled;
};

/* Sums of one worker, into a tile that is packed or wide. */
static struct sums sums_begin(const struct booster *b, uint32_t tile, void *into, int packed, unsigned worker)
{
    struct sums s = {hist_tile(b, tile), into, NULL, 0};
    size_t used = hist_used(s.tile.columns);
    if (!packed) {
        s.wide = into;
        memset(s.wide, 0, used * sizeof *s.wide);
        s.cell = b->scratch + (size_t)worker * HIST_TILE;
    }
    memset(s.cell, 0, used * sizeof *s.cell);
    return s;
}

static void sums_flush(const struct booster *b, struct sums *s)
{
    if (s->wide && s->filled)
        hist_flush(b->form, s->tile.columns, s->cell, s->wide);
    s->filled = 0;
}

/* At most `flush` rows, and those that come next. */
static void sums_add(const struct booster *b, struct sums *s, const uint32_t *rows, size_t n, const uint32_t *next,
                     size_t n_next)
{
    if (s->filled + n > b->form->flush)
        sums_flush(b, s);
    hist_add_rows(b->form, s->tile, rows, n, next, n_next < PART_ROWS ? n_next : PART_ROWS, b->word, s->cell);
    s->filled += n;
}

/* Parts a block a little at a time, and sums what goes to the small child while its codes are at hand. */
static void part_block(const struct booster *b, struct block *k, int small_is_left, struct sums *sums,
                       uint32_t *spare)
{
    struct side side = side_of(b, k->parent);
    uint32_t *rows = b->list + k->begin;
    size_t n = k->end - k->begin, n_left = 0, n_right = 0;
    for (size_t at = 0; at < n; at += PART_ROWS) {
        size_t m = n - at < PART_ROWS ? n - at : PART_ROWS;
        uint32_t *left = rows + n_left, *right = spare + n_right;
        size_t go_left = side.set ? part(side, 1, rows + at, m, n - at - m, left, right)
                                  : part(side, 0, rows + at, m, n - at - m, left, right);
        n_left += go_left;
        n_right += m - go_left;
        if (sums)
            sums_add(b, sums, small_is_left ? left : right, small_is_left ? go_left : m - go_left, rows + at + m,
                     n - at - m);
    }
    memcpy(rows + n_left, spare, n_right * sizeof *rows);
    k->n_left = n_left;
}

static void visit_blocks(void *arg, size_t i, unsigned worker)
{
    struct booster *b = arg;
    const struct visit *v = &b->visit[i];
    const struct bud *small = v->pair->small;
    int small_is_left = small && small->begin == v->pair->parent->begin;
    struct sums sums;
    if (b->ctx->cancelled(b->ctx))
        return;
    if (v->into)
        sums = sums_begin(b, 0, v->into, bud_packed(b, small), worker);
    for (size_t k = v->first; k < v->end; k++)
        part_block(b, &b->block[k], small_is_left, v->into ? &sums : NULL, b->spare + (size_t)worker * PART_BLOCK);
    if (v->into)
        sums_flush(b, &sums);
}

static void swap_rows(void *arg, size_t i, unsigned worker)
{
    const struct booster *b = arg;
    struct swap_task t = b->swap[i];
    (void)worker;
    for (size_t k = 0; k < t.n; k++) {
        uint32_t row = t.a[k];
        t.a[k] = t.b[k];
        t.b[k] = row;
    }
}

/* The n parted blocks of one bud: what lies on the wrong side of its middle is swapped, in order. */
static int plan_swaps(struct booster *b, const struct block *block, size_t n)
{
    size_t middle = block->parent->begin + block->parent->cut.n_left, x = 0, y = 0, at_x = 0, at_y = 0;
    if (GROW(swap, swap_cap, b->n_swaps + 2 * n) != 0)
        return -1;
    for (;;) {
        size_t end_x = 0, end_y = 0;
        for (; x < n; x++) { /* right rows before the middle */
            size_t begin = block[x].begin + block[x].n_left;
            end_x = block[x].end < middle ? block[x].end : middle;
            at_x = at_x > begin ? at_x : begin;
            if (at_x < end_x)
                break;
        }
        for (; y < n; y++) { /* left rows after it */
            size_t begin = block[y].begin > middle ? block[y].begin : middle;
            end_y = block[y].begin + block[y].n_left;
            at_y = at_y > begin ? at_y : begin;
            if (at_y < end_y)
                break;
        }
        if (x == n || y == n)
            return 0;
        size_t m = end_x - at_x < end_y - at_y ? end_x - at_x : end_y - at_y;
        b->swap[b->n_swaps++] = (struct swap_task){b->list + at_x, b->list + at_y, m};
        at_x += m;
        at_y += m;
    }
}

/* ---- summing ------------------------------------------------------------------------------------------------ */

static void sum_rows(void *arg, size_t i, unsigned worker)
{
    struct booster *b = arg;
    const struct sum_task *t = &b->sum[i];
    struct sums sums = sums_begin(b, t->tile, t->into, bud_packed(b, t->bud), worker);
    for (size_t at = t->begin; at < t->end && !(at % PART_BLOCK < PART_ROWS && b->ctx->cancelled(b->ctx));
         at += PART_ROWS) {
        size_t n = t->end - at < PART_ROWS ? t->end - at : PART_ROWS;
        sums_add(b, &sums, b->list + at, n, b->list + at + n, t->end - at - n);
    }
    sums_flush(b, &sums);
}

static void merge_sums(void *arg, size_t i, unsigned worker)
{
    const struct booster *b = arg;
    const struct merge_task *t = &b->merge[i];
    (void)worker;
    for (size_t k = 0; k < t->n; k++)
        hist_add_tile(t->columns, t->from + k * HIST_TILE, t->packed, t->to);
}

static size_t blocks_of(const struct bud *bud)
{
    return (bud->end - bud->begin + PART_BLOCK - 1) / PART_BLOCK;
}

/* In how many parts a bud is summed: enough for all threads when few buds are there. */
static size_t parts_of(const struct booster *b, const struct bud *bud, size_t sums)
{
    size_t blocks = blocks_of(bud), wanted = (2 * b->workers + sums - 1) / sums;
    return wanted < blocks ? wanted : blocks;
}

/* A bud's sums of one tile come in so many parts: the first goes where all belong. */
static void *part_tile(struct booster *b, const struct bud *bud, uint32_t tile, size_t part, size_t parts)
{
    int packed = bud_packed(b, bud);
    void *to = slot_tile(b, bud->slot, packed, tile);
    if (part == 0)
        return to;
    if (part == 1)
        b->merge[b->n_merges++] =
            (struct merge_task){to, b->part + b->n_parts * HIST_TILE, parts - 1, tile_columns(b, tile), packed};
    return b->part + b->n_parts++ * HIST_TILE;
}

static int plan_visits(struct booster *b, const struct pair *p, int sums, size_t parts)
{
    const struct bud *parent = p->parent;
    size_t blocks = blocks_of(parent);
    if (GROW(block, block_cap, b->n_blocks + blocks) != 0 || GROW(visit, visit_cap, b->n_visits + parts) != 0 ||
        GROW(merge, merge_cap, b->n_merges + 1) != 0)
        return -1;
    for (size_t k = 0; k < parts; k++)
        b->visit[b->n_visits++] =
            (struct visit){p, b->n_blocks + blocks * k / parts, b->n_blocks + blocks * (k + 1) / parts,
                           sums ? part_tile(b, p->small, 0, k, parts) : NULL};
    for (size_t at = parent->begin; at < parent->end; at += PART_BLOCK)
        b->block[b->n_blocks++] =
            (struct block){parent, at, at + PART_BLOCK < parent->end ? at + PART_BLOCK : parent->end, 0};
    return 0;
}

static int plan_sums(struct booster *b, const struct bud *bud, size_t parts)
{
    size_t rows = bud->end - bud->begin, tiles = b->table->tiles;
    if (GROW(sum, sum_cap, b->n_sums + tiles * parts) != 0 || GROW(merge, merge_cap, b->n_merges + tiles) != 0)
        return -1;
    for (uint32_t tile = 0; tile < tiles; tile++)
        for (size_t k = 0; k < parts; k++)
            b->sum[b->n_sums++] =
                (struct sum_task){bud, tile, bud->begin + rows * k / parts, bud->begin + rows * (k + 1) / parts,
                                  part_tile(b, bud, tile, k, parts)};
    return 0;
}

/* ---- searching ---------------------------------------------------------------------------------------------- */

static void search_tile(const struct booster *b, const struct bud *bud, uint32_t tile, struct cut *best)
{
    int packed = bud_packed(b, bud);
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
    if (p->small == NULL)
        return;
    if (p->large && p->parent_slot) {
        int whole = bud_packed(b, p->parent), small = bud_packed(b, p->small);
        hist_subtract(b->form, (size_t)tile_columns(b, tile) * HIST_STRIDE,
                      slot_tile(b, p->large->slot, whole, tile), whole, slot_tile(b, p->small->slot, small, tile),
                      small, bud_packed(b, p->large));
    }
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

/* A searched bud keeps its histogram if its children may be split, as long as half of the memory is left. */
static void settle(struct booster *b, struct bud *bud)
{
    if (bud->slot == 0)
        return;
    if (bud->cut.found && bud->depth + 1 < b->rules.max_depth && b->held < b->n_slots / 2) {
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
    return p->parent_slot && (b->table->tiles == 1 || bud_packed(b, p->parent) == bud_packed(b, p->large));
}

/* A place for the sums of both children. */
static int take_slots(struct booster *b, struct pair *p)
{
    if (p->large && p->parent_slot) {
        p->large->slot = p->parent_slot;
        if (!parent_serves(b, p))
            p->parent_slot = 0;
    } else if (p->large)
        p->large->slot = slot_take(b);
    p->small->slot = slot_take(b);
    return p->small->slot == 0 || (p->large && p->large->slot == 0) ? -1 : 0;
}

/* What there is to do for pairs [0, n_pairs). With one tile of columns a small child is summed while its parent is
 * parted, else afterwards. */
static int plan_pairs(struct booster *b)
{
    size_t sums = 0, tiles = b->table->tiles, parts = 0;
    b->n_blocks = b->n_visits = b->n_swaps = b->n_sums = b->n_merges = b->n_parts = 0;
    for (size_t k = 0; k < b->n_pairs; k++) {
        struct pair *p = &b->pair[k];
        if (p->small && take_slots(b, p) != 0)
            return -1;
        sums += p->small ? tiles * (p->large && !p->parent_slot ? 2 : 1) : 0;
    }
    for (size_t k = 0; k < b->n_pairs && sums; k++) {
        const struct pair *p = &b->pair[k];
        if (p->small)
            parts += tiles * parts_of(b, p->parent ? p->parent : p->small, sums);
        if (p->large && !p->parent_slot)
            parts += tiles * parts_of(b, p->large, sums);
    }
    if (room_grow((void **)&b->part, &b->part_cap, parts + 1, HIST_TILE * sizeof *b->part) != 0)
        return -1;
    for (size_t k = 0; k < b->n_pairs; k++) {
        const struct pair *p = &b->pair[k];
        int together = p->small && p->parent && tiles == 1;
        if (p->parent &&
            plan_visits(b, p, together, together ? parts_of(b, p->parent, sums) : blocks_of(p->parent)) != 0)
            return -1;
        if (p->small && !together && plan_sums(b, p->small, parts_of(b, p->small, sums)) != 0)
            return -1;
        if (p->large && !p->parent_slot && plan_sums(b, p->large, parts_of(b, p->large, sums)) != 0)
            return -1;
    }
    return 0;
}

/* How many additions the plan asks for, at most. */
static size_t work_of(const struct booster *b)
{
    size_t work = 0;
    for (size_t k = 0; k < b->n_pairs; k++) {
        const struct pair *p = &b->pair[k];
        work += p->parent ? p->parent->end - p->parent->begin : 0;
        work += p->small ? (p->small->end - p->small->begin) * b->table->p : 0;
    }
    return work;
}

/* Parts the parents' rows, and sums and searches the children of pairs [0, n_pairs). */
static int work_pairs(struct booster *b)
{
    size_t tiles = b->table->tiles;
    if (plan_pairs(b) != 0 || GROW(cut, cut_cap, 2 * b->n_pairs * tiles) != 0)
        return LT_MEMORY;
    size_t work = work_of(b);
    spread(b, b->n_visits, work, visit_blocks);
    if (b->ctx->cancelled(b->ctx))
        return LT_CANCELLED;
    for (size_t k = 0, n; k < b->n_blocks; k += n) {
        n = blocks_of(b->block[k].parent);
        if (n > 1 && plan_swaps(b, b->block + k, n) != 0)
            return LT_MEMORY;
    }
    spread(b, b->n_swaps, INLINE_WORK, swap_rows);
    spread(b, b->n_sums, work, sum_rows);
    spread(b, b->n_merges, INLINE_WORK, merge_sums);
    if (b->ctx->cancelled(b->ctx))
        return LT_CANCELLED;
    spread(b, b->n_pairs * tiles, b->n_pairs * tiles * INLINE_WORK / 2, search_task);
    for (size_t k = 0; k < b->n_pairs; k++) {
        struct pair *p = &b->pair[k];
        if (p->small) {
            take_best(b, k, 0, p->small);
            settle(b, p->small);
        }
        if (p->large) {
            take_best(b, k, 1, p->large);
            settle(b, p->large);
        }
    }
    b->n_pairs = b->n_summed = 0;
    return b->ctx->cancelled(b->ctx) ? LT_CANCELLED : LT_OK;
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
    *left = (struct bud){.depth = bud->depth + 1, .begin = bud->begin, .end = middle};
    *right = (struct bud){.depth = bud->depth + 1, .begin = middle, .end = bud->end};
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

/* Queues the parting of a bud, and the summing of its children as far as they may be split themselves. */
static int queue_pair(struct booster *b, struct bud *parent, struct bud *left, struct bud *right)
{
    struct bud *small = left->end - left->begin <= right->end - right->begin ? left : right;
    struct bud *large = small == left ? right : left;
    uint32_t slot = parent->slot;
    if (!large->open) {
        drop_slot(b, parent);
        slot = 0;
        large = NULL;
    }
    if (!left->open && !right->open)
        small = NULL;
    if (GROW(pair, pair_cap, b->n_pairs + 1) != 0)
        return -1;
    b->held -= slot != 0;
    parent->slot = 0;
    b->pair[b->n_pairs++] = (struct pair){parent, small, large, slot};
    b->n_summed += small != NULL;
    return 0;
}

/* Enough for all threads, but no more: each needs memory for another histogram. */
static size_t pairs_at_once(const struct booster *b)
{
    size_t wanted = b->workers > LEAST_PAIRS ? b->workers : LEAST_PAIRS;
    return wanted < b->n_slots / 4 ? wanted : b->n_slots / 4;
}

/* Splits the buds numbered `which`, which become leaves of the past; their children are added to the buds. */
static int split_buds(struct booster *b, const size_t *which, size_t n)
{
    int status = LT_OK;
    size_t first = b->n_buds;
    if (GROW(bud, bud_cap, b->n_buds + 2 * n) != 0)
        return LT_MEMORY;
    for (size_t k = 0; k < n; k++, b->n_buds += 2)
        if (split_bud(b, &b->bud[which[k]], &b->bud[first + 2 * k], &b->bud[first + 2 * k + 1]) != 0)
            return LT_MEMORY;
    for (size_t k = 0; k < n && status == LT_OK; k++) {
        if (queue_pair(b, &b->bud[which[k]], &b->bud[first + 2 * k], &b->bud[first + 2 * k + 1]) != 0)
            return LT_MEMORY;
        b->bud[which[k]].open = -1; /* no longer a leaf */
        if (b->n_summed >= pairs_at_once(b))
            status = work_pairs(b);
    }
    return status == LT_OK && b->n_pairs ? work_pairs(b) : status;
}

static int grow_levels(struct booster *b, size_t *which)
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
            status = split_buds(b, which, n);
    }
    return status;
}

static int grow_best_first(struct booster *b)
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
        status = split_buds(b, &best, 1);
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
    b->pair[0] = (struct pair){NULL, &b->bud[0], NULL, 0};
    b->n_pairs = b->n_summed = 1;
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
            (struct boost_leaf){bud->at, bud->begin, bud->end, b->list, bud->lower, bud->upper};
    }
    return nodes_end_tree(b->trees) == 0 ? LT_OK : LT_MEMORY;
}

/* Most splits of one level. */
static size_t widest(const struct booster *b, size_t n)
{
    size_t by_rows = n / (b->rules.cut.min_leaf ? 2 * b->rules.cut.min_leaf : 2) + 1;
    return by_rows < BOOST_MOST_LEAVES ? by_rows : BOOST_MOST_LEAVES;
}

int booster_grow(struct lt_ctx *ctx, struct booster *b, const struct hist_form *form, const uint32_t *word,
                 const uint32_t *rows, size_t n, const uint8_t *use, struct nodes *trees)
{
    size_t most = widest(b, n), values = trees->n_values, sets = trees->n_sets;
    int categories = trees->categories;
    size_t *which = room_new(most, sizeof *which);
    b->ctx = ctx;
    b->form = form;
    b->word = word;
    b->use = use;
    b->trees = trees;
    b->first_node = trees->n;
    b->n_buds = b->n_pairs = b->n_summed = b->n_leaves = 0;
    b->held = 0;
    memset(b->slot_used, 0, b->n_slots + WHOLE);
    for (size_t i = 0; i < n; i++)
        b->list[i] = rows ? rows[i] : (uint32_t)i;
    int status = which ? plant(b, n) : LT_MEMORY;
    if (status == LT_OK)
        status = b->rules.max_leaves ? grow_best_first(b) : grow_levels(b, which);
    if (status == LT_OK)
        status = list_leaves(b);
    room_free(which);
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
