#include "engine/elsewhere.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *names; /* with spaces around each */
    const char *hint;
} instead[] = {
    {" n_jobs nthread num_threads n_threads ",
     "how many threads work is a setting, and changes no result: set threads 2"},
    {" verbose verbosity verbose_interval disp ",
     "leave it out: progress shows by itself, and the loss of training when it ends"},
    {" warm_start ", "leave it out: a trained model goes on with step MODEL 10"},
    {" copy copy_X copy_x overwrite_X ", "leave it out: a table is never changed by training"},
    {" solver algorithm dual eigen_solver multi_class ",
     "leave it out: the way to the answer is chosen by the data, and the answer is the same"},
    {" shrinking leaf_size precompute selection memory power_iteration_normalizer ",
     "leave it out: it would change the time alone"},
    {" force_alpha ", "leave it out: alpha is taken as it is, down to 1e-10"},
    {" store_covariance compute_labels store_centers compute_distances compute_full_tree ",
     "leave it out: show MODEL has all that was found"},
    {" estimator base_estimator estimators ",
     "it is made of trees, whose parameters it takes itself; other models are combined by vote, stack and blend"},
    {" scoring eval_metric metrics ", "training stops by its own loss; eval, cv and compare show all scores"},
    {" categorical_features cat_features enable_categorical ",
     "leave it out: category columns are known by their type (load FILE types=zip:category)"},
    {" novelty ", "leave it out: predict scores any rows"},
    {" metric_params kernel_params ", "give the parameter itself, such as p=3 or gamma=0.1"},
};

const char *elsewhere_hint(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof instead / sizeof instead[0]; i++)
        for (const char *at = instead[i].names; (at = strstr(at, name)) != NULL; at += n)
            if (n > 0 && at[-1] == ' ' && at[n] == ' ')
                return instead[i].hint;
    return NULL;
}
