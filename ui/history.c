/* history: the lines typed, kept across sessions. */
#include "ui/history.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>

#include "base/file.h"
#include "base/mem.h"

#define KEEP_LINES 5000

static char *history_path(void)
{
    char *dir = file_xdg_dir(FILE_STATE), *path = NULL;
    if (file_make_dirs(dir, NULL))
        path = file_join(dir, "history");
    mem_free(dir);
    return path;
}

void history_start(void)
{
    char *path = history_path();
    using_history();
    history_expansion_char = '\0';
    if (path) {
        read_history(path);
        if (history_length > 2 * KEEP_LINES)
            history_truncate_file(path, KEEP_LINES);
    }
    stifle_history(KEEP_LINES);
    mem_free(path);
}

void history_keep(const char *line)
{
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    bool again = last && strcmp(last->line, line) == 0;
    if (!*line || *line == ' ' || again || strchr(line, '\n'))
        return;
    add_history(line);
    using_history(); /* searches start at the newest line */
    char *path = history_path();
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        close(fd); /* made with mode 0600 */
        append_history(1, path);
    }
    mem_free(path);
}
