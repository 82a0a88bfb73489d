/* dist: everything rests on two functions, the incomplete gamma and beta integrals. Each is a prefactor (the
 * density, in Loader's saddle-point form, which loses no digits to cancelling logarithms) times a series or a
 * continued fraction, always for the smaller tail; the other tail is its complement. Quantiles solve log tail =
 * log target by Newton's method inside a bracket. */
#include "num/dist.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define SQRT_HALF 0.70710678118654752440
#define SQRT_HALF_REST (-4.833646656726457e-17) /* sqrt(1/2) minus its double */
#define ONE_SQRT_PI 0.56418958354775628695
#define ONE_SQRT_2PI 0.39894228040143267794
#define TWO_PI 6.28318530717958647693

/* ---- normal ---- */

double norm_d(double x)
{
    double square = x * x, rest = fma(x, x, -square); /* x^2 to twice the digits */
    return isinf(x) ? 0 : ONE_SQRT_2PI * exp(-0.5 * square) * (1 - 0.5 * rest);
}

double norm_upper(double x)
{
    if (isinf(x))
        return x > 0 ? 0 : 1;
    double z = x * SQRT_HALF;
    double rest = fma(x, SQRT_HALF, -z) + x * SQRT_HALF_REST; /* what rounding took from z */
    return 0.5 * erfc(z) - rest * ONE_SQRT_PI * exp(-z * z);
}

double norm_p(double x)
{
    return norm_upper(-x);
}

static double polynomial(double x, int degree, const double *c) /* c[0] is the constant */
{
    double y = c[degree];
    for (int i = degree - 1; i >= 0; i--)
        y = y * x + c[i];
    return y;
}

