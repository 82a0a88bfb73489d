/* Pictures: scripts hold no text of the user's in code position; files are what they claim to be; a gnuplot
 * that dies is started again and one that hangs is given up on. Tests that need gnuplot are skipped without it. */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/progress.h"
#include "render/gnuplot.h"
#include "render/gnuplot_paint.h"
#include "render/render.h"
#include "tests/unit/cm.h"
#include "tests/unit/views.h"

#define NEEDS_GNUPLOT                                                                                             \
    do {                                                                                                          \
        if (!gnuplot_available())                                                                                 \
            skip();                                                                                               \
    } while (0)

static char folder[4096]; /* below TMPDIR, else below where the tests run */

/* ---- scripts (pure) ----------------------------------------------------------------------------------------- */

/* The script without its single-quoted strings; fails when a string isn't closed on its line. */
static char *code_of(const char *script)
{
    char *code = mem_strdup(script), *to = code;
    bool inside = false;
    for (const char *p = script; *p; p++) {
        if (*p == '\'') {
            inside = !inside;
            continue;
        }
        assert_false(inside && *p == '\n');
        if (!inside)
            *to++ = *p;
    }
    assert_false(inside);
    *to = '\0';
    return code;
}

static void check_code(const struct view *v)
{
    for (int cells = 0; cells < 2; cells++) {
        struct paint p = {.theme = GNUPLOT_PAPER, .cells = cells == 1, .columns = 60, .rows = 20};
        struct str script = STR_INIT;
        gnuplot_write(&script, v, &p);
        char *code = code_of(str_get(&script));
        assert_null(strchr(code, '`'));
        assert_null(strchr(code, '"'));
        assert_null(strchr(code, '@'));
        assert_null(strstr(code, "evil"));
        assert_null(strstr(code, "system"));
        mem_free(code);
        str_done(&script);
    }
}

static const char hostile[] = "evil'b`touch x`\"$(id)\" '; system('id') @x %s %d\n!ls\\";

static void names_never_become_code(void **unused)
{
    (void)unused;
    static const double x[] = {1, 2}, box[] = {1, 2, 3, 4, 5, 2, 3, 4, 5, 6}, value[] = {1, 2, 3, NAN};
    const char *labels[] = {hostile, "'"};
    struct view *v = view_plot_new("p", hostile);
    view_plot_axes(v, hostile, hostile);
    view_plot_add(v, &(struct plot_series){
                         .mark = PLOT_BARS, .name = hostile, .n = 2, .y = x, .labels = labels, .style = -1});
    view_plot_add(v, &(struct plot_series){
                         .mark = PLOT_BOX, .name = hostile, .n = 2, .box = box, .labels = labels, .style = -1});
    view_plot_add(
        v, &(struct plot_series){.mark = PLOT_POINTS, .name = hostile, .n = 2, .x = x, .y = x, .labels = labels});
    check_code(v);
    view_unref(v);
    v = view_plot_new("h", hostile);
    view_plot_heat(
        v, &(struct plot_heat){.rows = 2, .cols = 2, .value = value, .row_labels = labels, .col_labels = labels});
    check_code(v);
    view_unref(v);
    v = views_roc();
    check_code(v);
    view_unref(v);
}

static void missing_and_infinite_numbers_are_nan(void **unused)
{
    (void)unused;
    static const double x[] = {1, 2, 3}, y[] = {NAN, INFINITY, 0.5};
    struct view *v = view_plot_new("p", "");
    struct str script = STR_INIT;
    view_plot_add(v, &(struct plot_series){.mark = PLOT_LINE, .n = 3, .x = x, .y = y, .style = -1});
    gnuplot_script(&script, v, GNUPLOT_PAPER);
    assert_non_null(strstr(str_get(&script), "$d0 << EOD\n1 NaN\n2 NaN\n3 0.5\nEOD\n"));
    assert_non_null(strstr(str_get(&script), "noenhanced"));
    str_done(&script);
    view_unref(v);
}

static size_t lines_of(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += *s == '\n';
    return n;
}

