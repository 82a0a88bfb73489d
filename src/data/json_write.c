/* json_write: a table as records. */
#include "data/json_table.h"

#include "base/json.h"

static void put_value(const struct column *c, size_t i, struct str *out, struct str *text)
{
    if (column_is_missing(c, i)) {
        str_add(out, "null");
        return;
    }
    switch (column_type(c)) {
    case COLUMN_F64:
        json_number(out, column_f64(c)[i]);
        break;
    case COLUMN_I64:
        json_int(out, column_i64(c)[i]);
        break;
    case COLUMN_BOOL:
        str_add(out, column_bool(c)[i] ? "true" : "false");
        break;
    default:
        str_clear(text);
        column_print(c, i, text);
        json_string_n(out, str_get(text), text->len);
    }
}

void json_print_table(const struct table *t, bool lines, struct str *out)
{
    struct str text = STR_INIT;
    if (!lines)
        str_add(out, "[\n");
    for (size_t i = 0; i < table_rows(t); i++) {
        str_addc(out, '{');
        for (size_t j = 0; j < table_cols(t); j++) {
            if (j)
                str_addc(out, ',');
            json_string(out, table_name(t, j));
            str_addc(out, ':');
            put_value(table_column(t, j), i, out, &text);
        }
        str_add(out, lines || i + 1 == table_rows(t) ? "}\n" : "},\n");
    }
    if (!lines)
        str_add(out, "]\n");
    str_done(&text);
}
