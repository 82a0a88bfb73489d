/* Reading and writing delimited text. */
#include "data_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/lathe.h"
#include "base/file.h"
#include "base/pool.h"
#include "base/progress.h"
#include "data/csv.h"
#include "data/csv_mask.h"
#include "data/csv_text.h"

static struct table *parse(const char *text, const struct csv_options *o)
{
    struct err e = ERR_INIT;
    struct table *t = csv_read_memory(text, strlen(text), "x.csv", o, NULL, NULL, &e);
    if (!t)
        print_message("%s | %s\n", e.text, e.hint);
    return t;
}

/* "name:type[v1|v2|…] …": a table in one line, to compare with. */
static void describe(const struct table *t, struct str *out)
{
    for (size_t j = 0; j < table_cols(t); j++) {
        const struct column *c = table_column(t, j);
        str_printf(out, "%s%s:%s[", j ? " " : "", table_name(t, j), column_type_name(column_type(c)));
        for (size_t i = 0; i < table_rows(t); i++) {
            if (i)
                str_addc(out, '|');
            if (column_is_missing(c, i))
                str_addc(out, '?');
            column_print(c, i, out);
        }
        str_addc(out, ']');
    }
}

static void messy_texts_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a,b\n1,2\n3,4\n", "a:integer[1|3] b:integer[2|4]"},
        {"a,b\n1,2\n3,4", "a:integer[1|3] b:integer[2|4]"},
        {"a,b\r\n1,2\r\n3,4\r\n", "a:integer[1|3] b:integer[2|4]"},
        {"a,b\r1,2\r3,4\r", "a:integer[1|3] b:integer[2|4]"},
        {"\xef\xbb\xbf"
         "a,b\n1,2\n",
         "a:integer[1] b:integer[2]"},
        {"\n\na,b\n\n1,2\n   \n3,4\n\n", "a:integer[1|3] b:integer[2|4]"},
        {"a;b\n1,5;x\n2,5;y\n", "a:category[1,5|2,5] b:category[x|y]"},
        {"a\tb\n1\tx y\n2\tz\n", "a:integer[1|2] b:category[x y|z]"},
        {"a|b|c\n1|2|3\n", "a:integer[1] b:integer[2] c:integer[3]"},
        {"x y  z\n1  2 3\n 4 5   6 \n", "x:integer[1|4] y:integer[2|5] z:integer[3|6]"},
        {"a, b ,c\n 1 , x ,\t2\n", "a:integer[1] b:category[x] c:integer[2]"},
        {"a,b\n\"1\",\"x, \"\"y\"\"\n z\"\n2,\n", "a:integer[1|2] b:category[x, \"y\"\n z|?]"},
        {"a,b\n\"\",1\nNA,2\nN/A,3\nnull,4\n5,5\n", "a:integer[?|?|?|?|5] b:integer[1|2|3|4|5]"},
        {"a,b\nNaN,x\nnan,none\nNULL,-\n1.5,NA\n", "a:real[?|?|?|1.5] b:category[x|none|-|?]"},
        {"a,b,c\n1,true,0\n2.5,FALSE,1\n3,,1\n", "a:real[1|2.5|3] b:bool[true|false|?] c:integer[0|1|1]"},
        {"a,b\nyes,t\nno,f\n", "a:category[yes|no] b:category[t|f]"},
        {"zip,hex,d\n01234,0x10,1d5\n99999,0x11,2d5\n",
         "zip:category[01234|99999] hex:category[0x10|0x11] d:category[1d5|2d5]"},
        {"a,b\n0,0.5\n-0.5,10\n", "a:real[0|-0.5] b:real[0.5|10]"},
        {"d,t\n2020-02-29,2020-01-01 10:00\n1999-12-31,2020-01-01\n",
         "d:date[2020-02-29|1999-12-31] t:time[2020-01-01 10:00:00|2020-01-01 00:00:00]"},
        {"d\n2020-02-30\n2020-01-01\n", "d:category[2020-02-30|2020-01-01]"},
        {"big\n9223372036854775807\n1\n", "big:integer[9223372036854775807|1]"},
        {"big\n9223372036854775808\n1\n", "big:real[9.223372036854776e18|1]"},
        {"e\n1e3\n-2.5E-2\n", "e:real[1000|-0.025]"},
        {"a,a,\n1,2,3\n", "a:integer[1] a_2:integer[2] V3:integer[3]"},
        {"1,2\n3,4\n", "V1:integer[1|3] V2:integer[2|4]"},
        {"5.1,setosa\n4.9,setosa\n", "V1:real[5.1|4.9] V2:category[setosa|setosa]"},
        {"word,sign\ngood,plus\nbad,minus\n", "word:category[good|bad] sign:category[plus|minus]"},
        {"b\n1\n\n2\n", "b:integer[1|2]"},
        {"b\n1\n\"\"\n2\n", "b:integer[1|?|2]"},
        {"a,b\n,\n,\n", "a:real[?|?] b:real[?|?]"},
        {"x y\na 1 2\nb 3 4\n", "row:category[a|b] x:integer[1|3] y:integer[2|4]"},
        {"x y\n\"a  b\"  1 \n\"c\"   2", "x:category[a  b|c] y:integer[1|2]"},
        {"a,b\r\"x\ry\",1\rz,2\r", "a:category[x\ry|z] b:integer[1|2]"},
        {"pipe,n\n5\" pipe,1\n6\" pipe,2\n", "pipe:category[5\" pipe|6\" pipe] n:integer[1|2]"},
        {"caf\xc3\xa9,n\nna\xc3\xafve,1\n", "caf\xc3\xa9:category[na\xc3\xafve] n:integer[1]"},
        {"a,b\n1,true\n2,7\n", "a:integer[1|2] b:category[true|7]"},
        {"a\n1\n2020-01-01\n", "a:category[1|2020-01-01]"},
        {"a\ninf\n-Infinity\n1\n", "a:real[inf|-inf|1]"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct table *t = parse(cases[i].text, NULL);
        assert_non_null(t);
        struct str s = STR_INIT;
        describe(t, &s);
        assert_string_equal(s.s, cases[i].want);
        str_done(&s);
        table_unref(t);
    }
}

