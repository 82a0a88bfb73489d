/* complete: candidates from the rows and the session. */
#include "engine/complete.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "data/catalog.h"
#include "engine/bind.h"
#include "num/metrics.h"

struct completer {
    struct engine *en;
    struct completions *out;
    const char *word; /* what was typed of the word, without the quote that opens it */
    size_t n;
    bool quoted;
};

/* ---- gathering --------------------------------------------------------------------------------------------- */

static void offer_as(struct completer *k, const char *text, const char *match, const char *kind, bool no_space,
                     const char *detail)
{
    struct completions *o = k->out;
    if (k->n && strncasecmp(match, k->word, k->n) != 0) {
        bool inside = k->n >= 2 && strcasestr(match, k->word);
        if (!inside)
            return;
    }
    if (o->n == o->cap) {
        size_t cap = o->cap ? 2 * o->cap : 32;
        struct completion *v = arena_zero(o->arena, cap, sizeof *v);
        if (o->n)
            memcpy(v, o->v, o->n * sizeof *v);
        o->v = v;
        o->cap = cap;
    }
    o->v[o->n++] = (struct completion){arena_strdup(o->arena, text), kind,
                                       detail ? arena_strdup(o->arena, detail) : "", no_space};
}

static void offer(struct completer *k, const char *text, const char *kind, const char *detail)
{
    struct str quoted = STR_INIT;
    line_quote(&quoted, text);
    offer_as(k, str_get(&quoted), text, kind, false, detail);
    str_done(&quoted);
}

static void offer_row(struct completer *k, const struct lt_param *row)
{
    struct str text = STR_INIT, detail = STR_INIT, range = STR_INIT;
    str_printf(&text, "%s=", row->name);
    param_range(row, &range);
    if (row->def)
        str_printf(&detail, "default %s", row->def);
    if (range.len)
        str_printf(&detail, "%s%s", detail.len ? ", " : "", str_get(&range));
    offer_as(k, str_get(&text), row->name, "parameter", true, str_get(&detail));
    str_done(&text);
    str_done(&detail);
    str_done(&range);
}

static void offer_columns(struct completer *k)
{
    const struct object *t = session_current(engine_session(k->en));
    struct str detail = STR_INIT;
    for (size_t j = 0; t && j < table_cols(t->table); j++) {
        const struct column *c = table_column(t->table, j);
        str_clear(&detail);
        str_add(&detail, column_type_name(column_type(c)));
        if (column_type(c) == COLUMN_CATEGORY)
            str_printf(&detail, ", %zu levels", dictionary_size(column_dictionary(c)));
        if (column_missing(c))
            str_printf(&detail, ", %zu missing", column_missing(c));
        offer(k, table_name(t->table, j), "column", str_get(&detail));
    }
    str_done(&detail);
}

static void offer_objects(struct completer *k, enum object_kind kind)
{
    const struct session *s = engine_session(k->en);
    struct str detail = STR_INIT;
    for (size_t i = 0; i < session_count(s); i++) {
        const struct object *o = session_at(s, i);
        if (o->kind != kind)
            continue;
        str_clear(&detail);
        if (kind == OBJECT_TABLE)
            str_printf(&detail, "%zu rows, %zu columns", table_rows(o->table), table_cols(o->table));
        else
            str_add(&detail, model_algo(o->model)->d.name);
        offer(k, o->name, kind == OBJECT_TABLE ? "table" : "model", str_get(&detail));
    }
    str_done(&detail);
}

static void offer_algos(struct completer *k)
{
    const struct object *t = session_current(engine_session(k->en));
    for (size_t i = 0; i < algo_count(); i++) {
        const struct algo *a = algo_at(i);
        bool fits = !t || !t->task || t->task->kind == TASK_NONE ||
                    (a->d.tasks & (t->task->kind == TASK_CLASSIFY ? LT_CLASSIFY : LT_REGRESS)) ||
                    (!(a->d.tasks & (LT_CLASSIFY | LT_REGRESS)) &&
                     (t->task->kind == TASK_CLASSIFY || !(a->d.traits & LT_NEEDS_LABELS)));
        if (fits && !(a->d.traits & LT_COMBINES))
            offer(k, a->d.id, "algorithm", a->d.summary);
    }
}

