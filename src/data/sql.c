/* sql: a connection that sees our tables and nothing else, one statement, and words for what goes wrong. */
#include "data/sql_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"

#define MOST_BYTES (256 << 20) /* of one value */
#define MOST_SQL (1 << 20)     /* of the query */
#define STEPS_PER_LOOK 20000   /* of SQLite's machine, between looks at the cancel flag */

/* One call: the connection, what it may see, and the text that the user wrote within the SQL. */
struct call {
    sqlite3 *db;
    struct sql_view *view;
    size_t n;
    const char *user; /* what errors are about */
    size_t before;    /* bytes of ours before it in the SQL */
    const char *what; /* "query" or "expression" */
    struct progress *progress;
    char *denied; /* what the authoriser refused */
    struct err *err;
};

/* ---- what is allowed ---------------------------------------------------------------------------------------- */

static int authorise(void *arg, int action, const char *a, const char *b, const char *database,
                     const char *trigger)
{
    (void)a;
    (void)database;
    (void)trigger;
    struct call *c = arg;
    static const char *const refused[] = {"load_extension", "random", "randomblob", "fts3_tokenizer"};
    const char *denied = NULL;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        for (size_t i = 0; b && i < sizeof refused / sizeof *refused; i++)
            if (str_eq_nocase(b, refused[i]))
                denied = b;
        if (!denied)
            return SQLITE_OK;
        break;
    case SQLITE_PRAGMA:
        denied = "pragma";
        break;
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
        denied = "attach";
        break;
    default:
        denied = "change";
    }
    if (!c->denied)
        c->denied = mem_strdup(denied);
    return SQLITE_DENY;
}

static int look_at_cancel(void *arg)
{
    return progress_cancelled(((struct call *)arg)->progress);
}

/* ---- errors ------------------------------------------------------------------------------------------------- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Underlines the word that SQLite stumbled over; its place in the user's text, or -1. */
static long mark_word(struct call *c)
{
    long at = -1;
#if SQLITE_VERSION_NUMBER >= 3038000
    int offset = sqlite3_error_offset(c->db);
    if (offset >= 0 && (size_t)offset >= c->before && (size_t)offset - c->before < strlen(c->user))
        at = (long)((size_t)offset - c->before);
#endif
    if (at < 0 || !c->err)
        return at;
    const char *s = c->user + at;
    size_t n = 1;
    if (*s == '"' || *s == '\'' || *s == '`') {
        const char *end = strchr(s + 1, *s);
        n = end ? (size_t)(end - s) + 1 : strlen(s);
    } else {
        while (is_word(s[0]) && is_word(s[n]))
            n++;
    }
    c->err->from = (int)at;
    c->err->to = (int)(at + (long)n);
    return at;
}

static bool suggest_column(struct call *c, const char *name, long at)
{
    VEC(const char *) names = {0};
    const char *dot = strrchr(name, '.'), *bare = dot ? dot + 1 : name;
    for (size_t k = 0; k < c->n; k++)
        for (size_t j = 0; j < table_cols(c->view[k].table); j++)
            vec_push(&names, table_name(c->view[k].table, j));
    err_set(c->err, ERR_NOT_FOUND, "no column '%s'", bare);
    err_suggest(c->err, bare, names.v, (int)names.n);
    int near = 3;
    for (size_t j = 0; j < names.n; j++) {
        int d = str_distance(bare, names.v[j], near);
        near = d < near ? d : near;
    }
    if (at >= 0 && c->user[at] == '"' && near > 2)
        err_hint(c->err, "double quotes hold the name of a column; text goes in single quotes: '%s'", bare);
    vec_done(&names);
    return false;
}

