/* sql_vtab: our columns as an SQLite virtual table, read in place.
 *
 * A plain query walks the rows. Joins ask again and again for the rows where a column equals something: from the
 * second time on they are answered from a hash index of that column, built then. SQLite checks every row that we
 * hand out, so the index only has to miss none: it is used for text equal to text and number equal to number. */
#include "data/sql_parts.h"

#include <math.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "data/hash.h"

struct vtab {
    sqlite3_vtab base;
    const struct sql_view *view;
};

/* Rows of a column by the hash of their value: next[] chains rows with the same head, ascending. */
struct row_index {
    int column;
    uint32_t *head, *next; /* row + 1; 0 ends */
    size_t mask;
};

struct cursor {
    sqlite3_vtab_cursor base;
    const struct table *table;
    size_t row, rows;
    struct row_index index;
    bool indexed;     /* this walk follows a chain of the index */
    int asked, times; /* which column was asked for, and how often */
};

static const struct column *declared(const struct sql_view *v, int j)
{
    return table_column(v->table, (size_t)(v->column ? v->column[j] : j));
}

/* Affinity comes from the words (INT, REAL, TEXT); the first word lets results have the type of their source. */
static const char *declared_type(const struct column *c)
{
    static const char *const names[] = {[COLUMN_F64] = "REAL",      [COLUMN_I64] = "INTEGER",
                                        [COLUMN_BOOL] = "BOOL INT", [COLUMN_CATEGORY] = "CATEGORY TEXT",
                                        [COLUMN_TEXT] = "TEXT",     [COLUMN_DATE] = "DATE TEXT",
                                        [COLUMN_TIME] = "TIME TEXT"};
    return names[column_type(c)];
}

static void add_name(struct str *sql, struct map *taken, const char *name)
{
    struct str own = STR_INIT;
    str_add(&own, name);
    for (int k = 2;; k++) {
        char *lower = mem_strdup(own.s);
        for (char *p = lower; *p; p++)
            *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
        bool free_ = !map_get(taken, lower);
        if (free_)
            map_set(taken, lower, taken);
        mem_free(lower);
        if (free_)
            break;
        str_clear(&own);
        str_printf(&own, "%s_%d", name, k);
    }
    str_addc(sql, '"');
    for (const char *p = own.s; *p; p++) {
        if (*p == '"')
            str_addc(sql, '"');
        str_addc(sql, *p);
    }
    str_addc(sql, '"');
    str_done(&own);
}

static int vtab_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out,
                        char **error)
{
    (void)argc;
    (void)argv;
    const struct sql_view *v = aux;
    struct str sql = STR_INIT;
    struct map *taken = map_new();
    str_add(&sql, "CREATE TABLE x(");
    for (size_t j = 0; j < v->n; j++) {
        const struct column *c = declared(v, (int)j);
        str_add(&sql, j ? ", " : "");
        add_name(&sql, taken, table_name(v->table, (size_t)(v->column ? v->column[j] : (int)j)));
        str_printf(&sql, " %s", declared_type(c));
    }
    if (v->n == 0)
        str_add(&sql, "\"nothing\" HIDDEN");
    str_addc(&sql, ')');
    int rc = sqlite3_declare_vtab(db, sql.s);
    if (rc != SQLITE_OK)
        *error = sqlite3_mprintf("%s", sqlite3_errmsg(db));
    map_free(taken);
    str_done(&sql);
    if (rc == SQLITE_OK) {
        struct vtab *t = mem_zero(1, sizeof *t);
        t->view = v;
        *out = &t->base;
    }
    return rc;
}

static int vtab_disconnect(sqlite3_vtab *t)
{
    mem_free(t);
    return SQLITE_OK;
}

