/* line: text to words, with positions. `verb arguments… [name=value …] [as NAME] [> file]`; `;` and newlines end a
 * command, `#` starts a comment, `\` at the end of a line continues it, "…" and '…' quote. */
#ifndef LATHE_ENGINE_LINE_H
#define LATHE_ENGINE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct word {
    const char *text; /* unquoted */
    const char *name; /* "n_estimators" of n_estimators=200, then `text` is the value; NULL: positional */
    int from, to;     /* bytes in the command's text; of the value when there is a name: name_from is before */
    int name_from;
    bool quoted;
};

/* One command's text, cut out of a script: no comment, continuation lines joined by a blank. */
struct line_part {
    const char *text;
    int line;    /* of the script, 1-based, where it starts */
    int column;  /* 1-based, in that line */
};

/* Cuts a script into commands; quotes are respected. An unclosed quote: ERR_INPUT with the line. In the arena. */
bool line_split(const char *script, struct arena *a, struct line_part **parts, size_t *n, struct err *e);

/* Does the text end inside a quote or with a `\`, so that a prompt should ask for more? */
bool line_is_open(const char *text);

/* The words of one command. Operators of formulas stay inside words ("y~a+b" is one word, "y ~ a" three). */
bool line_words(const char *text, struct arena *a, struct word **words, size_t *n, struct err *e);

/* Quotes a word when it has to be ("a b" -> "\"a b\""). Appends. */
struct str;
void line_quote(struct str *out, const char *word);

#endif