static bool denied_error(struct call *c)
{
    static const struct {
        const char *what, *text, *hint;
    } words[] = {
        {"random", "random numbers in SQL can't be repeated", "'sample' and 'split' draw rows with a seed"},
        {"randomblob", "random numbers in SQL can't be repeated", "'sample' and 'split' draw rows with a seed"},
        {"pragma", "SQL here may read tables and nothing else: PRAGMA is refused", NULL},
        {"attach", "SQL here may read tables and nothing else: other databases are refused", "'load' reads files"},
        {"change", "SQL here may read tables and not change them",
         "tables never change: 'mutate', 'filter' and 'sql select …' make new ones"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_nocase(c->denied, words[i].what)) {
            err_set(c->err, ERR_INPUT, "%s", words[i].text);
            return words[i].hint ? err_hint(c->err, "%s", words[i].hint) : false;
        }
    return err_set(c->err, ERR_INPUT, "the function %s is refused here", c->denied);
}

/* SQLite's words as a sentence. */
static bool sql_error(struct call *c, int rc)
{
    if (rc == SQLITE_INTERRUPT || progress_cancelled(c->progress))
        return err_set(c->err, ERR_CANCELLED, "the %s was cancelled", c->what);
    if (rc == SQLITE_NOMEM)
        return err_set(c->err, ERR_MEMORY, "not enough memory for the %s", c->what);
    char *said = mem_strdup(sqlite3_errmsg(c->db));
    if (!c->denied && str_ends(said, "may not be modified"))
        c->denied = mem_strdup("change");
    if (c->denied) {
        mem_free(said);
        return denied_error(c);
    }
    static const char column[] = "no such column: ", table[] = "no such table: ",
                      function[] = "no such function: ";
    struct err mark = ERR_INIT, *e = c->err;
    c->err = &mark; /* err_set starts afresh; the mark is put back after it */
    long at = mark_word(c);
    c->err = e;
    char token[80] = "";
    if (str_starts(said, column)) {
        suggest_column(c, said + sizeof column - 1, at);
    } else if (str_starts(said, table)) {
        const char *name = said + sizeof table - 1;
        VEC(const char *) names = {0};
        for (size_t k = 0; k < c->n; k++)
            vec_push(&names, c->view[k].name);
        err_set(e, ERR_NOT_FOUND, "no table '%s'", name);
        err_suggest(e, name, names.v, (int)names.n);
        vec_done(&names);
    } else if (str_starts(said, function)) {
        int n;
        const char *const *names = sql_function_names(&n);
        err_set(e, ERR_NOT_FOUND, "no function '%s'", said + sizeof function - 1);
        err_suggest(e, said + sizeof function - 1, names, n);
    } else if (sscanf(said, "near \"%79[^\n]", token) == 1 && str_ends(said, "syntax error")) {
        char *end = strstr(token, "\": syntax");
        if (end)
            *end = 0;
        bool ours = str_eq(token, ")") && !strchr(c->user, ')'); /* the one that was put around it */
        if (ours)
            err_set(e, ERR_INPUT, "the %s ends too early", c->what);
        else
            err_set(e, ERR_INPUT, "the %s can't be understood near '%s'", c->what, token);
        if (ours)
            err_hint(e, "something is missing after the last sign, for example: age > 30");
        else if (strstr(c->user, "&&"))
            err_hint(e, "SQL writes 'and', 'or' and 'not'");
        else
            err_hint(e, "text goes in single quotes, odd column names in double quotes");
    } else if (str_starts(said, "incomplete input")) {
        err_set(e, ERR_INPUT, "the %s ends too early", c->what);
    } else if (str_starts(said, "unrecognized token")) {
        err_set(e, ERR_INPUT, "the %s can't be understood: %s", c->what, said);
        err_hint(e, "text goes in single quotes, and a quote in it is written twice: 'don''t'");
    } else {
        err_set(e, ERR_INPUT, "the %s fails: %s", c->what, said);
        if (strstr(said, "misuse of aggregate"))
            err_hint(e, "'over ()' behind it gives the value of the whole table in each row: avg(x) over ()");
    }
    if (e) {
        e->from = mark.from;
        e->to = mark.to;
    }
    mem_free(said);
    return false;
}

/* ---- the connection ----------------------------------------------------------------------------------------- */

static void call_close(struct call *c)
{
    sqlite3_close(c->db);
    for (size_t k = 0; k < c->n; k++)
        mem_free(c->view[k].column);
    mem_free(c->view);
    mem_free(c->denied);
}

static bool mentions(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (; *text; text++)
        if (sqlite3_strnicmp(text, name, (int)n) == 0)
            return true;
    return false;
}

/* Of very wide tables an expression sees the columns that it names; SQLite has a limit. */
static void choose_columns(struct call *c, struct sql_view *v)
{
    size_t cols = table_cols(v->table);
    if (!str_eq(c->what, "expression") || cols <= (size_t)sqlite3_limit(c->db, SQLITE_LIMIT_COLUMN, -1))
        return;
    v->column = mem_zero(cols, sizeof *v->column);
    for (size_t j = 0; j < cols; j++)
        if (mentions(c->user, table_name(v->table, j)))
            v->column[v->n++] = (int)j;
}

/* SQLite connects a table when it is first named; doing so before the authoriser is set lets that refuse all
 * else. */
static bool connect_view(struct call *c, struct sql_view *v)
{
    char *sql = sqlite3_mprintf("SELECT 1 FROM \"%w\"", v->name);
    sqlite3_stmt *s = NULL;
    bool ok = sql && sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) == SQLITE_OK;
    if (!ok)
        err_set(c->err, ERR_INTERNAL, "SQLite can't take the table %s: %s", v->name, sqlite3_errmsg(c->db));
    sqlite3_finalize(s);
    sqlite3_free(sql);
    return ok;
}