static void many_points_are_thinned_and_it_is_said(void **unused)
{
    (void)unused;
    enum { N = 60000 };
    double *x = mem_zero(N, sizeof *x);
    for (int i = 0; i < N; i++)
        x[i] = i;
    struct view *v = view_plot_new("p", "");
    view_plot_add(v, &(struct plot_series){.mark = PLOT_POINTS, .n = N, .x = x, .y = x, .style = -1});
    struct str one = STR_INIT, two = STR_INIT, said = STR_INIT;
    gnuplot_script(&one, v, GNUPLOT_PAPER);
    gnuplot_script(&two, v, GNUPLOT_PAPER);
    gnuplot_thinned(&said, v->plot);
    assert_string_equal(str_get(&one), str_get(&two));
    assert_true(lines_of(str_get(&one)) > 4500 && lines_of(str_get(&one)) < 5600);
    assert_non_null(strstr(str_get(&said), "of 60000 points are drawn"));
    assert_non_null(strstr(str_get(&one), str_get(&said)));
    view_unref(v);
    v = view_plot_new("p", ""); /* a curve keeps its extremes */
    x[31234] = 1e9;
    view_plot_add(v, &(struct plot_series){.mark = PLOT_LINE, .n = N, .y = x, .style = -1});
    str_clear(&one);
    gnuplot_script(&one, v, GNUPLOT_PAPER);
    assert_true(lines_of(str_get(&one)) < 4200);
    assert_non_null(strstr(str_get(&one), "31234 1000000000"));
    view_unref(v);
    str_done(&one);
    str_done(&two);
    str_done(&said);
    mem_free(x);
}

static void large_heat_maps_are_averaged_and_it_is_said(void **unused)
{
    (void)unused;
    enum { N = 400 };
    double *value = mem_zero(N * N, sizeof *value);
    for (int i = 0; i < N * N; i++)
        value[i] = i % 2; /* each block of 2 x 2 has the mean 1/2 */
    value[0] = NAN;
    struct view *v = view_plot_new("h", "");
    view_plot_heat(v, &(struct plot_heat){.rows = N, .cols = N, .value = value, .low = 0, .high = 1});
    struct str script = STR_INIT, said = STR_INIT;
    struct paint p = {.cells = true, .columns = 80, .rows = 20};
    gnuplot_write(&script, v, &p);
    gnuplot_thinned(&said, v->plot);
    assert_string_equal(str_get(&said), "400 x 400 cells are averaged in 200 x 200");
    assert_true(lines_of(str_get(&script)) < 200 * 200 + 100);
    char half[32], third[32];
    snprintf(half, sizeof half, " %d\n", 0xff0000 + GRID_HEAT_0 + 8);
    snprintf(third, sizeof third, "$h << EOD\n0 0 -0.5 0.5 -0.5 0.5 %d\n", 0xff0000 + GRID_HEAT_0 + 10);
    assert_non_null(strstr(str_get(&script), half));
    assert_non_null(strstr(str_get(&script), third)); /* of 1, 0, 1: without the missing one */
    str_done(&script);
    str_done(&said);
    view_unref(v);
    mem_free(value);
}

/* ---- files -------------------------------------------------------------------------------------------------- */

static void check_file(const char *name, const char *magic, size_t at_least)
{
    struct view *v = views_roc();
    struct err e = ERR_INIT;
    char *path = file_join(folder, name);
    if (!gnuplot_to_file(v, path, 0, 0, &e))
        fail_msg("%s", e.text);
    struct file_bytes b;
    assert_true(file_read(path, &b, &e));
    assert_true(b.size > at_least);
    assert_memory_equal(b.data, magic, strlen(magic));
    file_bytes_done(&b);
    unlink(path);
    mem_free(path);
    view_unref(v);
}

static void files_are_what_they_claim(void **unused)
{
    (void)unused;
    assert_true(gnuplot_can_write("x.png") && gnuplot_can_write("x.svg") && gnuplot_can_write("x.pdf"));
    assert_true(gnuplot_can_write("x.gp"));
    assert_false(gnuplot_can_write("x.jpg"));
    struct err e = ERR_INIT;
    struct view *v = views_roc();
    assert_false(gnuplot_to_file(v, "x.jpg", 0, 0, &e));
    assert_non_null(strstr(e.hint, ".png"));
    assert_false(gnuplot_to_file(v, "x.png", 1000000, 1, &e));
    view_unref(v);
    check_file("a'b.gp", "# Draw with", 500);
    NEEDS_GNUPLOT;
    check_file("a'b`x.png", "\x89PNG\r\n\x1a\n", 5000);
    check_file("roc.svg", "<?xml", 2000);
    check_file("roc.pdf", "%PDF-", 2000);
}