static void options_are_obeyed(void **state)
{
    (void)state;
    static const char *const codes[] = {"?", "-9"}, *const types[] = {"zip", "text",     "n", "f64",
                                                                      "g",   "category", NULL};
    static const struct {
        const char *text;
        struct csv_options o;
        const char *want;
    } cases[] = {
        {"a,b\n?,-9\n1,NA\n", {.missing = codes, .n_missing = 2}, "a:integer[?|1] b:category[?|NA]"},
        {"zip,n,g\n01,1,3\n2,x,3\n", {.type_names = types}, "zip:text[01|2] n:real[1|?] g:category[3|3]"},
        {"# made by hand\na,b\n#x,y\n1,\"#2\"\n", {.comment = "#"}, "a:integer[1] b:category[#2]"},
        {"made by hand\nin 2020\na,b\n1,2\n", {.skip = 2}, "a:integer[1] b:integer[2]"},
        {"a,b\n1,2\n3,4\n5,6\n", {.max_rows = 2}, "a:integer[1|3] b:integer[2|4]"},
        {"a,b\n1,2\n3,4\n", {.header = CSV_HEADER_NO}, "V1:category[a|1|3] V2:category[b|2|4]"},
        {"1,2\n3,4\n", {.header = CSV_HEADER_YES}, "1:integer[3] 2:integer[4]"},
        {"a:b\n1:'x:y'\n", {.sep = ':', .quote = '\''}, "a:integer[1] b:category[x:y]"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct table *t = parse(cases[i].text, &cases[i].o);
        assert_non_null(t);
        struct str s = STR_INIT;
        describe(t, &s);
        assert_string_equal(s.s, cases[i].want);
        str_done(&s);
        table_unref(t);
    }
}

static void errors_say_where_and_what(void **state)
{
    (void)state;
    static const char *const types[] = {"aa", "text", NULL}, *const kinds[] = {"a", "blob", NULL};
    static const struct {
        const char *text;
        size_t n; /* 0: strlen */
        struct csv_options o;
        const char *want;
        int line;
        enum err_code code;
    } cases[] = {
        {"", 0, {0}, "x.csv is empty", 0, ERR_DATA},
        {"\n \n", 0, {0}, "x.csv holds nothing but blank lines", 0, ERR_DATA},
        {"a,b\n", 0, {0}, "x.csv has a header and no rows", 0, ERR_DATA},
        {"a,b\n1,2\n\n1,2,3\n", 0, {0}, "x.csv: line 4 has 3 fields, the header has 2", 4, ERR_DATA},
        {"a,b\n1,2\n1\n", 0, {0}, "x.csv: line 3 has 1 field, the header has 2", 3, ERR_DATA},
        {"1,2\n1,2\n1\n", 0, {0}, "x.csv: line 3 has 1 field, the first row has 2", 3, ERR_DATA},
        {"a,b\n\"x\ny\",2\n\"1\",2,3\n", 0, {0}, "x.csv: line 4 has 3 fields, the header has 2", 4, ERR_DATA},
        {"a,b\n1,2\n3,\"x\n4,5\n", 0, {0}, "x.csv: a quote that is opened in line 3 is never closed", 3, ERR_DATA},
        {"\x89PNG\r\n\x1a\n....", 0, {0}, "x.csv is a PNG picture, not a table in text form", 0, ERR_DATA},
        {"PK\x03\x04....",
         0,
         {0},
         "x.csv is a zip archive (or an xlsx or ods sheet), not a table in text form",
         0,
         ERR_DATA},
        {"\x7f"
         "ELF....",
         0,
         {0},
         "x.csv is a program (ELF), not a table in text form",
         0,
         ERR_DATA},
        {"PAR1....", 0, {0}, "x.csv is a Parquet file, not a table in text form", 0, ERR_DATA},
        {"\xff\xfe"
         "a,b",
         0,
         {0},
         "x.csv is text in UTF-16, not a table in text form",
         0,
         ERR_DATA},
        {"a,b\n1,\0\n", 8, {0}, "x.csv is binary, not text: byte 7 is zero", 0, ERR_DATA},
        {"a,b\n1,2\n", 0, {.type_names = types}, "no column 'aa' in x.csv", 0, ERR_NOT_FOUND},
        {"a,b\n1,2\n", 0, {.type_names = kinds}, "'blob' is not a type of column", 0, ERR_INPUT},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        size_t n = cases[i].n ? cases[i].n : strlen(cases[i].text);
        struct table *t = csv_read_memory(cases[i].text, n, "x.csv", &cases[i].o, NULL, NULL, &e);
        if (t)
            fail_msg("case %zu was read", i);
        assert_string_equal(e.text, cases[i].want);
        assert_int_equal(e.line, cases[i].line);
        assert_int_equal(e.code, cases[i].code);
    }
}

static void notes_say_what_was_guessed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a,b\n1,2\n", ""},
        {"a;b\n1;2\n", "Cells are separated by semicolons."},
        {"1,2\n3,4\n", "No header was found, so the columns are called V1 to V2."},
        {"a,a\n1,2\n", "1 column had a name that was taken, and got a number behind it."},
        {"a,b\n1,x\xe9\n", "Line 2 has bytes that aren't UTF-8; they are kept as they are."},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str note = STR_INIT;
        struct table *t = csv_read_memory(cases[i].text, strlen(cases[i].text), "x", NULL, NULL, &note, NULL);
        assert_non_null(t);
        assert_string_equal(str_get(&note), cases[i].want);
        str_done(&note);
        table_unref(t);
    }
}

