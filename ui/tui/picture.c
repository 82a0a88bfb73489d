/* picture: plots, and the thread that has them drawn. */
#include "ui/tui/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "render/gnuplot.h"
#include "render/layout.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"

#define KEEP_PLOTS 60

/* What is to be drawn. Two are equal when they would give the same picture. */
struct wish {
    const struct view *plot; /* a reference while it waits or is drawn */
    int cols, rows;
    int px_width, px_height; /* sixel; 0: cells */
    bool unicode;
    enum gnuplot_theme theme;
    unsigned number;
};

struct drawn {
    struct wish of;    /* .plot is only compared, never read */
    struct grid *grid; /* or NULL */
    struct str sixel;
    struct err err;
    bool good;
};

struct picture_thread {
    pthread_t id;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct wish next;   /* plot NULL: nothing waits */
    struct drawn ready; /* finished, not yet taken */
    bool has_ready, stop;
    int pipe[2];
    /* of the front's thread */
    struct wish asked; /* what was wanted last */
    struct drawn shown;
    unsigned number; /* raised by picture_forget */
};

static bool same_wish(const struct wish *a, const struct wish *b)
{
    return a->plot == b->plot && a->cols == b->cols && a->rows == b->rows && a->px_width == b->px_width &&
           a->px_height == b->px_height && a->unicode == b->unicode && a->theme == b->theme &&
           a->number == b->number;
}

static void drawn_done(struct drawn *d)
{
    grid_free(d->grid);
    str_done(&d->sixel);
    *d = (struct drawn){0};
}

/* ---- the thread --------------------------------------------------------------------------------------------- */

static struct drawn draw(const struct wish *w)
{
    struct drawn d = {.of = *w, .err = ERR_INIT};
    if (w->px_width > 0)
        d.good = gnuplot_to_sixel(w->plot, &d.sixel, w->px_width, w->px_height, w->theme, &d.err);
    if (!d.good) {
        d.grid = grid_new();
        d.good = gnuplot_to_grid(w->plot, d.grid, w->cols, w->rows, w->unicode, w->theme, &d.err);
    }
    return d;
}

