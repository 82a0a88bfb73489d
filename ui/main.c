/* main: options in, front end chosen. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "engine/help.h"
#include "render/gnuplot.h"
#include "ui/batch.h"
#include "ui/front.h"
#include "ui/module.h"
#include "ui/options.h"
#include "ui/repl.h"
#include "ui/tui/tui.h"

static int print_document(const struct options *o)
{
    struct engine_options eo = {0};
    struct str out = STR_INIT, which = STR_INIT, options = STR_INIT;
    struct engine *en = engine_new(&eo, NULL);
    cmd_register_all(en);
    algo_load_all();
    if (strcmp(o->doc, "man") == 0) {
        options_roff(&options);
        str_printf(&which, "man:%s", str_get(&options));
    } else {
        str_add(&which, o->doc);
    }
    bool good = help_document(en, str_get(&which), &out);
    if (good)
        fwrite(out.s, 1, out.len, stdout);
    else
        fprintf(stderr, "lathe: there is no page '%s'; there are commands, parameters, json and man\n", o->doc);
    str_done(&out);
    str_done(&which);
    str_done(&options);
    engine_free(en);
    return good ? 0 : 2;
}

static bool terminal_is_dumb(void)
{
    const char *term = getenv("TERM"), *plain = getenv("LATHE_PLAIN");
    return !term || !*term || strcmp(term, "dumb") == 0 || (plain && *plain);
}

static int run(const struct options *o)
{
    if (o->doc)
        return print_document(o);
    if (o->words)
        return module_main(o);
    bool data_from_stdin = o->file && strcmp(o->file, "-") == 0;
    bool no_terminal = !isatty(STDOUT_FILENO) || (!isatty(STDIN_FILENO) && !data_from_stdin);
    bool script = o->file && front_file_is_script(o->file);
    if (o->mode == UI_BATCH || o->has_commands || o->json || no_terminal || script)
        return batch_main(o);
    if (o->mode == UI_PLAIN || terminal_is_dumb())
        return repl_main(o);
    return tui_main(o);
}

int main(int argc, char **argv)
{
    struct options o;
    int status;

    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a write that fails, not the end */
    mem_tune();
    file_locate_init(argv[0]);
    if (options_parse(argc, argv, &o, &status))
        status = run(&o);
    options_done(&o);
    gnuplot_stop();
    if (fflush(stdout) != 0 && status == 0)
        status = 1;
    return status;
}