static void text_is_told_from_category(void **state)
{
    (void)state;
    struct str s = STR_INIT;
    str_add(&s, "id,kind,long,many\n");
    for (int i = 0; i < 5000; i++)
        str_printf(&s, "row %d,k%d,%d%0*d,m%d\n", i, i % 7, i % 3, 70, 0, i % 1001);
    struct table *t = parse(s.s, NULL);
    static const enum column_type want[] = {COLUMN_TEXT, COLUMN_CATEGORY, COLUMN_TEXT, COLUMN_TEXT};
    for (size_t j = 0; j < 4; j++)
        assert_int_equal(column_type(table_column(t, j)), want[j]);
    table_unref(t);
    str_clear(&s);
    str_add(&s, "id,many\n"); /* 1000 different ones are still categories */
    for (int i = 0; i < 5000; i++)
        str_printf(&s, "%d,m%d\n", i, i % 1000);
    t = parse(s.s, NULL);
    assert_int_equal(column_type(table_column(t, 1)), COLUMN_CATEGORY);
    assert_int_equal(dictionary_size(column_dictionary(table_column(t, 1))), 1000);
    assert_string_equal(printed(table_column(t, 1), 4999), "m999");
    table_unref(t);
    str_done(&s);
}

/* What a column is does not depend on where its odd cell stands. */
static void one_late_cell_widens_a_column(void **state)
{
    (void)state;
    enum { N = 200000 };
    static const struct {
        const char *common, *odd;
        enum column_type type;
    } cases[] = {{"7", "7.5", COLUMN_F64},
                 {"7", "x", COLUMN_CATEGORY},
                 {"7", "007", COLUMN_CATEGORY},
                 {"", "3", COLUMN_I64},
                 {"", "2020-01-01", COLUMN_DATE},
                 {"true", "maybe", COLUMN_CATEGORY},
                 {"1.5", "NA", COLUMN_F64},
                 {"2020-01-01", "2020-01-01 10:00", COLUMN_TIME},
                 {"7", "99999999999999999999", COLUMN_F64},
                 {"7", "true", COLUMN_CATEGORY}};
    for (size_t k = 0; k < COUNT(cases); k++) {
        struct str s = STR_INIT;
        str_add(&s, "n,x,pad\n");
        for (int i = 0; i < N; i++)
            str_printf(&s, "%d,%s,abcdefgh\n", i, i == N - 5 ? cases[k].odd : cases[k].common);
        struct table *t = parse(s.s, NULL);
        const struct column *c = table_column(t, 1);
        assert_int_equal(table_rows(t), N);
        assert_int_equal(column_type(c), cases[k].type);
        struct column *back = column_cast(c, COLUMN_TEXT, NULL, NULL);
        size_t missing = column_missing(c);
        assert_int_equal(missing, !*cases[k].common ? N - 1 : strcmp(cases[k].odd, "NA") == 0 ? 1 : 0);
        assert_string_equal(printed(table_column(t, 0), N - 5), "199995");
        column_unref(back);
        table_unref(t);
        str_done(&s);
    }
}

