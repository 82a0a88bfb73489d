/* front: what all front ends do at their start. */
#include "ui/front.h"

#include "base/file.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "engine/line.h"

bool front_file_is_script(const char *path)
{
    return str_ends(path, ".lathe");
}

static void submit_latherc(struct engine *en)
{
    char *dir = file_xdg_dir(FILE_CONFIG), *path = file_join(dir, "latherc");
    struct file_bytes f;
    if (file_exists(path) && file_read(path, &f, NULL)) {
        engine_submit(en, f.data, path, NULL);
        file_bytes_done(&f);
    }
    mem_free(path);
    mem_free(dir);
}

struct engine *front_engine(const struct options *o, const struct engine_options *eo,
                            const struct engine_front *front)
{
    struct err e = ERR_INIT;
    struct engine *en = engine_new(eo, front);
    cmd_register_all(en);
    if (o->seed_given) {
        struct str s = STR_INIT;
        str_printf(&s, "%llu", (unsigned long long)o->seed);
        setting_set(en, "seed", str_get(&s), "command line", &e);
        str_done(&s);
    }
    if (o->threads)
        setting_set(en, "threads", o->threads, "command line", &e);
    if (!o->no_init)
        submit_latherc(en);
    return en;
}

bool front_submit_file(struct engine *en, const struct options *o)
{
    struct str s = STR_INIT;
    if (!o->file)
        return true;
    str_add(&s, front_file_is_script(o->file) ? "source " : "load ");
    line_quote(&s, o->file);
    bool good = engine_submit(en, str_get(&s), "command line", NULL);
    str_done(&s);
    return good;
}
