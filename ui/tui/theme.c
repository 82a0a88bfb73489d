/* theme: styles to attributes and colour pairs. */
#include "ui/tui/theme.h"

#include <stdlib.h>
#include <string.h>

#include <curses.h>

#include "base/str.h"
#include "render/palette.h"

struct look {
    bool known;
    attr_t attributes;
    int pair;
};

static struct {
    enum palette_theme palette;
    enum palette_theme answered; /* what the terminal said of its background */
    bool mono;
    int colours;
    struct look look[THEME_ROLES][SURFACES];
} theme;

/* The roles' ink on dark and light ground. -1: the terminal's own. */
static const struct role {
    enum theme_role role;
    int32_t dark, light, either;
    bool bold;
} roles[] = {
    {UI_RULE, 0x444c56, 0xc0c4ca, 0x808080, false},  {UI_FOCUS, 0x56b4e9, 0x0072b2, 0x0087d7, true},
    {UI_TITLE, 0x9aa4b0, 0x5c636c, 0x808080, false}, {UI_COMMAND, -1, -1, -1, true},
    {UI_PROMPT, 0x56b4e9, 0x0072b2, 0x0087d7, true}, {UI_HINT, 0x7d8792, 0x6e757e, 0x808080, false},
    {UI_KEY, 0xb4bdc8, 0x3d444d, -1, false},         {UI_ALERT, 0xe69f00, 0xa86400, 0xd78700, true},
    {UI_METER, 0x56b4e9, 0x0072b2, 0x0087d7, false},
};

/* Ground colours of surfaces. */
static const int32_t ground[SURFACES][3] = {
    /* dark, light, either */
    [SURFACE_PAGE] = {-1, -1, -1},
    [SURFACE_SELECTED] = {0x303030, 0xe4e4e4, -1},
    [SURFACE_POPUP] = {0x1c1c1c, 0xeeeeee, -1},
    [SURFACE_POPUP_SELECTED] = {0x005f87, 0xafd7ff, -1},
    [SURFACE_COLUMN] = {0x1c1c1c, 0xeeeeee, -1},
};

/* COLORFGBG is "15;0" or "0;default;15": the last number is the background. */
static enum palette_theme theme_from_environment(void)
{
    const char *v = getenv("COLORFGBG"), *last = v ? strrchr(v, ';') : NULL;
    if (!last || !last[1])
        return PALETTE_ANY;
    int number = (int)strtol(last + 1, NULL, 10);
    return number == 7 || number >= 9 ? PALETTE_LIGHT : PALETTE_DARK;
}

void theme_choose(const char *setting, bool colour)
{
    const char *no = getenv("NO_COLOR");
    theme.palette = str_eq(setting, "dark")    ? PALETTE_DARK
                    : str_eq(setting, "light") ? PALETTE_LIGHT
                    : theme.answered           ? theme.answered
                                               : theme_from_environment();
    theme.mono =
        !colour || (no && *no) || str_eq(setting, "mono") || !has_colors() || COLORS < 8 || COLOR_PAIRS < 16;
    theme.colours = theme.mono ? 0 : COLORS;
    memset(theme.look, 0, sizeof theme.look);
}

void theme_background(int red, int green, int blue)
{
    theme.answered = 299 * red + 587 * green + 114 * blue > 128 * 1000 ? PALETTE_LIGHT : PALETTE_DARK;
}

bool theme_is_light(void)
{
    return theme.palette == PALETTE_LIGHT;
}

enum gnuplot_theme theme_of_pictures(void)
{
    return theme_is_light() ? GNUPLOT_LIGHT : GNUPLOT_DARK;
}

/* The nearest of the eight, without black and blue, which can't be read on dark ground. */
static int nearest_of_8(int32_t rgb)
{
    static const struct {
        int number;
        int32_t rgb;
    } eight[] = {{1, 0xcd3131}, {2, 0x0dbc79}, {3, 0xe5b010}, {5, 0xbc3fbc}, {6, 0x11a8cd}, {7, 0xc5c5c5}};
    int best = 7, least = 1 << 30;
    for (size_t i = 0; i < sizeof eight / sizeof *eight; i++) {
        int d = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            int x = ((rgb >> shift) & 255) - ((eight[i].rgb >> shift) & 255);
            d += x * x;
        }
        if (d < least) {
            least = d;
            best = eight[i].number;
        }
    }
    return best == 7 ? -1 : best;
}

static int colour_number(int32_t rgb)
{
    if (rgb == PALETTE_DEFAULT)
        return -1;
    if (theme.colours > 256)
        return rgb;
    return theme.colours >= 256 ? palette_256(rgb) : nearest_of_8(rgb);
}

static int pick(int32_t dark, int32_t light, int32_t either)
{
    return theme.palette == PALETTE_DARK ? dark : theme.palette == PALETTE_LIGHT ? light : either;
}

static struct palette_ink ink_of(int style)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if ((int)roles[i].role == style)
            return (struct palette_ink){.fg = pick(roles[i].dark, roles[i].light, roles[i].either),
                                        .bg = PALETTE_DEFAULT,
                                        .bold = roles[i].bold};
    struct palette_ink ink = palette_ink((enum grid_style)style, theme.palette);
    if (ink.faint && theme.colours >= 256) { /* a grey of our own: dim is invisible on some terminals */
        ink.faint = false;
        ink.fg = pick(0x7d8792, 0x6e757e, 0x808080);
    }
    return ink;
}

static bool is_strong_ground(int style)
{
    return (style >= GRID_HEAT_0 + 8 && style < GRID_HEAT_0 + 16) ||
           (style >= GRID_DIVERGE_0 && (style < GRID_DIVERGE_0 + 4 || style >= GRID_DIVERGE_0 + 12) &&
            style < GRID_DIVERGE_0 + 16);
}

static struct look make_look(int style, int surface)
{
    struct look l = {.known = true};
    struct palette_ink ink = ink_of(style);
    int32_t bg =
        ink.bg != PALETTE_DEFAULT ? ink.bg : pick(ground[surface][0], ground[surface][1], ground[surface][2]);
    bool selected = surface == SURFACE_SELECTED || surface == SURFACE_POPUP_SELECTED;
    if (surface == SURFACE_POPUP_SELECTED) /* strong ground: plain text reads best on it */
        ink.fg = pick(0xffffff, 0x000000, PALETTE_DEFAULT);
    int fg = colour_number(ink.fg), back = theme.colours >= 256 ? colour_number(bg) : -1;

    if (ink.bold || style == UI_FOCUS)
        l.attributes |= A_BOLD;
    if (ink.faint && !selected)
        l.attributes |= A_DIM;
    if (ink.underline)
        l.attributes |= A_UNDERLINE;
    if (back < 0 && (selected || is_strong_ground(style)))
        l.attributes |= A_REVERSE;
    if (theme.colours > 0 && theme.colours < 256 && (style == UI_RULE || style == UI_HINT || style == UI_TITLE))
        fg = -1;
    if (theme.mono && style == GRID_ERROR)
        l.attributes |= A_BOLD;
    if (theme.colours > 0 && (fg >= 0 || back >= 0))
        l.pair = alloc_pair(fg, back);
    if (l.pair < 0)
        l.pair = 0;
    return l;
}

void theme_use(int style, int surface)
{
    if (style < 0 || style >= THEME_ROLES)
        style = GRID_PLAIN;
    struct look *l = &theme.look[style][surface];
    if (!l->known)
        *l = make_look(style, surface);
    int pair = l->pair;
    attr_set(l->attributes, (short)0, &pair);
}
