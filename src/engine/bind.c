/* bind: one command's text to a checked call. */
#include "engine/bind.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "engine/elsewhere.h"

/* ---- the verb ------------------------------------------------------------------------------------------------ */

static bool alias_matches(const char *aliases, const char *word)
{
    return aliases && choice_index(aliases, word, strlen(word)) >= 0;
}

const struct command *engine_command_find(const struct engine *en, const char *name)
{
    for (size_t i = 0; i < engine_commands(en); i++) {
        const struct command *c = engine_command_at(en, i);
        if (str_eq(c->name, name) || alias_matches(c->aliases, name))
            return c;
    }
    return NULL;
}

static const struct command *verb_by_prefix(struct engine *en, const char *word, struct err *e)
{
    const struct command *hit = NULL;
    struct str names = STR_INIT;
    int hits = 0;
    for (size_t i = 0; i < engine_commands(en); i++) {
        const struct command *c = engine_command_at(en, i);
        if (!str_starts(c->name, word) || (c->flags & COMMAND_HIDDEN))
            continue;
        hit = c;
        str_printf(&names, "%s%s", hits++ ? ", " : "", c->name);
    }
    if (hits > 1) {
        err_set(e, ERR_INPUT, "'%s' could be %s", word, str_get(&names));
        err_hint(e, "type one letter more, or press Tab");
        hit = NULL;
    }
    str_done(&names);
    return hit;
}

const struct command *bind_verb(struct engine *en, const char *text, bool prefixes, int *after, struct err *e)
{
    size_t i = 0, k;
    while (isspace((unsigned char)text[i]))
        i++;
    if (text[i] == '?' || text[i] == '!') {
        *after = (int)i + 1;
        return engine_command_find(en, text[i] == '?' ? "help" : "shell");
    }
    for (k = i; text[k] && !isspace((unsigned char)text[k]) && text[k] != '>'; k++)
        ;
    char word[64];
    size_t n = k - i < sizeof word - 1 ? k - i : sizeof word - 1;
    memcpy(word, text + i, n);
    word[n] = 0;
    *after = (int)k;

    const struct command *c = engine_command_find(en, word);
    if (!c && prefixes) {
        struct err prefix_error = ERR_INIT;
        c = verb_by_prefix(en, word, &prefix_error);
        if (!c && prefix_error.code) {
            if (e)
                *e = prefix_error;
        }
        if (!c && prefix_error.code)
            goto span;
    }
    if (c)
        return c;
    VEC(const char *) names = {0};
    for (size_t j = 0; j < engine_commands(en); j++)
        if (!(engine_command_at(en, j)->flags & COMMAND_HIDDEN))
            vec_push(&names, engine_command_at(en, j)->name);
    err_set(e, ERR_INPUT, "there is no verb '%s'", word);
    err_suggest(e, word, names.v, (int)names.n);
    if (e && e->hint[0] == 0)
        err_hint(e, "`help` lists the verbs");
    vec_done(&names);
span:
    if (e) {
        e->from = (int)i;
        e->to = (int)k;
    }
    return NULL;
}

/* ---- raw lines ----------------------------------------------------------------------------------------------- */

static const char *const file_endings[] = {".csv", ".tsv",    ".md",  ".html", ".json", ".jsonl",
                                           ".txt", ".csv.gz", ".png", ".svg",  ".pdf",  ".gp"};

static bool looks_like_file(const char *s)
{
    if (!*s || strpbrk(s, "()'\"<>="))
        return false;
    for (size_t i = 0; i < sizeof file_endings / sizeof *file_endings; i++)
        if (str_ends(s, file_endings[i]))
            return true;
    return false;
}

static bool is_identifier(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(isalnum((unsigned char)s[i]) || s[i] == '_') || (i == 0 && isdigit((unsigned char)s[i])))
            return false;
    return n > 0;
}

static char *trimmed(struct arena *a, const char *s, size_t n)
{
    while (n && isspace((unsigned char)*s))
        s++, n--;
    while (n && isspace((unsigned char)s[n - 1]))
        n--;
    return arena_strndup(a, s, n);
}

struct raw_parts bind_raw(const char *rest, bool is_sql, struct arena *a)
{
    struct raw_parts out = {0};
    char *text = trimmed(a, rest, strlen(rest));

