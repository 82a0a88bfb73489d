/* print: views and errors on standard output and standard error; what batch and the line prompt share. */
#ifndef LATHE_UI_PRINT_H
#define LATHE_UI_PRINT_H

#include "engine/engine.h"
#include "render/render.h"

struct printer {
    const struct renderer *renderer;
    struct render_options options;
    bool json;
    bool gone; /* nobody reads standard output any more */
    bool failed; /* … because of an error, a full disk, and not because a pipe was closed */
};

void printer_init(struct printer *p, bool json, bool interactive);
/* What `set` has changed: rows, digits, pictures, colours. JSON is for programs and never cut. */
void printer_settings(struct printer *p, const struct settings *s);
void printer_views(struct printer *p, const struct view_list *views);
/* "file:line:column: error: …", the line with a caret when the span is known, and the hint, on standard error; with
 * --json also an error view on standard output. */
void printer_error(struct printer *p, const char *line, const struct err *e, const char *origin);

#endif
