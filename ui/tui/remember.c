/* remember: how the panes stood. Lines of a name and pane names: "main work", "zoomed none", "hidden shelf". */
#include "ui/tui/remember.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "ui/tui/bench.h"

static char *state_path(void)
{
    char *dir = file_xdg_dir(FILE_STATE), *path = file_join(dir, "layout");
    mem_free(dir);
    return path;
}

static int pane_of(const char *word, size_t n)
{
    for (int i = 0; i < PANE_COUNT; i++)
        if (strlen(pane_name(i)) == n && strncmp(pane_name(i), word, n) == 0)
            return i;
    return PANE_NONE;
}

static void take(struct bench *b, const char *name, size_t n_name, int pane)
{
    if (pane == PANE_NONE)
        return;
    if (n_name == 4 && strncmp(name, "main", 4) == 0)
        b->main = pane;
    else if (n_name == 6 && strncmp(name, "zoomed", 6) == 0)
        b->zoomed = pane;
    else if (n_name == 6 && strncmp(name, "hidden", 6) == 0)
        b->hidden |= 1u << pane;
    else if (n_name == 4 && strncmp(name, "last", 4) == 0)
        b->last_pane = pane;
}

void remember_load(struct bench *b)
{
    char *path = state_path();
    struct file_bytes f;
    if (file_exists(path) && file_read(path, &f, NULL)) {
        for (const char *p = f.data, *end; *p; p = *end ? end + 1 : end) {
            end = p + strcspn(p, "\n");
            size_t n_name = strcspn(p, " \n");
            for (const char *word = p + n_name; word < end;) {
                word += strspn(word, " ");
                size_t n = strcspn(word, " \n");
                take(b, p, n_name, pane_of(word, n));
                word += n;
            }
        }
        file_bytes_done(&f);
    }
    if ((b->hidden & 7u) == 7u)
        b->hidden = 0;
    if (b->main == PANE_PICTURE) /* a fresh session has no picture yet */
        b->main = PANE_WORK;
    mem_free(path);
}

void remember_save(const struct bench *b)
{
    char *path = state_path(), *dir = file_xdg_dir(FILE_STATE);
    struct str s = STR_INIT;
    str_printf(&s, "main %s\nlast %s\nzoomed %s\nhidden", pane_name(b->main), pane_name(b->last_pane),
               b->zoomed == PANE_NONE ? "none" : pane_name(b->zoomed));
    for (int i = 0; i < PANE_COUNT; i++)
        if (b->hidden & (1u << i))
            str_printf(&s, " %s", pane_name(i));
    str_addc(&s, '\n');
    if (file_make_dirs(dir, NULL))
        file_write_atomic(path, s.s, s.len, NULL); /* not worth a word when it fails */
    str_done(&s);
    mem_free(path);
    mem_free(dir);
}
