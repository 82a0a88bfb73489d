/* read: finds what a name means (a bundled dataset, a file, standard input) and which reader it needs. */
#include "data/read.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "data/catalog.h"
#include "data/csv_text.h"
#include "data/json_table.h"

/* ---- kinds of files ----------------------------------------------------------------------------------------- */

static bool has_ending(const char *path, const char *const *endings)
{
    for (; *endings; endings++)
        if (str_ends(path, *endings))
            return true;
    return false;
}

static bool is_json_path(const char *path)
{
    return has_ending(
        path, (const char *const[]){".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz", NULL});
}

static bool begins_like_json(const char *data, size_t size)
{
    size_t i = 0;
    while (i < size && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t'))
        i++;
    if (i == size || (data[i] != '{' && data[i] != '['))
        return false;
    for (i++; i < size && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t'); i++)
        ;
    return i < size && (data[i] == '"' || data[i] == '{' || data[i] == '[');
}

/* One text cell a line. */
static struct table *lines_read(const char *data, size_t size, const char *source, struct err *e)
{
    size_t n = 0, row = 0;
    for (size_t i = 0; i < size; i++)
        n += data[i] == '\n';
    n += size && data[size - 1] != '\n';
    uint64_t *offsets = mem_bulk(n + 1, sizeof *offsets, e);
    char *bytes = offsets ? column_buffer(COLUMN_TEXT, size, e) : NULL;
    if (!bytes) {
        mem_bulk_free(offsets);
        return NULL;
    }
    uint64_t at = 0;
    for (const char *p = data, *end = data + size; p < end; row++) {
        const char *lf = memchr(p, '\n', (size_t)(end - p)), *stop = lf ? lf : end;
        size_t length = (size_t)(stop - p);
        offsets[row] = at;
        memcpy(bytes + at, p, length - (length && stop[-1] == '\r'));
        at += length - (length && stop[-1] == '\r');
        p = stop + 1;
    }
    offsets[n] = at;
    struct table_builder *b = table_builder_new(n, source);
    table_builder_add(b, "text", column_from_text(offsets, bytes, NULL, n));
    return table_builder_done(b);
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static bool name_unknown(const char *name, struct err *e)
{
    VEC(char *) names = {0};
    size_t n;
    const struct catalog_entry *all = catalog_entries(&n, NULL);
    for (size_t i = 0; all && i < n; i++)
        vec_push(&names, mem_strdup(all[i].name));
    char *dir = mem_strndup(name, (size_t)(file_base(name) - name));
    DIR *d = opendir(*dir ? dir : ".");
    for (struct dirent *f; d && names.n < 4096 && (f = readdir(d));)
        if (f->d_name[0] != '.') {
            struct str s = STR_INIT;
            str_printf(&s, "%s%s", dir, f->d_name);
            vec_push(&names, str_steal(&s));
        }
    if (d)
        closedir(d);
    const char *near = NULL;
    int best = 4;
    for (size_t i = 0; i < names.n; i++) {
        int distance = str_distance(name, names.v[i], best);
        if (distance < best && distance * 3 <= (int)strlen(name) + 2) {
            best = distance;
            near = names.v[i];
        }
    }
    err_set(e, ERR_NOT_FOUND, "there is no file and no bundled dataset called '%s'", name);
    if (near)
        err_hint(e, "did you mean '%s'?", near);
    else
        err_hint(e, "'datasets' lists what is bundled; a path is taken from the folder where lathe was started");
    for (size_t i = 0; i < names.n; i++)
        mem_free(names.v[i]);
    vec_done(&names);
    mem_free(dir);
    return false;
}

static struct table *read_bytes(const char *path, const char *source, bool lines, const struct csv_options *o,
                                struct progress *p, struct str *note, struct err *e)
{
    struct csv_bytes b;
    if (!csv_open(path, &b, p, e))
        return NULL;
    struct table *t = NULL;
    if (lines)
        t = lines_read(b.data, b.size, source, e);
    else if (is_json_path(path) || (strcmp(path, "-") == 0 && begins_like_json(b.data, b.size)))
        t = csv_is_text(b.data, b.size, source, e) ? json_read_memory(b.data, b.size, source, p, e) : NULL;
    else
        t = csv_read_bytes(&b, source, o, p, note, e);
    csv_close(&b);
    return t;
}

struct table *table_read(const char *name_or_path, const struct csv_options *o, struct progress *p,
                         struct str *note, struct err *e)
{
    if (strcmp(name_or_path, "-") == 0)
        return read_bytes("-", "standard input", false, o, p, note, e);
    if (!*name_or_path) {
        err_set(e, ERR_INPUT, "the name of a dataset or file is empty");
        return NULL;
    }
    char *path = file_expand(name_or_path);
    struct table *t = NULL;
    const struct catalog_entry *entry = !file_exists(path) || (file_is_dir(path) && !strchr(name_or_path, '/'))
                                            ? catalog_find(name_or_path)
                                            : NULL;
    if (entry) {
        char *bundled = catalog_path(entry);
        if (bundled)
            t = read_bytes(bundled, entry->name, strcmp(entry->task, "text") == 0, o, p, note, e);
        else
            err_set(e, ERR_NOT_FOUND, "the bundled dataset '%s' isn't installed (no file %s)", entry->name,
                    entry->file);
        mem_free(bundled);
    } else if (!file_exists(path)) {
        name_unknown(name_or_path, e);
    } else {
        t = read_bytes(path, name_or_path, false, o, p, note, e);
    }
    mem_free(path);
    return t;
}

bool table_write(const struct table *t, const char *path, const struct csv_options *o, struct err *e)
{
    char *own = file_expand(path);
    bool ok;
    if (has_ending(own, (const char *const[]){".json", ".ndjson", ".jsonl", NULL})) {
        struct str s = STR_INIT;
        json_print_table(t, !str_ends(own, ".json"), &s);
        ok = file_write_atomic(own, str_get(&s), s.len, e);
        str_done(&s);
    } else {
        ok = csv_write_file(t, own, o, e);
    }
    mem_free(own);
    return ok;
}

char *table_name_from_path(const char *path)
{
    const char *base = file_base(path);
    size_t n = strlen(base);
    if (n > 3 && strcmp(base + n - 3, ".gz") == 0)
        n -= 3;
    for (size_t i = n; i-- > 1;)
        if (base[i] == '.') {
            n = i;
            break;
        }
    struct str s = STR_INIT;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)base[i];
        bool digit = c >= '0' && c <= '9';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        if (s.len == 0 && !letter)
            str_add(&s, digit ? "t" : "");
        if (letter || digit)
            str_addc(&s, (char)c);
        else if (s.len && s.s[s.len - 1] != '_')
            str_addc(&s, '_');
    }
    while (s.len && s.s[s.len - 1] == '_')
        s.s[--s.len] = 0;
    if (!s.len)
        str_add(&s, "table");
    return str_steal(&s);
}