    if (str_starts(text, "as ")) {
        const char *name = text + 3 + strspn(text + 3, " ");
        size_t n = strcspn(name, " ");
        if (is_identifier(name, n) && name[n]) {
            out.as = arena_strndup(a, name, n);
            text = trimmed(a, name + n, strlen(name + n));
        }
    }
    char *redirect = strrchr(text, '>');
    if (redirect && redirect > text && redirect[-1] == ' ') {
        char *path = trimmed(a, redirect + 1, strlen(redirect + 1));
        if (looks_like_file(path)) {
            out.into = path;
            text = trimmed(a, text, (size_t)(redirect - text));
        }
    }
    char *last = strrchr(text, ' ');
    if (!is_sql && !out.as && last && is_identifier(last + 1, strlen(last + 1))) {
        char *end = last;
        while (end > text && end[-1] == ' ')
            end--;
        if (end - text > 3 && strncmp(end - 3, " as", 3) == 0) {
            out.as = arena_strdup(a, last + 1);
            text = trimmed(a, text, (size_t)(end - 3 - text));
        }
    }
    out.text = text;
    return out;
}

/* ---- words to rows --------------------------------------------------------------------------------------------- */

struct binder {
    struct engine *en;
    struct call *c;
    const struct lt_param *rows;
    uint32_t n_rows;
    struct lt_value *v;
    struct lt_value *algo_v;
    bool prefixes;
    VEC(const char *) rest;
    VEC(const struct word *) rest_words; /* the same, and the row that takes them */
    int rest_row;
    struct str line; /* canonical */
};

static bool span(struct err *e, const struct word *w)
{
    if (e && e->to == 0) {
        e->from = w->name ? w->name_from : w->from;
        e->to = w->to;
    }
    return false;
}

static int algo_row(const struct binder *b, const char *name)
{
    const struct algo *a = b->c->algo;
    int i = param_find(a->d.params, a->d.param_size, a->d.n_params, name);
    if (i < 0 && b->prefixes)
        i = param_find_prefix(a->d.params, a->d.param_size, a->d.n_params, name);
    return i;
}

static void canonical_named(struct binder *b, const char *name, const char *value)
{
    str_printf(&b->line, " %s=", name);
    if (value[0] == '(' && value[strlen(value) - 1] == ')')
        str_add(&b->line, value);
    else
        line_quote(&b->line, value);
}

static bool unknown_name(struct binder *b, const struct word *w, struct err *e)
{
    VEC(const char *) names = {0};
    const struct algo *a = b->c->algo;
    for (uint32_t i = 0; i < b->n_rows; i++)
        vec_push(&names, b->rows[i].name);
    for (uint32_t i = 0; a && i < a->d.n_params; i++)
        vec_push(&names, algo_param(a, i)->name);
    err_set(e, ERR_NOT_FOUND, "%s%s%s takes no '%s='", b->c->command->name, a ? " " : "", a ? a->d.id : "",
            w->name);
    if (a && elsewhere_hint(w->name))
        err_hint(e, "%s", elsewhere_hint(w->name));
    else if (names.n)
        err_suggest(e, w->name, names.v, (int)names.n);
    else
        err_hint(e, "it takes no named values at all");
    vec_done(&names);
    return span(e, w);
}

static bool bind_named(struct binder *b, const struct word *w, struct err *e)
{
    int i = param_find(b->rows, sizeof *b->rows, b->n_rows, w->name);
    if (b->c->algo && (i < 0 || !str_eq(b->rows[i].name, w->name))) { /* its own names go before our aliases */
        int k = algo_row(b, w->name);
        if (k >= 0) {
            const struct lt_param *row = algo_param(b->c->algo, (uint32_t)k);
            if (!param_parse(row, w->text, &b->algo_v[k], b->c->arena, e))
                return span(e, w);
            canonical_named(b, row->name, w->text);
            return true;
        }
    }
    if (i < 0 && b->prefixes)
        i = param_find_prefix(b->rows, sizeof *b->rows, b->n_rows, w->name);
    if (i < 0)
        return unknown_name(b, w, e);
    if (!param_parse(&b->rows[i], w->text, &b->v[i], b->c->arena, e))
        return span(e, w);
    canonical_named(b, b->rows[i].name, w->text);
    return true;
}

/* table=NAME: columns are then of that one, and the verb itself looks for them. */
static bool names_another_table(const struct binder *b)
{
    for (uint32_t i = 0; i < b->n_rows; i++)
        if (b->rows[i].type == PARAM_TABLE && b->v[i].given)
            return true;
    return false;
}