static void offer_verbs(struct completer *k)
{
    for (size_t i = 0; i < engine_commands(k->en); i++) {
        const struct command *c = engine_command_at(k->en, i);
        if (!(c->flags & COMMAND_HIDDEN))
            offer(k, c->name, "verb", c->summary);
    }
}

static void offer_choices(struct completer *k, const char *prefix, const char *choices)
{
    for (const char *p = choices; p && *p;) {
        size_t n = strcspn(p, ",");
        char *word = arena_strndup(k->out->arena, p, n);
        offer_as(k, arena_printf(k->out->arena, "%s%s", prefix, word), word, "choice", false, "");
        p += n + (p[n] == ',');
    }
}

static void offer_files(struct completer *k, const char *prefix)
{
    const char *slash = strrchr(k->word, '/');
    char *dir_text = arena_strndup(k->out->arena, k->word, slash ? (size_t)(slash - k->word) + 1 : 0);
    char *dir_path = file_expand(dir_text[0] ? dir_text : ".");
    const char *base = slash ? slash + 1 : k->word;
    DIR *d = opendir(dir_path);
    struct completer inner = *k;
    inner.word = base;
    inner.n = strlen(base);
    for (struct dirent *entry; d && (entry = readdir(d));) {
        if (entry->d_name[0] == '.' && base[0] != '.')
            continue;
        char *full = file_join(dir_path, entry->d_name);
        bool is_dir = file_is_dir(full);
        struct str text = STR_INIT, quoted = STR_INIT;
        str_printf(&text, "%s%s%s", dir_text, entry->d_name, is_dir ? "/" : "");
        line_quote(&quoted, str_get(&text));
        offer_as(&inner, arena_printf(k->out->arena, "%s%s", prefix, str_get(&quoted)), entry->d_name,
                 is_dir ? "folder" : "file", is_dir, "");
        str_done(&text);
        str_done(&quoted);
        mem_free(full);
    }
    if (d)
        closedir(d);
    mem_free(dir_path);
}

static void offer_datasets(struct completer *k)
{
    size_t n;
    const struct catalog_entry *v = catalog_entries(&n, NULL);
    for (size_t i = 0; v && i < n; i++)
        offer(k, v[i].name, "dataset", v[i].title);
    offer_files(k, "");
}

static void offer_metrics(struct completer *k)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        offer(k, metric_table[i].name, "metric", metric_table[i].title);
}

/* The values that a row takes; prefix: "name=" when they follow one. */
static void offer_values(struct completer *k, const struct lt_param *row, const char *prefix)
{
    size_t before = k->out->n;
    switch (row->type) {
    case LT_BOOL:
        offer_choices(k, prefix, "yes,no");
        return;
    case LT_CHOICE:
        offer_choices(k, prefix, row->choices);
        return;
    case PARAM_PATH:
        offer_files(k, prefix);
        return;
    case PARAM_TABLE:
        offer_objects(k, OBJECT_TABLE);
        break;
    case PARAM_MODEL:
        offer_objects(k, OBJECT_MODEL);
        break;
    case PARAM_ALGO:
        offer_algos(k);
        break;
    case PARAM_ALGO_OR_MODEL:
        offer_objects(k, OBJECT_MODEL);
        offer_algos(k);
        break;
    case PARAM_METRIC:
        offer_metrics(k);
        break;
    case PARAM_DATASET:
        offer_datasets(k);
        break;
    case PARAM_COLUMN:
    case LT_COLUMN:
    case LT_COLUMNS_LIST:
    case PARAM_FORMULA:
    case PARAM_EXPR:
    case PARAM_SQL:
        offer_columns(k);
        break;
    case PARAM_VERB:
        offer_verbs(k);
        offer_algos(k);
        break;
    case PARAM_SETTING:
        for (uint32_t i = 0; i < setting_count; i++)
            offer(k, setting_rows[i].name, "setting", setting_rows[i].doc);
        break;
    case PARAM_NAME:
        offer_objects(k, OBJECT_TABLE);
        offer_objects(k, OBJECT_MODEL);
        break;
    default:
        break;
    }
    for (size_t i = before; prefix[0] && i < k->out->n; i++)
        k->out->v[i].text = arena_printf(k->out->arena, "%s%s", prefix, k->out->v[i].text);
}

