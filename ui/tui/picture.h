/* picture: the plots of a session and their drawing. gnuplot may take its time, so it is asked on a thread of its own,
 * which always draws what was wanted last; the pane shows what is ready. */
#ifndef LATHE_UI_TUI_PICTURE_H
#define LATHE_UI_TUI_PICTURE_H

#include "base/progress.h"
#include "base/vec.h"
#include "ui/tui/pane.h"
#include "view/view.h"

struct picture {
    VEC(struct view *) plots;  /* newest last */
    size_t shown;              /* which one; plots.n: the live one */
    struct view *live;         /* of the running job, or NULL */
    size_t live_points;        /* in it */
    struct picture_thread *thread;
    bool sixel;                /* the terminal takes pixels */
    bool use_sixel;            /* … and the user wants them */
    bool off;                  /* pictures in words */
    bool stale;                /* the pixels on the screen are out of date, or were written over */
    bool sent;                 /* there are pixels on the screen, at … */
    struct rect sent_to;
    struct pane pane;          /* for pictures in words */
};

void picture_init(struct picture *p);
void picture_done(struct picture *p);
int picture_fd(const struct picture *p);  /* readable when a picture is ready */
bool picture_ready(struct picture *p);    /* takes it; true: there is something new to show */

void picture_add(struct picture *p, const struct view *plot);
/* A plot of what the running job reports; true when it changed. */
bool picture_follow(struct picture *p, const struct progress *job, const char *line);
void picture_stop_following(struct picture *p, bool keep_it); /* the job ended; keep its plot among the others? */
void picture_show(struct picture *p, const struct view *plot); /* one that was added, or another */
void picture_step(struct picture *p, int by); /* to an older or newer plot */
const struct view *picture_current(const struct picture *p);
void picture_forget(struct picture *p);       /* what is ready is out of date (theme, mode): draw again */

void picture_draw(struct picture *p, const struct rect *box);
/* Pixels lie outside what the sheet of cells knows: before screen_show those are wiped that don't belong there any
 * more, after it new ones are sent. covered: something lies over the pane. */
void picture_wipe(struct picture *p, const struct rect *box);
void picture_send(struct picture *p, const struct rect *box, bool covered);
void picture_place(const struct picture *p, struct str *out); /* "2/5" */

#endif
