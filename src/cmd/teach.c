/* teach verbs: help, example. */
#include <string.h>

#include "cmd/cmd.h"
#include "engine/help.h"

static bool run_help(struct call *c, struct err *e)
{
    const char *topic = call_text(c, "topic"), *second = call_text(c, "of");
    struct err why = ERR_INIT;
    if (!topic) {
        call_view(c, help_overview(c->engine));
        return true;
    }
    struct view *v = help_topic(c->engine, topic, second, &why);
    if (v) {
        call_view(c, v);
        return true;
    }
    if (!second && help_search(c->engine, topic, &c->views))
        return true;
    *e = why;
    return false;
}

static bool run_example(struct call *c, struct err *e)
{
    const char *verb = call_text(c, "verb");
    const struct command *of = engine_command_find(c->engine, verb);
    if (!of) {
        help_topic(c->engine, verb, "", e);
        return false;
    }
    if (!of->examples || !of->examples->line)
        return err_set(e, ERR_NOT_FOUND, "%s has no example", of->name);
    struct str s = STR_INIT;
    const struct command_example *x = of->examples;
    if (x->setup)
        str_printf(&s, "%s; ", x->setup);
    str_add(&s, x->line);
    call_note(c, VIEW_INFO, "%s: %s", x->line, x->remark);
    bool good = engine_submit_front(c->engine, str_get(&s), "example", e);
    str_done(&s);
    return good;
}

static const struct lt_param help_args[] = {
    {.name = "topic",
     .type = PARAM_VERB,
     .flags = LT_POSITIONAL,
     .doc = "a verb, an algorithm, a metric, a setting, or a word to look for"},
    {.name = "of",
     .type = PARAM_WORD,
     .flags = LT_POSITIONAL,
     .doc = "with `train`: an algorithm; with an algorithm: a parameter"}};
static const struct lt_param example_args[] = {{.name = "verb",
                                                .type = PARAM_VERB,
                                                .flags = LT_POSITIONAL | LT_REQUIRED,
                                                .doc = "which verb to show at work"}};

static const struct command rows[] = {
    {.name = "help",
     .aliases = "man",
     .group = "teach",
     .summary = "what there is and how it is used",
     ARGS(help_args),
     .doc = "`?verb` is short for `help verb`. Without a topic: all verbs by group.",
     .flags = COMMAND_ANYTIME | COMMAND_NO_JOURNAL,
     .examples = (const struct command_example[]){{"help", "all verbs", NULL},
                                                  {"help train", "one verb, its arguments and examples", NULL},
                                                  {"help forest", "an algorithm and its parameters", NULL},
                                                  {"help auc", "how to read a metric", NULL},
                                                  {0}},
     .run = run_help},
    {.name = "example",
     .group = "teach",
     .summary = "run the example of a verb on a bundled dataset",
     ARGS(example_args),
     .flags = COMMAND_NO_JOURNAL,
     .examples = (const struct command_example[]){{"example freq", "loads titanic and counts", NULL}, {0}},
     .run = run_example},
};
const struct command_rows cmd_teach = COMMAND_ROWS(rows);
