/* catalog: datasets/index.tsv, read once and kept for the life of the program. */
#include "data/catalog.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/str.h"
#include "base/vec.h"

#define FIELDS 9 /* name file task target rows cols title licence source */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char *text; /* the file; the entries point into it */
    struct catalog_entry *entry;
    size_t n;
} catalog;

/* Cuts the line into its fields; false when their number is wrong. */
static bool cut_fields(char *line, char *field[FIELDS])
{
    size_t n = 0;
    for (char *s = line; s && n < FIELDS; n++) {
        field[n] = s;
        s = strchr(s, '\t');
        if (s)
            *s++ = 0;
        if (n + 1 == FIELDS && s)
            return false;
    }
    return n == FIELDS;
}

static bool entry_parse(char *field[FIELDS], struct catalog_entry *out)
{
    int64_t rows, cols;
    if (!number_parse_int(field[4], strlen(field[4]), &rows) ||
        !number_parse_int(field[5], strlen(field[5]), &cols))
        return false;
    *out = (struct catalog_entry){field[0],   field[1], field[2], field[3], (long)rows,
                                  (long)cols, field[6], field[7], field[8]};
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct catalog_entry *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static bool catalog_load(struct err *e)
{
    char *path = file_locate("datasets/index.tsv");
    if (!path) {
        err_set(e, ERR_NOT_FOUND, "the bundled datasets aren't there: no datasets/index.tsv");
        return err_hint(e, "set LATHE_DATA_DIR to the folder that holds 'datasets', or install the program again");
    }
    struct file_bytes b;
    bool ok = file_read(path, &b, e);
    VEC(struct catalog_entry) entries = {0};
    char *text = ok ? mem_strndup(b.data, b.size) : NULL;
    char *line = text;
    for (int number = 1; ok && line && *line; number++) {
        char *next = strchr(line, '\n'), *field[FIELDS];
        struct catalog_entry entry;
        if (next)
            *next++ = 0;
        ok = cut_fields(line, field) && (number == 1 || entry_parse(field, &entry));
        if (!ok)
            err_set(e, ERR_DATA, "%s: line %d is not an entry of %d fields", path, number, FIELDS);
        else if (number > 1)
            vec_push(&entries, entry);
        line = next;
    }
    if (b.size)
        file_bytes_done(&b);
    mem_free(path);
    if (!ok) {
        mem_free(text);
        vec_done(&entries);
        return false;
    }
    if (entries.n)
        qsort(entries.v, entries.n, sizeof *entries.v, by_name);
    catalog.text = text;
    catalog.entry = entries.v;
    catalog.n = entries.n;
    return true;
}

const struct catalog_entry *catalog_entries(size_t *n, struct err *e)
{
    pthread_mutex_lock(&lock);
    bool ok = catalog.text || catalog_load(e);
    pthread_mutex_unlock(&lock);
    *n = ok ? catalog.n : 0;
    return ok ? catalog.entry : NULL;
}

const struct catalog_entry *catalog_find(const char *name)
{
    size_t n;
    const struct catalog_entry *all = catalog_entries(&n, NULL);
    if (!all || !name)
        return NULL;
    struct catalog_entry key = {.name = name};
    return bsearch(&key, all, n, sizeof key, by_name);
}

char *catalog_path(const struct catalog_entry *entry)
{
    char *relative = file_join("datasets", entry->file), *path = file_locate(relative);
    mem_free(relative);
    return path;
}