static void pages_hold_the_picture(void **unused)
{
    (void)unused;
    NEEDS_GNUPLOT;
    struct view *v = views_roc();
    struct str out = STR_INIT;
    struct render_options o = {.title = "Report <1>"};
    render_html.begin(&out, &o);
    render_html.put(&out, v, &o);
    render_html.end(&out, &o);
    assert_non_null(strstr(str_get(&out), "<title>Report &lt;1&gt;</title>"));
    assert_non_null(strstr(str_get(&out), "<svg"));
    assert_null(strstr(str_get(&out), "<?xml"));
    assert_non_null(strstr(str_get(&out), "Curves of 2 models"));
    str_done(&out);
    view_unref(v);
}

static void sixels_are_sixels(void **unused)
{
    (void)unused;
    NEEDS_GNUPLOT;
    struct view *v = views_roc();
    struct str out = STR_INIT;
    struct err e = ERR_INIT;
    if (!gnuplot_to_sixel(v, &out, 400, 300, GNUPLOT_DARK, &e))
        fail_msg("%s", e.text);
    assert_memory_equal(out.s, "\033P", 2);
    assert_true(out.len > 1000);
    str_done(&out);
    view_unref(v);
}

/* ---- cells -------------------------------------------------------------------------------------------------- */

static void check_cells(struct view *v, int columns, int rows, bool unicode, const char *expected)
{
    struct grid *g = grid_new();
    struct err e = ERR_INIT;
    struct str out = STR_INIT;
    if (!gnuplot_to_grid(v, g, columns, rows, unicode, GNUPLOT_DARK, &e))
        fail_msg("%s", e.text);
    assert_int_equal(g->n, rows);
    grid_print(g, &out, false);
    assert_string_equal(str_get(&out), expected);
    str_done(&out);
    grid_free(g);
    view_unref(v);
}

static struct view *bars(void)
{
    static const double y[] = {4, 2, 1};
    static const char *const labels[] = {"sex", "a'b`x`", "fare"};
    struct view *v = view_plot_new("p", "P");
    view_plot_axes(v, "", "gain");
    view_plot_add(v, &(struct plot_series){.mark = PLOT_BARS, .n = 3, .y = y, .labels = labels, .style = -1});
    v->plot->y.max = 4;
    return v;
}

static struct view *confusion(void)
{
    static const double value[] = {98, 12, 19, 50};
    static const char *const labels[] = {"no", "yes"};
    struct view *v = view_plot_new("p", "P");
    view_plot_axes(v, "predicted", "true");
    view_plot_heat(
        v, &(struct plot_heat){.rows = 2, .cols = 2, .value = value, .row_labels = labels, .col_labels = labels});
    return v;
}

static struct view *line(void)
{
    static const double x[] = {0, 1, 2}, y[] = {0, 1, 0};
    struct view *v = view_plot_new("p", "P");
    view_plot_axes(v, "x", "y");
    view_plot_add(v, &(struct plot_series){.mark = PLOT_LINE, .name = "a", .n = 3, .x = x, .y = y, .style = -1});
    view_plot_add(v,
                  &(struct plot_series){.mark = PLOT_POINTS, .name = "b'c", .n = 3, .x = x, .y = x, .style = -1});
    v->plot->x.max = v->plot->y.max = 2;
    return v;
}

static void cells_hold_curves_bars_and_heat(void **unused)
{
    (void)unused;
    NEEDS_GNUPLOT;
    check_cells(line(), 30, 10, true,
                "y                 ━━ a   × b'c\n"
                "2┤                           ×\n"
                " │\n"
                "1┤             ⢀×\n"
                " │         ⣀⠤⠔⠊⠁ ⠉⠒⠤⣀⡀\n"
                " │    ⢀⡠⠔⠒⠉          ⠈⠑⠢⢄⣀\n"
                "0┤×⠤⠒⠉⠁                   ⠉⠒⠤⣀\n"
                " └┬─────────────┬────────────┬\n"
                "  0             1            2\n"
                "               x\n");
    check_cells(bars(), 30, 8, true,
                "   sex│███████████████████████\n"
                "a'b`x`│███████████▋\n"
                "  fare│█████▊\n"
                "      └┬──────────┬──────────┬\n"
                "       0          2          4\n"
                "                gain\n"
                "\n"
                "\n");
    check_cells(confusion(), 24, 9, true,
                "true\n"
                "\n"
                " no     98        12\n"
                "\n"
                "\n"
                "yes     19        50\n"
                "\n"
                "        no        yes\n"
                "         predicted\n");
}

