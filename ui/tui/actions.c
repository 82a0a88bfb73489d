/* actions: what keys do that is no command. */
#include "ui/tui/actions.h"

#include <string.h>

#include "base/mem.h"
#include "engine/line.h"
#include "ui/tui/bench.h"
#include "ui/tui/prompt.h"
#include "ui/tui/screen.h"

/* ---- panes -------------------------------------------------------------------------------------------------- */

static bool can_show(const struct bench *b, int pane)
{
    return !(b->hidden & (1u << pane));
}

static void focus_by(struct bench *b, int by)
{
    int at = b->focus; /* PANE_NONE, -1, is the prompt: one more place in the round */
    for (int i = 0; i <= PANE_COUNT; i++) {
        at += by;
        if (at >= PANE_COUNT)
            at = PANE_NONE;
        if (at < PANE_NONE)
            at = PANE_COUNT - 1;
        if (at == PANE_NONE || can_show(b, at))
            break;
    }
    bench_focus(b, at);
}

void act_focus_next(struct bench *b)
{
    focus_by(b, 1);
}

void act_focus_before(struct bench *b)
{
    focus_by(b, -1);
}

void act_prompt(struct bench *b)
{
    mem_free(b->work.find); /* what was searched for is no longer marked */
    b->work.find = NULL;
    bench_focus(b, PANE_NONE);
}

void act_leave(struct bench *b)
{
    if (b->focus == PANE_WORK && browser_is_open(&b->browser)) {
        browser_pop(&b->browser);
        b->work.follow = true;
        b->work.stale = true;
        if (browser_is_open(&b->browser))
            return;
    }
    bench_focus(b, PANE_NONE);
}

void act_zoom(struct bench *b)
{
    b->zoomed = b->zoomed != PANE_NONE ? PANE_NONE : b->focus != PANE_NONE ? b->focus : b->main;
}

void act_close(struct bench *b)
{
    int pane = b->focus != PANE_NONE ? b->focus : PANE_NONE;
    if (pane == PANE_NONE) { /* from the prompt: all that was closed comes back */
        b->hidden = 0;
        b->zoomed = PANE_NONE;
        return;
    }
    b->hidden |= 1u << pane;
    if ((b->hidden & 7u) == 7u)
        b->hidden = 7u & ~(1u << PANE_WORK);
    b->zoomed = PANE_NONE;
    if (b->main == pane)
        b->main = PANE_WORK;
    bench_focus(b, PANE_NONE);
}

void act_show_work(struct bench *b)
{
    bench_focus(b, PANE_WORK);
}

void act_show_picture(struct bench *b)
{
    bench_focus(b, PANE_PICTURE);
}

void act_show_shelf(struct bench *b)
{
    bench_focus(b, PANE_SHELF);
}

void act_repaint(struct bench *b)
{
    picture_forget(&b->picture);
    screen_repaint();
}

/* ---- lists of what can be done ------------------------------------------------------------------------------ */

void act_keys(struct bench *b)
{
    unsigned where = bench_where(b);
    popup_open(&b->popup, POPUP_MENU,
               where == KEYS_PROMPT ? "keys and verbs; type to search" : "keys here; type to search");
    for (size_t i = 0; i < key_row_count; i++) {
        const struct key_row *r = &key_rows[i];
        if ((r->where & where) && (r->act || r->command))
            popup_add(&b->popup, r->shown, "key", r->does, (int)i, false);
    }
    for (size_t i = 0; where == KEYS_PROMPT && i < engine_commands(b->en); i++) {
        const struct command *c = engine_command_at(b->en, i);
        if (!(c->flags & COMMAND_HIDDEN))
            popup_add(&b->popup, c->name, c->group, c->summary, -1, false);
    }
    popup_ready(&b->popup);
}

void act_verbs(struct bench *b)
{
    popup_open(&b->popup, POPUP_MENU, "verbs; type to search");
    for (size_t i = 0; i < engine_commands(b->en); i++) {
        const struct command *c = engine_command_at(b->en, i);
        if (!(c->flags & COMMAND_HIDDEN))
            popup_add(&b->popup, c->name, c->group, c->summary, -1, false);
    }
    popup_ready(&b->popup);
}

/* ---- work --------------------------------------------------------------------------------------------------- */

static void scroll_work(struct bench *b, int by)
{
    long page = b->work.pane.height > 2 ? b->work.pane.height - 2 : 1;
    if (browser_is_open(&b->browser)) {
        browser_key(&b->browser, by < 0 ? IN_PAGE_UP : IN_PAGE_DOWN);
        return;
    }
    b->work.follow = false;
    pane_scroll(&b->work.pane, by * page);
    bench_show(b, PANE_WORK);
}

void act_work_up(struct bench *b)
{
    scroll_work(b, -1);
}

void act_work_down(struct bench *b)
{
    scroll_work(b, 1);
}

void act_work_enter(struct bench *b)
{
    struct block *of = NULL;
    const struct grid_line *l = work_line(&b->work, b->work.pane.cursor, &of);
    const struct view *plot = l ? work_plot(of, l) : NULL;
    if (plot) {
        picture_show(&b->picture, plot);
        if (b->layout.box[PANE_PICTURE].height <= 0)
            bench_focus(b, PANE_PICTURE);
    } else if (l && l->follow) {
        char *line = mem_strdup(l->follow); /* running may drop the block that holds it */
        bench_run(b, line, "key");
        status_say(&b->status, false, 4, "Enter %s %s", screen_unicode() ? "→" : "->", line);
        mem_free(line);
    } else if (of && of->line && b->work.pane.cursor == of->first) {
        prompt_set(of->line); /* a command line: to be changed and run again */
        bench_focus(b, PANE_NONE);
    } else {
        status_say(&b->status, false, 3, "this line leads nowhere; Enter on a command line edits it");
    }
}

