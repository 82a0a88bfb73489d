/* batch: commands in, results out. */
#include "ui/batch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/engine.h"
#include "ui/front.h"
#include "ui/print.h"

static struct engine *batch_engine;

static void on_interrupt(int sig)
{
    (void)sig;
    engine_interrupt_signal(batch_engine);
}

static void hear_views(void *arg, const char *line, const struct view_list *views)
{
    (void)line;
    printer_settings(arg, settings_of(batch_engine));
    printer_views(arg, views);
}

static void hear_failure(void *arg, const char *line, const struct err *e, const char *origin)
{
    printer_error(arg, line, e, origin);
}

/* Commands come from -e, from the script named, or from standard input; a data file is loaded first. */
static bool submit_all(struct engine *en, const struct options *o)
{
    bool from_stdin =
        !o->has_commands && (!o->file || (!front_file_is_script(o->file) && strcmp(o->file, "-") != 0));
    if (!front_submit_file(en, o))
        return false;
    if (o->has_commands && !engine_submit(en, str_get(&o->commands), "-e", NULL))
        return false;
    if (from_stdin && !isatty(STDIN_FILENO)) {
        struct file_bytes f;
        struct err e = ERR_INIT;
        if (!file_read("-", &f, &e))
            return true; /* a closed standard input holds no commands */
        bool good = engine_submit(en, f.data, "stdin", NULL);
        file_bytes_done(&f);
        return good;
    }
    if (!from_stdin && !o->has_commands && o->file && strcmp(o->file, "-") == 0)
        return engine_submit(en, "head", "command line", NULL);
    return true;
}

int batch_main(const struct options *o)
{
    struct printer p;
    printer_init(&p, o->json, false);
    struct engine_front front = {.arg = &p, .views = hear_views, .failed = hear_failure};
    struct engine_options eo = {.keep_going = o->keep_going};
    struct engine *en = front_engine(o, &eo, &front);

    batch_engine = en;
    struct sigaction act = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);

    bool submitted = submit_all(en, o);
    if (submitted)
        while (engine_pump(en))
            ;
    int status = engine_status(en);
    if ((!submitted || p.failed) && status == 0)
        status = 1;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    engine_free(en);
    return status;
}