/* The first usable equality on a column; idxNum is the column + 1. */
static int vtab_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    const struct vtab *t = (const struct vtab *)base;
    double rows = (double)table_rows(t->view->table);
    info->estimatedCost = rows + 1;
    info->estimatedRows = (sqlite3_int64)rows;
    for (int i = 0; i < info->nConstraint; i++) {
        int j = info->aConstraint[i].iColumn;
        if (!info->aConstraint[i].usable || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ || j < 0 ||
            (size_t)j >= t->view->n)
            continue;
        enum column_type type = column_type(declared(t->view, j));
        if (type == COLUMN_DATE || type == COLUMN_TIME ||
            sqlite3_stricmp(sqlite3_vtab_collation(info, i), "BINARY") != 0)
            continue;
        info->aConstraintUsage[i].argvIndex = 1;
        info->idxNum = j + 1;
        info->estimatedCost = 10 + rows / 1000;
        info->estimatedRows = 10;
        break;
    }
    return SQLITE_OK;
}

/* ---- index -------------------------------------------------------------------------------------------------- */

static void index_done(struct row_index *x)
{
    mem_bulk_free(x->head);
    mem_bulk_free(x->next);
    *x = (struct row_index){.column = -1};
}

static uint64_t number_hash(double x)
{
    uint64_t bits;
    x += 0.0; /* -0 is 0 */
    memcpy(&bits, &x, sizeof bits);
    return hash_mix(bits, 21);
}

static uint64_t value_hash(const struct column *c, size_t row)
{
    size_t n;
    const char *s;
    switch (column_type(c)) {
    case COLUMN_CATEGORY:
        s = dictionary_word(column_dictionary(c), column_codes(c)[row]);
        return hash_bytes(s, strlen(s), 22);
    case COLUMN_TEXT:
        s = column_text(c, row, &n);
        return hash_bytes(s, n, 22);
    default:
        return number_hash(column_number(c, row));
    }
}

static bool index_build(struct row_index *x, const struct column *c, int j)
{
    size_t n = column_size(c), slots = 16;
    while (slots < 2 * n)
        slots *= 2;
    index_done(x);
    x->head = mem_bulk_zero(slots, sizeof *x->head, NULL);
    x->next = x->head ? mem_bulk(n, sizeof *x->next, NULL) : NULL;
    if (!x->next) {
        index_done(x);
        return false;
    }
    x->mask = slots - 1;
    for (size_t i = n; i-- > 0;) {
        if (column_is_missing(c, i))
            continue;
        size_t slot = (size_t)value_hash(c, i) & x->mask;
        x->next[i] = x->head[slot];
        x->head[slot] = (uint32_t)i + 1;
    }
    x->column = j;
    return true;
}

/* ---- cursor ------------------------------------------------------------------------------------------------- */

static int cursor_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    struct cursor *c = mem_zero(1, sizeof *c);
    c->table = ((const struct vtab *)base)->view->table;
    c->rows = table_rows(c->table);
    c->index.column = -1;
    *out = &c->base;
    return SQLITE_OK;
}

static int cursor_close(sqlite3_vtab_cursor *base)
{
    index_done(&((struct cursor *)base)->index);
    mem_free(base);
    return SQLITE_OK;
}

static int cursor_filter(sqlite3_vtab_cursor *base, int number, const char *text, int argc, sqlite3_value **argv)
{
    (void)text;
    struct cursor *c = (struct cursor *)base;
    const struct sql_view *v = ((const struct vtab *)base->pVtab)->view;
    c->row = 0;
    c->indexed = false;
    if (!number || !argc)
        return SQLITE_OK;
    int type = sqlite3_value_type(argv[0]);
    if (type == SQLITE_NULL) {
        c->row = c->rows;
        return SQLITE_OK;
    }
    const struct column *column = declared(v, number - 1);
    bool text_column = column_type(column) == COLUMN_CATEGORY || column_type(column) == COLUMN_TEXT;
    if (text_column ? type != SQLITE_TEXT : type != SQLITE_INTEGER && type != SQLITE_FLOAT)
        return SQLITE_OK;
    c->times = c->asked == number ? c->times + 1 : 1;
    c->asked = number;
    if (c->index.column != number && (c->times < 2 || !index_build(&c->index, column, number)))
        return SQLITE_OK;
    const char *s = text_column ? (const char *)sqlite3_value_text(argv[0]) : NULL;
    uint64_t h = text_column ? hash_bytes(s ? s : "", (size_t)sqlite3_value_bytes(argv[0]), 22)
                             : number_hash(sqlite3_value_double(argv[0]));
    uint32_t head = c->index.head[(size_t)h & c->index.mask];
    c->indexed = true;
    c->row = head ? head - 1 : c->rows;
    return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
    struct cursor *c = (struct cursor *)base;
    if (!c->indexed) {
        c->row++;
        return SQLITE_OK;
    }
    uint32_t next = c->index.next[c->row];
    c->row = next ? next - 1 : c->rows;
    return SQLITE_OK;
}

