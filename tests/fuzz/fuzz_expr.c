/* Any bytes as an expression of filter and mutate, and as a query: an answer or a sentence; filtered rows
 * ascend. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "data/csv.h"
#include "data/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

static struct table *table;
static struct progress *volatile running;

static void too_long(int number)
{
    (void)number;
    if (running)
        progress_cancel(running);
}

/* Queries that never end are stopped after a second. */
static void begin(void)
{
    running = progress_new();
    signal(SIGALRM, too_long);
    alarm(1);
}

static void end(void)
{
    struct progress *p = running;
    alarm(0);
    running = NULL;
    progress_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char csv[] = "id,age,sex,born,seen,ok,name\n1,22.5,male,1990-01-31,2020-01-01 10:00,true,Ann\n"
                              "2,,female,,,,\n3,30,male,2000-02-29,2020-01-02 11:30,false,Bo\n";
    if (!table)
        table = csv_read_memory(csv, sizeof csv - 1, "fuzz", NULL, NULL, NULL, NULL);
    char *text = malloc(n + 1);
    must(table && text);
    if (n)
        memcpy(text, data, n);
    text[n] = 0;
    struct err e = ERR_INIT;
    uint32_t *rows;
    size_t found;
    begin();
    bool ok = sql_filter(table, text, &rows, &found, running, &e);
    must(ok || e.text[0]);
    must(e.to == 0 || (e.from >= 0 && e.from < e.to && (size_t)e.to <= strlen(text)));
    for (size_t i = 0; ok && i < found; i++)
        must(rows[i] < 3 && (i == 0 || rows[i] > rows[i - 1]));
    if (ok)
        mem_bulk_free(rows);
    end();
    begin();
    e = ERR_INIT;
    struct column *c = sql_compute(table, text, running, &e);
    must(c ? column_size(c) == 3 : e.text[0] != 0);
    column_unref(c);
    end();
    begin();
    e = ERR_INIT;
    struct sql_source source = {"t", table};
    struct table *t = sql_query(&source, 1, text, running, &e);
    must(t || e.text[0]);
    table_unref(t);
    end();
    free(text);
    return 0;
}
