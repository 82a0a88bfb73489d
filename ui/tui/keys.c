/* keys: the table of keys. */
#include "ui/tui/keys.h"

#include "base/utf8.h"
#include "ui/tui/actions.h"
#include "ui/tui/input.h"
#include "view/view.h"

#define C_X 24
#define CTRL(c) ((c) & 31)

const struct key_row key_rows[] = {
    /* the table browser: VisiData's keys */
    {KEYS_BROWSER, 0, '[', "[", "sort up", NULL, "sort %c", NULL, NULL, true},
    {KEYS_BROWSER, 0, ']', "]", "sort down", NULL, "sort -%c", NULL, NULL, true},
    {KEYS_BROWSER, 0, 'F', "F", "count", NULL, "freq %c", NULL, NULL, true},
    {KEYS_BROWSER, 0, 'I', "I", "describe", NULL, "describe %c", NULL, NULL, true},
    {KEYS_BROWSER, 0, '.', ".", "plot", act_browser_plot, NULL, NULL, NULL, true},
    {KEYS_BROWSER, 0, 't', "t", "target", NULL, "target %c", NULL, NULL, true},
    {KEYS_BROWSER, 0, '-', "-", "leave column out", NULL, "select -%c", NULL, NULL, false},
    {KEYS_BROWSER, 0, 'u', "u", "undo", NULL, "undo", NULL, NULL, true},
    {KEYS_BROWSER, 0, '!', "!", "keep columns up to this one in sight", act_browser_freeze, NULL, NULL, NULL, false},
    {KEYS_BROWSER, 0, '\r', "Enter", "do what the row says", act_browser_enter, NULL, NULL, NULL, false},
    {KEYS_BROWSER, 0, 'f', "f", "keep columns in sight (a digit follows)", act_prefix_freeze, NULL, NULL, NULL, false},

    /* lists */
    {KEYS_WORK, 0, '\r', "Enter", "do what the line says", act_work_enter, NULL, NULL, NULL, true},
    {KEYS_SHELF, 0, '\r', "Enter", "open", act_shelf_enter, NULL, NULL, NULL, true},
    {KEYS_SHELF, 0, 'u', "u", "undo", NULL, "undo", NULL, NULL, true},
    {KEYS_WORK, 0, '[', "[", "block before", act_block_before, NULL, NULL, NULL, false},
    {KEYS_WORK, 0, ']', "]", "block after", act_block_after, NULL, NULL, NULL, false},
    {KEYS_WORK, 0, 'u', "u", "undo", NULL, "undo", NULL, NULL, false},

    /* pictures */
    {KEYS_PICTURE, 0, '[', "[", "picture before", act_picture_before, NULL, NULL, NULL, true},
    {KEYS_PICTURE, 0, ']', "]", "picture after", act_picture_after, NULL, NULL, NULL, true},
    {KEYS_PICTURE, 0, IN_LEFT, "Left", "picture before", act_picture_before, NULL, NULL, NULL, false},
    {KEYS_PICTURE, 0, IN_RIGHT, "Right", "picture after", act_picture_after, NULL, NULL, NULL, false},
    {KEYS_PICTURE, 0, '\r', "Enter", "all the place, or not", act_zoom, NULL, NULL, NULL, true},

    /* all panes */
    {KEYS_WORK | KEYS_BROWSER, 0, '/', "/", "search", act_search, NULL, NULL, NULL, true},
    {KEYS_WORK | KEYS_BROWSER, 0, 'n', "n", "next hit", act_search_next, NULL, NULL, NULL, false},
    {KEYS_WORK | KEYS_BROWSER, 0, 'N', "N", "hit before", act_search_before, NULL, NULL, NULL, false},
    {KEYS_LISTS | KEYS_BROWSER, 0, 'y', "y", "copy the line, or the cell", act_copy, NULL, NULL, NULL, false},
    {KEYS_PANES, 0, '\t', "Tab", "next pane", act_focus_next, NULL, NULL, NULL, true},
    {KEYS_PANES, 0, IN_SHIFT_TAB, "S-Tab", "pane before", act_focus_before, NULL, NULL, NULL, false},
    {KEYS_PANES, 0, '+', "+", "all the place, or not", act_zoom, NULL, NULL, NULL, false},
    {KEYS_PANES, 0, ':', ":", "to the prompt", act_prompt, NULL, NULL, NULL, false},
    {KEYS_PANES, 0, 'q', "q", "close", act_leave, NULL, NULL, NULL, true},
    {KEYS_PANES, 0, IN_ESCAPE, "Esc", "to the prompt", act_prompt, NULL, NULL, NULL, false},
    {KEYS_PANES, 0, '?', "?", "all keys", act_keys, NULL, NULL, NULL, true},

    /* everywhere */
    {KEYS_ALL, 0, IN_F1, "F1", "what can be done here", act_keys, NULL, NULL, NULL, false},
    {KEYS_ALL, 0, IN_F2, "F2", "all verbs", act_verbs, NULL, NULL, NULL, false},
    {KEYS_ALL, 0, IN_F6, "F6", "next pane", act_focus_next, NULL, NULL, NULL, false},
    {KEYS_ALL, 0, IN_SHIFT_F6, "S-F6", "pane before", act_focus_before, NULL, NULL, NULL, false},
    {KEYS_ALL, C_X, 'o', "C-x o", "next pane", act_focus_next, NULL, "lathe-next-pane", "\\C-xo", false},
    {KEYS_ALL, C_X, '1', "C-x 1", "all the place for one pane, or not", act_zoom, NULL, "lathe-zoom", "\\C-x1", false},
    {KEYS_ALL, C_X, '0', "C-x 0", "close this pane", act_close, NULL, "lathe-close-pane", "\\C-x0", false},
    {KEYS_ALL, C_X, '2', "C-x 2", "two panes", NULL, "set layout two", "lathe-two-panes", "\\C-x2", false},
    {KEYS_ALL, C_X, '3', "C-x 3", "three panes", NULL, "set layout three", "lathe-three-panes", "\\C-x3", false},
    {KEYS_ALL, C_X, 'w', "C-x w", "the work pane", act_show_work, NULL, "lathe-work", "\\C-xw", false},
    {KEYS_ALL, C_X, 'p', "C-x p", "the picture", act_show_picture, NULL, "lathe-picture", "\\C-xp", false},
    {KEYS_ALL, C_X, 's', "C-x s", "the shelf", act_show_shelf, NULL, "lathe-shelf", "\\C-xs", false},
    {KEYS_ALL, C_X, 'l', "C-x l", "what modules and libraries said", NULL, "log", "lathe-log", "\\C-xl", false},
    {KEYS_ALL, C_X, '?', "C-x ?", "what can be done here", act_keys, NULL, "lathe-keys", "\\C-x?", false},
    {KEYS_ALL, 0, CTRL('L'), "C-l", "draw the screen again", act_repaint, NULL, NULL, NULL, false},
    {KEYS_PROMPT, 0, IN_PAGE_UP, "PgUp", "scroll the results", act_work_up, NULL, NULL, NULL, false},
    {KEYS_PROMPT, 0, IN_PAGE_DOWN, "PgDn", "scroll the results", act_work_down, NULL, NULL, NULL, false},
};
const size_t key_row_count = sizeof key_rows / sizeof *key_rows;

