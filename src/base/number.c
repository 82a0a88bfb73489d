/* number: decimal text to double and back.
 *
 * Parsing takes three roads, each exact where it is used: few digits and a small exponent are one multiplication or
 * division of two exact doubles (Clinger 1990); the rest is a 64 by 128 bit product with a truncated power of five
 * (after Eisel and Lemire 2021), accepted when both ends of its error interval round to the same double; what is left
 * (ties, subnormals, about one number in millions) goes to strtod_l in the C locale. */
#include "base/number.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- powers of five ---------------------------------------------------------------------------------------- */

#define POWER_MIN (-342)
#define POWER_MAX 308

/* 5^q = (high:low + r) * 2^scale with high's top bit set and 0 <= r < 1; r == 0 when exact. */
struct power5 {
    uint64_t high, low;
    int scale;
    bool exact;
};

static struct power5 powers[POWER_MAX - POWER_MIN + 1];
static pthread_once_t powers_once = PTHREAD_ONCE_INIT;

/* Little-endian words; 2^1024 / 5^342 keeps more than 128 bits, and 5^308 has 716. */
#define BIG_WORDS 17

static void big_multiply(uint64_t *x, uint64_t by)
{
    uint64_t carry = 0;
    for (int i = 0; i < BIG_WORDS; i++) {
        unsigned __int128 t = (unsigned __int128)x[i] * by + carry;
        x[i] = (uint64_t)t;
        carry = (uint64_t)(t >> 64);
    }
}

static void big_divide(uint64_t *x, uint64_t by) /* floors; and floor(floor(x/5)/5) is floor(x/25) */
{
    uint64_t rest = 0;
    for (int i = BIG_WORDS - 1; i >= 0; i--) {
        unsigned __int128 t = (unsigned __int128)rest << 64 | x[i];
        x[i] = (uint64_t)(t / by);
        rest = (uint64_t)(t % by);
    }
}

/* The top 128 bits of x * 2^offset. */
static struct power5 big_top(const uint64_t *x, int offset, bool exact)
{
    int top = BIG_WORDS - 1;
    while (x[top] == 0)
        top--;
    int shift = __builtin_clzll(x[top]);
    uint64_t w[4] = {0};
    for (int i = 0; i < 3 && i <= top; i++)
        w[i] = x[top - i];
    struct power5 p;
    p.high = shift ? w[0] << shift | w[1] >> (64 - shift) : w[0];
    p.low = shift ? w[1] << shift | w[2] >> (64 - shift) : w[1];
    p.scale = offset + 64 * (top - 1) - shift;
    uint64_t below = shift ? w[2] << shift : w[2];
    for (int i = 0; i < top - 2; i++)
        below |= x[i];
    p.exact = exact && below == 0;
    return p;
}

static void compute_powers(void)
{
    uint64_t x[BIG_WORDS] = {1};
    for (int q = 0; q <= POWER_MAX; q++) {
        powers[q - POWER_MIN] = big_top(x, 0, true);
        big_multiply(x, 5);
    }
    memset(x, 0, sizeof x);
    x[BIG_WORDS - 1] = 1;
    for (int q = -1; q >= POWER_MIN; q--) {
        big_divide(x, 5);
        powers[q - POWER_MIN] = big_top(x, -64 * (BIG_WORDS - 1), false);
    }
}

/* ---- parsing ----------------------------------------------------------------------------------------------- */

/* Number text taken apart: value = digits * 10^exponent, or a little more when digits were cut. */
struct decimal {
    uint64_t digits;
    int64_t exponent;
    bool negative, cut; /* cut: a non-zero digit after the 19th was dropped */
};

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool is_eight_digits(uint64_t v)
{
    return ((v & 0xF0F0F0F0F0F0F0F0u) | ((v + 0x0606060606060606u) & 0xF0F0F0F0F0F0F0F0u) >> 4) ==
           0x3333333333333333u;
}

/* Eight ASCII digits, first one in the lowest byte, by three multiplications. */
static uint64_t eight_digits(uint64_t v)
{
    v = (v & 0x0F0F0F0F0F0F0F0Fu) * 2561 >> 8;
    v = (v & 0x00FF00FF00FF00FFu) * 6553601 >> 16;
    return (v & 0x0000FFFF0000FFFFu) * 42949672960001u >> 32;
}

/* Digits from s on; *used counts significant ones kept in d (at most 19), *dropped those that were not. */
static const char *take_digits(const char *s, const char *end, struct decimal *d, int *used, int64_t *dropped)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (end - s >= 8 && *used <= 11 && (*used > 0 || *s != '0')) {
        uint64_t v;
        memcpy(&v, s, 8);
        if (!is_eight_digits(v))
            break;
        d->digits = d->digits * 100000000 + eight_digits(v);
        *used += 8;
        s += 8;
    }
