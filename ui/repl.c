/* repl: the line prompt. One line in, its results out; while a job runs there is no prompt, Ctrl-C stops the job. */
#include "ui/repl.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/readline.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/complete.h"
#include "engine/line.h"
#include "ui/crash.h"
#include "ui/front.h"
#include "ui/history.h"
#include "ui/print.h"
#include "ui/recover.h"

#define PROMPT "lathe> "
#define PROGRESS_AFTER 1.0 /* seconds until a job's progress is told */
#define LIST_ASK 100       /* candidates that are listed without asking */

static struct {
    struct engine *en;
    struct printer printer;
    int told;       /* tenths of the running job that were told */
    bool forgotten; /* Ctrl-C while a line was typed */
} repl;

static volatile sig_atomic_t interrupted, ended;

static void on_signal(int sig)
{
    if (sig == SIGINT)
        interrupted = 1;
    else
        ended = sig;
}

/* ---- what the engine says ----------------------------------------------------------------------------------- */

static void hear_begin(void *arg, const char *line)
{
    (void)arg;
    (void)line;
    repl.told = 0;
}

static void hear_views(void *arg, const char *line, const struct view_list *views)
{
    (void)arg;
    (void)line;
    printer_settings(&repl.printer, settings_of(repl.en));
    printer_views(&repl.printer, views);
}

/* Errors of typed lines have no place that is worth naming; those of files do. */
static void hear_failure(void *arg, const char *line, const struct err *e, const char *origin)
{
    (void)arg;
    printer_error(&repl.printer, line, e, str_starts(origin, "prompt") ? "" : origin);
}

/* ---- completion --------------------------------------------------------------------------------------------- */

static struct completions offered;

static char **attempt(const char *text, int start, int end)
{
    (void)start;
    (void)end;
    rl_attempted_completion_over = 1;
    completions_done(&offered);
    complete_line(repl.en, rl_line_buffer, rl_point, &offered);
    if (!offered.n)
        return NULL;
    /* Readline wants: what all have in common, then all. */
    char **match = malloc((offered.n + 2) * sizeof *match);
    size_t common = strlen(offered.v[0].text), n = 0;
    if (!match)
        return NULL;
    for (size_t i = 0; i < offered.n; i++) {
        size_t k = 0;
        while (k < common && offered.v[i].text[k] == offered.v[0].text[k])
            k++;
        common = k;
    }
    const char *stem = common >= strlen(text) ? offered.v[0].text : text;
    match[n++] = strndup(stem, common >= strlen(text) ? common : strlen(text));
    for (size_t i = 0; i < offered.n && offered.n > 1; i++)
        match[n++] = strdup(offered.v[i].text);
    match[n] = NULL;
    rl_completion_append_character = offered.n == 1 && offered.v[0].no_space ? '\0' : ' ';
    return match;
}