static bool call_open(struct call *c, const struct sql_source *sources, size_t n)
{
    c->view = mem_zero(n + 1, sizeof *c->view);
    int rc = sqlite3_open_v2(":memory:", &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
                             NULL);
    if (rc != SQLITE_OK)
        return err_set(c->err, ERR_MEMORY, "SQLite can't be started: %s", sqlite3_errstr(rc));
    sqlite3_exec(c->db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL); /* big sorts stay out of files */
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, MOST_BYTES);
    sqlite3_limit(c->db, SQLITE_LIMIT_SQL_LENGTH, MOST_SQL);
    sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, 0);
    if (!sql_functions_add(c->db))
        return err_set(c->err, ERR_INTERNAL, "SQLite refuses a function: %s", sqlite3_errmsg(c->db));
    for (size_t k = 0; k < n; k++, c->n++) {
        c->view[k].name = sources[k].name;
        c->view[k].table = sources[k].table;
        choose_columns(c, &c->view[k]);
        if (!sql_view_attach(c->db, &c->view[k], c->err) || !connect_view(c, &c->view[k]))
            return false;
    }
    sqlite3_set_authorizer(c->db, authorise, c);
    if (c->progress)
        sqlite3_progress_handler(c->db, STEPS_PER_LOOK, look_at_cancel, c);
    return true;
}

static bool only_blanks(const char *s)
{
    while (isspace((unsigned char)*s) || *s == ';')
        s++;
    return *s == 0;
}

/* One statement that reads. */
static sqlite3_stmt *call_prepare(struct call *c, const char *sql)
{
    sqlite3_stmt *s = NULL;
    const char *tail;
    if (strlen(sql) > MOST_SQL) {
        err_set(c->err, ERR_RANGE, "the %s is too long", c->what);
        return NULL;
    }
    int rc = sqlite3_prepare_v2(c->db, sql, -1, &s, &tail);
    if (rc != SQLITE_OK) {
        sql_error(c, rc);
        return NULL;
    }
    const char *wrong = !s                   ? "is empty"
                        : !only_blanks(tail) ? "holds more than one statement"
                        : sqlite3_column_count(s) == 0 || !sqlite3_stmt_readonly(s) ? "does not select anything"
                                                                                    : NULL;
    if (!wrong)
        return s;
    sqlite3_finalize(s);
    err_set(c->err, ERR_INPUT, "the %s %s", c->what, wrong);
    err_hint(c->err, "one 'select … from …' is what can be run");
    return NULL;
}

