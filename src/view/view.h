/* view: what a command returns. A view is typed, immutable once finished, and refcounted; it owns all it shows
 * (its arena). It says nothing of how it is drawn: panes, plain text, JSON, Markdown and HTML are renderers.
 *
 * Building is by one owner: view_table_new(…), rows, view_note(…), then hand it on. After the first view_ref or
 * after it was put into a list it must not change. */
#ifndef LATHE_VIEW_VIEW_H
#define LATHE_VIEW_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum view_kind { VIEW_TABLE, VIEW_PLOT, VIEW_TREE, VIEW_TEXT, VIEW_NOTE, VIEW_REPORT };
enum view_level { VIEW_INFO, VIEW_GOOD, VIEW_WARNING, VIEW_ERROR };

struct view_table;
struct view_plot;
struct view_tree;

struct view {
    int refs; /* atomic, private */
    enum view_kind kind;
    struct arena *arena;
    const char *id;      /* stable: "describe", "metrics", "roc" */
    const char *title;   /* for people; may be "" */
    const char *caption; /* a sentence under it, or NULL */
    const char *source;  /* the command line that made it, or NULL (set by the engine) */
    const char **notes;  /* sentences that belong to it ("imputed age by its median (29.7)") */
    enum view_level *note_levels;
    size_t n_notes;
    union {
        struct view_table *table;
        struct view_plot *plot;
        struct view_tree *tree;
        const char *text; /* TEXT: paragraphs, light Markdown; NOTE: one sentence */
        struct view_list *items; /* REPORT */
    };
    enum view_level level; /* NOTE */
};

struct view *view_ref(const struct view *v);
void view_unref(struct view *v);
const char *view_kind_name(enum view_kind k);