#endif
    for (; s < end && is_digit(*s); s++) {
        if (*used < 19) {
            d->digits = d->digits * 10 + (uint64_t)(*s - '0');
            *used += d->digits != 0;
        } else {
            d->cut |= *s != '0';
            ++*dropped;
        }
    }
    return s;
}

/* [+-]digits[.digits][e[+-]digits], all of it. */
static bool take_apart(const char *s, const char *end, struct decimal *d)
{
    *d = (struct decimal){0};
    if (s < end && (*s == '+' || *s == '-'))
        d->negative = *s++ == '-';
    int used = 0;
    int64_t dropped_whole = 0, dropped_part = 0;
    const char *whole = s;
    s = take_digits(s, end, d, &used, &dropped_whole);
    int64_t count = s - whole;
    d->exponent = dropped_whole;
    if (s < end && *s == '.') {
        const char *part = ++s;
        s = take_digits(s, end, d, &used, &dropped_part);
        count += s - part;
        d->exponent -= s - part - dropped_part;
    }
    if (count == 0)
        return false;
    if (s < end && (*s == 'e' || *s == 'E')) {
        bool minus = false;
        if (++s < end && (*s == '+' || *s == '-'))
            minus = *s++ == '-';
        if (s == end || !is_digit(*s))
            return false;
        int64_t written = 0;
        for (; s < end && is_digit(*s); s++)
            if (written < 1000000000000)
                written = written * 10 + (*s - '0');
        d->exponent += minus ? -written : written;
    }
    return s == end;
}

/* Both are exact when digits <= 2^53 and |exponent| <= 22, so the one operation rounds once. */
static bool one_operation(const struct decimal *d, double *out)
{
    static const double ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (d->digits > (uint64_t)1 << 53 || d->exponent < -22 || d->exponent > 22)
        return false;
    double x = (double)d->digits;
    *out = d->exponent < 0 ? x / ten[-d->exponent] : x * ten[d->exponent];
    return true;
}

/* A 192-bit magnitude, high word first. */
struct wide {
    uint64_t w[3];
};

static struct wide wide_product(uint64_t a, const struct power5 *p)
{
    unsigned __int128 low = (unsigned __int128)a * p->low;
    unsigned __int128 high = (unsigned __int128)a * p->high + (uint64_t)(low >> 64);
    return (struct wide){{(uint64_t)(high >> 64), (uint64_t)high, (uint64_t)low}};
}

static void wide_add(struct wide *x, uint64_t by)
{
    for (int i = 2; i >= 0; i--) {
        x->w[i] += by;
        by = x->w[i] < by;
    }
}

/* Rounds x * 2^scale to a double, ties to even; false outside the normal range. x is not 0. */
static bool wide_round(const struct wide *x, int scale, double *out)
{
    int shift = __builtin_clzll(x->w[0] | 1); /* the product of two normalised numbers: 0 or 1 */
    uint64_t top = shift ? x->w[0] << shift | x->w[1] >> (64 - shift) : x->w[0];
    bool sticky = (shift ? x->w[1] << shift : x->w[1]) != 0 || x->w[2] != 0;
    uint64_t mantissa = top >> 11, rest = top & 0x7FF;
    if (rest > 0x400 || (rest == 0x400 && (sticky || (mantissa & 1))))
        mantissa++;
    int64_t exponent = (int64_t)scale + 128 - shift + 63 + 1023; /* of the leading bit, biased */
    if (mantissa >> 53) {
        mantissa >>= 1;
        exponent++;
    }
    if (exponent <= 0 || exponent >= 2047)
        return false;
    uint64_t bits = (uint64_t)exponent << 52 | (mantissa & (((uint64_t)1 << 52) - 1));
    memcpy(out, &bits, sizeof bits);
    return true;
}

/* Eisel-Lemire with the interval kept: the value lies in [product, product + error), and if both ends round alike,
 * that is the answer. */
