/* bench: the workbench's parts together, and how they are drawn. One thread owns all of it. */
#ifndef LATHE_UI_TUI_BENCH_H
#define LATHE_UI_TUI_BENCH_H

#include "engine/engine.h"
#include "ui/options.h"
#include "ui/tui/browser.h"
#include "ui/tui/input.h"
#include "ui/tui/keys.h"
#include "ui/tui/layout.h"
#include "ui/tui/notices.h"
#include "ui/tui/picture.h"
#include "ui/tui/popup.h"
#include "ui/tui/shelf.h"
#include "ui/tui/status.h"
#include "ui/tui/work.h"

struct bench {
    struct engine *en;
    struct work work;
    struct picture picture;
    struct shelf shelf;
    struct browser browser;
    struct popup popup;
    struct status status;
    struct notices notices;
    struct input input;

    /* where things are */
    struct layout layout;
    int focus;            /* a pane, or PANE_NONE: the prompt */
    int last_pane;        /* that had the keys */
    int main;             /* the pane shown when there is place for one */
    int zoomed;
    unsigned hidden;

    /* what is being typed */
    int prefix;           /* a key that another one follows, 0: none */
    bool searching;       /* the search line is open */
    struct str search;
    struct str lines;     /* of a command that goes on */
    bool quit_asked;      /* once, while a job runs */
    bool browser_waits;   /* a key in the browser ran a command: its table comes as a sheet */
    bool picture_news;    /* a picture came that was not in sight yet */
    bool job_drew;        /* the running job's result has a picture of its own */

    bool dirty;           /* the screen is out of date */
    bool quit;
    bool suspend;         /* Ctrl-Z: give the terminal back for a while */
    int status_code;      /* signal that ends the program: 128 + its number */
    double redrawn;       /* last time a job's progress was drawn */
    char *applied;        /* settings as last applied */
};

void bench_start(struct bench *b, const struct options *o);
void bench_done(struct bench *b);

/* Runs a command line, as if typed (without the history) or by a key. */
void bench_run(struct bench *b, const char *line, const char *origin);
void bench_enter(struct bench *b, const char *line); /* typed at the prompt */
void bench_paste(struct bench *b, const char *text);
void bench_pump(struct bench *b);          /* lets the engine go on */
void bench_tick(struct bench *b);          /* a job runs: follow it */
void bench_interrupt(struct bench *b);     /* Ctrl-C */
void bench_quit(struct bench *b);          /* Ctrl-D */
void bench_show(struct bench *b, int pane); /* in sight, without taking the keys */
void bench_focus(struct bench *b, int pane);
void bench_apply_settings(struct bench *b, bool always);
unsigned bench_where(const struct bench *b);

void bench_draw(struct bench *b);

#endif
