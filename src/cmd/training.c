#include "cmd/training.h"

#include "base/mem.h"
#include "ops/model_view.h"

#define LARGE_TABLE ((size_t)32 << 20)
#define LOSS_WORTH_DRAWING 10 /* steps: shorter curves are drawn when asked for, by `loss` */

struct train_job *train_job_new(const struct object *table, struct task *task)
{
    struct train_job *j = mem_zero(1, sizeof *j);
    j->table = table_ref(table->table);
    j->task = task;
    j->home = mem_strdup(table->name);
    return j;
}

void train_job_hold(struct train_job *j, const struct model *m)
{
    vec_push(&j->held, model_ref(m));
}

void train_job_free(void *job)
{
    struct train_job *j = job;
    table_unref(j->table);
    task_unref(j->task);
    task_rows_done(&j->rows);
    model_unref(j->model);
    for (size_t i = 0; i < j->held.n; i++)
        model_unref(j->held.v[i]);
    vec_done(&j->held);
    mem_free(j->name);
    mem_free(j->home);
    mem_free(j);
}

static bool train_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct train_job *j = arg;
    if (j->rows.n_train == table_rows(j->table)) { /* all rows, in order: that needs no list */
        mem_bulk_free(j->rows.train);
        j->rows.train = NULL;
    }
    if (table_bytes(j->table) > LARGE_TABLE)
        mem_settle(); /* what reading it has left behind */
    j->model = model_train(&j->options, j->table, j->task, j->rows.train, j->rows.n_train, p, e);
    if (!j->model)
        return false;
    view_list_add(views, trained_view(j->model, j->name, j->rows.dropped, j->options.max_units));
    bool worth_a_look = model_units(j->model) >= LOSS_WORTH_DRAWING;
    struct view *loss = worth_a_look
                            ? loss_view(&(const struct model *){j->model}, (const char *const[]){j->name}, 1, NULL)
                            : NULL;
    if (loss)
        view_list_add(views, loss);
    return true;
}

static bool train_commit(struct call *c, void *arg, struct err *e)
{
    struct train_job *j = arg;
    (void)e;
    if (j->set_task && session_find(c->session, j->home))
        session_put_task(c->session, j->home, j->task);
    session_put_model(c->session, j->name, j->model, j->home, j->task->split);
    return true;
}

bool train_job_later(struct call *c, struct train_job *j)
{
    return call_later(c, j, train_work, train_commit, train_job_free);
}