static bool by_product(const struct decimal *d, double *out)
{
    if (d->digits == 0 || d->exponent < POWER_MIN || d->exponent > POWER_MAX)
        return false;
    pthread_once(&powers_once, compute_powers);
    const struct power5 *p = &powers[d->exponent - POWER_MIN];
    int shift = __builtin_clzll(d->digits);
    uint64_t a = d->digits << shift;
    int scale = p->scale - shift + (int)d->exponent;
    struct wide low = wide_product(a, p), high = low;
    if (d->cut) { /* the digits lie below digits + 1 */
        if (a + ((uint64_t)1 << shift) < a)
            return false;
        high = wide_product(a + ((uint64_t)1 << shift), p);
        wide_add(&high, UINT64_MAX);
    } else if (!p->exact) {
        wide_add(&high, a);
    }
    double x, y;
    if (!wide_round(&low, scale, &x) || !wide_round(&high, scale, &y) || x != y)
        return false;
    *out = x;
    return true;
}

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static double by_library(const char *s, size_t n)
{
    pthread_once(&c_locale_once, make_c_locale);
    char small[128];
    char *copy = n < sizeof small ? small : mem_alloc(n + 1);
    memcpy(copy, s, n);
    copy[n] = '\0';
    double x = strtod_l(copy, NULL, c_locale);
    if (copy != small)
        mem_free(copy);
    return x;
}

static bool is_word(const char *s, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if ((s[i] | 0x20) != word[i])
            return false;
    return word[n] == '\0';
}

static bool parse_infinity(const char *s, size_t n, double *out)
{
    bool negative = n > 0 && s[0] == '-';
    if (n > 0 && (s[0] == '+' || s[0] == '-'))
        s++, n--;
    if (!(n == 3 && is_word(s, n, "inf")) && !(n == 8 && is_word(s, n, "infinity")))
        return false;
    *out = negative ? -INFINITY : INFINITY;
    return true;
}

bool number_parse(const char *s, size_t n, double *out)
{
    struct decimal d;
    if (!take_apart(s, s + n, &d))
        return parse_infinity(s, n, out);
    double x;
    if (d.digits == 0)
        x = 0.0;
    else if ((d.cut || !one_operation(&d, &x)) && !by_product(&d, &x)) {
        *out = by_library(s, n);
        return true;
    }
    *out = d.negative ? -x : x;
    return true;
}

bool number_parse_int(const char *s, size_t n, int64_t *out)
{
    const char *end = s + n;
    bool negative = n > 0 && s[0] == '-';
    if (n > 0 && (s[0] == '+' || s[0] == '-'))
        s++;
    if (s == end)
        return false;
    uint64_t x = 0, limit = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    for (; s < end; s++) {
        if (!is_digit(*s))
            return false;
        uint64_t digit = (uint64_t)(*s - '0');
        if (x > (limit - digit) / 10)
            return false;
        x = x * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - x) : (int64_t)x;
    return true;
}

/* ---- printing ---------------------------------------------------------------------------------------------- */

static size_t put(char *out, const char *text)
{
    size_t n = strlen(text);
    memcpy(out, text, n + 1);
    return n;
}

static size_t put_uint(char *out, uint64_t x)
{
    char reversed[24];
    size_t n = 0;
    do
        reversed[n++] = (char)('0' + x % 10);
    while (x /= 10);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    out[n] = '\0';
    return n;
}

/* Text of printf's %g or %e made the same in every locale: "1,5e+07" becomes "1.5e7". */
static size_t tidy(const char *printed, char *out)
{
    size_t n = 0;
    bool in_exponent = false;
    for (const char *s = printed; *s; s++) {
        if (*s == 'e') {
            out[n++] = *s;
            in_exponent = true;
            if (s[1] == '-')
                out[n++] = *++s;
            else if (s[1] == '+')
                s++;
            while (s[1] == '0' && s[2])
                s++;
        } else if (is_digit(*s) || *s == '-' || in_exponent) {
            out[n++] = *s;
        } else if (n == 0 || out[n - 1] != '.') { /* the decimal sign, which may have several bytes */
            out[n++] = '.';
        }
    }
    out[n] = '\0';
    return n;
}

/* Whole numbers, and decimals of at most 15 digits in all: m / 10^k is correctly rounded for m < 2^53, k <= 22, so
 * equality proves that the text reads back. The smallest k is the shortest text. x > 0. */
static size_t print_short(double x, char *out)
{
    if (x < 1e-4 || x >= 9007199254740992.0)
        return 0;
    if (x == (double)(uint64_t)x)
        return put_uint(out, (uint64_t)x);
    double scale = 10;
    for (int k = 1; k <= 19; k++, scale *= 10) {
        double m = nearbyint(x * scale);
        if (m >= 1e15)
            return 0;
        if (m / scale != x)
            continue;
        char digits[24];
        size_t n = put_uint(digits, (uint64_t)m), at = 0;
        size_t places = (size_t)k;
        size_t whole = n > places ? n - places : 0;
        if (whole == 0) {
            at = put(out, "0.");
            for (size_t zeros = places - n; zeros > 0; zeros--)
                out[at++] = '0';
        } else {
            memcpy(out, digits, whole);
            at = whole;
            out[at++] = '.';
        }
        memcpy(out + at, digits + whole, n - whole + 1);
        return at + n - whole;
    }
    return 0;
}