static void cells_in_ascii(void **unused)
{
    (void)unused;
    NEEDS_GNUPLOT;
    check_cells(line(), 30, 10, false,
                "y                 oo a   x b'c\n"
                "2+                           x\n"
                " |\n"
                "1+             ox\n"
                " |         ooooo ooooo\n"
                " |    ooooo          ooooo\n"
                "0+xoooo                   oooo\n"
                " ++-------------+------------+\n"
                "  0             1            2\n"
                "               x\n");
    check_cells(bars(), 30, 8, false,
                "   sex|#######################\n"
                "a'b`x`|############\n"
                "  fare|######\n"
                "      ++----------+----------+\n"
                "       0          2          4\n"
                "                gain\n"
                "\n"
                "\n");
}

/* ---- the process -------------------------------------------------------------------------------------------- */

/* Kills all children of this process that run gnuplot. */
static void kill_gnuplot(void)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    if (!f)
        skip();
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    int killed = 0;
    for (char *p = text; *p;) {
        long pid = strtol(p, &p, 10);
        if (pid > 0)
            killed += kill((pid_t)pid, SIGKILL) == 0;
        p += strspn(p, " \n");
    }
    assert_true(killed > 0);
}

static void a_killed_gnuplot_is_started_again(void **unused)
{
    (void)unused;
    NEEDS_GNUPLOT;
    struct view *v = views_roc();
    struct err e = ERR_INIT;
    struct str out = STR_INIT;
    assert_non_null(gnuplot_version());
    for (int i = 0; i < 3; i++) {
        kill_gnuplot();
        str_clear(&out);
        if (!gnuplot_to_svg(v, &out, 300, 200, &e))
            fail_msg("%s", e.text);
        assert_non_null(strstr(str_get(&out), "</svg>"));
    }
    str_done(&out);
    view_unref(v);
}

static void *draw_some(void *unused)
{
    struct view *v = views_roc();
    size_t drawn = 0;
    for (int i = 0; i < 5; i++) {
        struct grid *g = grid_new();
        drawn += gnuplot_to_grid(v, g, 40, 12, true, GNUPLOT_DARK, NULL) && g->n == 12;
        grid_free(g);
    }
    view_unref(v);
    (void)unused;
    return (void *)(uintptr_t)drawn;
}

static void threads_share_it(void **unused)
{
    (void)unused;
    NEEDS_GNUPLOT;
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, draw_some, NULL), 0);
    for (int i = 0; i < 4; i++) {
        void *drawn;
        pthread_join(thread[i], &drawn);
        assert_int_equal((uintptr_t)drawn, 5);
    }
}

/* Pictures of next to nothing are pictures, and what is too small is refused. */
static void odd_pictures(void **unused)
{
    (void)unused;
    NEEDS_GNUPLOT;
    static const double one[] = {5}, none[] = {NAN, NAN}, steep[] = {-1, 0, 1e-300, 1e300};
    const struct plot_series series[] = {
        {.mark = PLOT_LINE, .name = "begun", .n = 1, .x = one, .y = one, .style = -1},
        {.mark = PLOT_STEP, .n = 2, .x = none, .y = none, .style = -1},
        {.mark = PLOT_POINTS, .n = 0, .style = -1},
        {.mark = PLOT_LINE, .n = 4, .y = steep, .style = -1},
        {.mark = PLOT_HIST, .n = 1, .x = one, .y = one, .style = -1},
        {.mark = PLOT_RULE, .name = "guide", .n = 1, .y = one, .style = PLOT_STYLE_GUIDE},
    };
    for (size_t i = 0; i < sizeof series / sizeof *series; i++) {
        for (int logs = 0; logs < 2; logs++) {
            struct view *v = view_plot_new("p", "");
            struct grid *g = grid_new();
            struct err e = ERR_INIT;
            view_plot_add(v, &series[i]);
            v->plot->x.log = v->plot->y.log = logs == 1;
            if (!gnuplot_to_grid(v, g, 40, 10, true, GNUPLOT_DARK, &e))
                fail_msg("series %zu: %s", i, e.text);
            grid_free(g);
            view_unref(v);
        }
    }
    struct view *v = view_plot_new("p", "");
    struct grid *g = grid_new();
    struct err e = ERR_INIT;
    view_plot_heat(v, &(struct plot_heat){.rows = 0, .cols = 0, .value = one});
    assert_true(gnuplot_to_grid(v, g, 40, 10, true, GNUPLOT_DARK, &e));
    assert_false(gnuplot_to_grid(v, g, 8, 3, true, GNUPLOT_DARK, &e));
    assert_non_null(strstr(e.text, "no room"));
    grid_free(g);
    view_unref(v);
}