/* Checks the names that a value speaks of. */
static bool check_names(struct binder *b, const struct lt_param *row, const struct lt_value *v,
                        const struct word *w, struct err *e)
{
    const struct session *s = b->c->session;
    const struct object *t;
    switch (row->type) {
    case PARAM_TABLE:
        return session_require(s, v->s, OBJECT_TABLE, e) || span(e, w);
    case PARAM_MODEL:
        return session_require(s, v->s, OBJECT_MODEL, e) || span(e, w);
    case PARAM_COLUMN:
        t = session_current(s);
        return !t || names_another_table(b) || table_require(t->table, v->s, e) >= 0 || span(e, w);
    case PARAM_ALGO:
        return algo_require(v->s, e) || span(e, w);
    default:
        return true;
    }
}

/* The row of the k-th positional word; the last LT_REST row takes all that follow. */
static int positional_row(const struct binder *b, int k)
{
    int seen = 0, last_rest = -1;
    for (uint32_t i = 0; i < b->n_rows; i++) {
        if (!(b->rows[i].flags & LT_POSITIONAL))
            continue;
        if (b->rows[i].flags & LT_REST)
            last_rest = (int)i;
        if (seen++ == k)
            return (int)i;
    }
    return last_rest;
}

/* "y~a", "~ a", or "y" before "~ a". */
static bool is_formula_start(const struct word *w, size_t n)
{
    return (!w[0].quoted && strchr(w[0].text, '~')) ||
           (n > 1 && !w[1].name && !w[1].quoted && w[1].text[0] == '~');
}

/* `y ~ a + b …`: joins the words up to a name, `as` or `>`. Returns how many were taken. */
static size_t bind_formula(struct binder *b, int row, const struct word *w, size_t n)
{
    struct str text = STR_INIT;
    size_t k = 0;
    for (; k < n && !w[k].name && !str_eq(w[k].text, ">") && !(str_eq(w[k].text, "as") && !w[k].quoted); k++) {
        if (k)
            str_addc(&text, ' ');
        if (w[k].quoted)
            line_quote(&text, w[k].text);
        for (const char *p = w[k].text; !w[k].quoted && *p; p++) /* parentheses may hold blanks */
            str_addc(&text, isspace((unsigned char)*p) ? ' ' : *p);
    }
    b->v[row].given = 1;
    b->v[row].is_none = 0;
    b->v[row].s = arena_strdup(b->c->arena, str_get(&text));
    str_printf(&b->line, " %s", str_get(&text));
    str_done(&text);
    return k;
}

static int formula_row(const struct binder *b)
{
    for (uint32_t i = 0; i < b->n_rows; i++)
        if (b->rows[i].type == PARAM_FORMULA)
            return (int)i;
    return -1;
}

static bool bind_algo(struct binder *b, const char *id, struct err *e)
{
    const struct algo *a = algo_require(id, e);
    if (!a)
        return false;
    b->c->algo = a;
    b->algo_v = arena_zero(b->c->arena, a->d.n_params + 1, sizeof *b->algo_v);
    b->c->algo_params = b->algo_v;
    return param_defaults(a->d.params, a->d.param_size, a->d.n_params, b->algo_v, b->c->arena, e);
}

static bool bind_positional(struct binder *b, int row, const struct word *w, struct err *e)
{
    const struct lt_param *r = &b->rows[row];
    if (r->flags & LT_REST) {
        vec_push(&b->rest, w->text);
        vec_push(&b->rest_words, w);
        b->rest_row = row;
        b->v[row].given = 1;
    } else if (!param_parse(r, w->text, &b->v[row], b->c->arena, e) || !check_names(b, r, &b->v[row], w, e)) {
        return span(e, w);
    }
    bool takes = b->c->command->flags & COMMAND_ALGO_PARAMS && !(r->flags & LT_REST);
    if (takes && (r->type == PARAM_ALGO || (r->type == PARAM_ALGO_OR_MODEL && algo_find(w->text)))) {
        if (!bind_algo(b, w->text, e))
            return span(e, w);
        str_printf(&b->line, " %s", b->c->algo->d.id);
    } else {
        str_addc(&b->line, ' ');
        line_quote(&b->line, w->text);
    }
    return true;
}

