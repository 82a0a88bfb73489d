/* The parts of the workbench that need no terminal: bytes to events, panes by size. */
#include "ui/tui/input.h"
#include "ui/tui/layout.h"

#include <string.h>

#include "tests/unit/cm.h"

static struct input_event only(struct input *in, const char *bytes)
{
    struct input_event ev;
    input_put(in, bytes, strlen(bytes));
    assert_true(input_next(in, false, &ev));
    return ev;
}

static void keys(void **state)
{
    static const struct {
        const char *bytes;
        int key;
        bool alt;
    } rows[] = {{"a", 'a', false},
                {"\001", 1, false},
                {"\033[A", IN_UP, false},
                {"\033OA", IN_UP, false},
                {"\033[5~", IN_PAGE_UP, false},
                {"\033[17~", IN_F6, false},
                {"\033[17;2~", IN_SHIFT_F6, false},
                {"\033OP", IN_F1, false},
                {"\033[Z", IN_SHIFT_TAB, false},
                {"\033b", 'b', true},
                {"\303\244", 0xe4, false},
                {"\346\227\245", 0x65e5, false},
                {"\033[1;5C", IN_OTHER, false}};
    struct input in = {0};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct input_event ev = only(&in, rows[i].bytes);
        assert_int_equal(ev.kind, INPUT_KEY);
        assert_int_equal(ev.key, rows[i].key);
        assert_int_equal(ev.alt, rows[i].alt);
        assert_int_equal(ev.n_raw, strlen(rows[i].bytes));
        assert_false(input_next(&in, true, &ev));
    }
    input_done(&in);
}

/* Whatever way a stream is cut into reads, the events are the same. */
static void pieces(void **state)
{
    static const char stream[] =
        "x\033[A\303\274\033[<64;10;5M\033[200~two\rlines\033[201~\033]11;rgb:1010/2020/3030\033\\y";
    struct input in = {0};
    struct input_event ev;
    int n = 0;
    (void)state;
    for (size_t i = 0; i < sizeof stream - 1; i++) {
        input_put(&in, stream + i, 1);
        while (input_next(&in, false, &ev)) {
            switch (n++) {
            case 0:
                assert_int_equal(ev.key, 'x');
                break;
            case 1:
                assert_int_equal(ev.key, IN_UP);
                break;
            case 2:
                assert_int_equal(ev.key, 0xfc);
                break;
            case 3:
                assert_int_equal(ev.kind, INPUT_MOUSE);
                assert_int_equal(ev.mouse, MOUSE_WHEEL_UP);
                assert_int_equal(ev.x, 9);
                assert_int_equal(ev.y, 4);
                break;
            case 4:
                assert_int_equal(ev.kind, INPUT_PASTE);
                assert_string_equal(ev.text, "two\nlines");
                assert_false(ev.cut);
                break;
            case 5:
                assert_int_equal(ev.kind, INPUT_REPLY);
                break;
            case 6:
                assert_int_equal(ev.key, 'y');
                break;
            default:
                fail();
            }
        }
    }
    assert_int_equal(n, 7);
    input_done(&in);
}

static void unfinished(void **state)
{
    struct input in = {0};
    struct input_event ev;
    double seconds;
    (void)state;
    input_put(&in, "\033", 1);
    assert_false(input_next(&in, false, &ev));
    assert_true(input_waiting(&in, &seconds));
    assert_true(seconds < 0.1);
    assert_true(input_next(&in, true, &ev));
    assert_int_equal(ev.key, IN_ESCAPE);
    input_put(&in, "\033[200~abc", 9);
    assert_false(input_next(&in, false, &ev));
    assert_true(input_waiting(&in, &seconds));
    assert_true(seconds > 1);
    assert_true(input_next(&in, true, &ev));
    assert_int_equal(ev.kind, INPUT_PASTE);
    assert_string_equal(ev.text, "abc");
    assert_true(ev.cut);
    assert_false(input_waiting(&in, &seconds));
    input_done(&in);
}

/* Any bytes end, and all of them are taken. */
static void noise(void **state)
{
    struct input in = {0};
    struct input_event ev;
    unsigned x = 1;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        x = x * 1664525u + 1013904223u;
        static const char likely[] = "\033\033[[O]P0129;~Mm<?c\\\a";
        char c = (x >> 16) % 3 ? likely[(x >> 20) % (sizeof likely - 1)] : (char)(x >> 24);
        input_put(&in, &c, 1);
        while (input_next(&in, (x >> 18) % 31 == 0, &ev))
            assert_true(ev.n_raw > 0);
    }
    while (input_next(&in, true, &ev))
        ;
    assert_int_equal(input_take_byte(&in), -1);
    input_done(&in);
}

static bool overlap(const struct rect *a, const struct rect *b)
{
    return a->height > 0 && b->height > 0 && a->x < b->x + b->width && b->x < a->x + a->width &&
           a->y < b->y + b->height && b->y < a->y + a->height;
}

/* At every size, with every wish: at least one pane, all on the screen, none over another. */
static void sizes(void **state)
{
    struct layout l;
    (void)state;
    for (int cols = 1; cols <= 220; cols += 3)
        for (int rows = 4; rows <= 80; rows += 2)
            for (unsigned wish = 0; wish < 4u * 8 * 4 * 3; wish++) {
                struct layout_wish w = {.cols = cols,
                                        .rows = rows,
                                        .panes = (int)(wish % 4),
                                        .hidden = wish / 4 % 8,
                                        .zoomed = (int)(wish / 32 % 4) - 1,
                                        .main = PANE_WORK,
                                        .prompt_rows = (int)(wish / 128) + 1};
                layout_make(&w, &l);
                int shown = 0;
                for (int i = 0; i < PANE_COUNT; i++) {
                    const struct rect *r = &l.box[i];
                    if (r->height <= 0)
                        continue;
                    shown++;
                    assert_true(r->x >= 0 && r->y >= 0 && r->width > 0 && r->x + r->width <= cols);
                    assert_true(r->y + r->height <= l.prompt.y);
                    for (int k = 0; k < i; k++)
                        assert_false(overlap(r, &l.box[k]));
                }
                assert_true(shown >= 1);
                assert_true(l.prompt.height >= 1 && l.prompt.y + l.prompt.height <= rows);
            }
    layout_make(&(struct layout_wish){.cols = 120, .rows = 30, .zoomed = PANE_NONE, .prompt_rows = 1}, &l);
    assert_true(l.box[PANE_WORK].height > 0 && l.box[PANE_PICTURE].height > 0 && l.box[PANE_SHELF].height > 0);
    layout_make(&(struct layout_wish){.cols = 80, .rows = 24, .zoomed = PANE_NONE, .prompt_rows = 1}, &l);
    assert_true(l.tabs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys), cmocka_unit_test(pieces),
                                       cmocka_unit_test(unfinished), cmocka_unit_test(noise),
                                       cmocka_unit_test(sizes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
