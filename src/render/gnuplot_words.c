/* gnuplot_words: the words of a script. Numbers are written so that they read back as they are; texts stand in single
 * quotes, where only a quote needs care, so nothing of the user's is ever read as code. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "render/gnuplot_parts.h"

void gp_number(struct str *out, double x)
{
    char text[NUMBER_MAX];
    if (!isfinite(x)) {
        str_add(out, "NaN");
        return;
    }
    size_t n = number_print(x, text);
    str_addn(out, text, n);
}

/* Numbers in a row, spaces between. */
void gp_numbers(struct str *out, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            str_addc(out, ' ');
        gp_number(out, x[i]);
    }
    str_addc(out, '\n');
}

/* 'text' with quotes doubled and line ends taken out; where texts are formats, percent signs are doubled too. */
void gp_text(struct str *out, const char *s, bool is_format)
{
    str_addc(out, '\'');
    for (size_t i = 0, n = s ? strlen(s) : 0; i < n;) {
        uint32_t cp;
        size_t bytes = utf8_decode(s + i, n - i, &cp);
        if (cp < 0x20 || cp == 0x7f || (cp >= 0x80 && cp < 0xa0))
            str_addc(out, ' ');
        else if (cp == 0xfffd && bytes == 1)
            str_addc(out, '?');
        else
            str_addn(out, s + i, bytes);
        if (cp == '\'' || (cp == '%' && is_format))
            str_addc(out, (char)cp);
        i += bytes;
    }
    str_addc(out, '\'');
}

enum palette_theme gp_palette(const struct paint *p)
{
    return p->theme == GNUPLOT_DARK ? PALETTE_DARK : p->theme == GNUPLOT_LIGHT ? PALETTE_LIGHT : PALETTE_PAPER;
}

/* A colour as gnuplot takes it: 0xRRGGBB; in cells 0xff00NN, where NN is the style. */
long gp_colour(const struct paint *p, enum grid_style style)
{
    if (p->cells)
        return 0xff0000 + (long)style;
    struct palette_ink ink = palette_ink(style, gp_palette(p));
    bool dark = p->theme == GNUPLOT_DARK;
    if (style == GRID_AXIS)
        return dark ? 0x8a96a3 : 0x5a6068;
    if (style == GRID_FAINT)
        return dark ? 0x333b44 : 0xe3e6ea;
    if (ink.bg != PALETTE_DEFAULT)
        return ink.bg;
    return ink.fg != PALETTE_DEFAULT ? ink.fg : dark ? 0xdfe5ec : 0x1c2024;
}

long gp_series_colour(const struct paint *p, int k)
{
    return k < 0 ? gp_colour(p, GRID_AXIS) : gp_colour(p, GRID_SERIES_0 + (enum grid_style)(k % PALETTE_SERIES));
}
