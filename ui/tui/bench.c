/* bench: what the engine says, into panes; and the frame. */
#include "ui/tui/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/bind.h"
#include "engine/complete.h"
#include "engine/line.h"
#include "ui/front.h"
#include "ui/history.h"
#include "ui/recover.h"
#include "ui/tui/frame.h"
#include "ui/tui/prompt.h"
#include "ui/tui/remember.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"
#include "ui/tui/verbs.h"

#define FRAME_OF_JOB 0.1 /* seconds between two looks at a running job */

/* ---- what the engine says ----------------------------------------------------------------------------------- */

static void hear_begin(void *arg, const char *line)
{
    struct bench *b = arg;
    work_begin(&b->work, line);
    shelf_changed(&b->shelf);
    b->dirty = true;
}

/* The plots of a result, in order; the first one is shown. Returns how many. */
static size_t take_plots(struct bench *b, const struct view_list *views)
{
    size_t n = 0;
    for (size_t i = 0; i < views->n; i++) {
        const struct view *v = views->v[i];
        if (v->kind == VIEW_REPORT)
            n += take_plots(b, v->items);
        if (v->kind == VIEW_PLOT) {
            picture_add(&b->picture, v);
            n++;
        }
    }
    return n;
}

static const struct view *first_table(const struct view_list *views)
{
    for (size_t i = 0; i < views->n; i++) {
        const struct view *v = views->v[i];
        const struct view *t = v->kind == VIEW_TABLE ? v : v->kind == VIEW_REPORT ? first_table(v->items) : NULL;
        if (t)
            return t;
    }
    return NULL;
}

static void hear_views(void *arg, const char *line, const struct view_list *views)
{
    struct bench *b = arg;
    work_views(&b->work, line, views);
    size_t plots = take_plots(b, views);
    b->job_drew = plots > 0;
    b->picture_news = b->picture_news || plots > 0;
    if (plots)
        b->picture.shown = b->picture.plots.n - plots;
    if (b->browser_waits && browser_is_open(&b->browser) && first_table(views))
        browser_push(&b->browser, first_table(views));
    if (views->n)
        bench_show(b, plots && views->v[0]->kind == VIEW_PLOT ? PANE_PICTURE : PANE_WORK);
    b->dirty = true;
}

static bool was_typed(const char *origin)
{
    static const char *const here[] = {"prompt", "key", "paste", "example", "resume", "command line"};
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        if (str_starts(origin, here[i]))
            return true;
    return !*origin;
}

static void hear_failure(void *arg, const char *line, const struct err *e, const char *origin)
{
    struct bench *b = arg;
    struct err told = *e;
    if (!was_typed(origin))
        err_wrap(&told, "%s", origin); /* "analysis.lathe:3:1" */
    work_failed(&b->work, line, &told);
    bench_show(b, PANE_WORK);
    if (browser_is_open(&b->browser)) /* which lies over the work pane */
        status_say(&b->status, true, 8, "%s", e->text);
    b->dirty = true;
}

static void hear_end(void *arg, const char *line, double seconds)
{
    struct bench *b = arg;
    work_end(&b->work, line, seconds);
    if (!engine_busy(b->en)) {
        picture_stop_following(&b->picture, !b->job_drew);
        b->job_drew = b->browser_waits = false;
    }
    shelf_changed(&b->shelf);
    bench_apply_settings(b, false);
    b->dirty = true;
}

static void hear_objects(void *arg)
{
    struct bench *b = arg;
    shelf_changed(&b->shelf);
    browser_follow(&b->browser, b->en);
    b->dirty = true;
}

/* ---- start, end --------------------------------------------------------------------------------------------- */

static void welcome(struct bench *b)
{
    struct view *v =
        view_text("welcome", "",
                  "**lathe** " LATHE_VERSION ", a workbench for machine learning\n\n"
                  "Type a command; Tab shows what could come next.\n\n"
                  "- `load titanic`: a bundled table (`datasets` lists all)\n"
                  "- `help`: every verb, by group\n"
                  "- `example compare`: models on the same folds, and whether differences could be luck\n\n"
                  "F1 lists the keys.");
    work_say(&b->work, NULL, v);
    if (recover_offer())
        work_say(&b->work, NULL, view_note(VIEW_WARNING, "%s", recover_offer()));
}

