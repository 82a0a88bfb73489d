/* status: the bottom line. */
#include "ui/tui/status.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"

#define BAR_AFTER 1.0 /* seconds until a job gets a bar */

void status_say(struct status *s, bool alert, double seconds, const char *format, ...)
{
    struct str text = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&text, format, args);
    va_end(args);
    mem_free(s->message);
    s->message = str_steal(&text);
    s->alert = alert;
    s->until = seconds > 0 ? clock_seconds() + seconds : 0;
}

void status_clear(struct status *s)
{
    if (s->until > 0)
        return;
    mem_free(s->message);
    s->message = NULL;
}

bool status_tick(struct status *s, double now, double *next)
{
    if (!s->message || s->until <= 0)
        return false;
    if (now < s->until) {
        if (s->until - now < *next)
            *next = s->until - now;
        return false;
    }
    mem_free(s->message);
    s->message = NULL;
    s->until = 0;
    return true;
}

void status_done(struct status *s)
{
    mem_free(s->message);
    s->message = NULL;
}

/* ---- drawing ------------------------------------------------------------------------------------------------ */

/* "~7 s", "~2 min": fuzzy, as it is a guess. */
static void remaining_text(struct str *out, double s)
{
    if (s < 0 || !isfinite(s))
        return;
    if (s < 90)
        str_printf(out, "  ~%.0f s", s < 1 ? 1 : s);
    else if (s < 5400)
        str_printf(out, "  ~%.0f min", s / 60);
    else
        str_printf(out, "  ~%.0f h", s / 3600);
}

static int draw_job(const struct progress *p, int row, int x, int width)
{
    char stage[64];
    struct str tail = STR_INIT;
    double done = progress_done(p);
    int start = x, bar_width = width >= 60 ? 20 : width >= 40 ? 12 : 8;
    progress_stage(p, stage);
    if (done >= 0) {
        for (int i = 0; i < bar_width; i++) {
            bool past = i < (int)(done * bar_width + 0.5);
            screen_text(row, x + i, 1, past ? UI_METER : UI_RULE, SURFACE_PAGE,
                        screen_unicode() ? (past ? "━" : "─")
                        : past           ? "#"
                                         : "-");
        }
        x += bar_width + 1;
        str_printf(&tail, "%3.0f %%", done * 100);
        remaining_text(&tail, progress_remaining(p));
    } else {
        str_printf(&tail, "%.0f s", progress_elapsed(p));
    }
    if (stage[0])
        str_printf(&tail, "  %s", stage);
    str_printf(&tail, "   C-c stops");
    x += screen_text(row, x, width - (x - start), GRID_PLAIN, SURFACE_PAGE, str_get(&tail));
    str_done(&tail);
    return x - start;
}

/* "titanic 891 × 12 → survived · seed 7": what the next command will work on. */
static void facts(struct str *out, struct engine *en)
{
    const struct object *o = session_current(engine_session(en));
    bool u = screen_unicode();
    if (!o)
        return;
    str_printf(out, "%s %zu %s %zu", o->name, table_rows(o->table), u ? "×" : "x", table_cols(o->table));
    if (o->task && o->task->target)
        str_printf(out, " %s %s", u ? "→" : "->", o->task->target);
    if (o->task && o->task->split.set) {
        int looks = session_looks(engine_session(en), o->name);
        str_printf(out, ", test %.0f %%", o->task->split.test * 100);
        if (looks)
            str_printf(out, " seen %d%s", looks, u ? "×" : "x");
    }
}

void status_draw(const struct status *s, struct engine *en, int row, const char *hint, const char *keys)
{
    int cols = screen_cols(), x = 1, room = cols - 2;
    const struct progress *job = engine_progress(en);
    struct str right = STR_INIT;

    if (s->message) {
        int style = s->alert ? UI_ALERT : GRID_PLAIN;
        x += screen_text(row, x, room, style, SURFACE_PAGE, s->message) + 2;
    } else if (job && progress_elapsed(job) >= BAR_AFTER) {
        x += draw_job(job, row, x, room) + 2;
    } else if (hint && *hint) {
        x += screen_text(row, x, room, UI_KEY, SURFACE_PAGE, hint) + 3;
        hint = NULL;
    } else if (keys && *keys) {
        x += screen_text(row, x, room, UI_HINT, SURFACE_PAGE, keys) + 2;
    }
    facts(&right, en);
    int w = (int)utf8_width(str_get(&right));
    if (w && x + w + 1 < cols)
        screen_text(row, cols - w - 1, w, UI_HINT, SURFACE_PAGE, str_get(&right));
    str_done(&right);
}
