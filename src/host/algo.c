#include "host/algo.h"

#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "host/param.h"

/* The list of algorithms. It only grows, and its entries never move, so a pointer handed out stays good. */
static struct {
    pthread_mutex_t lock;
    VEC(const struct algo *) algos; /* sorted by id */
    VEC(const char *) refused;
    VEC(const char *) modules; /* real paths seen, so that two folders with the same file load it once */
    bool loaded;
} list = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Names that people bring from elsewhere. */
static const struct {
    const char *alias, *id;
} aliases[] = {
    {"rf", "forest"},
    {"randomforest", "forest"},
    {"random_forest", "forest"},
    {"lr", "logistic"},
    {"logit", "logistic"},
    {"logreg", "logistic"},
    {"dt", "tree"},
    {"cart", "tree"},
    {"decision_tree", "tree"},
    {"mlp", "net"},
    {"nn", "net"},
    {"ols", "linear"},
    {"lm", "linear"},
    {"gb", "gbm"},
    {"hgb", "gbm"},
    {"gbdt", "gbm"},
    {"naivebayes", "nb"},
    {"gnb", "nb"},
    {"naive_bayes", "nb"},
    {"baseline", "dummy"},
    {"extra_trees", "extratrees"},
    {"elastic_net", "elasticnet"},
    {"k-means", "kmeans"},
    {"isolation_forest", "iforest"},
    {"isolationforest", "iforest"},
};

static const struct {
    uint32_t bit;
    const char *word;
} task_words[] = {
    {LT_CLASSIFY, "classification"},  {LT_REGRESS, "regression"},        {LT_CLUSTER, "clustering"},
    {LT_TRANSFORM, "transformation"}, {LT_ANOMALY, "anomaly detection"}, {LT_FORECAST, "forecasting"},
    {LT_RECOMMEND, "recommendation"}, {LT_EMBED, "embedding"},           {LT_GENERATE, "generation"},
};

static const struct {
    uint32_t bit;
    const char *word;
} trait_words[] = {
    {LT_MISSING_OK, "takes missing values"},
    {LT_CATEGORY_OK, "takes categories"},
    {LT_WEIGHTS_OK, "takes weights"},
    {LT_WANTS_SCALED, "wants scaled columns"},
    {LT_SPARSE_OK, "takes sparse data"},
    {LT_NEEDS_TEXT, "needs text"},
    {LT_NEEDS_TIME, "needs a time"},
    {LT_ITERATIVE, "improves step by step"},
    {LT_DROP_FIRST, "leaves out first levels"},
    {LT_TARGET_SCALED, "wants a scaled target"},
    {LT_NO_FEATURES_OK, "needs no features"},
    {LT_NEEDS_LABELS, "learns from classes"},
    {LT_FOREIGN, "is another library's work"},
    {LT_COMBINES, "combines other models"},
};

void algo_tasks(const struct algo *a, struct str *out)
{
    const char *between = "";
    for (size_t i = 0; i < sizeof task_words / sizeof task_words[0]; i++)
        if (a->d.tasks & task_words[i].bit) {
            str_printf(out, "%s%s", between, task_words[i].word);
            between = ", ";
        }
}

void algo_traits(const struct algo *a, struct str *out)
{
    const char *between = "";
    for (size_t i = 0; i < sizeof trait_words / sizeof trait_words[0]; i++)
        if (a->d.traits & trait_words[i].bit) {
            str_printf(out, "%s%s", between, trait_words[i].word);
            between = ", ";
        }
}

bool algo_learns_classes(const struct lt_algo *d, enum lt_task task)
{
    return task == LT_CLASSIFY || (task == LT_TRANSFORM && d->traits & LT_NEEDS_LABELS);
}

bool algo_learns_target(const struct lt_algo *d, enum lt_task task)
{
    return task == LT_REGRESS || algo_learns_classes(d, task);
}

bool algo_needs_target(const struct lt_algo *d)
{
    return d->tasks & (LT_CLASSIFY | LT_REGRESS) || d->traits & LT_NEEDS_LABELS;
}

const struct lt_param *algo_param(const struct algo *a, uint32_t i)
{
    return param_at(a->d.params, a->d.param_size, i);
}

