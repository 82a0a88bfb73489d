/* Any bytes: number_parse takes exactly what the grammar says, gives what strtod gives, and what it read prints and
 * reads back. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

/* strtod takes all of it and it has nothing but a plain number's characters. */
static bool is_plain_number(const char *s, size_t n)
{
    char *end;
    if (n == 0 || strspn(s, "0123456789+-.eE") != n)
        return false;
    strtod(s, &end);
    return end == s + n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *s = malloc(n + 1);
    must(s != NULL);
    if (n)
        memcpy(s, data, n);
    s[n] = '\0';
    double x = 0, back = 0;
    bool taken = number_parse((const char *)data, n, &x);
    must(taken || !is_plain_number(s, n));
    if (taken) {
        char *end;
        double wanted = strtod(s, &end);
        must(end == s + n && memcmp(&x, &wanted, sizeof x) == 0);
        char text[NUMBER_MAX];
        size_t length = number_print(x, text);
        must(number_parse(text, length, &back) && memcmp(&x, &back, sizeof x) == 0);
    }
    int64_t whole;
    if (number_parse_int((const char *)data, n, &whole))
        must(taken && (double)whole == x);
    free(s);
    return 0;
}