const struct key_row *keys_find(unsigned where, int prefix, int key)
{
    for (size_t i = 0; i < key_row_count; i++) {
        const struct key_row *r = &key_rows[i];
        if ((r->where & where) && r->prefix == prefix && r->key == key)
            return r;
    }
    return NULL;
}

void keys_hint(struct str *out, unsigned where, int width)
{
    struct str one = STR_INIT;
    size_t used = 0;
    for (size_t i = 0; i < key_row_count; i++) {
        const struct key_row *r = &key_rows[i];
        if (!(r->where & where) || !r->hint)
            continue;
        str_clear(&one);
        str_printf(&one, "%s%s %s", used ? "   " : "", r->shown, r->does);
        size_t w = utf8_width(str_get(&one));
        if (used + w > (size_t)(width > 0 ? width : 0))
            continue;
        str_add(out, str_get(&one));
        used += w;
    }
    str_done(&one);
}

struct view *keys_view(void)
{
    static const struct view_column columns[] = {
        {.name = "key", .type = CELL_TEXT}, {.name = "where", .type = CELL_TEXT}, {.name = "does", .type = CELL_TEXT}};
    static const struct {
        unsigned where;
        const char *name;
    } places[] = {{KEYS_ALL, "everywhere"}, {KEYS_PANES, "in panes"}, {KEYS_LISTS, "work, shelf"},
                  {KEYS_LISTS | KEYS_BROWSER, "work, shelf, table"},
                  {KEYS_WORK | KEYS_BROWSER, "work, table"}, {KEYS_BROWSER, "table"}, {KEYS_WORK, "work"},
                  {KEYS_SHELF, "shelf"}, {KEYS_PICTURE, "picture"}, {KEYS_PROMPT, "prompt"}};
    struct view *v = view_table_new("keys", "Keys", columns, 3);
    for (size_t i = 0; i < key_row_count; i++) {
        const struct key_row *r = &key_rows[i];
        if (!r->act && !r->command)
            continue;
        size_t row = view_row(v);
        view_cell_text(v, row, 0, r->shown);
        for (size_t k = 0; k < sizeof places / sizeof *places; k++)
            if (places[k].where == r->where) {
                view_cell_text(v, row, 1, places[k].name);
                break;
            }
        view_cell_text(v, row, 2, r->does);
    }
    view_set_caption(v, "in the prompt all else is GNU Readline's; the functions lathe-… can be bound in ~/.inputrc");
    return v;
}
