/* events: keys, mouse and pastes to the part that wants them. */
#include "ui/tui/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/complete.h"
#include "ui/tui/actions.h"
#include "ui/tui/prompt.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"

#define C_X 24
#define CTRL_C 3
#define CTRL_Z 26

/* ---- rows of the key table ---------------------------------------------------------------------------------- */

/* %c: the chosen column, %t: the table. A table that is not the current one is made so first. */
static void run_template(struct bench *b, const char *key, const char *command)
{
    struct str line = STR_INIT;
    const struct object *current = session_current(engine_session(b->en));
    bool about_table = strstr(command, "%c") || strstr(command, "%t");
    if (about_table && browser_is_result(&b->browser)) {
        status_say(&b->status, false, 3, "this is a result: q goes back to the table");
        str_done(&line);
        return;
    }
    if (about_table && browser_is_open(&b->browser) &&
        !(current && str_eq(current->name, browser_table(&b->browser)))) {
        str_add(&line, "use ");
        line_quote(&line, browser_table(&b->browser));
        bench_run(b, str_get(&line), "key");
        str_clear(&line);
    }
    for (const char *p = command; *p; p++) {
        if (p[0] == '%' && p[1] == 'c') {
            line_quote(&line, browser_column(&b->browser));
            p++;
        } else if (p[0] == '%' && p[1] == 't') {
            line_quote(&line, browser_table(&b->browser));
            p++;
        } else {
            str_addc(&line, *p);
        }
    }
    b->browser_waits = about_table;
    bench_run(b, str_get(&line), "key");
    if (!b->status.alert || !b->status.message)
        status_say(&b->status, false, 4, "%s %s %s", key, screen_unicode() ? "→" : "->", str_get(&line));
    str_done(&line);
}

void event_key_row(struct bench *b, const struct key_row *r)
{
    b->dirty = true;
    if (r->act) {
        r->act(b);
        return;
    }
    if (r->command)
        run_template(b, r->shown, r->command);
}

/* ---- completion --------------------------------------------------------------------------------------------- */

static size_t common_prefix(const struct completions *c)
{
    size_t n = strlen(c->v[0].text);
    for (size_t i = 1; i < c->n; i++) {
        size_t k = 0;
        while (k < n && c->v[i].text[k] == c->v[0].text[k])
            k++;
        n = k;
    }
    while (n > 0 && ((unsigned char)c->v[0].text[n] & 0xc0) == 0x80)
        n--;
    return n;
}

static void put_in(int from, const char *text, bool space)
{
    struct str s = STR_INIT;
    str_add(&s, text);
    if (space)
        str_addc(&s, ' ');
    prompt_replace(from, str_get(&s));
    str_done(&s);
}

static void list(struct bench *b, const struct completions *c)
{
    int point;
    prompt_text(&point);
    popup_open(&b->popup, POPUP_COMPLETE, "");
    for (size_t i = 0; i < c->n && i < 2000; i++)
        popup_add(&b->popup, c->v[i].text, c->v[i].kind, c->v[i].detail, c->from, c->v[i].no_space);
    popup_ready(&b->popup);
}

void event_complete(struct bench *b)
{
    struct completions c;
    int point;
    const char *text = prompt_text(&point);
    b->dirty = true;
    if (!prompt_is_plain())
        return;
    complete_line(b->en, text, point, &c);
    if (c.n == 0) {
        status_say(&b->status, false, 0, "nothing is known to come here");
    } else if (c.n == 1) {
        put_in(c.from, c.v[0].text, !c.v[0].no_space);
    } else {
        size_t n = common_prefix(&c);
        if (n > (size_t)(point - c.from)) {
            char *prefix = mem_strndup(c.v[0].text, n);
            put_in(c.from, prefix, false);
            mem_free(prefix);
        }
        list(b, &c);
    }
    completions_done(&c);
}