void act_shelf_enter(struct bench *b)
{
    const char *follow = shelf_follow(&b->shelf);
    if (!follow)
        return;
    char *line = mem_strdup(follow);
    bench_run(b, line, "key");
    status_say(&b->status, false, 4, "Enter %s %s", screen_unicode() ? "→" : "->", line);
    mem_free(line);
}

static void to_block(struct bench *b, int by)
{
    struct block *of = NULL;
    long at = b->work.pane.cursor;
    if (!work_line(&b->work, at, &of))
        return;
    b->work.follow = false;
    for (size_t i = 0; i < b->work.block.n; i++) {
        if (b->work.block.v[i] != of)
            continue;
        size_t to = by < 0 ? (at > of->first || i == 0 ? i : i - 1) : i + 1 < b->work.block.n ? i + 1 : i;
        pane_to(&b->work.pane, b->work.block.v[to]->first);
        pane_scroll(&b->work.pane, b->work.pane.cursor - b->work.pane.top);
        pane_to(&b->work.pane, b->work.block.v[to]->first);
        return;
    }
}

void act_block_before(struct bench *b)
{
    to_block(b, -1);
}

void act_block_after(struct bench *b)
{
    to_block(b, 1);
}

/* ---- pictures ----------------------------------------------------------------------------------------------- */

void act_picture_before(struct bench *b)
{
    picture_step(&b->picture, -1);
}

void act_picture_after(struct bench *b)
{
    picture_step(&b->picture, 1);
}

/* ---- copying ------------------------------------------------------------------------------------------------- */

/* What is copied: the cell of a table, or the line. */
static void chosen_text(struct bench *b, struct str *out)
{
    const struct grid_line *l = NULL;
    struct block *of = NULL;
    if (bench_where(b) == KEYS_BROWSER) {
        browser_cell_text(&b->browser, out);
        return;
    }
    if (b->focus == PANE_SHELF && b->shelf.grid && b->shelf.pane.cursor < (long)b->shelf.grid->n)
        l = &b->shelf.grid->line[b->shelf.pane.cursor];
    else if (b->focus == PANE_WORK)
        l = work_line(&b->work, b->work.pane.cursor, &of);
    if (of && of->line && b->work.pane.cursor == of->first)
        str_add(out, of->line);
    for (size_t i = 0; l && i < l->n; i++)
        str_add(out, l->run[i].text);
}

void act_copy(struct bench *b)
{
    struct str text = STR_INIT;
    chosen_text(b, &text);
    while (text.len && text.s[text.len - 1] == ' ')
        text.s[--text.len] = '\0';
    screen_copy(str_get(&text), text.len);
    status_say(&b->status, false, 3, "copied: %s", str_get(&text));
    str_done(&text);
}

/* ---- searching ---------------------------------------------------------------------------------------------- */

void act_search(struct bench *b)
{
    str_clear(&b->search);
    b->searching = true;
}

static void search_on(struct bench *b, int direction)
{
    struct str said = STR_INIT;
    if (browser_is_open(&b->browser)) {
        if (!b->browser.find)
            status_say(&b->status, false, 3, "nothing was searched for yet: / searches");
        else if (!browser_find(&b->browser, direction, &said))
            status_say(&b->status, false, 4, "%s", str_get(&said));
    } else if (!b->work.find) {
        status_say(&b->status, false, 3, "nothing was searched for yet: / searches");
    } else if (!work_find(&b->work, direction)) {
        status_say(&b->status, false, 4, "'%s' is not here", b->work.find);
    }
    str_done(&said);
}

void act_search_next(struct bench *b)
{
    search_on(b, 1);
}

void act_search_before(struct bench *b)
{
    search_on(b, -1);
}

/* ---- the table browser -------------------------------------------------------------------------------------- */

void act_browser_freeze(struct bench *b)
{
    int columns = (int)b->browser.now->col + 1;
    browser_freeze(&b->browser, b->browser.now->frozen == columns ? 0 : columns);
}

void act_prefix_freeze(struct bench *b)
{
    b->prefix = 'f';
    status_say(&b->status, false, 0, "f: how many columns stay in sight? a digit");
}

void act_browser_enter(struct bench *b)
{
    const char *follow = browser_row_follow(&b->browser);
    if (!follow) {
        status_say(&b->status, false, 3, "this row leads nowhere");
        return;
    }
    char *line = mem_strdup(follow);
    b->browser_waits = true;
    bench_run(b, line, "key");
    status_say(&b->status, false, 4, "Enter %s %s", screen_unicode() ? "→" : "->", line);
    mem_free(line);
}

/* Numbers are a histogram, words are bars. */
void act_browser_plot(struct bench *b)
{
    struct str line = STR_INIT;
    if (browser_is_result(&b->browser)) {
        status_say(&b->status, false, 3, "this is a result: q goes back to the table");
        return;
    }
    str_add(&line, browser_column_is_number(&b->browser) ? "hist " : "bar ");
    line_quote(&line, browser_column(&b->browser));
    bench_run(b, str_get(&line), "key");
    status_say(&b->status, false, 4, ". %s %s", screen_unicode() ? "→" : "->", str_get(&line));
    str_done(&line);
}
