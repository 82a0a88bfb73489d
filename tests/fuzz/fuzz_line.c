/* fuzz_line: any text is cut into commands and words, bound against the real verbs on a small table, and completed at
 * every place, without a fault. Commands are bound, not run: that is enough to reach every parser of the command
 * line. A line that was bound must bind again in its canonical form, to the same canonical form. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/cmd.h"
#include "data/csv.h"
#include "engine/bind.h"
#include "engine/complete.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct engine *engine_with_table(void)
{
    static const char csv[] = "age,sex,odd name,y\n30,male,1.5,0\n41,female,2.5,1\n7,male,,1\n";
    struct engine_options options = {.interactive = true};
    struct engine *en = engine_new(&options, NULL);
    struct err e = ERR_INIT;
    cmd_register_all(en);
    struct table *t = csv_read_memory(csv, sizeof csv - 1, "small", NULL, NULL, NULL, &e);
    struct task *task = t ? task_new(t, "y", TASK_NONE, NULL, NULL, &e) : NULL;
    if (!t || !task)
        abort();
    session_put_table(engine_session(en), "small", t, task, true);
    task_unref(task);
    table_unref(t);
    return en;
}

static void bind_twice(struct engine *en, const char *text)
{
    struct call first, again;
    struct err e = ERR_INIT;
    if (bind_call(en, text, true, &first, &e)) {
        /* Raw texts may hold anything; what is checked word by word must survive its own canonical form. */
        if (!(first.command->flags & COMMAND_RAW)) {
            if (!bind_call(en, first.line, false, &again, &e) || strcmp(first.line, again.line) != 0) {
                fprintf(stderr, "'%s' became '%s', then %s\n", text, first.line, again.line ? again.line : e.text);
                abort();
            }
            call_done(&again);
        }
    } else if (e.code == ERR_NONE || e.text[0] == 0 || (e.to && (e.from < 0 || e.to < e.from))) {
        abort();
    }
    call_done(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct engine *en;
    if (!en)
        en = engine_with_table();
    if (size > 2000)
        return 0;
    char *text = mem_strndup((const char *)data, size);
    struct arena *a = arena_new();
    struct line_part *parts;
    size_t n;
    struct err e = ERR_INIT;
    if (line_split(text, a, &parts, &n, &e))
        for (size_t i = 0; i < n; i++)
            bind_twice(en, parts[i].text);
    line_is_open(text);
    int length = (int)strlen(text);
    for (int point = length > 16 ? length - 16 : 0; point <= length; point += 4) {
        struct completions c;
        complete_line(en, text, point, &c);
        completions_done(&c);
        complete_hint(en, text, point, a);
    }
    arena_free(a);
    mem_free(text);
    return 0;
}
