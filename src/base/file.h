/* file: whole files in, atomic files out, the XDG folders, and where the program's own data lies. */
#ifndef LATHE_BASE_FILE_H
#define LATHE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/* A file's bytes, mapped or read; data[size] is readable and 0. */
struct file_bytes {
    const char *data;
    size_t size;
    void *map; /* private */
    size_t map_size;
};

bool file_read(const char *path, struct file_bytes *out, struct err *e); /* "-" reads standard input */
void file_bytes_done(struct file_bytes *b);

/* Atomic write: a temporary file beside `path`, fsync, rename. Until commit nothing of the old file is lost; a
 * failed write (disk full) is reported by the call that sees it or by commit. */
struct file_writer;
struct file_writer *file_writer_open(const char *path, struct err *e); /* "-" writes standard output */
bool file_writer_put(struct file_writer *w, const void *data, size_t n, struct err *e);
bool file_writer_commit(struct file_writer *w, struct err *e); /* frees w in any case */
void file_writer_abandon(struct file_writer *w);               /* frees w, removes the temporary file */
bool file_write_atomic(const char *path, const void *data, size_t n, struct err *e);

bool file_append_line(const char *path, const char *line, struct err *e); /* creates with mode 0600, fsyncs */
bool file_exists(const char *path);
bool file_is_dir(const char *path);
bool file_make_dirs(const char *path, struct err *e); /* mode 0700 */
char *file_join(const char *dir, const char *name);   /* owned (mem_free) */
const char *file_base(const char *path);              /* after the last slash; points into path */
char *file_expand(const char *path);                  /* "~" and "~/x"; owned */

/* XDG folders of lathe ("$XDG_STATE_HOME/lathe", …), owned (mem_free); nothing is created. */
enum file_xdg { FILE_CONFIG, FILE_DATA, FILE_STATE, FILE_CACHE };
char *file_xdg_dir(enum file_xdg which);

/* The program's installed or uninstalled data. file_locate_init reads argv[0]: when the program lies in its build
 * or source tree (marked by a file `.lathe-build` that names the source folder), datasets, share and plugins come
 * from there, otherwise from the prefix chosen at configure. LATHE_DATA_DIR overrides. */
void file_locate_init(const char *argv0);
char *file_locate(const char *relative); /* "datasets/index.tsv", "gnuplot/gnuplot-cells.lua"; owned, NULL if absent */
/* Folders to look for plugins in, in order: LATHE_PLUGIN_PATH, the build tree's or the installed one, the user's.
 * A NULL-terminated array, owned by the module. */
const char *const *file_plugin_dirs(void);
void file_plugin_dirs_add(const char *dir); /* --plugin-path: goes first */

#endif
