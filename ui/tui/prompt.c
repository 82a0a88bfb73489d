/* prompt: Readline without a terminal. */
#include "ui/tui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/mem.h"
#include "base/progress.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "ui/history.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"

#define SILENCE 1.5 /* seconds that a command of Readline waits for its next byte */
#define MOST_BINDINGS 16

static struct {
    struct prompt_owner owner;
    FILE *nowhere;
    struct str fed; /* bytes that are to be read now */
    size_t at;
    VEC(char *) entered;
    const char *sign;
    long first; /* column of the line that is drawn first: sideways scroll */
    int drawn_x, drawn_width;
} prompt;

/* ---- what Readline calls ------------------------------------------------------------------------------------ */

static int get_byte(FILE *unused)
{
    (void)unused;
    if (prompt.at < prompt.fed.len)
        return (unsigned char)prompt.fed.s[prompt.at++];
    for (double until = clock_seconds() + SILENCE; clock_seconds() < until;) {
        int c = prompt.owner.next_byte(prompt.owner.arg);
        if (c >= 0)
            return c;
        if (!prompt.owner.wait(prompt.owner.arg, 0.05))
            break;
    }
    return EOF;
}

static int has_input(void)
{
    return prompt.at < prompt.fed.len;
}

static void redisplay(void)
{
    /* Drawn with the next frame. */
}

static void take_line(char *line)
{
    if (line)
        vec_push(&prompt.entered, mem_strdup(line));
    free(line);
}

static int on_tab(int count, int key)
{
    (void)count;
    (void)key;
    prompt.owner.tab(prompt.owner.arg);
    return 0;
}

/* Readline's functions get no argument of ours, so each binding has its own. */
static const char *bound[MOST_BINDINGS];
static int n_bound;

#define BOUND(k)                                                                                                  \
    static int call_bound_##k(int count, int key)                                                                 \
    {                                                                                                             \
        (void)count;                                                                                              \
        (void)key;                                                                                                \
        prompt.owner.act(prompt.owner.arg, bound[k]);                                                             \
        return 0;                                                                                                 \
    }
/* clang-format off */
BOUND(0) BOUND(1) BOUND(2) BOUND(3) BOUND(4) BOUND(5) BOUND(6) BOUND(7)
BOUND(8) BOUND(9) BOUND(10) BOUND(11) BOUND(12) BOUND(13) BOUND(14) BOUND(15)
/* clang-format on */
static rl_command_func_t *const call_bound[MOST_BINDINGS] = {
    call_bound_0,  call_bound_1,  call_bound_2,  call_bound_3,  call_bound_4,  call_bound_5,
    call_bound_6,  call_bound_7,  call_bound_8,  call_bound_9,  call_bound_10, call_bound_11,
    call_bound_12, call_bound_13, call_bound_14, call_bound_15};

void prompt_bind(const char *name, const char *keys)
{
    if (n_bound == MOST_BINDINGS)
        return;
    bound[n_bound] = name;
    rl_add_defun(name, call_bound[n_bound], -1);
    rl_bind_keyseq_if_unbound(keys, call_bound[n_bound]);
    n_bound++;
}

/* ---- start, stop -------------------------------------------------------------------------------------------- */

void prompt_start(const struct prompt_owner *owner)
{
    static const char *const up[] = {"\\e[A", "\\eOA"}, *const down[] = {"\\e[B", "\\eOB"};
    prompt.owner = *owner;
    prompt.nowhere = fopen("/dev/null", "w");
    rl_readline_name = "lathe";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_prep_term_function = NULL;
    rl_deprep_term_function = NULL;
    if (prompt.nowhere)
        rl_outstream = prompt.nowhere;
    rl_getc_function = get_byte;
    rl_input_available_hook = has_input;
    rl_redisplay_function = redisplay;
    rl_initialize();
    rl_variable_bind("bell-style", "none");
    rl_variable_bind("enable-bracketed-paste", "off"); /* pastes are taken before Readline sees them */
    rl_variable_bind("blink-matching-paren", "off");
    rl_add_defun("lathe-complete", on_tab, '\t');
    for (int i = 0; i < 2; i++) {
        rl_bind_keyseq(up[i], rl_history_search_backward);
        rl_bind_keyseq(down[i], rl_history_search_forward);
    }
    prompt.sign = screen_unicode() ? "› " : "> ";
    rl_callback_handler_install(prompt.sign, take_line);
    history_start();
}

void prompt_stop(void)
{
    rl_callback_handler_remove();
    if (prompt.nowhere) {
        rl_outstream = NULL;
        fclose(prompt.nowhere);
    }
    for (size_t i = 0; i < prompt.entered.n; i++)
        mem_free(prompt.entered.v[i]);
    vec_done(&prompt.entered);
    str_done(&prompt.fed);
}

/* ---- the line ----------------------------------------------------------------------------------------------- */

void prompt_feed(const char *bytes, size_t n)
{
    str_clear(&prompt.fed);
    str_addn(&prompt.fed, bytes, n);
    prompt.at = 0;
    while (prompt.at < prompt.fed.len)
        rl_callback_read_char();
}

char *prompt_take_line(void)
{
    if (!prompt.entered.n)
        return NULL;
    char *line = prompt.entered.v[0];
    memmove(prompt.entered.v, prompt.entered.v + 1, --prompt.entered.n * sizeof *prompt.entered.v);
    return line;
}

const char *prompt_text(int *point)
{
    if (point)
        *point = rl_point;
    return rl_line_buffer ? rl_line_buffer : "";
}