void bench_start(struct bench *b, const struct options *o)
{
    struct engine_options eo = {.interactive = true, .worker = true, .keep_going = o->keep_going};
    struct engine_front front = {.arg = b,
                                 .begin = hear_begin,
                                 .views = hear_views,
                                 .failed = hear_failure,
                                 .end = hear_end,
                                 .objects = hear_objects};
    b->focus = PANE_NONE;
    b->zoomed = PANE_NONE;
    work_init(&b->work);
    b->work.unicode = screen_unicode();
    b->popup.cursor = -1;
    picture_init(&b->picture);
    remember_load(b);
    b->en = front_engine(o, &eo, &front);
    verbs_register(b);
    recover_start(b->en);
    welcome(b);
    bench_apply_settings(b, true);
    front_submit_file(b->en, o);
    b->dirty = true;
}

void bench_done(struct bench *b)
{
    remember_save(b);
    engine_free(b->en);
    picture_done(&b->picture);
    browser_close(&b->browser);
    popup_close(&b->popup);
    shelf_done(&b->shelf);
    work_done(&b->work);
    status_done(&b->status);
    input_done(&b->input);
    recover_done();
    str_done(&b->search);
    str_done(&b->lines);
    mem_free(b->applied);
}

void bench_apply_settings(struct bench *b, bool always)
{
    const struct settings *s = settings_of(b->en);
    struct str now = STR_INIT;
    str_printf(&now, "%s %d %d %s %s %d %d", s->theme, s->colour, s->mouse, s->graphics, s->layout, s->max_rows,
               s->digits);
    if (always || !str_eq(b->applied, str_get(&now))) {
        theme_choose(s->theme, s->colour);
        screen_mouse(s->mouse);
        b->picture.off = str_eq(s->graphics, "off");
        /* Over a slow line cells are kinder than pixels, unless they are asked for. */
        b->picture.use_sixel =
            str_eq(s->graphics, "sixel") || (str_eq(s->graphics, "auto") && !getenv("SSH_CONNECTION"));
        int digits = s->digits == 5 ? 0 : s->digits; /* 5: as each column wants */
        if (b->work.max_rows != s->max_rows || b->work.digits != digits) {
            b->work.max_rows = s->max_rows;
            b->work.digits = digits;
            b->work.width = 0; /* all blocks are laid again */
        }
        picture_forget(&b->picture);
        b->picture.sent = false;
        screen_repaint();
        mem_free(b->applied);
        b->applied = mem_strdup(str_get(&now));
        b->dirty = true;
    }
    str_done(&now);
}

/* ---- running ------------------------------------------------------------------------------------------------ */

void bench_pump(struct bench *b)
{
    engine_pump(b->en);
    if (engine_wants_quit(b->en))
        b->quit = true;
    b->dirty = true;
}

/* May this line run beside the job? Then it does; what can't be bound yet waits in the queue like all else. */
static bool run_beside(struct bench *b, const char *line)
{
    struct err e = ERR_INIT;
    int after;
    const struct command *c = bind_verb(b->en, line, true, &after, NULL);
    bool single = !strpbrk(line, ";\n");
    return c && single && (c->flags & COMMAND_ANYTIME) && engine_submit_now(b->en, line, &e);
}

void bench_run(struct bench *b, const char *line, const char *origin)
{
    struct err e = ERR_INIT;
    b->work.follow = true;
    bool busy = engine_busy(b->en);
    if (!busy || !run_beside(b, line)) {
        bool good = engine_submit(b->en, line, origin, &e);
        if (busy && good)
            status_say(&b->status, false, 3, "%s: runs after this job", line);
    }
    bench_pump(b);
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\r\n")] == '\0';
}

void bench_enter(struct bench *b, const char *line)
{
    b->quit_asked = false;
    history_keep(line);
    if (b->lines.len)
        str_addc(&b->lines, '\n');
    str_add(&b->lines, line);
    if (line_is_open(str_get(&b->lines))) {
        prompt_sign(screen_unicode() ? "… " : "+ ");
        status_say(&b->status, false, 0, "the command goes on; C-c forgets it");
        return;
    }
    char *whole = str_steal(&b->lines);
    b->lines = STR_INIT;
    prompt_sign(screen_unicode() ? "› " : "> ");
    if (!is_blank(whole))
        bench_run(b, whole, "prompt");
    mem_free(whole);
}

/* Several lines are a script: shown, run one by one, stopped at the first error. One line is only put in. */
void bench_paste(struct bench *b, const char *text)
{
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    char *trimmed = mem_strndup(text, n);
    if (!strchr(trimmed, '\n')) {
        prompt_insert(trimmed);
    } else {
        struct str all = STR_INIT;
        int point;
        str_add(&all, prompt_text(&point));
        str_add(&all, trimmed);
        prompt_set("");
        struct err e = ERR_INIT;
        b->work.follow = true;
        engine_submit(b->en, str_get(&all), "paste", &e);
        bench_pump(b);
        str_done(&all);
    }
    mem_free(trimmed);
}