/* ---- where we are ------------------------------------------------------------------------------------------ */

/* Where what follows the last of the `separators` begins; those inside quotes don't count. */
static int last_part(const char *text, int n, const char *separators)
{
    char q = 0;
    int start = 0;
    for (int i = 0; i < n; i++) {
        if (q)
            q = text[i] == q ? 0 : q;
        else if ((text[i] == '"' || text[i] == '\'') && (i == 0 || !isalnum((unsigned char)text[i - 1])))
            q = text[i];
        else if (strchr(separators, text[i]))
            start = i + 1;
    }
    return start;
}

/* The command under the cursor. */
static const char *command_start(const char *line, int point)
{
    int start = last_part(line, point, ";\n");
    while (start < point && isspace((unsigned char)line[start]))
        start++;
    return line + start;
}

static int positionals_before(const struct word *w, size_t n)
{
    int k = 0;
    for (size_t i = 0; i < n; i++)
        k += !w[i].name;
    return k;
}

static const struct lt_param *row_of_position(const struct command *c, int k)
{
    const struct lt_param *rest = NULL;
    for (uint32_t i = 0; i < c->n_args; i++) {
        if (!(c->args[i].flags & LT_POSITIONAL))
            continue;
        if (c->args[i].flags & LT_REST)
            rest = &c->args[i];
        if (k-- == 0)
            return &c->args[i];
    }
    return rest;
}

static const struct algo *algo_in(const struct command *c, const struct word *w, size_t n)
{
    if (!(c->flags & COMMAND_ALGO_PARAMS))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        int row = w[i].name ? param_find(c->args, sizeof *c->args, c->n_args, w[i].name) : -1;
        if (row >= 0 && c->args[row].type == PARAM_ALGO)
            return algo_find(w[i].text);
    }
    const struct lt_param *first = row_of_position(c, 0);
    if (!first || first->flags & LT_REST)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!w[i].name)
            return algo_find(w[i].text);
    return NULL;
}

static const struct lt_param *named_row(const struct command *c, const struct algo *a, const char *name)
{
    int i = param_find(c->args, sizeof *c->args, c->n_args, name);
    if (i >= 0)
        return &c->args[i];
    i = a ? param_find(a->d.params, a->d.param_size, a->d.n_params, name) : -1;
    return i >= 0 ? algo_param(a, (uint32_t)i) : NULL;
}

static bool was_given(const struct word *w, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (w[i].name && str_eq(w[i].name, name))
            return true;
    return false;
}

static void complete_argument(struct completer *k, const struct command *c, const struct word *w, size_t n)
{
    const struct algo *a = algo_in(c, w, n);
    const char *eq = strchr(k->word, '=');
    if (eq && eq > k->word) {
        char *name = arena_strndup(k->out->arena, k->word, (size_t)(eq - k->word));
        const struct lt_param *row = named_row(c, a, name);
        struct completer inner = *k;
        inner.word = eq + 1;
        inner.n = strlen(inner.word);
        if (row)
            offer_values(&inner, row, arena_printf(k->out->arena, "%s=", name));
        return;
    }
    if (n && !w[n - 1].name && str_eq(w[n - 1].text, ">")) {
        offer_files(k, "");
        return;
    }
    bool formula = false;
    for (size_t i = 0; i < n; i++)
        formula |= !w[i].name && strchr(w[i].text, '~');
    const struct lt_param *row = row_of_position(c, positionals_before(w, n));
    if (formula)
        offer_columns(k);
    else if (row)
        offer_values(k, row, "");
    if ((c->flags & COMMAND_RAW) || k->quoted)
        return;
    for (uint32_t i = 0; i < c->n_args; i++)
        if (!(c->args[i].flags & LT_POSITIONAL) && !was_given(w, n, c->args[i].name))
            offer_row(k, &c->args[i]);
    for (uint32_t i = 0; a && i < a->d.n_params; i++)
        if (!was_given(w, n, algo_param(a, i)->name))
            offer_row(k, algo_param(a, i));
}