/* AS 241, PPND16: three rational functions of degree 7. */
double norm_q(double p)
{
    static const double near_num[8] = {
        3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
        4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double near_den[8] = {1.0,
                                       4.2313330701600911252e+1,
                                       6.8718700749205790830e+2,
                                       5.3941960214247511077e+3,
                                       2.1213794301586595867e+4,
                                       3.9307895800092710610e+4,
                                       2.8729085735721942674e+4,
                                       5.2264952788528545610e+3};
    static const double middle_num[8] = {
        1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
        1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double middle_den[8] = {1.0,
                                         2.05319162663775882187e0,
                                         1.67638483018380384940e0,
                                         6.89767334985100004550e-1,
                                         1.48103976427480074590e-1,
                                         1.51986665636164571966e-2,
                                         5.47593808499534494600e-4,
                                         1.05075007164441684324e-9};
    static const double far_num[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                      1.78482653991729133580e0,  2.96560571828504891230e-1,
                                      2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                      2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double far_den[8] = {1.0,
                                      5.99832206555887937690e-1,
                                      1.36929880922735805310e-1,
                                      1.48753612908506148525e-2,
                                      7.86869131145613259100e-4,
                                      1.84631831751005468180e-5,
                                      1.42151175831644588870e-7,
                                      2.04426310338993978564e-15};
    if (!(p >= 0 && p <= 1))
        return NAN;
    if (p == 0 || p == 1)
        return p == 0 ? -INFINITY : INFINITY;
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * polynomial(r, 7, near_num) / polynomial(r, 7, near_den);
    }
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    double x = r <= 5 ? polynomial(r - 1.6, 7, middle_num) / polynomial(r - 1.6, 7, middle_den)
                      : polynomial(r - 5, 7, far_num) / polynomial(r - 5, 7, far_den);
    return q < 0 ? -x : x;
}

/* ---- prefactors ---- */

/* log Gamma(a + 1) - [(a + 1/2) log a - a + log sqrt(2 pi)], a > 0: Stirling's series above 16, reached by steps.
 * */
static double stirling_error(double a)
{
    double steps = 0;
    for (; a < 16; a++)
        steps += (a + 0.5) * log1p(1 / a) - 1;
    double z = 1 / (a * a);
    double series = -691.0 / 360360;
    series = series * z + 1.0 / 1188;
    series = series * z - 1.0 / 1680;
    series = series * z + 1.0 / 1260;
    series = series * z - 1.0 / 360;
    series = series * z + 1.0 / 12;
    return steps + series / a;
}

/* The deviance x log(x / m) + m - x for m = x - d, |d| < 0.9 x, without cancellation where d is small. */
static double deviance(double x, double d)
{
    double m = x - d;
    if (fabs(d) >= 0.1 * (x + m))
        return -x * log1p(-d / x) - d;
    double v = d / (x + m), term = 2 * x * v, sum = d * v;
    for (int j = 1; j < 1000; j++) {
        term *= v * v;
        double next = sum + term / (2 * j + 1);
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

/* x^a e^-x / Gamma(a + 1). */
static double gamma_weight(double x, double a)
{
    double far = fabs(a - x) < 0.9 * a ? deviance(a, a - x) : a * log(a / x) + x - a;
    return exp(-stirling_error(a) - far) / sqrt(TWO_PI * a);
}

/* a - (a + b) x, from the smaller of x and y, whose digits are all there. */
static double beta_distance(double x, double y, double a, double b)
{
    return x <= y ? a - (a + b) * x : (a + b) * y - b;
}

/* x^a y^b / B(a, b), y = 1 - x. With n = a + b it takes the deviances of a from n x and of b from n y; the
 * distance is the same but for its sign. */
static double beta_weight(double x, double y, double a, double b)
{
    double n = a + b, d = beta_distance(x, y, a, b);
    double log_ratio = stirling_error(n) - stirling_error(a) - stirling_error(b);
    double of_a = fabs(d) < 0.9 * a ? deviance(a, d) : a * log(a / (n * x)) - d;
    double of_b = fabs(d) < 0.9 * b ? deviance(b, -d) : b * log(b / (n * y)) + d;
    return exp(log_ratio - of_a - of_b) * sqrt(a / n * b / TWO_PI);
}

/* ---- incomplete gamma ---- */

static double gamma_series(double x, double a) /* lower tail over gamma_weight */
{
    double term = 1, sum = 1;
    for (double n = 1; term > sum * 0x1p-56; n++) {
        term *= x / (a + n);
        sum += term;
    }
    return sum;
}

/* 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / ...)): upper tail over a gamma_weight. */
static double gamma_fraction(double x, double a)
{
    double b = x + 1 - a, c = 1 / DBL_MIN, d = 1 / b, h = d;
    for (double i = 1; i < 1e7; i++) {
        double numerator = -i * (i - a);
        b += 2;
        d = numerator * d + b;
        c = b + numerator / c;
        d = 1 / (d == 0 ? DBL_MIN : d);
        c = c == 0 ? DBL_MIN : c;
        h *= d * c;
        if (fabs(d * c - 1) < 0x1p-52)
            break;
    }
    return h;
}

/* log Gamma(1 + a) for a > 0; near 0 by its power series, -gamma a + sum of zeta(k) (-a)^k / k. */
static double log_gamma_1p(double a)
{
    static const double zeta[15] = {0,
                                    0,
                                    1.64493406684822643647,
                                    1.20205690315959428540,
                                    1.08232323371113819152,
                                    1.03692775514336992633,
                                    1.01734306198444913971,
                                    1.00834927738192282684,
                                    1.00407735619794433938,
                                    1.00200839282608221442,
                                    1.00099457512781808534,
                                    1.00049418860411946456,
                                    1.00024608655330804830,
                                    1.00012271334757848915,
                                    1.00006124813505870483};
    if (a < 0.1) {
        double sum = 0;
        for (int k = 14; k >= 2; k--)
            sum = zeta[k] / k - a * sum;
        return a * (a * sum - 0.57721566490153286061);
    }
    return stirling_error(a) + (a + 0.5) * log(a) - a + 0.5 * log(TWO_PI);
}

/* Upper tail for small x and a, where 1 - lower would cancel: with u = x^a / Gamma(1 + a) - 1 it is
 * -u - (1 + u) a sum over n >= 1 of (-x)^n / (n! (a + n)). */
static double gamma_upper_small(double x, double a)
{
    double u = expm1(a * log(x) - log_gamma_1p(a)), term = 1, sum = 0;
    for (double n = 1; n < 100; n++) {
        term *= -x / n;
        sum += term / (a + n);
        if (fabs(term) < fabs(sum) * 0x1p-56)
            break;
    }
    return -u - (1 + u) * a * sum;
}

/* Temme's uniform expansion, two terms, for shapes where series would take tens of thousands of steps. */
static double gamma_tail_large(double x, double a, bool upper)
{
    if (fabs(x - a) > 0.5 * a) /* thousands of standard deviations away */
        return (x > a) == upper ? 0 : 1;
    double half_eta2 = deviance(a, a - x) / a; /* eta^2 / 2 */
    double eta = copysign(sqrt(2 * half_eta2), x - a);
    double c0 = fabs(eta) < 0.01
                    ? -1.0 / 3 + eta * (1.0 / 12 + eta * (-2.0 / 135 + eta * (1.0 / 864 + eta * (1.0 / 2835))))
                    : a / (x - a) - 1 / eta;
    double rest = exp(-a * half_eta2) / sqrt(TWO_PI * a) * (c0 - 1.0 / 540 / a);
    double z = sqrt(a * half_eta2);
    return upper ? 0.5 * erfc(copysign(z, eta)) + rest : 0.5 * erfc(-copysign(z, eta)) - rest;
}

static double gamma_tail(double x, double a, bool upper)
{
    if (isnan(x) || !(a > 0) || isinf(a))
        return NAN;
    if (x <= 0 || isinf(x))
        return (x > 0) == upper ? 0 : 1;
    if (a > 1e8)
        return gamma_tail_large(x, a, upper);
    if (upper && a < 1 && x < 1)
        return gamma_upper_small(x, a);
    if (x < a + 1) {
        double lower = gamma_weight(x, a) * gamma_series(x, a);
        return upper ? 1 - lower : lower;
    }
    double above = gamma_weight(x, a) * a * gamma_fraction(x, a);
    return upper ? above : 1 - above;
}

double gamma_p(double x, double shape)
{
    return gamma_tail(x, shape, false);
}

double gamma_upper(double x, double shape)
{
    return gamma_tail(x, shape, true);
}

/* ---- incomplete beta ---- */

/* The continued fraction of DiDonato and Morris (their BFRAC), b0 + a1 / (b1 + a2 / (b2 + ...)), for x below the
 * mean: I_x(a, b) = weight / fraction. Written with the distance, it loses nothing where a or b is large. */
static double beta_fraction(double x, double y, double a, double b)
{
    double distance = beta_distance(x, y, a, b);
    double h = a * (distance + 1) / (a + 1), c = h, d = 0;
    for (double n = 1; n < 1e7; n++) {
        double m = a + 2 * n - 1;
        double numerator = (a + n - 1) / m * ((a + b + n - 1) / m) * n * (b - n) * x * x;
        double term = n + n * (b - n) * x / m + (a + n) * (distance + 1 + n * (1 + y)) / (m + 2);
        d = term + numerator * d;
        c = term + numerator / c;
        d = 1 / (d == 0 ? DBL_MIN : d);
        c = c == 0 ? DBL_MIN : c;
        h *= d * c;
        if (fabs(d * c - 1) < 0x1p-52)
            break;
    }
    return h;
}

/* I_x(a, b), given both x and y = 1 - x. */
static double beta_tail(double x, double y, double a, double b)
{
    if (isnan(x) || !(a > 0) || !(b > 0))
        return NAN;
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    if (x < (a + 1) / (a + b + 2))
        return beta_weight(x, y, a, b) / beta_fraction(x, y, a, b);
    return 1 - beta_weight(x, y, a, b) / beta_fraction(y, x, b, a);
}

double beta_p(double x, double a, double b)
{
    return beta_tail(x, 1 - x, a, b);
}

double beta_upper(double x, double a, double b)
{
    return beta_tail(1 - x, x, b, a);
}

/* ---- quantiles ---- */

/* A tail as a function of a positive argument r, and its slope |d tail / d log r|. */
struct positive {
    double (*tail)(double r, double a, double b, bool upper);
    double (*slope)(double r, double a, double b);
};

static double gamma_tail_of(double r, double a, double b, bool upper)
{
    (void)b;
    return gamma_tail(r, a, upper);
}

static double gamma_slope_of(double r, double a, double b)
{
    (void)b;
    return a * gamma_weight(r, a);
}

/* Of a beta variable the odds r = x / (1 - x) are solved for: both ends keep their digits. */
static double beta_tail_of(double r, double a, double b, bool upper)
{
    double x = isinf(r) ? 1 : r / (1 + r), y = 1 / (1 + r);
    return upper ? beta_tail(y, x, b, a) : beta_tail(x, y, a, b);
}

static double beta_slope_of(double r, double a, double b)
{
    return beta_weight(r / (1 + r), 1 / (1 + r), a, b);
}

static const struct positive gamma_distribution = {gamma_tail_of, gamma_slope_of};
static const struct positive beta_odds = {beta_tail_of, beta_slope_of};

/* The r whose tail is `target`, from a guess. Newton on log tail over log r, steps cut to a factor of e^4, and
 * bisection (geometric) whenever a step leaves the bracket. */
static double solve_tail(const struct positive *f, double a, double b, bool upper, double target, double r)
{
    double low = 0, high = INFINITY;
    for (int i = 0; i < 400; i++) {
        double tail = f->tail(r, a, b, upper);
        if (tail == target)
            return r;
        if ((tail < target) == upper)
            high = r;
        else
            low = r;
        double step = tail > 0 ? -log1p((tail - target) / target) * tail / f->slope(r, a, b) : INFINITY;
        step = upper ? -step : step;
        if (!(fabs(step) < 4))
            step = (tail < target) == upper ? -4 : 4;
        double next = r * exp(step);
        if (!(next > low && next < high) && next != r)
            next = low > 0 && high < INFINITY ? sqrt(low) * sqrt(high) : next;
        if (next == r || fabs(step) < 0x1p-53)
            return next;
        if (next < DBL_MIN || next > DBL_MAX)
            return next < DBL_MIN ? 0 : INFINITY;
        r = next;
    }
    return r;
}

/* Solves for the smaller of the two tails p and q = 1 - p. */
static double solve_probability(const struct positive *f, double a, double b, double p, double q, double guess)
{
    if (p == 0 || q == 0)
        return p == 0 ? 0 : INFINITY;
    return solve_tail(f, a, b, q < p, q < p ? q : p, guess);
}

static double beta_odds_q(double p, double q, double a, double b)
{
    return solve_probability(&beta_odds, a, b, p, q, a / b);
}

double gamma_q(double p, double shape)
{
    if (!(p >= 0 && p <= 1 && shape > 0) || isinf(shape))
        return NAN;
    /* Wilson and Hilferty's cube, or for the low end the first term of the series. */
    double cube = 1 - 1 / (9 * shape) + norm_q(p) / (3 * sqrt(shape));
    double guess = shape * cube * cube * cube;
    if (!(cube > 0.2) && p > 0) {
        guess = exp((log(p) + log_gamma_1p(shape)) / shape);
    }
    if (!(guess > DBL_MIN && guess < DBL_MAX))
        guess = guess <= DBL_MIN ? DBL_MIN : shape;
    return solve_probability(&gamma_distribution, shape, 0, p, 1 - p, guess);
}

double beta_q(double p, double a, double b)
{
    if (!(p >= 0 && p <= 1 && a > 0 && b > 0))
        return NAN;
    double odds = beta_odds_q(p, 1 - p, a, b);
    return isinf(odds) ? 1 : odds / (1 + odds);
}

/* ---- what tests use ---- */

/* P(T >= x) for x >= 0. */
static double t_right(double x, double df)
{
    double square = x * x, sum = df + square;
    return isinf(square) ? 0 : 0.5 * beta_tail(df / sum, square / sum, df / 2, 0.5);
}

double t_upper(double x, double df)
{
    if (isnan(x) || !(df > 0))
        return NAN;
    if (df > 1e15)
        return norm_upper(x);
    return x >= 0 ? t_right(x, df) : 1 - t_right(-x, df);
}

double t_p(double x, double df)
{
    return t_upper(-x, df);
}

double t_two_sided(double t, double df)
{
    return 2 * t_upper(fabs(t), df);
}

double t_q(double p, double df)
{
    if (!(p >= 0 && p <= 1 && df > 0))
        return NAN;
    if (df > 1e15)
        return norm_q(p);
    /* t^2 / df has the odds of a beta variable: its lower tail is |2p - 1|, its upper twice the smaller tail. */
    double odds = beta_odds_q(2 * fabs(p - 0.5), 2 * (p < 0.5 ? p : 1 - p), 0.5, df / 2);
    return copysign(sqrt(odds) * sqrt(df), p - 0.5);
}

double chisq_p(double x, double df)
{
    return gamma_p(x / 2, df / 2);
}

double chisq_upper(double x, double df)
{
    return gamma_upper(x / 2, df / 2);
}

double chisq_q(double p, double df)
{
    return 2 * gamma_q(p, df / 2);
}

double f_p(double x, double df1, double df2)
{
    if (isnan(x) || !(df1 > 0) || !(df2 > 0))
        return NAN;
    double u = df1 * fmax(x, 0), sum = u + df2;
    return isinf(u) ? 1 : beta_tail(u / sum, df2 / sum, df1 / 2, df2 / 2);
}

double f_upper(double x, double df1, double df2)
{
    if (isnan(x) || !(df1 > 0) || !(df2 > 0))
        return NAN;
    double u = df1 * fmax(x, 0), sum = u + df2;
    return isinf(u) ? 0 : beta_tail(df2 / sum, u / sum, df2 / 2, df1 / 2);
}

double f_q(double p, double df1, double df2)
{
    if (!(p >= 0 && p <= 1 && df1 > 0 && df2 > 0))
        return NAN;
    return beta_odds_q(p, 1 - p, df1 / 2, df2 / 2) * (df2 / df1);
}

double binom_p(double k, double n, double prob)
{
    if (isnan(k) || !(n >= 0) || !(prob >= 0 && prob <= 1))
        return NAN;
    double whole = floor(k + 1e-7);
    if (whole < 0 || whole >= n)
        return whole < 0 ? 0 : 1;
    return beta_tail(1 - prob, prob, n - whole, whole + 1);
}
