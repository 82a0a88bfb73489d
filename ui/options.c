/* options: the command line, from rows. */
#include "ui/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"

enum {
    OPT_JSON = 256,
    OPT_PLAIN,
    OPT_SEED,
    OPT_THREADS,
    OPT_PLUGIN_PATH,
    OPT_NO_INIT,
    OPT_KEEP_GOING,
    OPT_VERSION,
    OPT_HELP,
    OPT_DOC
};

static const struct option_row {
    int code;
    const char *name, *argument, *doc;
} rows[] = {
    {'e', "eval", "COMMANDS", "run these commands in batch; may be given several times"},
    {'b', "batch", NULL,
     "batch, also at a terminal: commands from the file or standard input, results on standard output"},
    {OPT_JSON, "json", NULL, "results as JSON, one view a line"},
    {OPT_PLAIN, "plain", NULL, "a line prompt instead of the workbench"},
    {OPT_SEED, "seed", "N", "where random numbers start"},
    {OPT_THREADS, "threads", "N", "threads to work with; results do not depend on it"},
    {OPT_PLUGIN_PATH, "plugin-path", "DIR", "look for modules here first"},
    {OPT_NO_INIT, "no-init", NULL, "do not read latherc"},
    {OPT_KEEP_GOING, "keep-going", NULL, "do not stop at the first command that fails"},
    {OPT_DOC, "doc", "WHICH", "print a reference page: commands, parameters, json, man"},
    {OPT_VERSION, "version", NULL, "print the version"},
    {OPT_HELP, "help", NULL, "print this"},
};
#define N_ROWS (sizeof rows / sizeof *rows)

static void print_help(void)
{
    puts("lathe: a terminal workbench for machine learning\n"
         "usage: lathe [OPTION]... [FILE.lathe | DATA.csv | -]\n"
         "       lathe plugin check MODULE.so | plugin bench MODULE.so [ID]... | plugin new NAME\n");
    for (size_t i = 0; i < N_ROWS; i++) {
        char left[64];
        char letter[8] = "    ";
        if (rows[i].code < 256)
            snprintf(letter, sizeof letter, "-%c, ", rows[i].code);
        snprintf(left, sizeof left, "  %s--%s%s%s", letter, rows[i].name, rows[i].argument ? "=" : "",
                 rows[i].argument ? rows[i].argument : "");
        printf("%-27s %s\n", left, rows[i].doc);
    }
    puts("\nexamples:\n"
         "  lathe                                    the workbench\n"
         "  lathe titanic                            … with a bundled table loaded\n"
         "  lathe -e 'load iris; describe'           in batch\n"
         "  lathe --json -e 'load iris; freq species' | python3 -m json.tool\n"
         "  lathe analysis.lathe                     run a script");
}

void options_roff(struct str *out)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        str_add(out, ".TP\n");
        if (rows[i].code < 256)
            str_printf(out, "\\fB\\-%c\\fR, ", rows[i].code);
        str_printf(out, "\\fB\\-\\-%s\\fR%s%s\n%s.\n", rows[i].name, rows[i].argument ? "=" : "",
                   rows[i].argument ? rows[i].argument : "", rows[i].doc);
    }
}

static bool bad(int *status, const char *text, const char *word)
{
    fprintf(stderr, "lathe: %s%s%s\nlathe: `lathe --help` shows what there is\n", text, word ? ": " : "",
            word ? word : "");
    *status = 2;
    return false;
}

static bool is_whole_number(const char *s)
{
    int64_t v;
    return number_parse_int(s, strlen(s), &v) && v >= 0;
}

bool options_parse(int argc, char **argv, struct options *o, int *status)
{
    struct option longs[N_ROWS + 1];
    memset(longs, 0, sizeof longs);
    for (size_t i = 0; i < N_ROWS; i++)
        longs[i] =
            (struct option){rows[i].name, rows[i].argument ? required_argument : no_argument, NULL, rows[i].code};

    *o = (struct options){.commands = STR_INIT};
    *status = 0;
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, ":e:b", longs, NULL)) != -1;) {
        switch (code) {
        case 'e':
            str_printf(&o->commands, "%s\n", optarg);
            o->has_commands = true;
            break;
        case 'b':
            o->mode = UI_BATCH;
            break;
        case OPT_JSON:
            o->json = true;
            break;
        case OPT_PLAIN:
            o->mode = UI_PLAIN;
            break;
        case OPT_SEED:
            if (!is_whole_number(optarg))
                return bad(status, "--seed wants a whole number, not", optarg);
            o->seed = strtoull(optarg, NULL, 10);
            o->seed_given = true;
            break;
        case OPT_THREADS:
            if (!is_whole_number(optarg))
                return bad(status, "--threads wants a whole number, not", optarg);
            o->threads = optarg;
            break;
        case OPT_PLUGIN_PATH:
            file_plugin_dirs_add(optarg);
            break;
        case OPT_NO_INIT:
            o->no_init = true;
            break;
        case OPT_KEEP_GOING:
            o->keep_going = true;
            break;
        case OPT_DOC:
            o->doc = optarg;
            break;
        case OPT_VERSION:
            puts("lathe " LATHE_VERSION);
            return false;
        case OPT_HELP:
            print_help();
            return false;
        case ':':
            return bad(status, "a value is missing after", argv[optind - 1]);
        default:
            return bad(status, "there is no such option", argv[optind - 1]);
        }
    }
    if (optind < argc && strcmp(argv[optind], "plugin") == 0) {
        o->words = argv + optind + 1;
        o->n_words = argc - optind - 1;
        return true;
    }
    if (optind + 1 < argc)
        return bad(status, "one file at a time, please", argv[optind + 1]);
    if (optind < argc)
        o->file = argv[optind];
    return true;
}

void options_done(struct options *o)
{
    str_done(&o->commands);
}
