/* csv_source: the bytes of a file, inflated when they are gzip's, and a look at whether they are text at all. */
#include "data/csv_text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/file.h"
#include "base/mem.h"

static bool is_gzip(const char *data, size_t size)
{
    return size >= 2 && (unsigned char)data[0] == 0x1f && (unsigned char)data[1] == 0x8b;
}

static bool gzip_broken(const char *path, const char *why, struct err *e)
{
    err_set(e, ERR_DATA, "%s: the gzip data is damaged: %s", path, why);
    return err_hint(e, "was the file copied or downloaded whole? 'gzip -t' tests it");
}

/* All members of a gzip file, one after the other. */
static bool inflate_all(const char *path, const char *data, size_t size, struct csv_bytes *out, struct progress *p,
                        struct err *e)
{
    z_stream z = {0};
    size_t cap = size < SIZE_MAX / 8 ? size * 4 + 4096 : size, n = 0, at = 0;
    char *text = mem_bulk(cap, 1, e);
    if (!text)
        return false;
    if (inflateInit2(&z, 15 + 16) != Z_OK) {
        mem_bulk_free(text);
        return err_set(e, ERR_MEMORY, "not enough memory to inflate %s", path);
    }
    int rc = Z_OK;
    bool ok = true;
    while (ok) {
        if (n + 64 >= cap) {
            char *larger = cap <= SIZE_MAX / 2 ? mem_bulk(cap * 2, 1, e) : NULL;
            if (!larger) {
                ok = false;
                break;
            }
            memcpy(larger, text, n);
            mem_bulk_free(text);
            text = larger;
            cap *= 2;
        }
        size_t in = size - at < (1u << 20) ? size - at : 1u << 20, room = cap - n - 64;
        room = room < (1u << 28) ? room : 1u << 28;
        z.next_in = (Bytef *)(uintptr_t)(data + at);
        z.avail_in = (uInt)in;
        z.next_out = (Bytef *)(text + n);
        z.avail_out = (uInt)room;
        rc = inflate(&z, Z_NO_FLUSH);
        at += in - z.avail_in;
        n += room - z.avail_out;
        if (rc == Z_STREAM_END) {
            if (at >= size || !is_gzip(data + at, size - at))
                break; /* what follows the last member is padding */
            inflateReset(&z);
        } else if (rc == Z_BUF_ERROR && at >= size && z.avail_out) {
            ok = gzip_broken(path, "it ends too early", e);
        } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
            ok = gzip_broken(path, z.msg ? z.msg : "it can't be inflated", e);
        }
        if (progress_cancelled(p))
            ok = err_set(e, ERR_CANCELLED, "reading %s was cancelled", path);
    }
    inflateEnd(&z);
    if (!ok) {
        mem_bulk_free(text);
        return false;
    }
    memset(text + n, 0, 64);
    *out = (struct csv_bytes){text, n, false, text, 0};
    return true;
}

bool csv_open(const char *path, struct csv_bytes *out, struct progress *p, struct err *e)
{
    struct file_bytes b;
    if (!file_read(path, &b, e))
        return false;
    if (is_gzip(b.data, b.size)) {
        bool ok = inflate_all(path, b.data, b.size, out, p, e);
        file_bytes_done(&b);
        return ok;
    }
    if (b.size == 0 && strlen(path) > 3 && strcmp(path + strlen(path) - 3, ".gz") == 0) {
        file_bytes_done(&b);
        return gzip_broken(path, "it is empty", e);
    }
    *out = (struct csv_bytes){b.data, b.size, b.map_size > 0, b.map, b.map_size};
    return true;
}

void csv_close(struct csv_bytes *b)
{
    if (b->map_size || b->mapped) {
        struct file_bytes f = {b->data, b->size, b->owned, b->map_size};
        file_bytes_done(&f);
    } else {
        mem_bulk_free(b->owned);
    }
    *b = (struct csv_bytes){"", 0, false, NULL, 0};
}

/* ---- is it text? -------------------------------------------------------------------------------------------- */

static const struct {
    const char *magic;
    size_t n;
    const char *what, *hint;
} kinds[] = {
    {"\x89PNG", 4, "a PNG picture", NULL},
    {"\xff\xd8\xff", 3, "a JPEG picture", NULL},
    {"GIF8", 4, "a GIF picture", NULL},
    {"%PDF-", 5, "a PDF document", NULL},
    {"\x7f"
     "ELF",
     4, "a program (ELF)", NULL},
    {"PK\x03\x04", 4, "a zip archive (or an xlsx or ods sheet)",
     "save the sheet as CSV, or unpack the archive first"},
    {"\xd0\xcf\x11\xe0", 4, "an old Office document (xls)", "save the sheet as CSV"},
    {"PAR1", 4, "a Parquet file", "export it as CSV"},
    {"ARROW1", 6, "an Arrow file", "export it as CSV"},
    {"\x89HDF", 4, "an HDF5 file", "export the table in it as CSV"},
    {"SQLite format 3", 15, "an SQLite database",
     "export a table of it as CSV: sqlite3 -csv -header FILE 'select …'"},
    {"BZh", 3, "bzip2 data", "unpack it with bunzip2; .csv.gz can be read as it is"},
    {"\xfd"
     "7zXZ",
     5, "xz data", "unpack it with unxz; .csv.gz can be read as it is"},
    {"\x28\xb5\x2f\xfd", 4, "zstd data", "unpack it with unzstd; .csv.gz can be read as it is"},
    {"\xff\xfe", 2, "text in UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW"},
    {"\xfe\xff", 2, "text in UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW"},
    {"RDX", 3, "an R data file", "write it from R with write.csv"},
    {"<!DOCTYPE html", 14, "a web page", "download the data itself, not the page about it"},
    {"<!doctype html", 14, "a web page", "download the data itself, not the page about it"},
    {"<html", 5, "a web page", "download the data itself, not the page about it"},
};

bool csv_is_text(const char *data, size_t size, const char *source, struct err *e)
{
    size_t blank = 0;
    while (blank < size &&
           (data[blank] == ' ' || data[blank] == '\n' || data[blank] == '\r' || data[blank] == '\t'))
        blank++;
    if (blank == size) {
        err_set(e, ERR_DATA, size ? "%s holds nothing but blank lines" : "%s is empty", source);
        return err_hint(e, "a table needs a header line and rows");
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (size >= kinds[i].n && memcmp(data, kinds[i].magic, kinds[i].n) == 0) {
            err_set(e, ERR_DATA, "%s is %s, not a table in text form", source, kinds[i].what);
            if (kinds[i].hint)
                err_hint(e, "%s", kinds[i].hint);
            return false;
        }
    size_t look = size < 65536 ? size : 65536;
    const char *zero = memchr(data, 0, look);
    if (zero) {
        err_set(e, ERR_DATA, "%s is binary, not text: byte %zu is zero", source, (size_t)(zero - data) + 1);
        return err_hint(e, "tables are read from text: CSV, TSV, JSON");
    }
    return true;
}