/* ---- what a descriptor must be ------------------------------------------------------------------------------ */

static bool is_identifier(const char *s)
{
    if (!s || !islower((unsigned char)s[0]))
        return false;
    for (; *s; s++)
        if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_')
            return false;
    return true;
}

static bool is_parameter_name(const char *s)
{
    if (!s || !isalpha((unsigned char)s[0]))
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_')
            return false;
    return true;
}

static bool check_default(const struct lt_param *row, const char *id, struct err *e)
{
    struct err inner = ERR_INIT;
    struct lt_value value;
    if (!row->def)
        return true;
    struct arena *a = arena_new();
    bool good = param_parse(row, row->def, &value, a, &inner);
    arena_free(a);
    if (!good)
        err_set(e, ERR_PLUGIN, "%s: the default of parameter '%s' can't be read: %s", id, row->name, inner.text);
    return good;
}

static bool check_row(const struct lt_param *row, uint32_t i, const char *id, struct err *e)
{
    if (!is_parameter_name(row->name))
        return err_set(e, ERR_PLUGIN, "%s: parameter %u has no proper name (letters, digits and _)", id, i + 1);
    if (!row->doc || !row->doc[0])
        return err_set(e, ERR_PLUGIN, "%s: parameter '%s' is not documented", id, row->name);
    if (row->type < LT_BOOL || row->type > LT_COLUMNS_LIST)
        return err_set(e, ERR_PLUGIN, "%s: parameter '%s' has the unknown type %u", id, row->name, row->type);
    if (row->type == LT_CHOICE && (!row->choices || !row->choices[0]))
        return err_set(e, ERR_PLUGIN, "%s: parameter '%s' is a choice without choices", id, row->name);
    if (!(row->min <= row->max))
        return err_set(e, ERR_PLUGIN, "%s: the range of parameter '%s' is upside down", id, row->name);
    return check_default(row, id, e);
}

/* No name or alias stands for two rows. */
static bool check_names(const struct lt_algo *d, struct err *e)
{
    for (uint32_t i = 0; i < d->n_params; i++) {
        const struct lt_param *row = param_at(d->params, d->param_size, i);
        for (uint32_t k = 0; k < i; k++) {
            const struct lt_param *other = param_at(d->params, d->param_size, k);
            bool twice = str_eq(row->name, other->name) ||
                         (other->aliases && choice_index(other->aliases, row->name, strlen(row->name)) >= 0) ||
                         (row->aliases && choice_index(row->aliases, other->name, strlen(other->name)) >= 0);
            if (twice)
                return err_set(e, ERR_PLUGIN, "%s: two parameters are called '%s'", d->id, row->name);
        }
    }
    return true;
}