void prompt_set(const char *text)
{
    rl_replace_line(text, 1);
    rl_point = rl_end;
}

void prompt_insert(const char *text)
{
    rl_insert_text(text);
}

void prompt_replace(int from, const char *text)
{
    rl_begin_undo_group();
    rl_delete_text(from, rl_point);
    rl_point = from;
    rl_insert_text(text);
    rl_end_undo_group();
}

void prompt_clear(void)
{
    rl_callback_sigcleanup();
    rl_free_line_state();
    rl_cleanup_after_signal();
    RL_UNSETSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG | RL_STATE_MULTIKEY);
    rl_restore_prompt();
    rl_clear_message();
    rl_replace_line("", 0);
    rl_point = rl_mark = 0;
    using_history();
    rl_set_prompt(prompt.sign);
    rl_on_new_line_with_prompt();
}

bool prompt_is_plain(void)
{
    return !RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG | RL_STATE_MULTIKEY);
}

bool prompt_is_vi(void)
{
    return rl_editing_mode == 0;
}

void prompt_sign(const char *sign)
{
    prompt.sign = sign;
    rl_set_prompt(sign);
}

/* ---- drawing ------------------------------------------------------------------------------------------------ */

/* What Readline wants in front of the line, without the marks of invisible text. */
static void visible_prompt(struct str *out)
{
    for (const char *p = rl_display_prompt ? rl_display_prompt : prompt.sign; *p; p++)
        if (*p != RL_PROMPT_START_IGNORE && *p != RL_PROMPT_END_IGNORE)
            str_addc(out, *p);
}

/* Control characters are drawn as ^X, so that what is in the line can be seen; returns columns. */
static size_t visible(struct str *out, const char *text, size_t n)
{
    size_t columns = 0;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t k = utf8_decode(text + i, n - i, &cp);
        if (cp < 0x20 || cp == 0x7f) {
            str_printf(out, "^%c", cp == 0x7f ? '?' : (char)(cp + '@'));
            columns += 2;
        } else {
            str_addn(out, text + i, k);
            columns += (size_t)utf8_cp_width(cp);
        }
        i += k;
    }
    return columns;
}

int prompt_rows(int cols)
{
    struct str s = STR_INIT;
    visible_prompt(&s);
    size_t w = utf8_width(str_get(&s)) + visible(&s, prompt_text(NULL), strlen(prompt_text(NULL))) + 1;
    str_done(&s);
    int rows = cols > 0 ? (int)((w + (size_t)cols - 1) / (size_t)cols) : 1;
    return rows < 1 ? 1 : rows > 3 ? 3 : rows;
}

void prompt_draw(const struct rect *box, int *cursor_y, int *cursor_x)
{
    struct str sign = STR_INIT, line = STR_INIT, before = STR_INIT;
    const char *text = prompt_text(NULL);
    int cols = box->width, rows = box->height;

    visible_prompt(&sign);
    size_t sign_width = utf8_width(str_get(&sign));
    size_t cursor = visible(&before, text, (size_t)rl_point) + sign_width;
    bool is_sign = prompt_is_plain();
    str_add(&line, str_get(&sign));
    size_t total = sign_width + visible(&line, text, strlen(text)), room = (size_t)cols * (size_t)rows;
    /* Sideways: the cursor stays in sight; marks at either end say that there is more. */
    if (total + 1 <= room)
        prompt.first = 0;
    else if (cursor < (size_t)prompt.first + 2)
        prompt.first = cursor > 8 ? (long)cursor - 8 : 0;
    else if (cursor + 2 > (size_t)prompt.first + room)
        prompt.first = (long)(cursor + 8 - room);
    const char *p = str_get(&line) + (prompt.first ? utf8_cut(str_get(&line), (size_t)prompt.first, NULL) : 0);
    bool more = false;
    for (int r = 0; r < rows && *p; r++) {
        size_t bytes = utf8_cut(p, (size_t)cols, NULL);
        if (r == 0 && !prompt.first && is_sign && sign.len <= bytes) {
            int used = screen_textn(box->y, box->x, cols, UI_PROMPT, SURFACE_PAGE, p, sign.len);
            screen_textn(box->y, box->x + used, cols - used, GRID_PLAIN, SURFACE_PAGE, p + sign.len,
                         bytes - sign.len);
        } else {
            screen_textn(box->y + r, box->x, cols, GRID_PLAIN, SURFACE_PAGE, p, bytes);
        }
        p += bytes;
        more = *p != '\0';
    }
    if (prompt.first)
        screen_text(box->y, box->x, 1, UI_ALERT, SURFACE_PAGE, "<");
    if (more)
        screen_text(box->y + rows - 1, box->x + cols - 1, 1, UI_ALERT, SURFACE_PAGE, ">");
    size_t at = cursor > (size_t)prompt.first ? cursor - (size_t)prompt.first : 0;
    *cursor_y = box->y + (int)(at / (size_t)cols);
    *cursor_x = box->x + (int)(at % (size_t)cols);
    prompt.drawn_x = (int)sign_width - (int)prompt.first;
    prompt.drawn_width = cols;
    str_done(&sign);
    str_done(&line);
    str_done(&before);
}

int prompt_column(int byte)
{
    struct str s = STR_INIT;
    size_t n = strlen(prompt_text(NULL));
    int x = prompt.drawn_x + (int)visible(&s, prompt_text(NULL), (size_t)byte < n ? (size_t)byte : n);
    str_done(&s);
    return prompt.drawn_width > 0 ? x % prompt.drawn_width : x;
}