/* Best first: what starts as typed before what holds it inside; otherwise as offered (objects before files …). */
static void rank(struct completer *k, size_t prefix)
{
    struct completions *o = k->out;
    struct completion *sorted = arena_zero(o->arena, o->n + 1, sizeof *sorted);
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < o->n; i++) {
            const char *text = o->v[i].text + (strlen(o->v[i].text) >= prefix ? prefix : 0);
            const char *typed = k->word + prefix;
            if (text[0] == '"')
                text++;
            bool starts = strncasecmp(text, typed, strlen(typed)) == 0;
            if (starts == (pass == 0))
                sorted[n++] = o->v[i];
        }
    o->v = sorted;
}

void complete_line(struct engine *en, const char *line, int point, struct completions *out)
{
    *out = (struct completions){.arena = arena_new()};
    algo_load_all();
    const char *start = command_start(line, point);
    char *text = arena_strndup(out->arena, start, (size_t)(line + point - start));
    size_t len = strlen(text);
    struct word *w;
    size_t n;
    line_words(text, out->arena, &w, &n, NULL);

    /* The word under the cursor is the last one, unless a blank follows it. */
    size_t word_at = (size_t)last_part(text, (int)len, " \t\n(,");
    struct completer k = {en, out, text + word_at, len - word_at, .quoted = text[word_at] == '"'};
    if (k.quoted) {
        k.word++;
        k.n--;
    }
    out->from = (int)(start - line) + (int)word_at;

    bool first = word_at == 0;
    if (first && (text[0] == '?' || text[0] == '!')) {
        out->from++;
        k.word++;
        k.n--;
        if (text[0] == '?')
            offer_verbs(&k);
        else
            offer_files(&k, "");
    } else if (first) {
        offer_verbs(&k);
    } else {
        int after;
        const struct command *c = bind_verb(en, text, true, &after, NULL);
        size_t done = 1; /* words before the one under the cursor */
        while (done < n && (size_t)w[done].to <= word_at &&
               (w[done].name ? w[done].name_from : w[done].from) < (int)word_at)
            done++;
        if (c)
            complete_argument(&k, c, w + 1, done - 1);
    }
    const char *eq = strchr(k.word, '=');
    rank(&k, eq ? (size_t)(eq - k.word) + 1 : 0);
}

void completions_done(struct completions *c)
{
    arena_free(c->arena);
    *c = (struct completions){0};
}

/* ---- the hint ---------------------------------------------------------------------------------------------- */

const char *complete_hint(struct engine *en, const char *line, int point, struct arena *a)
{
    const char *start = command_start(line, point);
    const char *text = arena_strndup(a, start, strlen(start));
    int after;
    algo_load_all();
    struct word *w;
    size_t n;
    const struct command *c = bind_verb(en, text, true, &after, NULL);
    if (!c || !text[0])
        return NULL;
    if (point - (start - line) <= after)
        return arena_printf(a, "%s: %s", c->name, c->summary);
    line_words(text + after, a, &w, &n, NULL);
    const struct algo *algo = algo_in(c, w, n);
    for (size_t i = 0; i < n; i++) {
        int at = (int)(point - (start - line)) - after;
        if (!w[i].name || at < w[i].name_from || at > w[i].to)
            continue;
        const struct lt_param *row = named_row(c, algo, w[i].name);
        struct str range = STR_INIT;
        if (!row)
            return NULL;
        param_range(row, &range);
        const char *hint = arena_printf(a, "%s: %s%s%s%s", row->name, row->doc, range.len ? " (" : "",
                                        str_get(&range), range.len ? ")" : "");
        str_done(&range);
        return hint;
    }
    return algo ? arena_printf(a, "%s: %s", algo->d.id, algo->d.summary)
                : arena_printf(a, "%s: %s", c->name, c->summary);
}