static void write_program(const char *path, const char *text)
{
    struct err e = ERR_INIT;
    assert_true(file_write_atomic(path, text, strlen(text), &e));
    assert_int_equal(chmod(path, 0700), 0);
}

static void a_hanging_gnuplot_is_given_up_on(void **unused)
{
    (void)unused;
    char *path = file_join(folder, "hanging");
    write_program(path, "#!/bin/sh\nexec sleep 100\n");
    setenv("LATHE_GNUPLOT", path, 1);
    struct view *v = views_roc();
    struct grid *g = grid_new();
    struct err e = ERR_INIT;
    double start = clock_seconds();
    assert_false(gnuplot_to_grid(v, g, 60, 20, true, GNUPLOT_DARK, &e));
    assert_true(clock_seconds() - start < 8);
    assert_non_null(strstr(e.text, "no answer within"));
    assert_int_equal(g->n, 0);
    unlink(path);
    mem_free(path);
    grid_free(g);
    view_unref(v);
    unsetenv("LATHE_GNUPLOT");
}

static void a_gnuplot_that_ends_at_once_is_an_error(void **unused)
{
    (void)unused;
    char *path = file_join(folder, "ending");
    write_program(path, "#!/bin/sh\nexit 3\n");
    setenv("LATHE_GNUPLOT", path, 1);
    struct view *v = views_roc();
    struct str out = STR_INIT;
    struct err e = ERR_INIT;
    assert_false(gnuplot_to_svg(v, &out, 300, 200, &e));
    assert_true(e.code != ERR_NONE && e.text[0]);
    assert_null(gnuplot_version());
    unlink(path);
    mem_free(path);
    str_done(&out);
    view_unref(v);
    unsetenv("LATHE_GNUPLOT");
}

static void without_gnuplot_the_picture_is_told_in_words(void **unused)
{
    (void)unused;
    setenv("LATHE_GNUPLOT", "/nonexistent/gnuplot", 1);
    assert_false(gnuplot_available());
    struct view *v = views_roc();
    struct str out = STR_INIT;
    struct render_options o = {.width = 80, .unicode = true, .draw_plots = true};
    render_plain.put(&out, v, &o);
    assert_string_equal(str_get(&out),
                        "ROC on the test part\n"
                        "Curves of 2 models; the first is above the second everywhere.\n"
                        "note: pictures are drawn by gnuplot, which is not installed (Debian:\n"
                        "      gnuplot-nox)\n\n");
    str_done(&out);
    view_unref(v);
    unsetenv("LATHE_GNUPLOT");
}

static int setup(void **unused)
{
    (void)unused;
    signal(SIGPIPE, SIG_IGN);
    unsetenv("LATHE_GNUPLOT");
    const char *base = getenv("TMPDIR");
    char here[3800];
    if (!base && !getcwd(here, sizeof here))
        return -1;
    snprintf(folder, sizeof folder, "%s/lathe-render-XXXXXX", base ? base : here);
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **unused)
{
    (void)unused;
    gnuplot_stop();
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_never_become_code),
        cmocka_unit_test(missing_and_infinite_numbers_are_nan),
        cmocka_unit_test(many_points_are_thinned_and_it_is_said),
        cmocka_unit_test(large_heat_maps_are_averaged_and_it_is_said),
        cmocka_unit_test(files_are_what_they_claim),
        cmocka_unit_test(pages_hold_the_picture),
        cmocka_unit_test(sixels_are_sixels),
        cmocka_unit_test(cells_hold_curves_bars_and_heat),
        cmocka_unit_test(cells_in_ascii),
        cmocka_unit_test(a_killed_gnuplot_is_started_again),
        cmocka_unit_test(threads_share_it),
        cmocka_unit_test(odd_pictures),
        cmocka_unit_test(a_hanging_gnuplot_is_given_up_on),
        cmocka_unit_test(a_gnuplot_that_ends_at_once_is_an_error),
        cmocka_unit_test(without_gnuplot_the_picture_is_told_in_words),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