/* 5 MB with quoted newlines, quotes and separators, empty cells, and text of every length. */
static void make_big(struct str *s, uint64_t seed, bool stray)
{
    str_add(s, "id,word,price,note,day\n");
    for (uint64_t i = 0; s->len < 5000000; i++) {
        str_printf(s, "%llu,", (unsigned long long)i);
        str_printf(s, "w%u,", lt_below(seed, 1, i, 300));
        if (lt_below(seed, 2, i, 10))
            str_printf(s, "%.2f", 1000 * lt_uniform(seed, 3, i));
        str_addc(s, ',');
        uint32_t kind = lt_below(seed, 4, i, 8), n = lt_below(seed, 5, i, 60);
        if (kind == 0)
            str_printf(s, "\"said \"\"%u\"\",\n", n);
        else if (kind == 1)
            str_addc(s, '"');
        for (uint32_t k = 0; k < n; k++)
            str_addc(s, (char)('a' + lt_below(seed, 6 + k, i, 26)));
        if (kind == 0)
            str_add(s, "\r\n\"");
        else if (kind == 1)
            str_addc(s, '"');
        else if (stray && i % 5000 == 77)
            str_add(s, "x\"y");
        str_printf(s, ",2020-01-%02u\n", 1 + lt_below(seed, 99, i, 28));
    }
}

