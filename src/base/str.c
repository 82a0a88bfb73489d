/* str: a growable string and the comparisons used all over. */
#include "base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void str_done(struct str *b)
{
    mem_free(b->s);
    *b = STR_INIT;
}

void str_clear(struct str *b)
{
    b->len = 0;
    if (b->s)
        b->s[0] = '\0';
}

/* Room for n more bytes and the terminator. */
static void str_room(struct str *b, size_t n)
{
    if (n < b->cap - b->len)
        return;
    size_t want = n <= SIZE_MAX - b->len - 1 ? b->len + n + 1 : SIZE_MAX;
    size_t cap = b->cap ? b->cap : 32;
    while (cap < want)
        cap = cap <= SIZE_MAX / 2 ? cap * 2 : SIZE_MAX;
    b->s = mem_resize(b->s, cap, 1);
    b->cap = cap;
}

void str_addn(struct str *b, const char *s, size_t n)
{
    str_room(b, n);
    if (n)
        memcpy(b->s + b->len, s, n);
    b->len += n;
    b->s[b->len] = '\0';
}

void str_add(struct str *b, const char *s)
{
    if (s)
        str_addn(b, s, strlen(s));
}

void str_addc(struct str *b, char c)
{
    str_addn(b, &c, 1);
}

void str_pad(struct str *b, char c, size_t n)
{
    str_room(b, n);
    memset(b->s + b->len, c, n);
    b->len += n;
    b->s[b->len] = '\0';
}

void str_vprintf(struct str *b, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    str_room(b, 63);
    int n = vsnprintf(b->s + b->len, b->cap - b->len, format, args);
    if (n > 0 && (size_t)n >= b->cap - b->len) {
        str_room(b, (size_t)n);
        vsnprintf(b->s + b->len, b->cap - b->len, format, again);
    }
    va_end(again);
    if (n > 0)
        b->len += (size_t)n;
    b->s[b->len] = '\0';
}

void str_printf(struct str *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str_vprintf(b, format, args);
    va_end(args);
}

char *str_steal(struct str *b)
{
    char *s = b->s ? b->s : mem_zero(1, 1);
    *b = STR_INIT;
    return s;
}

const char *str_get(const struct str *b)
{
    return b->s ? b->s : "";
}

bool str_eq(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_starts(const char *s, const char *prefix)
{
    return s && prefix && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
    if (!s || !suffix)
        return false;
    size_t n = strlen(s), m = strlen(suffix);
    return m <= n && memcmp(s + n - m, suffix, m) == 0;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool str_eq_nocase(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    while (*a && lower(*a) == lower(*b))
        a++, b++;
    return lower(*a) == lower(*b);
}

static int min2(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insertions, deletions, changes and swaps of neighbours, three rows at a time. */
int str_distance(const char *a, const char *b, int limit)
{
    size_t n = strlen(a), m = strlen(b);
    size_t gap = n > m ? n - m : m - n;
    if (limit < 0 || gap > (size_t)limit)
        return limit + 1;
    int small[3 * 64];
    int *rows = m + 1 <= 64 ? small : mem_resize(NULL, m + 1, 3 * sizeof *rows);
    int *before = rows, *last = rows + m + 1, *now = rows + 2 * (m + 1);
    for (size_t j = 0; j <= m; j++)
        last[j] = before[j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int best = now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int d = min2(last[j], now[j - 1]) + 1;
            d = min2(d, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d = min2(d, before[j - 2] + 1);
            now[j] = d;
            best = min2(best, d);
        }
        int *spare = before;
        before = last, last = now, now = spare;
        /* A swap reaches back two rows, so one hopeless row is not yet the end; two are. */
        if (best > limit + 1)
            break;
    }
    int d = last[m];
    if (rows != small)
        mem_free(rows);
    return d <= limit ? d : limit + 1;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int str_natural_cmp(const char *a, const char *b)
{
    const char *a0 = a, *b0 = b;
    while (*a && *b) {
        if (is_digit(*a) && is_digit(*b)) {
            while (*a == '0')
                a++;
            while (*b == '0')
                b++;
            size_t n = 0, m = 0;
            while (is_digit(a[n]))
                n++;
            while (is_digit(b[m]))
                m++;
            if (n != m)
                return n < m ? -1 : 1;
            int d = memcmp(a, b, n);
            if (d)
                return d < 0 ? -1 : 1;
            a += n, b += m;
        } else {
            unsigned char x = lower(*a), y = lower(*b);
            if (x != y)
                return x < y ? -1 : 1;
            a++, b++;
        }
    }
    if (*a || *b)
        return *a ? 1 : -1;
    int d = strcmp(a0, b0); /* equal but for case and leading zeros: still a total order */
    return d < 0 ? -1 : d > 0;
}