/* The list follows what is typed while it is open. */
static void refresh_list(struct bench *b)
{
    struct completions c;
    int point;
    const char *text = prompt_text(&point);
    complete_line(b->en, text, point, &c);
    bool whole = c.n == 1 && point - c.from == (int)strlen(c.v[0].text);
    if (c.n == 0 || whole || point == 0)
        popup_close(&b->popup);
    else
        list(b, &c);
    completions_done(&c);
}

static void accept_completion(struct bench *b)
{
    const struct popup_item *i = popup_chosen(&b->popup);
    if (i)
        put_in(i->tag, i->text, !i->no_space);
    popup_close(&b->popup);
}

/* ---- pop-ups ------------------------------------------------------------------------------------------------ */

static void choose_from_menu(struct bench *b)
{
    const struct popup_item *i = popup_chosen(&b->popup);
    if (!i) {
        popup_close(&b->popup);
        return;
    }
    int tag = i->tag;
    char *text = mem_strdup(i->text);
    popup_close(&b->popup);
    if (tag >= 0) {
        event_key_row(b, &key_rows[tag]);
    } else { /* a verb: put at the prompt, to be completed and run by Enter */
        struct str s = STR_INIT;
        str_printf(&s, "%s ", text);
        bench_focus(b, PANE_NONE);
        prompt_set(str_get(&s));
        str_done(&s);
    }
    mem_free(text);
}

/* true: the pop-up took the key. */
static bool popup_event(struct bench *b, const struct input_event *ev)
{
    bool menu = b->popup.kind == POPUP_MENU;
    switch (ev->key) {
    case IN_ESCAPE:
        popup_close(&b->popup);
        return true;
    case IN_UP:
    case 16 /* C-p */:
        popup_move(&b->popup, -1);
        return true;
    case IN_DOWN:
    case 14 /* C-n */:
        popup_move(&b->popup, 1);
        return true;
    case IN_SHIFT_TAB:
        popup_move(&b->popup, -1);
        return true;
    case '\t':
        if (menu)
            popup_move(&b->popup, 1);
        else if (b->popup.match.n == 1)
            popup_move(&b->popup, 1), accept_completion(b);
        else
            popup_move(&b->popup, 1);
        return true;
    case IN_PAGE_UP:
        popup_move(&b->popup, -b->popup.rows);
        return true;
    case IN_PAGE_DOWN:
        popup_move(&b->popup, b->popup.rows);
        return true;
    case '\r':
    case '\n':
        if (menu) {
            choose_from_menu(b);
            return true;
        }
        if (popup_chosen(&b->popup)) {
            accept_completion(b);
            return true;
        }
        popup_close(&b->popup);
        return false;
    case IN_RIGHT:
        if (!menu && popup_chosen(&b->popup)) {
            accept_completion(b);
            return true;
        }
        break;
    default:
        break;
    }
    if (!menu)
        return false;
    if (ev->key == 127 || ev->key == 8)
        popup_rub(&b->popup);
    else if (ev->key >= 32 && ev->key < IN_UP && !ev->alt)
        popup_type(&b->popup, ev->raw, ev->n_raw);
    else if (ev->key > IN_UP)
        popup_close(&b->popup);
    return true;
}

/* ---- searching ---------------------------------------------------------------------------------------------- */

static void search_end(struct bench *b)
{
    bool browsing = browser_is_open(&b->browser);
    char **find = browsing ? &b->browser.find : &b->work.find;
    b->searching = false;
    mem_free(*find);
    *find = b->search.len ? mem_strdup(str_get(&b->search)) : NULL;
    if (*find)
        act_search_next(b);
}

