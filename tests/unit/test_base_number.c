/* Numbers: parsing against strtod bit for bit, printing that reads back, text for people. */
#include <float.h>
#include <locale.h>
#include <math.h>

#include "base/number.h"
#include "tests/unit/cm.h"

static uint64_t state = 0x9E3779B97F4A7C15u;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double any_double(void)
{
    double x;
    do {
        uint64_t bits = draw();
        memcpy(&x, &bits, sizeof x);
    } while (!isfinite(x));
    return x;
}

static void same_as_strtod(const char *text)
{
    double x = 0, wanted = strtod(text, NULL);
    if (!number_parse(text, strlen(text), &x))
        fail_msg("'%s' was refused", text);
    if (memcmp(&x, &wanted, sizeof x) != 0)
        fail_msg("'%s' gave %a, strtod %a", text, x, wanted);
}

static void random_strings_equal_strtod(void **unused)
{
    (void)unused;
    for (int k = 0; k < 1000000; k++) {
        char s[100];
        uint64_t r = draw();
        switch (k % 8) {
        case 0:
            snprintf(s, sizeof s, "%.17g", any_double());
            break;
        case 1:
            snprintf(s, sizeof s, "%.*e", (int)(r % 30), any_double());
            break;
        case 2:
            snprintf(s, sizeof s, "%u.%llue%d", (unsigned)r, (unsigned long long)draw(), (int)(r % 720) - 360);
            break;
        case 3:
            snprintf(s, sizeof s, "%.*f", (int)(r % 9), fmod(any_double(), 1e9));
            break;
        case 4:
            snprintf(s, sizeof s, "%llu%llu", (unsigned long long)r, (unsigned long long)draw());
            break;
        case 5:
            snprintf(s, sizeof s, "0.%0*d%llu", (int)(r % 20) + 1, 0, (unsigned long long)draw());
            break;
        case 6:
            snprintf(s, sizeof s, "%c%llu.", r & 1 ? '-' : '+', (unsigned long long)(r >> (r % 64)));
            break;
        default:
            snprintf(s, sizeof s, ".%lluE-%d", (unsigned long long)(r >> 20), (int)(r % 330));
        }
        same_as_strtod(s);
    }
}

/* Half-way cases and their neighbours, where one wrong bit of an intermediate decides. */
static void ties_equal_strtod(void **unused)
{
    (void)unused;
    for (int k = 0; k < 20000; k++) {
        char s[1200];
        double x = fabs(any_double());
        if (k % 2)
            x = ldexp(1 + (double)(draw() >> 12) / 4503599627370496.0, (int)(draw() % 120) - 60);
        long double half = ((long double)x + (long double)nextafter(x, INFINITY)) / 2;
        if (!isfinite((double)half))
            continue;
        snprintf(s, sizeof s, "%.*Le", k % 3 ? 800 : 18 + k % 20, half);
        same_as_strtod(s);
    }
    static const char *const famous[] = {
        "9007199254740993",
        "9007199254740992.5",
        "9007199254740993.0000000000000000000001",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e309",
        "-1e400",
        "1e-400",
        "0e999999999999999999999",
        "0.0",
        "-0",
        "1e23",
        "8.5e22",
        "123456789012345678901234567890",
        "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001e90",
        "100000000000000000000000000000000000000000000000000000000000000000000000000000000e-80",
        "1e-99999999999999",
        "7.2057594037927933e16",
        "6.3e-322",
        "5e-324",
        "3e-324",
    };
    for (size_t i = 0; i < sizeof famous / sizeof *famous; i++)
        same_as_strtod(famous[i]);
}

static void what_is_not_a_number(void **unused)
{
    (void)unused;
    static const char *const bad[] = {"",          "+",   "-",     ".",     "e5",    "1e",  "1e+",   "1d5",
                                      "0x10",      " 1",  "1 ",    "1,5",   "1_000", "nan", "infin", "infinit",
                                      "infinityx", "--1", "1.2.3", "1e5.0", "+-1",   ".e1", "1..",   "٣"};
    double x;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (number_parse(bad[i], strlen(bad[i]), &x))
            fail_msg("'%s' passed as %g", bad[i], x);
    assert_false(number_parse("1\0002", 3, &x));
    assert_true(number_parse("inf", 3, &x) && x == INFINITY);
    assert_true(number_parse("-Infinity", 9, &x) && x == -INFINITY);
    assert_true(number_parse("12345", 3, &x) && x == 123);
    assert_true(number_parse("5.", 2, &x) && x == 5);
}