static void parallel_equals_serial(void **state)
{
    (void)state;
    for (int stray = 0; stray < 2; stray++) {
        struct str s = STR_INIT;
        make_big(&s, 5, stray);
        pool_set_threads(1);
        struct table *one = parse(s.s, NULL);
        pool_set_threads(3);
        struct table *many = parse(s.s, NULL);
        pool_set_threads(0);
        assert_non_null(one);
        assert_true(table_hash(one) == table_hash(many));
        assert_int_equal(column_type(table_column(one, 0)), COLUMN_I64);
        assert_int_equal(column_type(table_column(one, 1)), COLUMN_CATEGORY);
        assert_int_equal(column_type(table_column(one, 2)), COLUMN_F64);
        assert_int_equal(column_type(table_column(one, 3)), COLUMN_TEXT);
        assert_int_equal(column_type(table_column(one, 4)), COLUMN_DATE);
        for (size_t i = 0; i < table_rows(one); i++)
            if (column_i64(table_column(one, 0))[i] != (int64_t)i)
                fail_msg("row %zu has id %lld", i, (long long)column_i64(table_column(one, 0))[i]);
        /* and it comes back from what is written of it */
        struct str out = STR_INIT;
        csv_print(one, NULL, &out);
        struct table *back = csv_read_memory(out.s, out.len, "x.csv", NULL, NULL, NULL, NULL);
        assert_true(table_hash(back) == table_hash(one));
        char path[] = "/tmp/lathe-csv-XXXXXX"; /* the file, printed in blocks, has the same bytes */
        int fd = mkstemp(path);
        struct file_bytes written;
        assert_true(fd >= 0 && csv_write_file(one, path, NULL, NULL) && file_read(path, &written, NULL));
        assert_int_equal(written.size, out.len);
        assert_memory_equal(written.data, out.s, out.len);
        file_bytes_done(&written);
        close(fd);
        unlink(path);
        str_done(&out);
        str_done(&s);
        table_unref(one);
        table_unref(many);
        table_unref(back);
    }
}

/* Cut into pieces of a few bytes, a text reads as it does in one. */
static void cutting_changes_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a,b\n1,x\n2,\"y\nz\"\n3,\"\"\n4,\"p\"\"q\"\n",
        "a,b\n1,5\" pipe\n2,6\" pipe\n3,plain\n4,\"\nquoted\n\"\n",
        "a,b\r\n1,x\r\n\r\n   \r\n2,\"y\r\n\"\r\n3,z",
        "a,b,c\n1,true,2020-01-01\n2,x,2020-01-01 10:00\n3.5,false,\n,,NA\n",
        "a very long header,b\n1,2\n3,4\n",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct table *whole = parse(texts[i], NULL);
        for (size_t chunk = 1; chunk < 30; chunk++) {
            csv_chunk_bytes(chunk);
            struct table *t = parse(texts[i], NULL);
            csv_chunk_bytes(0);
            assert_non_null(t);
            assert_true(table_hash(t) == table_hash(whole));
            table_unref(t);
        }
        table_unref(whole);
    }
}

/* The two readers agree: a text without quotes, and the same with every cell quoted. */
static void scanner_equals_libcsv(void **state)
{
    (void)state;
    struct str plain = STR_INIT, quoted = STR_INIT;
    str_add(&plain, "a,b,c,d\n");
    str_add(&quoted, "\"a\",\"b\",\"c\",\"d\"\n");
    for (uint64_t i = 0; i < 40000; i++) {
        char cell[4][40] = {"", "", "", ""};
        snprintf(cell[0], 40, "%d", (int)lt_below(1, 0, i, 1000000) - 500000);
        snprintf(cell[1], 40, "%.*g", 1 + (int)lt_below(1, 1, i, 17),
                 lt_uniform(1, 2, i) * pow(10, lt_below(1, 3, i, 40)));
        snprintf(cell[2], 40, "w%u", lt_below(1, 4, i, 50));
        if (lt_below(1, 5, i, 3))
            snprintf(cell[3], 40, "text %llu", (unsigned long long)lt_random(1, 6, i));
        for (int j = 0; j < 4; j++) {
            str_printf(&plain, "%s%s%s", j ? "," : "", i % 7 ? "" : " ", cell[j]);
            str_printf(&quoted, "%s\"%s\"", j ? "," : "", cell[j]);
        }
        str_add(&plain, i % 3 ? "\n" : "\r\n");
        str_add(&quoted, i % 5 ? "\n" : " \r\n");
    }
    struct table *a = parse(plain.s, NULL), *b = parse(quoted.s, NULL);
    assert_true(table_hash(a) == table_hash(b));
    for (size_t i = 0; i < 200; i++) /* numbers as strtod has them */
        assert_true(column_type(table_column(a, 1)) == COLUMN_F64);
    table_unref(a);
    table_unref(b);
    str_done(&plain);
    str_done(&quoted);
}

