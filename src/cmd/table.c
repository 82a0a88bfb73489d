/* table: the one list of all verbs. */
#include "cmd/cmd.h"
#include "cmd/schema_rows.h"

void cmd_register_all(struct engine *en)
{
    const struct command_rows *const topics[] = {&cmd_data,     &cmd_explore, &cmd_prepare, &cmd_learn,
                                                 &cmd_ensemble, &cmd_judge,   &cmd_compare, &cmd_cluster,
                                                 &cmd_picture,  &cmd_session, &cmd_teach};
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        engine_register(en, topics[i]->rows, topics[i]->n);
    engine_set_redirect(en, output_redirect);
    schema_register(schema_rows, schema_rows_count);
}