/* ---- queries ------------------------------------------------------------------------------------------------ */

static struct table *result_table(struct call *c, sqlite3_stmt *s, struct sql_result *r, size_t rows)
{
    struct table_builder *b = table_builder_new(rows, "sql");
    for (int j = 0; j < sqlite3_column_count(s); j++) {
        struct column *column = sql_result_column(r, (size_t)j, rows, sqlite3_column_decltype(s, j), c->err);
        if (!column) {
            table_builder_free(b);
            return NULL;
        }
        table_builder_add(b, sqlite3_column_name(s, j), column);
    }
    return table_builder_done(b);
}

static struct table *run_query(struct call *c, sqlite3_stmt *s)
{
    size_t columns = (size_t)sqlite3_column_count(s), rows = 0;
    struct sql_result *r = sql_result_new(columns);
    struct table *t = NULL;
    bool ok = true;
    int rc;
    while (ok && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        for (size_t j = 0; j < columns && ok; j++)
            ok = sql_result_put(r, j, rows, s, (int)j, c->err);
        if (++rows >= UINT32_MAX - 1)
            ok = err_set(c->err, ERR_RANGE, "the result has more rows than a table can hold");
    }
    if (ok && rc != SQLITE_DONE)
        sql_error(c, rc);
    else if (ok)
        t = result_table(c, s, r, rows);
    sql_result_free(r);
    return t;
}

struct table *sql_query(const struct sql_source *sources, size_t n, const char *query, struct progress *p,
                        struct err *e)
{
    struct call c = {.user = query, .what = "query", .progress = p, .err = e};
    struct table *t = NULL;
    sqlite3_stmt *s = call_open(&c, sources, n) ? call_prepare(&c, query) : NULL;
    if (s)
        t = run_query(&c, s);
    sqlite3_finalize(s);
    call_close(&c);
    return t;
}

/* ---- expressions -------------------------------------------------------------------------------------------- */

static bool at_fault(struct err *e, const char *text, const char *at, const char *what, const char *hint)
{
    err_set(e, ERR_INPUT, "the expression has %s", what);
    if (e) {
        e->from = (int)(at - text);
        e->to = e->from + 1;
    }
    return hint ? err_hint(e, "%s", hint) : false;
}

/* An expression is put between our words and parentheses, so it may not close one that it did not open, nor end
 * the statement. Quotes and comments are skipped as SQLite does. */
static bool expression_whole(const char *text, struct err *e)
{
    int depth = 0;
    const char *opened = text;
    if (only_blanks(text)) {
        err_set(e, ERR_INPUT, "the expression is empty");
        return err_hint(e, "for example: age > 30 and sex = 'female'");
    }
    for (const char *p = text; *p; p++) {
        if (strchr("'\"`[", *p)) {
            const char *end = strchr(p + 1, *p == '[' ? ']' : *p);
            if (!end)
                return at_fault(e, text, p, "a quote that is never closed",
                                "a quote in a text is written twice: 'don''t'");
            p = end;
        } else if (p[0] == '-' && p[1] == '-') {
            p = strchr(p, '\n');
            if (!p)
                break;
        } else if (p[0] == '/' && p[1] == '*') {
            const char *end = strstr(p + 2, "*/");
            if (!end)
                return at_fault(e, text, p, "a comment that is never closed", NULL);
            p = end + 1;
        } else if (*p == ';') {
            return at_fault(e, text, p, "a ';' in it", "one expression is what is wanted here");
        } else if (*p == '(') {
            if (depth++ == 0)
                opened = p;
        } else if (*p == ')' && depth-- == 0) {
            return at_fault(e, text, p, "a ')' without a '('", NULL);
        }
    }
    return depth == 0 || at_fault(e, text, opened, "a '(' without a ')'", NULL);
}

