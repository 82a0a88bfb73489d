/* date: ISO 8601 dates and times to days and microseconds since 1970-01-01, and back. Proleptic Gregorian
 * calendar; the day arithmetic counts years from March, so that the leap day is the last of its year. */
#include "data/column.h"

#include <stdio.h>

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (INT64_C(86400) * US_PER_SECOND)
#define DAYS_PER_ERA 146097 /* 400 years */
#define EPOCH_SHIFT 719468  /* days from 0000-03-01 to 1970-01-01 */

static bool digits(const char *s, size_t n, int *out)
{
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        v = v * 10 + (s[i] - '0');
    }
    *out = v;
    return true;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_from_civil(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int of_era = y - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (int64_t)era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_SHIFT;
}

void date_civil(int64_t days, int64_t *year, int *month, int *day)
{
    days += EPOCH_SHIFT;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int d = (int)(days - era * DAYS_PER_ERA);
    int y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int of_year = d - (365 * y + y / 4 - y / 100);
    int m = (5 * of_year + 2) / 153;
    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = era * 400 + y + (*month <= 2);
}

bool date_parse(const char *s, size_t n, int64_t *days)
{
    static const int length[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    if (n != 10 || s[4] != '-' || s[7] != '-' || !digits(s, 4, &year) || !digits(s + 5, 2, &month) ||
        !digits(s + 8, 2, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > length[month - 1] ||
        (month == 2 && day == 29 && !leap(year)))
        return false;
    *days = days_from_civil(year, month, day);
    return true;
}

/* "Z", "+02:00", "+0200", "+02" or nothing, as microseconds east of Greenwich. */
static bool zone_parse(const char *s, size_t n, int64_t *offset)
{
    int hours, minutes = 0;
    *offset = 0;
    if (n == 0 || (n == 1 && (*s == 'Z' || *s == 'z')))
        return true;
    if ((*s != '+' && *s != '-') || (n != 3 && n != 5 && n != 6) || !digits(s + 1, 2, &hours))
        return false;
    if (n == 5 && !digits(s + 3, 2, &minutes))
        return false;
    if (n == 6 && (s[3] != ':' || !digits(s + 4, 2, &minutes)))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *offset = (hours * INT64_C(3600) + minutes * INT64_C(60)) * US_PER_SECOND * (*s == '-' ? -1 : 1);
    return true;
}

bool time_parse(const char *s, size_t n, int64_t *microseconds)
{
    int64_t days, offset;
    int hour, minute, second = 0;
    if (n < 10 || !date_parse(s, 10, &days))
        return false;
    if (n == 10) {
        *microseconds = days * US_PER_DAY;
        return true;
    }
    if (n < 16 || (s[10] != ' ' && s[10] != 'T' && s[10] != 't') || s[13] != ':' || !digits(s + 11, 2, &hour) ||
        !digits(s + 14, 2, &minute) || hour > 23 || minute > 59)
        return false;
    int64_t fraction = 0;
    size_t i = 16;
    if (i < n && s[i] == ':') {
        if (n < 19 || !digits(s + 17, 2, &second) || second > 59)
            return false;
        i = 19;
        if (i < n && s[i] == '.') {
            int64_t unit = US_PER_SECOND / 10;
            for (i++; i < n && s[i] >= '0' && s[i] <= '9'; i++, unit /= 10)
                fraction += (s[i] - '0') * unit;
            if (s[i - 1] == '.')
                return false;
        }
    }
    if (!zone_parse(s + i, n - i, &offset))
        return false;
    int64_t t = days * US_PER_DAY + (hour * INT64_C(3600) + minute * INT64_C(60) + second) * US_PER_SECOND +
                fraction - offset;
    if (t < TIME_MIN || t > TIME_MAX)
        return false;
    *microseconds = t;
    return true;
}

void date_print(int64_t days, struct str *out)
{
    int64_t year;
    int month, day;
    char text[48];
    if (days < -INT64_C(1000000000000) || days > INT64_C(1000000000000)) { /* no calendar reaches there */
        str_printf(out, "%lld", (long long)days);
        return;
    }
    date_civil(days, &year, &month, &day);
    int n = snprintf(text, sizeof text, "%04lld-%02d-%02d", (long long)year, month, day);
    str_addn(out, text, (size_t)n);
}

void time_print(int64_t microseconds, struct str *out)
{
    int64_t days = microseconds / US_PER_DAY, rest = microseconds % US_PER_DAY;
    if (rest < 0) {
        rest += US_PER_DAY;
        days--;
    }
    date_print(days, out);
    int second = (int)(rest / US_PER_SECOND), fraction = (int)(rest % US_PER_SECOND);
    char text[32];
    int n = snprintf(text, sizeof text, " %02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
    if (fraction) {
        n += snprintf(text + n, sizeof text - (size_t)n, ".%06d", fraction);
        while (text[n - 1] == '0')
            n--;
    }
    str_addn(out, text, (size_t)n);
}