static void search_event(struct bench *b, const struct input_event *ev)
{
    if (ev->key == '\r' || ev->key == '\n') {
        search_end(b);
    } else if (ev->key == IN_ESCAPE) {
        b->searching = false;
    } else if (ev->key == 127 || ev->key == 8) {
        while (b->search.len && ((unsigned char)b->search.s[b->search.len - 1] & 0xc0) == 0x80)
            b->search.s[--b->search.len] = '\0';
        if (b->search.len)
            b->search.s[--b->search.len] = '\0';
    } else if (ev->key == 21) {
        str_clear(&b->search);
    } else if (ev->key >= 32 && ev->key < IN_UP && !ev->alt) {
        str_addn(&b->search, ev->raw, ev->n_raw);
    }
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

static void take_entered_lines(struct bench *b)
{
    for (char *line; (line = prompt_take_line());) {
        popup_close(&b->popup);
        bench_enter(b, line);
        mem_free(line);
    }
}

static void prompt_event(struct bench *b, const struct input_event *ev)
{
    const struct key_row *r = prompt_is_plain() ? keys_find(KEYS_PROMPT, 0, ev->key) : NULL;
    bool had_list = b->popup.kind == POPUP_COMPLETE;
    if (r && !ev->alt) {
        event_key_row(b, r);
        return;
    }
    if (ev->key == IN_ESCAPE && !prompt_is_vi()) {
        if (!prompt_is_plain())
            prompt_clear();
        return;
    }
    if (ev->key == 4 && !*prompt_text(NULL) && prompt_is_plain()) {
        bench_quit(b);
        return;
    }
    prompt_feed(ev->raw, ev->n_raw);
    take_entered_lines(b);
    if (had_list && b->popup.kind == POPUP_COMPLETE && b->focus == PANE_NONE)
        refresh_list(b);
}

static bool move_in_pane(struct bench *b, int key)
{
    switch (bench_where(b)) {
    case KEYS_BROWSER:
        return browser_key(&b->browser, key);
    case KEYS_WORK:
        b->work.follow = false;
        return pane_key(&b->work.pane, key);
    case KEYS_SHELF:
        return pane_key(&b->shelf.pane, key);
    case KEYS_PICTURE:
        return pane_key(&b->picture.pane, key);
    default:
        return false;
    }
}

static void pane_event(struct bench *b, const struct input_event *ev)
{
    unsigned where = bench_where(b);
    int prefix = b->prefix, key = ev->key == '\n' ? '\r' : ev->key;
    b->prefix = 0;
    if (prefix == 'f') {
        if (key >= '0' && key <= '9' && browser_is_open(&b->browser))
            browser_freeze(&b->browser, key - '0');
        return;
    }
    if (key == C_X && !prefix) {
        b->prefix = C_X;
        status_say(&b->status, false, 0, "C-x ");
        return;
    }
    if (ev->alt)
        return;
    if (key == 4) {
        bench_focus(b, PANE_NONE);
        return;
    }
    const struct key_row *r = keys_find(where, prefix, key);
    if (r)
        event_key_row(b, r);
    else if (!move_in_pane(b, key) && key >= 32 && key < IN_UP)
        status_say(&b->status, false, 3, "no such key here: ? lists them, : goes back to the prompt");
}

/* ---- mouse -------------------------------------------------------------------------------------------------- */

static void wheel(struct bench *b, int pane, int by)
{
    if (b->popup.kind) {
        popup_move(&b->popup, by);
    } else if (pane == PANE_WORK && browser_is_open(&b->browser)) {
        for (int i = 0; i < 3; i++)
            browser_key(&b->browser, by < 0 ? IN_UP : IN_DOWN);
    } else if (pane == PANE_WORK) {
        b->work.follow = false;
        pane_scroll(&b->work.pane, 3 * by);
    } else if (pane == PANE_SHELF) {
        pane_scroll(&b->shelf.pane, 3 * by);
    } else if (pane == PANE_PICTURE) {
        pane_scroll(&b->picture.pane, by);
    }
}

static int tab_at(const struct rect *r, int x)
{
    int at = r->x + 2;
    for (int i = 0; i < PANE_COUNT; i++) {
        int w = (int)strlen(pane_name(i));
        if (x >= at && x < at + w)
            return i;
        at += w + 3;
    }
    return PANE_NONE;
}

static void click(struct bench *b, int pane, int y, int x)
{
    if (b->popup.kind) {
        if (!popup_click(&b->popup, y, x))
            popup_close(&b->popup);
        else if (b->popup.kind == POPUP_MENU)
            choose_from_menu(b);
        else
            accept_completion(b);
        return;
    }
    if (pane == PANE_NONE) {
        bench_focus(b, PANE_NONE);
        return;
    }
    const struct rect *r = &b->layout.box[pane];
    if (b->layout.tabs && y == r->y && tab_at(r, x) != PANE_NONE)
        pane = tab_at(r, x);
    bool again = b->focus == pane;
    bench_focus(b, pane);
    if (y <= r->y)
        return;
    if (pane == PANE_WORK && browser_is_open(&b->browser)) {
        browser_click(&b->browser, r, y, x);
    } else if (pane == PANE_WORK) {
        long line = b->work.pane.top + (y - r->y - 1);
        b->work.follow = false;
        if (again && line == b->work.pane.cursor)
            act_work_enter(b);
        else
            pane_to(&b->work.pane, line);
    } else if (pane == PANE_SHELF) {
        long line = b->shelf.pane.top + (y - r->y - 1);
        if (again && line == b->shelf.pane.cursor)
            act_shelf_enter(b);
        else
            pane_to(&b->shelf.pane, line);
    }
}

static void mouse_event(struct bench *b, const struct input_event *ev)
{
    int pane = layout_pane_at(&b->layout, ev->y, ev->x);
    if (ev->mouse == MOUSE_WHEEL_UP || ev->mouse == MOUSE_WHEEL_DOWN)
        wheel(b, pane, ev->mouse == MOUSE_WHEEL_UP ? -1 : 1);
    else if (ev->mouse == MOUSE_PRESS && ev->button == 0)
        click(b, pane, ev->y, ev->x);
}

/* ---- the terminal's answers --------------------------------------------------------------------------------- */

/* "rgb:1010/1414/1818": the high byte of each. */
static bool read_colour(const char *text, int *rgb)
{
    const char *p = strstr(text, "rgb:");
    if (!p)
        return false;
    p += 4;
    for (int i = 0; i < 3; i++) {
        char *end;
        unsigned long x = strtoul(p, &end, 16);
        long digits = end - p;
        if (digits < 1 || digits > 4)
            return false;
        rgb[i] = (int)(digits == 1 ? x * 17 : digits == 2 ? x : x >> (4 * (digits - 2)));
        p = end + (*end == '/');
    }
    return true;
}

static void reply_event(struct bench *b, const char *text)
{
    int rgb[3];
    if (strncmp(text, "\033]11;", 5) == 0 && read_colour(text, rgb)) {
        theme_background(rgb[0], rgb[1], rgb[2]);
        bench_apply_settings(b, true);
    }
    size_t n = strlen(text);
    if (strncmp(text, "\033[?", 3) == 0 && n > 4 && text[n - 1] == 'c') {
        b->picture.sixel = strstr(text, ";4;") || strstr(text, ";4c");
        screen_answered();
    }
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

void event_take(struct bench *b, const struct input_event *ev)
{
    b->dirty = true;
    if (ev->kind == INPUT_REPLY) {
        reply_event(b, ev->text);
        return;
    }
    status_clear(&b->status);
    if (ev->kind == INPUT_KEY && !ev->alt && (ev->key == CTRL_C || ev->key == CTRL_Z)) {
        if (ev->key == CTRL_C)
            bench_interrupt(b);
        else
            b->suspend = true;
        return;
    }
    if (ev->kind == INPUT_MOUSE) {
        mouse_event(b, ev);
    } else if (ev->kind == INPUT_PASTE) {
        popup_close(&b->popup);
        bench_focus(b, PANE_NONE);
        bench_paste(b, ev->text);
    } else if (b->popup.kind && popup_event(b, ev)) {
        return;
    } else if (b->searching) {
        search_event(b, ev);
    } else if (b->focus == PANE_NONE) {
        prompt_event(b, ev);
    } else {
        pane_event(b, ev);
    }
}