/* The list as text: a candidate a line, with what it is. */
static void show_matches(char **matches, int n, int longest)
{
    (void)matches;
    (void)longest;
    size_t wide = 0;
    fputc('\n', rl_outstream);
    for (size_t i = 0; i < offered.n; i++)
        wide = utf8_width(offered.v[i].text) > wide ? utf8_width(offered.v[i].text) : wide;
    if (wide > 32)
        wide = 32;
    for (size_t i = 0; i < offered.n && i < LIST_ASK; i++) {
        size_t w = utf8_width(offered.v[i].text);
        fprintf(rl_outstream, "  %s%*s  %-10s %s\n", offered.v[i].text, w < wide ? (int)(wide - w) : 0, "",
                offered.v[i].kind, offered.v[i].detail);
    }
    if ((size_t)n > LIST_ASK)
        fprintf(rl_outstream, "  … and %d more; type some letters\n", n - LIST_ASK);
    rl_on_new_line();
    rl_redisplay();
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static void tell_progress(void)
{
    const struct progress *p = engine_progress(repl.en);
    char stage[64];
    if (!p || progress_elapsed(p) < PROGRESS_AFTER)
        return;
    int tenth = (int)(progress_done(p) * 10);
    if (tenth <= repl.told)
        return;
    repl.told = tenth;
    progress_stage(p, stage);
    fprintf(stderr, "%d %%%s%s\n", tenth * 10, stage[0] ? " " : "", stage);
}

static void run_queue(void)
{
    while (engine_pump(repl.en) && !ended) {
        struct pollfd fd = {engine_fd(repl.en), POLLIN, 0};
        poll(&fd, 1, 100);
        if (interrupted) {
            interrupted = 0;
            engine_cancel(repl.en);
        }
        tell_progress();
    }
    interrupted = 0;
}

/* Called by Readline when a signal came while it waits for a key. */
static int after_signal(void)
{
    if (ended)
        rl_done = 1;
    if (!interrupted || ended)
        return 0;
    interrupted = 0;
    repl.forgotten = true; /* a command that goes on over several lines as well */
    rl_free_line_state();
    rl_crlf();
    rl_replace_line("", 0);
    rl_set_prompt(PROMPT);
    rl_on_new_line();
    rl_redisplay();
    return 0;
}

/* One command, which may go on over several lines; NULL at the end. Owned. */
static char *read_command(void)
{
    struct str all = STR_INIT;
    for (;;) {
        repl.forgotten = false;
        char *line = readline(all.len ? "... " : PROMPT);
        if (!line || ended) {
            free(line);
            if (!all.len) {
                str_done(&all);
                return NULL;
            }
            return str_steal(&all);
        }
        if (repl.forgotten)
            str_clear(&all);
        history_keep(line);
        if (all.len)
            str_addc(&all, '\n');
        str_add(&all, line);
        free(line);
        if (!line_is_open(str_get(&all))) {
            str_add(&all, "");
            return str_steal(&all);
        }
    }
}

static void start_readline(void)
{
    rl_readline_name = "lathe";
    rl_attempted_completion_function = attempt;
    rl_completion_display_matches_hook = show_matches;
    rl_completer_word_break_characters = " \t\n(,;?!";
    rl_completer_quote_characters = "";
    rl_catch_signals = 0;
    rl_signal_event_hook = after_signal;
    rl_completion_query_items = LIST_ASK * 100;
    rl_initialize();
    rl_variable_bind("bell-style", "none");
    rl_variable_bind("show-all-if-ambiguous", "on");
    static const char *const up[] = {"\\e[A", "\\eOA"}, *const down[] = {"\\e[B", "\\eOB"};
    for (int i = 0; i < 2; i++) {
        rl_bind_keyseq(up[i], rl_history_search_backward);
        rl_bind_keyseq(down[i], rl_history_search_forward);
    }
    history_start();
}

int repl_main(const struct options *o)
{
    struct engine_front front = {.begin = hear_begin, .views = hear_views, .failed = hear_failure};
    struct engine_options eo = {.interactive = true, .worker = true, .keep_going = o->keep_going};
    struct sigaction act = {.sa_handler = on_signal};

    printer_init(&repl.printer, false, true);
    repl.en = front_engine(o, &eo, &front);
    recover_start(repl.en);
    crash_install(NULL, STDERR_FILENO);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    start_readline();

    printf("lathe %s. Type `help`, or `load titanic` to begin; Tab completes, Ctrl-D leaves.\n", LATHE_VERSION);
    if (recover_offer())
        printf("note: %s\n", recover_offer());
    fflush(stdout);
    front_submit_file(repl.en, o);
    run_queue();
    while (!engine_wants_quit(repl.en) && !ended) {
        char *line = read_command();
        if (!line) {
            putchar('\n');
            break;
        }
        if (line[strspn(line, " \t\n")]) {
            struct err e = ERR_INIT;
            engine_submit(repl.en, line, "prompt", &e);
            run_queue();
        }
        mem_free(line);
    }
    completions_done(&offered);
    recover_done();
    engine_free(repl.en);
    return ended ? 128 + ended : 0;
}
