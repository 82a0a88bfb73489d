/* render: views to text. A renderer is a row of render_table; it reads views and writes into a string, and can
 * reach nothing else. Front ends decide where the string goes. */
#ifndef LATHE_RENDER_RENDER_H
#define LATHE_RENDER_RENDER_H

#include "base/str.h"
#include "view/view.h"

struct render_options {
    int width;          /* columns there are; 0: no limit (80 for prose) */
    int max_rows;       /* of one table; 0: no limit. What is left out is said. */
    bool unicode;       /* lines and blocks; else ASCII */
    bool colour;        /* SGR codes */
    bool draw_plots;    /* plain: draw pictures in cells; else their twin in words */
    int digits;         /* significant digits of real numbers; 0: as each column wants, else 5 */
    int plot_rows;      /* height of a drawn picture, 0: by the width */
    const char *title;  /* of the document */
};

struct renderer {
    const char *name;      /* "plain", "json", "markdown", "html", "csv" */
    const char *extension; /* ".md"; NULL: none */
    void (*begin)(struct str *out, const struct render_options *o);
    void (*put)(struct str *out, const struct view *v, const struct render_options *o);
    void (*end)(struct str *out, const struct render_options *o);
};

extern const struct renderer render_plain, render_json, render_markdown, render_html, render_csv;
const struct renderer *renderer_find(const char *name);
const struct renderer *renderer_for_path(const char *path); /* by extension; NULL: none */

/* An error as a JSON line {"view":"error","code":…,"message":…,"hint":…,"line":…}. */
void render_json_error(struct str *out, const struct err *e);

/* A cell's text for people (no padding), by its column. Appends. */
void render_cell(struct str *out, const struct cell *c, const struct view_column *col);
bool render_cell_is_right_aligned(enum cell_type t);

#endif
