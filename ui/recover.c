/* recover: what a session that died had done. */
#include "ui/recover.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/journal.h"

static struct {
    char *path; /* of the lost journal, NULL: none */
    struct str offer;
} lost;

static void ago(struct str *out, double seconds)
{
    static const struct {
        double size;
        const char *name;
    } unit[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};
    for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
        if (seconds >= unit[i].size) {
            int n = (int)(seconds / unit[i].size);
            str_printf(out, "%d %s%s ago", n, unit[i].name, n == 1 ? "" : "s");
            return;
        }
    str_add(out, "a moment ago");
}

static bool need_lost(struct err *e)
{
    if (lost.path)
        return true;
    return err_set(e, ERR_NOT_FOUND, "no session was lost");
}

static void forget(void)
{
    mem_free(lost.path);
    lost.path = NULL;
}

static bool run_resume(struct call *c, struct err *e)
{
    if (!need_lost(e))
        return false;
    char *script = journal_script(lost.path, e);
    bool good = script && engine_submit_front(c->engine, script, "resume", e);
    if (good) {
        journal_dismiss(lost.path);
        forget();
    }
    mem_free(script);
    return good;
}

static bool run_dismiss(struct call *c, struct err *e)
{
    if (!need_lost(e))
        return false;
    journal_dismiss(lost.path);
    forget();
    call_note(c, VIEW_INFO, "the lost session is not offered again; its commands stay in the folder of sessions");
    return true;
}

static const struct command rows[] = {
    {.name = "resume",
     .group = "session",
     .summary = "run again what the session that died had done",
     .flags = COMMAND_NO_JOURNAL | COMMAND_TTY_ONLY,
     .run = run_resume},
    {.name = "dismiss",
     .group = "session",
     .summary = "do not offer the session that died again",
     .flags = COMMAND_NO_JOURNAL | COMMAND_TTY_ONLY,
     .run = run_dismiss},
};

void recover_start(struct engine *en)
{
    int lines;
    double age;
    engine_register(en, rows, sizeof rows / sizeof *rows);
    lost.path = journal_find_lost(&lines, &age);
    if (!lost.path)
        return;
    str_printf(&lost.offer, "the last session (%d command%s, ", lines, lines == 1 ? "" : "s");
    ago(&lost.offer, age);
    str_add(&lost.offer, ") ended without a goodbye: type `resume` to run it again, or `dismiss`");
}

void recover_done(void)
{
    forget();
    str_done(&lost.offer);
}

const char *recover_offer(void)
{
    return lost.path ? str_get(&lost.offer) : NULL;
}