size_t number_print(double x, char out[NUMBER_MAX])
{
    if (isnan(x))
        return put(out, "nan");
    if (isinf(x))
        return put(out, x < 0 ? "-inf" : "inf");
    if (x == 0)
        return put(out, signbit(x) ? "-0" : "0");
    size_t sign = x < 0;
    out[0] = '-';
    size_t n = print_short(fabs(x), out + sign);
    if (n)
        return sign + n;
    char printed[48];
    for (int digits = fabs(x) < 1e-300 ? 1 : 15; digits <= 17; digits++) { /* subnormals hold fewer digits */
        double back;
        snprintf(printed, sizeof printed, "%.*g", digits, x);
        n = tidy(printed, out);
        if (digits == 17 || (number_parse(out, n, &back) && back == x))
            break;
    }
    return n;
}

/* Drops the zeros after the last digit that says something: "1.500e7" becomes "1.5e7". */
static void strip_zeros(char *s)
{
    char *dot = strchr(s, '.');
    if (!dot)
        return;
    char *tail = strchr(dot, 'e');
    if (!tail)
        tail = s + strlen(s);
    char *last = tail;
    while (last > dot && last[-1] == '0')
        last--;
    if (last - 1 == dot)
        last = dot;
    memmove(last, tail, strlen(tail) + 1);
}

/* The decimal exponent of tidy "%e" text. */
static int exponent_of(const char *text)
{
    int64_t exponent = 0;
    const char *e = strchr(text, 'e');
    if (e)
        number_parse_int(e + 1, strlen(e + 1), &exponent);
    return (int)exponent;
}

void number_nice(struct str *out, double x, int digits)
{
    if (isnan(x) || isinf(x) || x == 0) {
        str_add(out, isnan(x) ? "nan" : isinf(x) ? (x < 0 ? "-inf" : "inf") : "0");
        return;
    }
    if (digits < 1)
        digits = 1;
    if (digits > 17)
        digits = 17;
    char printed[64], text[64];
    snprintf(printed, sizeof printed, "%.*e", digits - 1, x);
    tidy(printed, text);
    int exponent = exponent_of(text);
    if (exponent >= -4 && exponent < 15) {
        int places = digits - 1 - exponent;
        snprintf(printed, sizeof printed, "%.*f", places > 0 ? places : 0, x);
        tidy(printed, text);
    }
    strip_zeros(text);
    str_add(out, text);
}

void number_bytes(struct str *out, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t u = 0;
    while (fabs(bytes) >= 999.5 && u + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        u++;
    }
    number_nice(out, bytes, fabs(bytes) < 99.5 && u > 0 ? 2 : 3);
    str_printf(out, " %s", units[u]);
}

void number_seconds(struct str *out, double seconds)
{
    if (isnan(seconds) || isinf(seconds)) {
        str_add(out, isnan(seconds) ? "nan" : seconds < 0 ? "-inf s" : "inf s");
        return;
    }
    if (seconds < 0) {
        str_addc(out, '-');
        seconds = -seconds;
    }
    if (seconds == 0) {
        str_add(out, "0 s");
        return;
    }
    if (seconds < 59.95) {
        static const struct {
            double below, times;
            const char *unit;
        } rows[] = {{999.5e-9, 1e9, "ns"}, {999.5e-6, 1e6, "us"}, {999.5e-3, 1e3, "ms"}, {INFINITY, 1, "s"}};
        size_t i = 0;
        while (seconds >= rows[i].below)
            i++;
        number_nice(out, seconds * rows[i].times, 3);
        str_printf(out, " %s", rows[i].unit);
        return;
    }
    uint64_t whole = seconds < 1e15 ? (uint64_t)(seconds + 0.5) : (uint64_t)1e15;
    uint64_t minutes = whole / 60, hours = minutes / 60, days = hours / 24;
    if (minutes < 60)
        str_printf(out, "%u min %u s", (unsigned)minutes, (unsigned)(whole % 60));
    else if (hours < 48)
        str_printf(out, "%u h %u min", (unsigned)hours, (unsigned)(minutes % 60));
    else
        str_printf(out, "%llu d %u h", (unsigned long long)days, (unsigned)(hours % 24));
}