/* What SQLite calls the row number, where no column has taken that name. */
static const char *rowid_name(const struct table *t)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool taken = false;
        for (size_t j = 0; j < table_cols(t); j++)
            taken = taken || str_eq_nocase(table_name(t, j), names[i]);
        if (!taken)
            return names[i];
    }
    return NULL;
}

/* Prepares "select row number, value": the expression is the condition or the value. */
static sqlite3_stmt *prepare_expression(struct call *c, const struct table *t, bool condition)
{
    const char *rowid = rowid_name(t);
    if (!rowid) {
        err_set(c->err, ERR_INPUT, "columns called rowid, _rowid_ and oid leave SQL no name for the rows");
        err_hint(c->err, "rename one of them");
        return NULL;
    }
    if (!expression_whole(c->user, c->err) || !call_open(c, &(struct sql_source){"lathe_table", t}, 1))
        return NULL;
    struct str sql = STR_INIT;
    if (condition)
        str_printf(&sql, "SELECT %s FROM lathe_table WHERE (", rowid);
    else
        str_printf(&sql, "SELECT %s, (", rowid);
    c->before = sql.len;
    str_add(&sql, c->user);
    str_add(&sql, condition ? "\n)" : "\n) FROM lathe_table");
    sqlite3_stmt *s = call_prepare(c, sql.s);
    str_done(&sql);
    return s;
}

static int row_order(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

bool sql_filter(const struct table *t, const char *expression, uint32_t **rows, size_t *n, struct progress *p,
                struct err *e)
{
    struct call c = {.user = expression, .what = "expression", .progress = p, .err = e};
    *rows = NULL;
    *n = 0;
    sqlite3_stmt *s = prepare_expression(&c, t, true);
    int rc = SQLITE_ERROR;
    bool ordered = true;
    if (s && (*rows = mem_bulk(table_rows(t), sizeof **rows, e)) != NULL) {
        while ((rc = sqlite3_step(s)) == SQLITE_ROW && *n < table_rows(t)) {
            (*rows)[*n] = (uint32_t)(sqlite3_column_int64(s, 0) - 1);
            ordered = ordered && (*n == 0 || (*rows)[*n] > (*rows)[*n - 1]);
            ++*n;
        }
        if (rc != SQLITE_DONE)
            sql_error(&c, rc);
        else if (!ordered)
            qsort(*rows, *n, sizeof **rows, row_order);
    }
    sqlite3_finalize(s);
    call_close(&c);
    if (rc == SQLITE_DONE)
        return true;
    mem_bulk_free(*rows);
    *rows = NULL;
    *n = 0;
    return false;
}

static bool compute_rows(struct call *c, sqlite3_stmt *s, struct sql_result *r, size_t rows)
{
    size_t got = 0;
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        size_t row = (size_t)(sqlite3_column_int64(s, 0) - 1);
        if (row < rows && !sql_result_put(r, 0, row, s, 1, c->err))
            return false;
        got++;
    }
    if (rc != SQLITE_DONE)
        return sql_error(c, rc);
    if (got == rows)
        return true;
    err_set(c->err, ERR_INPUT, "the expression gives one value for the whole table, not one for each row");
    return err_hint(c->err, "'over ()' behind an aggregate repeats it in each row: x - avg(x) over ()");
}

struct column *sql_compute(const struct table *t, const char *expression, struct progress *p, struct err *e)
{
    struct call c = {.user = expression, .what = "expression", .progress = p, .err = e};
    struct column *out = NULL;
    sqlite3_stmt *s = prepare_expression(&c, t, false);
    struct sql_result *r = sql_result_new(1);
    if (s && compute_rows(&c, s, r, table_rows(t)))
        out = sql_result_column(r, 0, table_rows(t), sqlite3_column_decltype(s, 1), e);
    sql_result_free(r);
    sqlite3_finalize(s);
    call_close(&c);
    return out;
}
