/* cmd: all verbs. Each topic file brings an array of rows; cmd_register_all hands them to the engine. */
#ifndef LATHE_CMD_CMD_H
#define LATHE_CMD_CMD_H

#include "engine/engine.h"

void cmd_register_all(struct engine *en);

/* What `> file` does: by the extension, a picture (.png .svg .pdf .gp), data (.csv .tsv .json) or a document (.md
 * .html .txt). Gives the note that says so. */
struct view *output_redirect(const struct view_list *views, const char *path, struct err *e);

/* The topics, in the order of the manual. */
struct command_rows {
    const struct command *rows;
    size_t n;
};
extern const struct command_rows cmd_data, cmd_explore, cmd_prepare, cmd_learn, cmd_ensemble, cmd_judge, cmd_compare,
    cmd_cluster, cmd_picture, cmd_session, cmd_teach;

#define COMMAND_ROWS(array) {(array), sizeof(array) / sizeof *(array)}
#define ARGS(array) .args = (array), .n_args = sizeof(array) / sizeof *(array)

/* Rows of the verbs that train: where random numbers start, and what the host may do to columns. */
#define PREPARING                                                                                                 \
    {.name = "seed",                                                                                              \
     .aliases = "random_state",                                                                                   \
     .type = LT_INT,                                                                                              \
     .min = 0,                                                                                                    \
     .max = 9007199254740991.0,                                                                                   \
     .doc = "where random numbers start; the setting `seed` when not said"},                                      \
        {.name = "scale",                                                                                         \
         .type = LT_BOOL,                                                                                         \
         .def = "yes",                                                                                            \
         .flags = LT_ADVANCED,                                                                                    \
         .doc = "standardise columns for algorithms that want it"},                                               \
        {.name = "impute",                                                                                        \
         .type = LT_BOOL,                                                                                         \
         .def = "yes",                                                                                            \
         .flags = LT_ADVANCED,                                                                                    \
         .doc = "fill missing values for algorithms that can't take them"},                                       \
    {                                                                                                             \
        .name = "encode", .type = LT_BOOL, .def = "yes", .flags = LT_ADVANCED,                                    \
        .doc = "turn categories into 0/1 columns for algorithms that need it"                                     \
    }

#endif
