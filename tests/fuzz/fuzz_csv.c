/* Any bytes as a CSV file: read or refused with a sentence, the same in one piece and cut into many; and what
 * is read comes back equal when it is written and read again. The first byte chooses options. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "data/csv.h"
#include "data/csv_text.h"
#include "data/json_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

static struct table *read_cut(const char *data, size_t n, const struct csv_options *o, size_t chunk,
                              struct str *note, struct err *e)
{
    csv_chunk_bytes(chunk);
    struct table *t = csv_read_memory(data, n, "fuzz", o, NULL, note, e);
    csv_chunk_bytes(0);
    must(t || (e->code != ERR_NONE && e->text[0]));
    return t;
}

static void write_and_read(const struct table *t)
{
    struct csv_options o = {.sep = ',', .header = CSV_HEADER_YES};
    struct err e = ERR_INIT;
    struct str s = STR_INIT;
    str_addc(&s, '\n'); /* a first name may look like the mark of another kind of file */
    csv_print(t, &o, &s);
    struct table *back = csv_read_memory(s.s, s.len, "fuzz", &o, NULL, NULL, &e);
    must(back && table_hash(back) == table_hash(t));
    table_unref(back);
    str_clear(&s);
    json_print_table(t, true, &s);
    back = json_read_memory(s.s, s.len, "fuzz", NULL, &e);
    must(back && table_rows(back) == table_rows(t));
    table_unref(back);
    str_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char seps[] = {0, 0, ',', ';', '\t', ' ', '|', ':'};
    if (n == 0)
        return 0;
    struct csv_options o = {.sep = seps[data[0] % 8]};
    o.header = (enum csv_header)(data[0] / 8 % 4 % 3);
    o.comment = data[0] & 64 ? "#" : NULL;
    o.max_rows = data[0] & 128 ? 3 : 0;
    const char *text = (const char *)data + 1;
    struct err e = ERR_INIT, f = ERR_INIT;
    struct str note = STR_INIT, other = STR_INIT;
    struct table *t = read_cut(text, n - 1, &o, 0, &note, &e);
    struct table *u = read_cut(text, n - 1, &o, 1 + n % 13, &other, &f);
    must(!t == !u);
    must(!t || table_hash(t) == table_hash(u));
    must(t || (strcmp(e.text, f.text) == 0 && e.line == f.line));
    must(strcmp(str_get(&note), str_get(&other)) == 0);
    if (t)
        write_and_read(t);
    table_unref(t);
    table_unref(u);
    struct err j = ERR_INIT;
    struct table *v = json_read_memory(text, n - 1, "fuzz", NULL, &j);
    must(v || j.text[0]);
    table_unref(v);
    str_done(&note);
    str_done(&other);
    return 0;
}
