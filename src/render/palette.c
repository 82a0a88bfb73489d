/* palette: see palette.h. */
#include "render/palette.h"

#include <stddef.h>

/* blue, orange, green, purple, vermillion, yellow, sky/violet, grey */
static const int32_t series_colour[][PALETTE_SERIES] = {
    [PALETTE_ANY] = {0x0087d7, 0xd78700, 0x00af87, 0xd75faf, 0xd75f00, 0xafaf00, 0x8787d7, 0x8a8a8a},
    [PALETTE_DARK] = {0x56b4e9, 0xe69f00, 0x22c493, 0xdd8fbf, 0xf0743e, 0xf0e442, 0x9aa8ff, 0xb0b0b0},
    [PALETTE_LIGHT] = {0x0072b2, 0xc47f00, 0x008a64, 0xb24f88, 0xc04f00, 0x857800, 0x5560c8, 0x666666},
    [PALETTE_PAPER] = {0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0xd55e00, 0xb5a800, 0x56b4e9, 0x555555},
};

static bool is_dark(enum palette_theme t)
{
    return t == PALETTE_DARK || t == PALETTE_ANY;
}

/* The colour at `share` of the way along a few stops. */
static int32_t between(const int32_t *stop, int n, double share)
{
    if (!(share > 0))
        share = 0;
    if (share > 1)
        share = 1;
    double at = share * (n - 1);
    int i = (int)at;
    if (i > n - 2)
        i = n - 2;
    double f = at - i;
    int32_t rgb = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        int a = (stop[i] >> shift) & 255, b = (stop[i + 1] >> shift) & 255;
        rgb |= (int32_t)(a + (b - a) * f + 0.5) << shift;
    }
    return rgb;
}

int32_t palette_series(int k, enum palette_theme theme)
{
    return series_colour[theme][(unsigned)k % PALETTE_SERIES];
}

int32_t palette_heat(double share, enum palette_theme theme)
{
    static const int32_t dark[] = {0x1b2631, 0x1d4a70, 0x2f7fb8, 0x56b4e9, 0xc9e8fa};
    static const int32_t light[] = {0xf3f7fb, 0xbcdcf2, 0x56b4e9, 0x0072b2, 0x06304f};
    return is_dark(theme) ? between(dark, 5, share) : between(light, 5, share);
}

int32_t palette_diverging(double share, enum palette_theme theme)
{
    static const int32_t dark[] = {0x7cc8f5, 0x2f7fb8, 0x20272e, 0xb5581c, 0xffa25e};
    static const int32_t light[] = {0x04588a, 0x6fb6dd, 0xf6f6f4, 0xf0a36b, 0xb84a00};
    return is_dark(theme) ? between(dark, 5, share) : between(light, 5, share);
}

int32_t palette_text_on(int32_t background)
{
    int r = (background >> 16) & 255, g = (background >> 8) & 255, b = background & 255;
    return 299 * r + 587 * g + 114 * b > 140 * 1000 ? 0x101010 : 0xffffff;
}

int palette_256(int32_t rgb)
{
    static const int level[6] = {0, 95, 135, 175, 215, 255};
    int part[3] = {(rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255}, cube = 0, cube_error = 0;
    for (int c = 0; c < 3; c++) {
        int best = 0;
        for (int i = 1; i < 6; i++)
            if ((level[i] - part[c]) * (level[i] - part[c]) < (level[best] - part[c]) * (level[best] - part[c]))
                best = i;
        cube = cube * 6 + best;
        cube_error += (level[best] - part[c]) * (level[best] - part[c]);
    }
    int mean = (part[0] + part[1] + part[2]) / 3, grey = mean < 8 ? 0 : mean > 238 ? 23 : (mean - 3) / 10;
    int grey_error = 0;
    for (int c = 0; c < 3; c++)
        grey_error += (8 + 10 * grey - part[c]) * (8 + 10 * grey - part[c]);
    return grey_error < cube_error ? 232 + grey : 16 + cube;
}

int palette_256_step(enum grid_style style)
{
    static const unsigned char heat[PALETTE_STEPS] = {235, 236, 237, 239, 24, 24,  25,  25,
                                                      31,  32,  38,  74,  75, 117, 117, 153};
    static const unsigned char diverging[PALETTE_STEPS] = {117, 75,  32, 31,  25,  24,  239, 237,
                                                           237, 239, 94, 130, 166, 172, 208, 215};
    if (style >= GRID_HEAT_0 && style < GRID_HEAT_0 + PALETTE_STEPS)
        return heat[style - GRID_HEAT_0];
    if (style >= GRID_DIVERGE_0 && style < GRID_DIVERGE_0 + PALETTE_STEPS)
        return diverging[style - GRID_DIVERGE_0];
    return -1;
}

/* The text styles; colour only where it helps, so that the base is the terminal's own. */
static const struct style_row {
    enum grid_style style;
    int series; /* colour of this series, -1: none */
    bool bold, faint, underline;
} text_styles[] = {
    {GRID_PLAIN, -1, false, false, false},  {GRID_TITLE, -1, true, false, false},
    {GRID_HEAD, -1, true, false, false},    {GRID_FAINT, -1, false, true, false},
    {GRID_STRONG, -1, true, false, false},  {GRID_NUMBER, -1, false, false, false},
    {GRID_MISSING, -1, false, true, false}, {GRID_NOTE, -1, false, true, false},
    {GRID_WARNING, 1, false, false, false}, {GRID_ERROR, 4, true, false, false},
    {GRID_GOOD, 0, false, false, false},    {GRID_BAR, 0, false, false, false},
    {GRID_LINK, -1, false, false, true},    {GRID_CODE, 0, false, false, false},
    {GRID_AXIS, -1, false, true, false},    {GRID_BEST, -1, true, false, false},
};

struct palette_ink palette_ink(enum grid_style style, enum palette_theme theme)
{
    struct palette_ink ink = {.fg = PALETTE_DEFAULT, .bg = PALETTE_DEFAULT};
    if (style >= GRID_SERIES_0 && style < GRID_SERIES_0 + PALETTE_SERIES) {
        ink.fg = palette_series((int)(style - GRID_SERIES_0), theme);
    } else if (style >= GRID_HEAT_0 && style < GRID_HEAT_0 + PALETTE_STEPS) {
        ink.bg = palette_heat((style - GRID_HEAT_0) / (PALETTE_STEPS - 1.0), theme);
        ink.fg = palette_text_on(ink.bg);
    } else if (style >= GRID_DIVERGE_0 && style < GRID_DIVERGE_0 + PALETTE_STEPS) {
        ink.bg = palette_diverging((style - GRID_DIVERGE_0) / (PALETTE_STEPS - 1.0), theme);
        ink.fg = palette_text_on(ink.bg);
    } else if ((size_t)style < sizeof text_styles / sizeof *text_styles) {
        const struct style_row *row = &text_styles[style];
        ink.bold = row->bold;
        ink.faint = row->faint;
        ink.underline = row->underline;
        if (row->series >= 0)
            ink.fg = palette_series(row->series, theme);
    }
    return ink;
}