bool algo_check_descriptor(const struct lt_algo *d, struct err *e)
{
    if (d->abi != LT_ABI)
        return err_set(e, ERR_PLUGIN, "it speaks interface version %u; this lathe speaks %u", d->abi, LT_ABI);
    if (d->size < offsetof(struct lt_algo, units))
        return err_set(e, ERR_PLUGIN, "its descriptor is %u bytes short of the smallest one",
                       (unsigned)offsetof(struct lt_algo, units) - d->size);
    if (!is_identifier(d->id))
        return err_set(e, ERR_PLUGIN, "an algorithm has no proper id (lower-case letters, digits and _)");
    const struct {
        const char *value, *what;
    } texts[] = {{d->name, "name"},
                 {d->version, "version"},
                 {d->summary, "summary"},
                 {d->doc, "documentation"},
                 {d->unit, "unit (what one step is)"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!texts[i].value || !texts[i].value[0])
            return err_set(e, ERR_PLUGIN, "%s has no %s", d->id, texts[i].what);
    if (!d->tasks)
        return err_set(e, ERR_PLUGIN, "%s has no task", d->id);
    if (d->traits & LT_NEEDS_LABELS && d->tasks != LT_TRANSFORM)
        return err_set(e, ERR_PLUGIN, "%s has the trait LT_NEEDS_LABELS, which is for the task LT_TRANSFORM alone",
                       d->id);
    if (d->layout > LT_SPARSE)
        return err_set(e, ERR_PLUGIN, "%s asks for the unknown data layout %u", d->id, d->layout);
    const struct {
        bool present;
        const char *what;
    } callbacks[] = {{d->begin, "begin"},     {d->step, "step"},
                     {d->predict, "predict"}, {d->describe, "describe"},
                     {d->save, "save"},       {d->load, "load"},
                     {d->free, "free"},       {d->width || !(d->tasks & (LT_TRANSFORM | LT_EMBED)), "width"}};
    for (size_t i = 0; i < sizeof callbacks / sizeof callbacks[0]; i++)
        if (!callbacks[i].present)
            return err_set(e, ERR_PLUGIN, "%s lacks the callback '%s'", d->id, callbacks[i].what);
    if (d->n_params && (!d->params || d->param_size < offsetof(struct lt_param, doc) + sizeof(char *)))
        return err_set(e, ERR_PLUGIN, "%s: its parameter rows are too small", d->id);
    if (d->n_params > 1000)
        return err_set(e, ERR_PLUGIN, "%s has %u parameters; at most 1000 make sense", d->id, d->n_params);
    for (uint32_t i = 0; i < d->n_params; i++)
        if (!check_row(param_at(d->params, d->param_size, i), i, d->id, e))
            return false;
    return check_names(d, e);
}

/* ---- the list ----------------------------------------------------------------------------------------------- */

/* Where `id` is or belongs. */
static size_t list_position(const char *id, bool *found)
{
    size_t low = 0, high = list.algos.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(list.algos.v[middle]->d.id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < list.algos.n && str_eq(list.algos.v[low]->d.id, id);
    return low;
}

/* A descriptor in our own size: what an older module lacks is zero, what a newer one has more is left out. Its
 * parameter rows are copied into our stride for the same reason. */
static struct lt_algo descriptor_copy(const struct lt_algo *theirs)
{
    struct lt_algo d = {0};
    size_t size = theirs->size < sizeof d ? theirs->size : sizeof d;
    memcpy(&d, theirs, size < 4 * sizeof(uint32_t) ? 4 * sizeof(uint32_t) : size);
    return d;
}

static const struct lt_param *rows_copy(const struct lt_algo *d)
{
    struct lt_param *rows = mem_zero(d->n_params ? d->n_params : 1, sizeof *rows);
    size_t size = d->param_size < sizeof *rows ? d->param_size : sizeof *rows;
    for (uint32_t i = 0; i < d->n_params; i++)
        memcpy(&rows[i], (const char *)d->params + (size_t)i * d->param_size, size);
    return rows;
}

static char *family_of(const char *path)
{
    const char *base = file_base(path);
    const char *dot = strrchr(base, '.');
    return mem_strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

/* Rows are copied before they are checked, since an older module's rows are shorter than ours. */
static bool descriptor_adopt(const struct lt_algo *theirs, struct lt_algo *out, struct err *e)
{
    *out = descriptor_copy(theirs);
    bool rows = out->abi == LT_ABI && out->params && out->n_params <= 1000 &&
                out->param_size >= offsetof(struct lt_param, doc) + sizeof(char *);
    if (rows) {
        out->params = rows_copy(out);
        out->param_size = sizeof(struct lt_param);
    }
    if (algo_check_descriptor(out, e))
        return true;
    if (rows)
        mem_free((void *)(uintptr_t)out->params);
    return false;
}

static bool algo_add(const struct lt_algo *theirs, const char *module, struct err *e)
{
    struct lt_algo d;
    bool taken;
    if (!descriptor_adopt(theirs, &d, e))
        return false;
    size_t at = list_position(d.id, &taken);
    if (taken) {
        mem_free((void *)(uintptr_t)d.params);
        return err_set(e, ERR_PLUGIN, "the id '%s' is taken already by %s", d.id, list.algos.v[at]->module);
    }
    struct algo *a = mem_zero(1, sizeof *a);
    a->d = d;
    a->module = mem_strdup(module);
    a->family = family_of(module);
    vec_push(&list.algos, a);
    memmove(&list.algos.v[at + 1], &list.algos.v[at], (list.algos.n - 1 - at) * sizeof list.algos.v[0]);
    list.algos.v[at] = a;
    return true;
}

bool algo_register(const struct lt_algo *d, const char *module, struct err *e)
{
    pthread_mutex_lock(&list.lock);
    bool good = algo_add(d, module, e);
    pthread_mutex_unlock(&list.lock);
    return good || err_wrap(e, "%s", module);
}

/* ---- modules ------------------------------------------------------------------------------------------------ */

static bool open_failed(const char *path, struct err *e)
{
    const char *why = dlerror();
    if (!file_exists(path))
        return err_set(e, ERR_PLUGIN, "%s: there is no such file", path);
    static const char *const foreign[] = {"invalid ELF header", "file too short",      "cannot read file data",
                                          "wrong ELF class",    "not a shared object", "only ET_DYN"};
    for (size_t i = 0; why && i < sizeof foreign / sizeof foreign[0]; i++)
        if (strstr(why, foreign[i]))
            return err_set(e, ERR_PLUGIN, "%s is not a shared object for this machine", path);
    /* dlerror begins with the path itself. */
    if (why && str_starts(why, path) && str_starts(why + strlen(path), ": "))
        why += strlen(path) + 2;
    return err_set(e, ERR_PLUGIN, "%s can't be loaded: %s", path, why ? why : "unknown reason");
}

/* All or nothing is not asked for: what is good of a family is kept, and the first refusal is said. */
static bool module_algos(lathe_algo_fn *entry, const char *path, struct err *e)
{
    bool good = true;
    uint32_t i = 0;
    for (const struct lt_algo *d; i < 1000 && (d = entry(LT_ABI, i)); i++) {
        struct err inner = ERR_INIT;
        if (!algo_add(d, path, &inner)) {
            if (good)
                err_set(e, ERR_PLUGIN, "%s: %s", path, inner.text);
            good = false;
        }
    }
    if (!i) {
        err_set(e, ERR_PLUGIN, "%s offers no algorithm for interface version %u", path, LT_ABI);
        return err_hint(e, "build it again against this lathe's lathe.h");
    }
    return good;
}

static bool module_load(const char *path, struct err *e)
{
    /* A path without a slash would be searched for in the system's library folders. */
    char *local = strchr(path, '/') ? mem_strdup(path) : file_join(".", path);
    dlerror();
    void *handle = dlopen(local, RTLD_NOW | RTLD_LOCAL);
    bool good = handle || open_failed(local, e);
    if (good) {
        lathe_algo_fn *entry;
        *(void **)&entry = dlsym(handle, "lathe_algo");
        size_t before = list.algos.n;
        if (entry)
            good = module_algos(entry, path, e);
        else
            good = err_set(e, ERR_PLUGIN, "%s is no lathe module: it exports no lathe_algo", path);
        /* Nothing of it is in use: let it go. Otherwise it stays until the program ends. */
        if (list.algos.n == before)
            dlclose(handle);
    }
    mem_free(local);
    return good;
}

/* The same file through another folder or link counts once. */
static bool seen_before(const char *path)
{
    char *real = realpath(path, NULL);
    const char *key = real ? real : path;
    bool seen = false;
    for (size_t i = 0; i < list.modules.n && !seen; i++)
        seen = str_eq(list.modules.v[i], key);
    if (!seen)
        vec_push(&list.modules, mem_strdup(key));
    free(real);
    return seen;
}

bool algo_load_module(const char *path, struct err *e)
{
    pthread_mutex_lock(&list.lock);
    bool good = seen_before(path) || module_load(path, e);
    pthread_mutex_unlock(&list.lock);
    return good;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The shared objects in a folder, sorted, so that the order of loading is the same everywhere. */
static size_t folder_names(const char *dir, char ***out)
{
    VEC(char *) names = {0};
    DIR *d = opendir(dir);
    for (struct dirent *entry; d && (entry = readdir(d));)
        if (str_ends(entry->d_name, ".so"))
            vec_push(&names, mem_strdup(entry->d_name));
    if (d)
        closedir(d);
    if (names.n)
        qsort(names.v, names.n, sizeof *names.v, by_name);
    *out = names.v;
    return names.n;
}

static void refuse(const char *sentence)
{
    vec_push(&list.refused, mem_strdup(sentence));
}

/* Does a file hold this string, with its end? An algorithm's id stands so in its module. */
static bool file_holds(const char *path, const char *text)
{
    enum { CHUNK = 1 << 16, MOST = 256 };
    static char chunk[CHUNK + MOST]; /* guarded by the list's lock */
    size_t length = strlen(text) + 1, kept = 0, n;
    FILE *f = length < MOST ? fopen(path, "rb") : NULL;
    bool found = false;
    while (f && !found && (n = fread(chunk + kept, 1, CHUNK, f)) > 0) {
        n += kept;
        found = memmem(chunk, n, text, length) != NULL;
        kept = n < length - 1 ? n : length - 1;
        memmove(chunk, chunk + n - kept, kept);
    }
    if (f)
        fclose(f);
    return found;
}

/* id: only modules that may have it are opened; NULL: all. */
static void folder_load(const char *dir, const char *id)
{
    char **names;
    size_t n = folder_names(dir, &names);
    for (size_t i = 0; i < n; i++) {
        char *path = file_join(dir, names[i]);
        struct err e = ERR_INIT;
        if ((!id || file_holds(path, id)) && !seen_before(path) && !module_load(path, &e))
            refuse(e.text);
        mem_free(path);
        mem_free(names[i]);
    }
    mem_free(names);
}

void algo_load_all(void)
{
    pthread_mutex_lock(&list.lock);
    if (!list.loaded) {
        list.loaded = true;
        for (const char *const *dir = file_plugin_dirs(); dir && *dir; dir++)
            folder_load(*dir, NULL);
    }
    pthread_mutex_unlock(&list.lock);
}

/* Opening all modules brings all the libraries that they stand on, so only those that say the id are opened. */
static void load_for(const char *id)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (str_eq_nocase(aliases[i].alias, id))
            id = aliases[i].id;
    pthread_mutex_lock(&list.lock);
    for (const char *const *dir = list.loaded ? NULL : file_plugin_dirs(); dir && *dir; dir++)
        folder_load(*dir, id);
    pthread_mutex_unlock(&list.lock);
}

size_t algo_refused(const char *const **sentences)
{
    *sentences = list.refused.v;
    return list.refused.n;
}

/* ---- looking up --------------------------------------------------------------------------------------------- */

size_t algo_count(void)
{
    pthread_mutex_lock(&list.lock);
    size_t n = list.algos.n;
    pthread_mutex_unlock(&list.lock);
    return n;
}

const struct algo *algo_at(size_t i)
{
    pthread_mutex_lock(&list.lock);
    const struct algo *a = i < list.algos.n ? list.algos.v[i] : NULL;
    pthread_mutex_unlock(&list.lock);
    return a;
}

static const struct algo *find_exact(const char *id)
{
    bool found;
    pthread_mutex_lock(&list.lock);
    size_t at = list_position(id, &found);
    const struct algo *a = found ? list.algos.v[at] : NULL;
    pthread_mutex_unlock(&list.lock);
    return a;
}

const struct algo *algo_find(const char *id)
{
    const struct algo *a = find_exact(id);
    for (size_t i = 0; !a && i < sizeof aliases / sizeof aliases[0]; i++)
        if (str_eq_nocase(aliases[i].alias, id))
            a = find_exact(aliases[i].id);
    return a;
}

const struct algo *algo_require(const char *id, struct err *e)
{
    const struct algo *a = algo_find(id);
    if (!a) {
        load_for(id);
        a = algo_find(id);
    }
    if (!a) {
        algo_load_all();
        a = algo_find(id);
    }
    if (a)
        return a;
    VEC(const char *) ids = {0};
    for (size_t i = 0; (a = algo_at(i)); i++)
        vec_push(&ids, a->d.id);
    err_set(e, ERR_NOT_FOUND, "there is no algorithm '%s'", id);
    if (ids.n)
        err_suggest(e, id, ids.v, (int)ids.n);
    else
        err_hint(e, "no module was found; `plugins` lists the folders that were searched");
    vec_done(&ids);
    return NULL;
}