static void *thread_main(void *arg)
{
    struct picture_thread *t = arg;
    pthread_mutex_lock(&t->lock);
    while (!t->stop) {
        if (!t->next.plot) {
            pthread_cond_wait(&t->wake, &t->lock);
            continue;
        }
        struct wish w = t->next;
        t->next.plot = NULL;
        pthread_mutex_unlock(&t->lock);
        struct drawn d = draw(&w);
        view_unref((struct view *)(uintptr_t)w.plot);
        pthread_mutex_lock(&t->lock);
        if (t->has_ready)
            drawn_done(&t->ready);
        t->ready = d;
        t->has_ready = true;
        char byte = 1;
        ssize_t ignored = write(t->pipe[1], &byte, 1);
        (void)ignored;
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

static void start_thread(struct picture *p)
{
    struct picture_thread *t = mem_zero(1, sizeof *t);
    sigset_t old;
    if (pipe2(t->pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        mem_free(t);
        return;
    }
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
    thread_block_signals(&old);
    int failed = pthread_create(&t->id, NULL, thread_main, t);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (failed) {
        close(t->pipe[0]);
        close(t->pipe[1]);
        mem_free(t);
        return;
    }
    p->thread = t;
}

static void stop_thread(struct picture *p)
{
    struct picture_thread *t = p->thread;
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->stop = true;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->id, NULL);
    if (t->next.plot)
        view_unref((struct view *)(uintptr_t)t->next.plot);
    if (t->has_ready)
        drawn_done(&t->ready);
    drawn_done(&t->shown);
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->wake);
    close(t->pipe[0]);
    close(t->pipe[1]);
    mem_free(t);
    p->thread = NULL;
}

static void ask(struct picture *p, struct wish w)
{
    struct picture_thread *t = p->thread;
    w.number = t->number;
    if (same_wish(&w, &t->asked))
        return;
    t->asked = w;
    pthread_mutex_lock(&t->lock);
    if (t->next.plot)
        view_unref((struct view *)(uintptr_t)t->next.plot);
    t->next = w;
    t->next.plot = view_ref(w.plot);
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
}

/* ---- plots -------------------------------------------------------------------------------------------------- */

void picture_init(struct picture *p)
{
    *p = (struct picture){0};
    start_thread(p);
}

void picture_done(struct picture *p)
{
    stop_thread(p);
    picture_stop_following(p, false);
    for (size_t i = 0; i < p->plots.n; i++)
        view_unref(p->plots.v[i]);
    vec_done(&p->plots);
}

int picture_fd(const struct picture *p)
{
    return p->thread ? p->thread->pipe[0] : -1;
}

bool picture_ready(struct picture *p)
{
    struct picture_thread *t = p->thread;
    char buffer[64];
    bool any = false;
    if (!t)
        return false;
    while (read(t->pipe[0], buffer, sizeof buffer) > 0)
        ;
    pthread_mutex_lock(&t->lock);
    if (t->has_ready) {
        drawn_done(&t->shown);
        t->shown = t->ready;
        t->ready = (struct drawn){0};
        t->has_ready = false;
        any = true;
    }
    pthread_mutex_unlock(&t->lock);
    if (any)
        p->stale = true;
    return any;
}

void picture_forget(struct picture *p)
{
    if (p->thread)
        p->thread->number++;
    p->stale = true;
}

static void keep(struct picture *p, struct view *plot)
{
    if (p->plots.n == KEEP_PLOTS) {
        view_unref(p->plots.v[0]);
        memmove(p->plots.v, p->plots.v + 1, (KEEP_PLOTS - 1) * sizeof *p->plots.v);
        p->plots.n--;
    }
    vec_push(&p->plots, plot);
}

void picture_add(struct picture *p, const struct view *plot)
{
    keep(p, view_ref(plot));
    p->shown = p->plots.n - 1;
}

void picture_show(struct picture *p, const struct view *plot)
{
    for (size_t i = 0; i < p->plots.n; i++)
        if (p->plots.v[i] == plot) {
            p->shown = i;
            return;
        }
    picture_add(p, plot);
}

void picture_step(struct picture *p, int by)
{
    size_t n = p->plots.n + (p->live ? 1 : 0);
    if (by < 0 && p->shown > 0)
        p->shown--;
    if (by > 0 && p->shown + 1 < n)
        p->shown++;
}

const struct view *picture_current(const struct picture *p)
{
    if (p->live && p->shown >= p->plots.n)
        return p->live;
    if (!p->plots.n)
        return NULL;
    return p->plots.v[p->shown < p->plots.n ? p->shown : p->plots.n - 1];
}

void picture_place(const struct picture *p, struct str *out)
{
    size_t n = p->plots.n + (p->live ? 1 : 0);
    if (n > 1)
        str_printf(out, "%zu/%zu", (p->shown < n ? p->shown : n - 1) + 1, n);
}

/* ---- what a job reports ------------------------------------------------------------------------------------- */

/* Metrics on one picture must share a scale: those that are called like the first one ("loss", "val_loss"). */
static bool share_scale(const char *a, const char *b)
{
    return strstr(a, b) || strstr(b, a);
}

static void live_series(struct view *v, const struct progress *job, const struct progress_point *point, size_t n)
{
    const char *first = progress_metric_name(job, point[0].metric);
    double *x = mem_alloc(n * sizeof *x), *y = mem_alloc(n * sizeof *y);
    for (int m = 0; m < 16; m++) {
        const char *name = progress_metric_name(job, m);
        size_t k = 0;
        if (!name || !share_scale(name, first))
            continue;
        for (size_t i = 0; i < n; i++)
            if (point[i].metric == m) {
                x[k] = point[i].step;
                y[k++] = point[i].value;
            }
        if (k) {
            struct plot_series s = {.mark = PLOT_LINE, .name = name, .n = k, .x = x, .y = y, .style = -1};
            view_plot_add(v, &s);
        }
    }
    view_plot_axes(v, "step", first);
    view_plot_twin(v, "%s %.5g after %.0f steps", first, point[n - 1].value, point[n - 1].step);
    mem_free(x);
    mem_free(y);
}

bool picture_follow(struct picture *p, const struct progress *job, const char *line)
{
    unsigned generation;
    struct progress_point *point = mem_alloc(PROGRESS_POINTS * sizeof *point);
    size_t n = progress_points(job, 0, point, PROGRESS_POINTS, &generation);
    size_t mark = n + ((size_t)generation << 16);
    bool changed = n >= 2 && mark != p->live_points;
    if (changed) {
        struct view *v = view_plot_new("live", line);
        v->plot->live = true;
        live_series(v, job, point, n);
        if (p->live)
            view_unref(p->live);
        else
            p->shown = p->plots.n; /* a new one comes to the front */
        p->live = v;
        p->live_points = mark;
    }
    mem_free(point);
    return changed;
}

void picture_stop_following(struct picture *p, bool keep_it)
{
    if (p->live) {
        bool in_front = p->shown >= p->plots.n;
        if (keep_it)
            keep(p, p->live);
        else
            view_unref(p->live);
        p->live = NULL;
        if (in_front)
            p->shown = p->plots.n ? p->plots.n - 1 : 0;
    }
    p->live_points = 0;
}

/* ---- drawing ------------------------------------------------------------------------------------------------ */

/* Before the first picture: what would make one. */
static void draw_empty(const struct rect *box)
{
    static const char *const lines[] = {"Pictures appear here.", "", "hist age    roc    scatter age fare"};
    int n = box->height > 6 ? 3 : 1, y = box->y + (box->height - n) / 2;
    for (int i = 0; i < n; i++) {
        int w = (int)utf8_width(lines[i]);
        screen_text(y + i, box->x + (box->width > w ? (box->width - w) / 2 : 0), box->width, i ? UI_KEY : UI_HINT,
                    SURFACE_PAGE, lines[i]);
    }
}

static void draw_words(struct picture *p, const struct rect *box, const struct view *v, const struct err *why)
{
    struct render_options o = {.width = box->width - 2, .unicode = screen_unicode()};
    struct grid *g = grid_new();
    grid_view(g, v, &o);
    if (why && why->code) {
        grid_add_line(g);
        layout_wrap(g, why->text, strlen(why->text), NULL, GRID_FAINT, o.width, "", GRID_FAINT);
    }
    pane_fit(&p->pane, (long)g->n, box->height - 1);
    for (int i = 0; i < box->height - 1 && p->pane.top + i < (long)g->n; i++)
        pane_draw_line(box->y + 1 + i, box->x + 1, box->width - 2, 0, &g->line[p->pane.top + i], SURFACE_PAGE,
                       NULL);
    grid_free(g);
}

static bool wants_pixels(const struct picture *p)
{
    return p->sixel && p->use_sixel && screen_unicode();
}

void picture_draw(struct picture *p, const struct rect *box)
{
    const struct view *v = picture_current(p);
    int rows = box->height - 1, cols = box->width;
    if (!v) {
        draw_empty(box);
        return;
    }
    if (p->off || !p->thread || rows < 4 || cols < 16) {
        draw_words(p, box, v, NULL);
        return;
    }
    struct wish w = {
        .plot = v, .cols = cols - 2, .rows = rows, .unicode = screen_unicode(), .theme = theme_of_pictures()};
    int width, height;
    screen_pixels(&width, &height);
    if (wants_pixels(p) && width > 0 && screen_cols() > 0) {
        w.px_width = width / screen_cols() * (cols - 2);
        w.px_height = height / screen_rows() * rows / 6 * 6;
    }
    ask(p, w);
    const struct drawn *d = &p->thread->shown;
    if (!d->grid && !d->sixel.len)
        return;
    if (!d->good) {
        draw_words(p, box, v, &d->err);
        return;
    }
    /* Under pixels each row gets a no-break space in a column of its own: curses then sees no two rows alike, and
     * doesn't move rows, and the pixels on them, by scrolling the terminal. */
    for (int i = 0; !d->grid && i < rows; i++)
        screen_text(box->y + 1 + i, box->x + 1 + i % (cols - 2), 1, GRID_PLAIN, SURFACE_PAGE, "\302\240");
    for (int i = 0; d->grid && i < rows && i < (int)d->grid->n; i++)
        pane_draw_line(box->y + 1 + i, box->x + 1, cols - 1, 0, &d->grid->line[i], SURFACE_PAGE, NULL);
}

/* Are there pixels, drawn for this rectangle? */
static bool has_pixels(const struct picture *p, const struct rect *box)
{
    if (!wants_pixels(p) || p->off || !p->thread || !p->thread->shown.sixel.len || !picture_current(p))
        return false;
    const struct wish *of = &p->thread->shown.of;
    return of->px_width > 0 && of->cols == box->width - 2 && of->rows == box->height - 1;
}

static bool same_place(const struct rect *a, const struct rect *b)
{
    return a->y == b->y && a->x == b->x && a->height == b->height && a->width == b->width;
}

void picture_wipe(struct picture *p, const struct rect *box)
{
    if (!p->sent || (same_place(&p->sent_to, box) && has_pixels(p, box)))
        return;
    screen_repaint();
    p->sent = false;
}

void picture_send(struct picture *p, const struct rect *box, bool covered)
{
    if (covered) {
        p->stale = true;
        return;
    }
    if (!has_pixels(p, box) || (p->sent && !p->stale))
        return;
    const struct str *sixel = &p->thread->shown.sixel;
    struct str s = STR_INIT;
    str_printf(&s, "\0337\033[%d;%dH", box->y + 2, box->x + 2);
    str_addn(&s, sixel->s, sixel->len);
    str_add(&s, "\0338");
    screen_raw(s.s, s.len);
    str_done(&s);
    p->stale = false;
    p->sent = true;
    p->sent_to = *box;
}