static int cursor_eof(sqlite3_vtab_cursor *base)
{
    const struct cursor *c = (const struct cursor *)base;
    return c->row >= c->rows;
}

static int cursor_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((struct cursor *)base)->row + 1;
    return SQLITE_OK;
}

static void print_moment(sqlite3_context *ctx, const struct column *c, size_t row)
{
    struct str s = STR_INIT;
    column_print(c, row, &s);
    sqlite3_result_text(ctx, s.s, (int)s.len, SQLITE_TRANSIENT);
    str_done(&s);
}

static int cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *ctx, int j)
{
    const struct cursor *k = (const struct cursor *)base;
    const struct sql_view *v = ((const struct vtab *)base->pVtab)->view;
    if ((size_t)j >= v->n)
        return SQLITE_OK;
    const struct column *c = declared(v, j);
    size_t row = k->row, n;
    const char *s;
    if (column_is_missing(c, row)) {
        sqlite3_result_null(ctx);
        return SQLITE_OK;
    }
    switch (column_type(c)) {
    case COLUMN_F64:
        sqlite3_result_double(ctx, column_f64(c)[row]);
        break;
    case COLUMN_I64:
        sqlite3_result_int64(ctx, column_i64(c)[row]);
        break;
    case COLUMN_BOOL:
        sqlite3_result_int(ctx, column_bool(c)[row]);
        break;
    case COLUMN_CATEGORY:
        s = dictionary_word(column_dictionary(c), column_codes(c)[row]);
        sqlite3_result_text(ctx, s, -1, SQLITE_STATIC);
        break;
    case COLUMN_TEXT:
        s = column_text(c, row, &n);
        sqlite3_result_text64(ctx, s, n, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case COLUMN_DATE:
    case COLUMN_TIME:
        print_moment(ctx, c, row);
        break;
    }
    return SQLITE_OK;
}

static const sqlite3_module module = {
    .iVersion = 1,
    .xConnect = vtab_connect, /* no xCreate: the module's name is the table's */
    .xBestIndex = vtab_best_index,
    .xDisconnect = vtab_disconnect,
    .xOpen = cursor_open,
    .xClose = cursor_close,
    .xFilter = cursor_filter,
    .xNext = cursor_next,
    .xEof = cursor_eof,
    .xColumn = cursor_column,
    .xRowid = cursor_rowid,
};

bool sql_view_attach(sqlite3 *db, struct sql_view *v, struct err *e)
{
    int limit = sqlite3_limit(db, SQLITE_LIMIT_COLUMN, -1);
    if (!v->column)
        v->n = table_cols(v->table);
    if (v->n > (size_t)limit) {
        err_set(e, ERR_RANGE, "%s has %zu columns; SQL can see at most %d", v->name, v->n, limit);
        return err_hint(e, "select fewer columns first");
    }
    if (sqlite3_create_module_v2(db, v->name, &module, v, NULL) != SQLITE_OK)
        return err_set(e, ERR_INTERNAL, "SQLite can't take the table %s: %s", v->name, sqlite3_errmsg(db));
    return true;
}