struct view *view_text(const char *id, const char *title, const char *text);
struct view *view_note(enum view_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void view_add_note(struct view *v, enum view_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void view_set_caption(struct view *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
void view_set_source(struct view *v, const char *line);

/* An ordered list of views, owned; the result of a command. */
struct view_list {
    struct view **v; /* each holds a reference */
    size_t n, cap;
};
void view_list_add(struct view_list *l, struct view *v /* taken */);
void view_list_done(struct view_list *l);
struct view *view_report(const char *id, const char *title, struct view_list *items /* emptied */);

/* ---- tables ------------------------------------------------------------------------------------------------- */

/* What a column's values are: how renderers format and align them. JSON gets the bare value. */
enum cell_type {
    CELL_TEXT,
    CELL_INT,
    CELL_REAL,     /* number of significant digits is the renderer's choice */
    CELL_PERCENT,  /* value 0.31 shows as 31 % */
    CELL_P,        /* p-value: "< 0.001", never 0 */
    CELL_SECONDS,
    CELL_BYTES,
    CELL_BOOL,
    CELL_BAR,      /* number in [0,1], drawn as a small bar beside the number where there is room; JSON: number */
    CELL_SCORE     /* metric value: fixed 4 decimals */
};

struct cell {
    bool missing;
    union {
        const char *text; /* CELL_TEXT; lives in the view's arena (builder) or until the next cell call (source) */
        int64_t i;        /* CELL_INT, CELL_BOOL */
        double r;         /* the others */
    };
};

struct view_column {
    const char *name; /* stable, used in JSON and sql */
    const char *head; /* shown to people; NULL: name */
    enum cell_type type;
    int digits;       /* CELL_REAL: significant digits; 0: renderer's default (5); -1: the same, and the cells are
                       * of different kinds, so that each has decimals of its own */
    bool detail;      /* for programs and the browser; tables laid out for people leave it out */
};

/* Large tables are read where they lie: rows are asked for when they are drawn. Thread-safe reads. */
struct table_source {
    void *data;
    void (*cell)(void *data, size_t row, size_t col, struct cell *out, struct arena *scratch);
    void (*release)(void *data);
};

struct view_table {
    size_t n_rows, n_cols;
    const struct view_column *column;
    struct cell *cells;          /* row-major; NULL when there is a source */
    struct table_source source;
    const char **follow;         /* per row: a command line that Enter runs, or NULL; the array may be NULL */
    int *row_level;              /* per row: 0 plain, 1 emphasised (best), 2 faint (baseline); may be NULL */
    size_t total_rows;           /* when only a part is shown: of how many; else n_rows */
    int frozen;                  /* columns that stay when scrolled sideways */
    const char *object;          /* name of the session's table that this shows, or NULL */
};

/* columns are copied. Rows are added with view_row and cells set by column number, left to right or any. */
struct view *view_table_new(const char *id, const char *title, const struct view_column *columns, size_t n);
size_t view_row(struct view *v); /* appends a row of missing cells, returns its number */
void view_cell_text(struct view *v, size_t row, size_t col, const char *text); /* copied; NULL: missing */
void view_cell_textf(struct view *v, size_t row, size_t col, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void view_cell_int(struct view *v, size_t row, size_t col, int64_t i); /* also bool */
void view_cell_real(struct view *v, size_t row, size_t col, double r); /* NaN: missing */
void view_row_follow(struct view *v, size_t row, const char *format, ...) __attribute__((format(printf, 3, 4)));
void view_row_level(struct view *v, size_t row, int level);
struct view *view_table_from_source(const char *id, const char *title, const struct view_column *columns, size_t n,
                                    size_t n_rows, struct table_source source);
void view_table_cell(const struct view *v, size_t row, size_t col, struct cell *out, struct arena *scratch);
int view_table_column(const struct view *v, const char *name); /* -1: none */
/* The table without its detail columns; v itself when it has none. A new reference. */
struct view *view_table_brief(const struct view *v);

/* ---- plots -------------------------------------------------------------------------------------------------- */

enum plot_mark {
    PLOT_LINE,   /* x, y */
    PLOT_STEP,   /* x, y: horizontal first (ROC) */
    PLOT_POINTS, /* x, y */
    PLOT_BARS,   /* x (or category labels), y from zero */
    PLOT_HIST,   /* x: left edges, x2: right edges, y: heights */
    PLOT_BOX,    /* label per box; y5: min-whisker q1 median q3 max-whisker, in `box` (5 a box); outliers as POINTS */
    PLOT_HEAT,   /* rows x cols values with labels in the cells */
    PLOT_BAND,   /* x, y low, y2 high */
    PLOT_RULE    /* a straight guide: horizontal (y only), vertical (x only) or diagonal (both) */
};

struct plot_series {
    enum plot_mark mark;
    const char *name; /* legend; NULL or "": not in the legend */
    size_t n;
    const double *x, *y, *y2, *x2;
    const double *box;         /* PLOT_BOX: 5 n */
    const char *const *labels; /* PLOT_BARS, PLOT_BOX: category of each; PLOT_POINTS: optional text beside */
    int style;                 /* colour/glyph/dash number; -1: the next one; guides use PLOT_STYLE_GUIDE */
};
#define PLOT_STYLE_GUIDE (-2)
/* Categories stand at x = 1, 2, …: there belong the points and lines that are drawn with bars or boxes. */

struct plot_heat {
    size_t rows, cols;
    const double *value;            /* row-major; NaN: empty */
    const char *const *row_labels;  /* top to bottom */
    const char *const *col_labels;
    const char *const *cell_labels; /* rows x cols texts, or NULL: the value */
    double low, high;               /* colour range; both 0: from the data */
    bool diverging;                 /* two-sided scale around 0 (correlations) */
};

struct plot_axis {
    const char *label;
    double min, max;   /* both 0: from the data */
    bool log, integer, time; /* time: seconds since 1970 */
};

struct view_plot {
    struct plot_axis x, y;
    struct plot_series *series; /* n_series */
    size_t n_series;
    struct plot_heat *heat;     /* PLOT_HEAT: one per plot */
    bool square;                /* same unit on both axes (ROC) */
    enum { PLOT_KEY_AUTO, PLOT_KEY_NONE, PLOT_KEY_TOP_LEFT, PLOT_KEY_BOTTOM_RIGHT, PLOT_KEY_TOP_RIGHT } key;
    const char *twin;           /* the picture in words: what one sees; always there */
    bool live;                  /* more points will come (a running job) */
};

struct view *view_plot_new(const char *id, const char *title);
void view_plot_axes(struct view *v, const char *x_label, const char *y_label);
/* Copies all arrays. Returns the series' number. */
size_t view_plot_add(struct view *v, const struct plot_series *s);
void view_plot_heat(struct view *v, const struct plot_heat *h);
void view_plot_twin(struct view *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- trees -------------------------------------------------------------------------------------------------- */

struct tree_node {
    int parent;         /* index of an earlier node; -1: root */
    const char *edge;   /* "age <= 30", "" */
    const char *label;
    const char *detail; /* or NULL */
    double weight;      /* [0,1]; negative: unknown */
};
struct view_tree {
    struct tree_node *node;
    size_t n, cap;
};
struct view *view_tree_new(const char *id, const char *title);
size_t view_tree_add(struct view *v, int parent, const char *edge, const char *label, const char *detail,
                     double weight);

#endif