/* The words of an LT_REST row that are plain names; "-age", "a:b" and "x*" are the verb's to read. */
static bool check_rest(struct binder *b, struct err *e)
{
    for (size_t i = 0; i < b->rest_words.n; i++) {
        const struct word *w = b->rest_words.v[i];
        struct lt_value v = {.given = 1, .s = w->text};
        bool plain = w->quoted || !strpbrk(w->text, "-:*?[");
        if (plain && !check_names(b, &b->rows[b->rest_row], &v, w, e))
            return false;
    }
    return true;
}

/* final=logistic: its parameters may stand before it. */
static bool bind_named_algo(struct binder *b, const struct word *w, size_t n, struct err *e)
{
    if (!(b->c->command->flags & COMMAND_ALGO_PARAMS))
        return true;
    for (size_t i = 0; i < n; i++) {
        int row = w[i].name ? param_find(b->rows, sizeof *b->rows, b->n_rows, w[i].name) : -1;
        if (row >= 0 && b->rows[row].type == PARAM_ALGO && !bind_algo(b, w[i].text, e))
            return span(e, &w[i]);
    }
    return true;
}

/* Two sweeps: positional words first, so that the algorithm is known when its parameters are read. */
static bool bind_words(struct binder *b, const struct word *w, size_t n, struct err *e)
{
    struct call *c = b->c;
    int k = 0;
    for (size_t i = 0; i < n; i++) {
        bool bare = !w[i].name && !w[i].quoted;
        if (w[i].name)
            continue;
        if (bare && str_eq(w[i].text, ">")) {
            if (i + 1 >= n)
                return err_set(e, ERR_INPUT, "a file name is missing after >") || span(e, &w[i]);
            c->into = w[++i].text;
            continue;
        }
        if (bare && str_eq(w[i].text, "as") && (c->command->flags & COMMAND_NAMES_RESULT)) {
            if (i + 1 >= n || w[i + 1].name)
                return err_set(e, ERR_INPUT, "a name is missing after 'as'") || span(e, &w[i]);
            c->as = w[++i].text;
            continue;
        }
        int f = formula_row(b);
        if (f >= 0 && f == positional_row(b, k) && !b->v[f].given && is_formula_start(w + i, n - i)) {
            i += bind_formula(b, f, w + i, n - i) - 1;
            continue;
        }
        int row = positional_row(b, k++);
        if (row < 0 || (b->rows[row].type == PARAM_FORMULA)) {
            err_set(e, ERR_INPUT, "%s has no use for '%s'", c->command->name, w[i].text);
            err_hint(e, "`help %s` shows what it takes", c->command->name);
            return span(e, &w[i]);
        }
        if (!bind_positional(b, row, &w[i], e))
            return false;
    }
    if (!bind_named_algo(b, w, n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (w[i].name && !bind_named(b, &w[i], e))
            return false;
    for (size_t i = 0; i < n; i++) {
        if (!w[i].name)
            continue;
        int row = param_find(b->rows, sizeof *b->rows, b->n_rows, w[i].name);
        if (row >= 0 && !check_names(b, &b->rows[row], &b->v[row], &w[i], e))
            return false;
    }
    return check_rest(b, e);
}

static bool check_required(const struct binder *b, struct err *e)
{
    for (uint32_t i = 0; i < b->n_rows; i++) {
        const struct lt_param *r = &b->rows[i];
        if (!(r->flags & LT_REQUIRED) || b->v[i].given)
            continue;
        err_set(e, ERR_INPUT, "%s needs %s: %s", b->c->command->name, r->name, r->doc);
        const struct command_example *x = b->c->command->examples;
        err_hint(e, "for example: %s", x && x->line ? x->line : b->c->command->name);
        return false;
    }
    return true;
}

static bool check_needs(const struct call *c, struct err *e)
{
    if (c->command->flags & COMMAND_NEEDS_TASK)
        return session_need_task(c->session, e) != NULL;
    if (c->command->flags & COMMAND_NEEDS_TABLE)
        return session_need_table(c->session, e) != NULL;
    return true;
}

static bool bind_raw_line(struct binder *b, const char *rest, struct err *e)
{
    struct call *c = b->c;
    uint32_t last = b->n_rows - 1;
    struct raw_parts p = bind_raw(rest, b->rows[last].type == PARAM_SQL, c->arena);
    if (p.as && !(c->command->flags & COMMAND_NAMES_RESULT))
        return err_set(e, ERR_INPUT, "%s makes nothing that could be named with 'as'", c->command->name);
    c->as = p.as;
    c->into = p.into;
    if (p.text[0]) {
        b->v[last].given = 1;
        b->v[last].is_none = 0;
        b->v[last].s = p.text;
        str_printf(&b->line, "%s%s%s%s", p.as ? " as " : "", p.as ? p.as : "", " ", p.text);
    }
    return true;
}

/* Modules are loaded when a command first speaks of algorithms: `load` and `head` don't wait for them. One that names
 * a single algorithm opens the module that has it when the name is read. */
static void load_what_it_names(const struct command *c)
{
    for (uint32_t i = 0; i < c->n_args; i++)
        if (c->args[i].type == PARAM_ALGO_OR_MODEL || c->args[i].type == PARAM_VERB)
            algo_load_all();
}

bool bind_call(struct engine *en, const char *text, bool prefixes, struct call *c, struct err *e)
{
    int after = 0;
    *c = (struct call){.engine = en, .session = engine_session(en), .arena = arena_new()};
    c->command = bind_verb(en, text, prefixes, &after, e);
    if (!c->command)
        return false;

    struct binder b = {.en = en,
                       .c = c,
                       .rows = c->command->args,
                       .n_rows = c->command->n_args,
                       .prefixes = prefixes,
                       .line = STR_INIT};
    b.v = arena_zero(c->arena, b.n_rows + 1, sizeof *b.v);
    c->v = b.v;
    str_add(&b.line, c->command->name);

    load_what_it_names(c->command);
    bool good = param_defaults(b.rows, sizeof *b.rows, b.n_rows, b.v, c->arena, e) && check_needs(c, e);
    if (good && (c->command->flags & COMMAND_RAW)) {
        good = bind_raw_line(&b, text + after, e);
    } else if (good) {
        struct word *w;
        size_t n;
        good = line_words(text + after, c->arena, &w, &n, e);
        for (size_t i = 0; good && i < n; i++) {
            w[i].from += after;
            w[i].to += after;
            w[i].name_from += after;
        }
        good = good && bind_words(&b, w, n, e);
        if (good && c->as)
            str_printf(&b.line, " as %s", c->as);
    }
    good = good && check_required(&b, e);
    if (good && c->into) {
        str_add(&b.line, " > ");
        line_quote(&b.line, c->into);
    }
    c->rest = arena_alloc(c->arena, (b.rest.n + 1) * sizeof *c->rest);
    if (b.rest.n)
        memcpy((void *)(uintptr_t)c->rest, b.rest.v, b.rest.n * sizeof *c->rest);
    c->n_rest = b.rest.n;
    c->line = arena_strdup(c->arena, str_get(&b.line));
    vec_done(&b.rest);
    vec_done(&b.rest_words);
    str_done(&b.line);
    return good;
}

/* ---- the call ---------------------------------------------------------------------------------------------------- */

void call_done(struct call *c)
{
    if (c->job && c->job_free)
        c->job_free(c->job);
    view_list_done(&c->views);
    arena_free(c->arena);
    *c = (struct call){0};
}

const struct lt_value *call_arg(const struct call *c, const char *name)
{
    return param_value(c->command->args, sizeof *c->command->args, c->command->n_args, c->v, name);
}

bool call_given(const struct call *c, const char *name)
{
    return call_arg(c, name)->given;
}

const char *call_text(const struct call *c, const char *name)
{
    const struct lt_value *v = call_arg(c, name);
    return v->is_none ? NULL : v->s;
}

int64_t call_int(const struct call *c, const char *name)
{
    return call_arg(c, name)->i;
}

double call_real(const struct call *c, const char *name)
{
    return call_arg(c, name)->r;
}

bool call_bool(const struct call *c, const char *name)
{
    return call_arg(c, name)->i != 0;
}

void call_view(struct call *c, struct view *v)
{
    view_list_add(&c->views, v);
}

void call_note(struct call *c, enum view_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(c->arena, format, args);
    va_end(args);
    view_list_add(&c->views, view_note(level, "%s", text));
}

bool call_later(struct call *c, void *job,
                bool (*work)(void *job, struct progress *p, struct view_list *views, struct err *e),
                bool (*commit)(struct call *c, void *job, struct err *e), void (*job_free)(void *job))
{
    c->job = job;
    c->work = work;
    c->commit = commit;
    c->job_free = job_free;
    return true;
}
