/* tui: the workbench. */
#include "ui/tui/tui.h"

#include "ui/repl.h"

int tui_main(const struct options *o)
{
    return repl_main(o);
}