void bench_tick(struct bench *b)
{
    double now = clock_seconds();
    const struct progress *p = engine_progress(b->en);
    if (!p || now - b->redrawn < FRAME_OF_JOB * 0.9)
        return;
    b->redrawn = now;
    bool first = b->picture.live == NULL;
    if (picture_follow(&b->picture, p, engine_job_line(b->en)) && first)
        bench_show(b, PANE_PICTURE);
    shelf_changed(&b->shelf);
    b->dirty = true;
}

void bench_interrupt(struct bench *b)
{
    b->dirty = true;
    b->prefix = 0;
    if (b->popup.kind) {
        popup_close(&b->popup);
    } else if (b->searching) {
        b->searching = false;
    } else if (!prompt_is_plain()) {
        prompt_clear();
    } else if (engine_cancel(b->en)) {
        status_say(&b->status, false, 3, "stopping the job; what is whole is kept");
    } else if (*prompt_text(NULL) || b->lines.len) {
        str_clear(&b->lines);
        prompt_sign(screen_unicode() ? "› " : "> ");
        prompt_clear();
    } else {
        status_say(&b->status, false, 0, "C-d or `quit` leaves");
    }
}

void bench_quit(struct bench *b)
{
    if (engine_busy(b->en) && !b->quit_asked) {
        b->quit_asked = true;
        status_say(&b->status, true, 0, "a job runs: C-d again stops it and leaves");
        b->dirty = true;
        return;
    }
    b->quit = true;
}

/* ---- which pane --------------------------------------------------------------------------------------------- */

void bench_show(struct bench *b, int pane)
{
    if (b->layout.tabs && b->focus == PANE_NONE)
        b->main = pane;
    if (b->zoomed != PANE_NONE && b->focus == PANE_NONE)
        b->zoomed = pane;
    b->dirty = true;
}

void bench_focus(struct bench *b, int pane)
{
    b->dirty = true;
    b->focus = pane;
    if (pane == PANE_NONE)
        return;
    b->hidden &= ~(1u << pane);
    b->main = b->last_pane = pane;
    if (b->zoomed != PANE_NONE)
        b->zoomed = pane;
    if (pane == PANE_WORK)
        work_top(&b->work);
}

unsigned bench_where(const struct bench *b)
{
    switch (b->focus) {
    case PANE_WORK:
        return browser_is_open(&b->browser) ? KEYS_BROWSER : KEYS_WORK;
    case PANE_PICTURE:
        return KEYS_PICTURE;
    case PANE_SHELF:
        return KEYS_SHELF;
    default:
        return KEYS_PROMPT;
    }
}

/* ---- the frame ---------------------------------------------------------------------------------------------- */

static void make_layout(struct bench *b)
{
    const char *wish = settings_of(b->en)->layout;
    struct layout_wish w = {.cols = screen_cols(),
                            .rows = screen_rows(),
                            .panes = str_eq(wish, "one")     ? 1
                                     : str_eq(wish, "two")   ? 2
                                     : str_eq(wish, "three") ? 3
                                                             : 0,
                            .main = b->main,
                            .zoomed = b->zoomed,
                            .hidden = b->hidden,
                            .prompt_rows = prompt_rows(screen_cols())};
    layout_make(&w, &b->layout);
    if (b->focus != PANE_NONE && b->layout.box[b->focus].height <= 0) {
        b->main = b->focus; /* the pane with the keys must be in sight */
        w.main = b->focus;
        layout_make(&w, &b->layout);
    }
}

/* The titles' texts; they live until the frame is drawn. */
struct titles {
    struct str work, work_right, picture, picture_right;
};

static void make_titles(struct bench *b, struct titles *t, struct frame_title *out)
{
    const struct pane *p = &b->work.pane;
    const struct view *plot = picture_current(&b->picture);
    long below = p->count - p->top - p->height;

    if (browser_is_open(&b->browser)) {
        browser_title(&b->browser, &t->work, &t->work_right);
    } else {
        str_add(&t->work, "work");
        if (below > 1) /* the last line of a block is only air */
            str_printf(&t->work_right, "PgDn: %ld more", below);
    }
    str_add(&t->picture, plot && plot->title && *plot->title ? plot->title : "picture");
    picture_place(&b->picture, &t->picture_right);
    out[PANE_WORK] = (struct frame_title){.text = str_get(&t->work), .right = str_get(&t->work_right)};
    out[PANE_PICTURE] = (struct frame_title){
        .text = str_get(&t->picture), .right = str_get(&t->picture_right), .news = b->picture_news};
    out[PANE_SHELF] = (struct frame_title){.text = "shelf"};
}