struct walked {
    const struct table *t;
    size_t rows;
    bool ragged;
};

/* A row as libcsv has it against the table's. */
static bool same_row(void *arg, const struct csv_row *row)
{
    struct walked *w = arg;
    if (row->n != 3) {
        w->ragged = true;
        return false;
    }
    for (size_t j = 0; w->t && w->rows < table_rows(w->t) && j < 3; j++) {
        size_t n;
        const char *s = column_text(table_column(w->t, j), w->rows, &n);
        assert_int_equal(s ? n : 0, row->length[j]);
        if (s)
            assert_memory_equal(s, row->field[j], n);
    }
    w->rows++;
    return true;
}

/* Quotes where they belong and where they don't: every cell is what libcsv, fed line by line, says it is. */
static void quotes_are_read_as_libcsv_does(void **state)
{
    (void)state;
    static const char *const right[] = {"1",          "word",         "\"\"",
                                        "\"x\"",      "\"a,b\"",      "\"\n\"",
                                        "\"l\r\nm\"", "\"p\"\"q\"",   "\"\"\"\"",
                                        " \" s \" ",  "\"\"\"\"\"\"", "two words",
                                        "",           "\t7 ",         "a longer cell of words"};
    static const char *const wrong[] = {"5\" pipe", "\"a\"b", "\"a\" \"b\"", "a\"b,\"", "\"x\"y\"", "\"\"\""};
    static const char *const types[] = {"a", "text", "b", "text", "c", "text", NULL};
    static const char *const none[] = {NULL};
    size_t read = 0, refused = 0;
    for (uint64_t k = 0; k < 3000; k++) {
        struct str s = STR_INIT;
        str_add(&s, "a,b,c\nfirst,row,x\n"); /* with a cell too many the header would lack one */
        for (uint32_t i = 0, rows = 1 + lt_below(3, 0, k, 30); i < rows; i++)
            for (uint32_t j = 0; j < 3; j++) {
                uint64_t at = k * 1000 + i * 3 + j;
                bool odd = k % 2 && lt_below(3, 1, at, 20) == 0;
                const char *cell =
                    odd ? wrong[lt_below(3, 2, at, COUNT(wrong))] : right[lt_below(3, 2, at, COUNT(right))];
                const char *end = j < 2 ? "," : i + 1 == rows && k % 3 == 0 ? "" : k % 5 ? "\n" : "\r\n";
                str_printf(&s, "%s%s", cell, end);
            }
        struct csv_options o = {
            .sep = ',', .header = CSV_HEADER_YES, .type_names = types, .missing = none, .n_missing = 0};
        csv_chunk_bytes(k % 7 == 0 ? 50 : 0);
        struct table *t = csv_read_memory(s.s, s.len, "x.csv", &o, NULL, NULL, NULL);
        csv_chunk_bytes(0);
        struct walked w = {.t = t};
        const char *open, *rows = strchr(s.s, '\n') + 1;
        bool closed = csv_walk(rows, s.s + s.len, ',', '"', same_row, &w, &open);
        if (t) {
            assert_true(closed && !w.ragged);
            assert_int_equal(w.rows, table_rows(t));
        } else {
            assert_true(!closed || w.ragged || w.rows == 0);
        }
        *(t ? &read : &refused) += 1;
        table_unref(t);
        str_done(&s);
    }
    assert_true(read > 1500 && refused > 100);
}