static void whole_numbers(void **unused)
{
    (void)unused;
    static const struct {
        const char *s;
        bool fine;
        int64_t value;
    } rows[] = {{"0", true, 0},
                {"-0", true, 0},
                {"+17", true, 17},
                {"", false, 0},
                {"-", false, 0},
                {"1.0", false, 0},
                {"1e3", false, 0},
                {"12a", false, 0},
                {"9223372036854775807", true, INT64_MAX},
                {"-9223372036854775808", true, INT64_MIN},
                {"9223372036854775808", false, 0},
                {"-9223372036854775809", false, 0},
                {"99999999999999999999", false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t x = 0;
        bool fine = number_parse_int(rows[i].s, strlen(rows[i].s), &x);
        if (fine != rows[i].fine || (fine && x != rows[i].value))
            fail_msg("'%s' gave %d, %lld", rows[i].s, fine, (long long)x);
    }
}

static void reads_back(double x)
{
    char s[NUMBER_MAX];
    size_t n = number_print(x, s);
    double back = strtod(s, NULL);
    assert_true(n < NUMBER_MAX && n == strlen(s));
    if (memcmp(&back, &x, sizeof x) != 0)
        fail_msg("%a printed as %s", x, s);
}

/* Digits that say something: without sign, point, exponent, and zeros at either end. */
static int significant(const char *s)
{
    int digits = 0, zeros = 0;
    for (; *s && *s != 'e'; s++) {
        if (*s < '0' || *s > '9')
            continue;
        if (*s != '0') {
            digits += zeros + 1;
            zeros = 0;
        } else if (digits) {
            zeros++;
        }
    }
    return digits;
}

static void printing_reads_back_and_is_short(void **unused)
{
    (void)unused;
    for (int k = 0; k < 300000; k++) {
        double x = any_double();
        reads_back(x);
        reads_back(ldexp((double)(int64_t)draw(), (int)(draw() % 200) - 100));
        /* a decimal of few digits prints with no more of them */
        char wanted[40], got[NUMBER_MAX];
        snprintf(wanted, sizeof wanted, "%llu.%02ue-%u", (unsigned long long)(draw() % 100000000),
                 (unsigned)(draw() % 100), (unsigned)(draw() % 8));
        number_print(strtod(wanted, NULL), got);
        assert_true(significant(got) <= 10);
    }
    reads_back(DBL_MAX);
    reads_back(DBL_MIN);
    reads_back(DBL_TRUE_MIN);
    reads_back(-0.0);
}

static void printed_forms(void **unused)
{
    (void)unused;
    static const struct {
        double x;
        const char *text;
    } rows[] = {{0.1, "0.1"},
                {1e-300, "1e-300"},
                {3, "3"},
                {-2.5, "-2.5"},
                {1e6, "1000000"},
                {1e22, "1e22"},
                {0, "0"},
                {-0.0, "-0"},
                {1e-5, "1e-5"},
                {0.00025, "0.00025"},
                {5e-324, "5e-324"},
                {1.0 / 3, "0.3333333333333333"},
                {INFINITY, "inf"},
                {-INFINITY, "-inf"},
                {9007199254740991, "9007199254740991"}};
    char s[NUMBER_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        number_print(rows[i].x, s);
        assert_string_equal(s, rows[i].text);
    }
    number_print(NAN, s);
    assert_string_equal(s, "nan");
}

typedef void text_fn(struct str *out, double x);

static void nice3(struct str *out, double x)
{
    number_nice(out, x, 3);
}

static void nice5(struct str *out, double x)
{
    number_nice(out, x, 5);
}

static void text_for_people(void **unused)
{
    (void)unused;
    static const struct {
        text_fn *fn;
        double x;
        const char *text;
    } rows[] = {
        {nice3, 3.14159, "3.14"},
        {nice3, 2.50, "2.5"},
        {nice3, 123456, "123456"},
        {nice3, 0.000123456, "0.000123"},
        {nice3, 0.0000999999, "0.0001"},
        {nice3, 1.5e-7, "1.5e-7"},
        {nice3, 1e15, "1e15"},
        {nice3, 999.6, "1000"},
        {nice3, -0.5, "-0.5"},
        {nice3, 0, "0"},
        {nice3, -0.0, "0"},
        {nice3, NAN, "nan"},
        {nice5, 29.69911, "29.699"},
        {nice5, 0.99999999, "1"},
        {nice5, 6.02214e23, "6.0221e23"},
        {nice5, 100, "100"},
        {number_bytes, 640e3, "640 kB"},
        {number_bytes, 1.2e9, "1.2 GB"},
        {number_bytes, 12, "12 B"},
        {number_bytes, 999999, "1 MB"},
        {number_bytes, 0, "0 B"},
        {number_seconds, 850e-6, "850 us"},
        {number_seconds, 0.0123, "12.3 ms"},
        {number_seconds, 4.2, "4.2 s"},
        {number_seconds, 200, "3 min 20 s"},
        {number_seconds, 59.97, "1 min 0 s"},
        {number_seconds, 0, "0 s"},
        {number_seconds, 7500, "2 h 5 min"},
        {number_seconds, 0.9999, "1 s"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str s = STR_INIT;
        rows[i].fn(&s, rows[i].x);
        assert_string_equal(str_get(&s), rows[i].text);
        str_done(&s);
    }
}

/* Most machines that run this have no such locale; where one is there, it must not matter. */
static void the_locale_does_not_matter(void **unused)
{
    (void)unused;
    static const char *const commas[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8"};
    bool found = false;
    for (size_t i = 0; !found && i < sizeof commas / sizeof *commas; i++)
        found = setlocale(LC_ALL, commas[i]) != NULL;
    if (!found)
        return;
    char s[NUMBER_MAX];
    double x;
    number_print(1.0 / 3, s);
    bool fine = strcmp(s, "0.3333333333333333") == 0;
    fine = fine && number_parse("2.4703282292062328e-324", 23, &x) && x == 5e-324;
    setlocale(LC_ALL, "C");
    assert_true(fine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_strings_equal_strtod),
        cmocka_unit_test(ties_equal_strtod),
        cmocka_unit_test(what_is_not_a_number),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(printing_reads_back_and_is_short),
        cmocka_unit_test(printed_forms),
        cmocka_unit_test(text_for_people),
        cmocka_unit_test(the_locale_does_not_matter),
    };
    return cmocka_run_group_tests_name("base number", tests, NULL, NULL);
}
