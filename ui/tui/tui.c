/* tui: the workbench, from its start to its end. */
#include "ui/tui/tui.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "ui/crash.h"
#include "ui/repl.h"
#include "ui/tui/bench.h"
#include "ui/tui/loop.h"
#include "ui/tui/screen.h"

int tui_main(const struct options *o)
{
    struct bench *b = mem_zero(1, sizeof *b);
    struct err e = ERR_INIT;

    if (!screen_start(&e)) {
        fprintf(stderr, "lathe: %s; the line prompt works everywhere\n", e.text);
        mem_free(b);
        return repl_main(o);
    }
    bool noticing = notices_start(&b->notices);
    crash_install(screen_emergency, noticing ? b->notices.standard_error : STDERR_FILENO);
    mem_on_exhaustion(screen_emergency);
    int status = 1;
    if (loop_start(b, &e)) {
        bench_start(b, o);
        screen_ask();
        loop_run(b);
        status = b->status_code;
        screen_stop();
        bench_done(b);
        loop_stop();
    } else {
        screen_stop();
    }
    notices_stop(&b->notices);
    if (e.code)
        fprintf(stderr, "lathe: %s\n", e.text);
    mem_free(b);
    return status;
}