static void numbers_equal_strtod(void **state)
{
    (void)state;
    struct str s = STR_INIT;
    str_add(&s, "x\n0.5\n");
    static char cell[20000][40];
    for (uint64_t i = 0; i < 20000; i++) {
        int digits = 1 + (int)lt_below(2, 0, i, 17);
        double x = (lt_uniform(2, 1, i) - 0.5) * pow(10, (int)lt_below(2, 2, i, 30) - 12);
        snprintf(cell[i], sizeof cell[i], i % 2 ? "%.*f" : "%.*g", digits, x);
        str_printf(&s, "%s\n", cell[i]);
    }
    struct table *t = parse(s.s, NULL);
    const double *x = column_f64(table_column(t, 0));
    for (size_t i = 0; i < 20000; i++)
        if (x[i + 1] != strtod(cell[i], NULL))
            fail_msg("%s reads as %.17g", cell[i], x[i + 1]);
    table_unref(t);
    str_done(&s);
}

static void masks_equal_plain_ones(void **state)
{
    (void)state;
    char block[64];
    for (uint64_t k = 0; k < 200; k++) {
        for (uint64_t i = 0; i < 64; i++)
            block[i] = (char)lt_below(9, k, i, k % 2 ? 8 : 256);
        assert_true(mask_byte(block, 3) == mask_byte_plain(block, 3));
        assert_true(mask_three(block, 1, 2, 5) == mask_three_plain(block, 1, 2, 5));
        assert_true(mask_high(block) == mask_high_plain(block));
        uint64_t m = mask_byte(block, 3), parity = mask_parity(m);
        for (int i = 0; i < 64; i++)
            assert_int_equal((parity >> i) & 1, __builtin_popcountll(m << (63 - i)) & 1);
    }
}

static void files_go_round(void **state)
{
    (void)state;
    char dir[] = "/tmp/lathe-csv-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct table *t =
        parse("a,b,c,d,e\n1,x,2.0,2020-01-01,true\n,\" y \",3.0,,false\n3,\"p\tq,\"\"\",NA,2020-01-02,\n", NULL);
    static const char *const names[] = {"t.csv", "t.tsv", "t.csv.gz", "t.tsv.gz"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[128];
        struct err e = ERR_INIT;
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        assert_true(csv_write_file(t, path, NULL, &e));
        struct table *back = csv_read(path, NULL, NULL, NULL, &e);
        assert_non_null(back);
        assert_true(table_hash(back) == table_hash(t));
        assert_string_equal(table_source(back), path);
        table_unref(back);
        if (i == 2) { /* cut short */
            struct file_bytes b;
            assert_true(file_read(path, &b, &e));
            assert_true(file_write_atomic(path, b.data, b.size / 2, &e));
            file_bytes_done(&b);
            assert_null(csv_read(path, NULL, NULL, NULL, &e));
            assert_int_equal(e.code, ERR_DATA);
            assert_non_null(strstr(e.text, "gzip"));
        }
        unlink(path);
    }
    struct err e = ERR_INIT;
    assert_null(csv_read(dir, NULL, NULL, NULL, &e));
    assert_int_equal(e.code, ERR_IO);
    char absent[128];
    snprintf(absent, sizeof absent, "%s/none.csv", dir);
    assert_null(csv_read(absent, NULL, NULL, NULL, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_false(csv_write_file(t, "/nonexistent/x.csv", NULL, &e));
    rmdir(dir);
    table_unref(t);
}

static void reading_can_be_cancelled(void **state)
{
    (void)state;
    struct progress *p = progress_new();
    progress_cancel(p);
    struct err e = ERR_INIT;
    assert_null(csv_read_memory("a\n1\n", 4, "x", NULL, p, NULL, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    progress_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messy_texts_are_read),
        cmocka_unit_test(options_are_obeyed),
        cmocka_unit_test(errors_say_where_and_what),
        cmocka_unit_test(notes_say_what_was_guessed),
        cmocka_unit_test(text_is_told_from_category),
        cmocka_unit_test(one_late_cell_widens_a_column),
        cmocka_unit_test(parallel_equals_serial),
        cmocka_unit_test(cutting_changes_nothing),
        cmocka_unit_test(scanner_equals_libcsv),
        cmocka_unit_test(numbers_equal_strtod),
        cmocka_unit_test(quotes_are_read_as_libcsv_does),
        cmocka_unit_test(masks_equal_plain_ones),
        cmocka_unit_test(files_go_round),
        cmocka_unit_test(reading_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