static void draw_panes(struct bench *b)
{
    const struct rect *box = b->layout.box;
    struct frame_title title[PANE_COUNT];
    struct titles texts = {0};

    if (box[PANE_WORK].height > 1)
        work_lay(&b->work, box[PANE_WORK].width, box[PANE_WORK].height - 1);
    if (box[PANE_PICTURE].height > 1)
        b->picture_news = false;
    make_titles(b, &texts, title);
    frame_draw(&b->layout, screen_cols(), b->focus, title);
    if (box[PANE_WORK].height > 1 && browser_is_open(&b->browser))
        browser_draw(&b->browser, &box[PANE_WORK], b->focus == PANE_WORK);
    else if (box[PANE_WORK].height > 1)
        work_draw(&b->work, &box[PANE_WORK], b->focus == PANE_WORK);
    if (box[PANE_PICTURE].height > 1)
        picture_draw(&b->picture, &box[PANE_PICTURE]);
    if (box[PANE_SHELF].height > 1) {
        shelf_lay(&b->shelf, b->en, box[PANE_SHELF].width, box[PANE_SHELF].height - 1, screen_unicode());
        shelf_draw(&b->shelf, &box[PANE_SHELF], b->focus == PANE_SHELF);
    }
    str_done(&texts.work);
    str_done(&texts.work_right);
    str_done(&texts.picture);
    str_done(&texts.picture_right);
}

static void draw_status(struct bench *b)
{
    struct arena *a = arena_new();
    struct str keys = STR_INIT;
    const char *hint = NULL, *text;
    int point, row = b->layout.status;

    if (row < 0) {
        arena_free(a);
        return;
    }
    text = prompt_text(&point);
    if (b->searching)
        hint = arena_printf(a, "/%s", str_get(&b->search));
    else if (b->focus == PANE_NONE && *text)
        hint = complete_hint(b->en, text, point, a);
    if (b->focus == PANE_NONE)
        str_add(&keys, "Tab completes   F1 keys   C-x o panes");
    else
        keys_hint(&keys, bench_where(b), screen_cols() - 2);
    status_draw(&b->status, b->en, row, hint, str_get(&keys));
    arena_free(a);
    str_done(&keys);
}

static void place_cursor(struct bench *b, int prompt_y, int prompt_x)
{
    const struct rect *work = &b->layout.box[PANE_WORK], *shelf = &b->layout.box[PANE_SHELF];
    if (b->searching)
        screen_cursor(b->layout.status, 2 + (int)utf8_width(str_get(&b->search)));
    else if (b->popup.kind == POPUP_MENU || b->focus == PANE_PICTURE)
        screen_cursor(-1, 0);
    else if (b->focus == PANE_WORK && browser_is_open(&b->browser))
        screen_cursor(work->y + 3 + (int)(b->browser.now->row - b->browser.now->top), work->x);
    else if (b->focus == PANE_WORK)
        screen_cursor(work->y + 1 + (int)(b->work.pane.cursor - b->work.pane.top), work->x);
    else if (b->focus == PANE_SHELF)
        screen_cursor(shelf->y + 1 + (int)(b->shelf.pane.cursor - b->shelf.pane.top), shelf->x);
    else
        screen_cursor(prompt_y, prompt_x);
}

void bench_draw(struct bench *b)
{
    int y = 0, x = 0;
    b->dirty = false;
    make_layout(b);
    screen_clear();
    draw_panes(b);
    prompt_draw(&b->layout.prompt, &y, &x);
    draw_status(b);
    if (b->popup.kind) {
        int bottom = b->layout.rule >= 0 ? b->layout.rule : b->layout.prompt.y;
        popup_draw(
            &b->popup, bottom,
            b->popup.kind == POPUP_COMPLETE ? prompt_column(b->popup.item.n ? b->popup.item.v[0].tag : 0) - 2 : 0);
    }
    place_cursor(b, y, x);
    picture_wipe(&b->picture, &b->layout.box[PANE_PICTURE]);
    screen_show();
    picture_send(&b->picture, &b->layout.box[PANE_PICTURE], b->popup.kind != POPUP_NONE);
}
