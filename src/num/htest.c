/* htest: one shape for all three, a mean difference, its standard error and Student's t with n - 1 df. */
#include "num/htest.h"

#include "num/dist.h"
#include "num/moments.h"

#include <math.h>

struct difference {
    double mean, error, df;
};

/* The error is sqrt(factor * var(d)), factor = 1/n + ratio. */
static struct difference difference_of(size_t n, const double *d, double ratio)
{
    struct moments m = moments_of(n, d);
    return (struct difference){
        .mean = m.n ? m.mean : (double)NAN,
        .error = sqrt((1 / (double)m.n + ratio) * moments_var(&m)),
        .df = (double)m.n - 1,
    };
}

static struct htest t_test(struct difference d)
{
    struct htest t = {.statistic = d.mean / d.error, .df = d.df, .effect = d.mean};
    double half = d.df >= 1 ? t_q(0.975, d.df) * d.error : (double)NAN;
    t.ci_low = d.mean - half;
    t.ci_high = d.mean + half;
    if (d.error == 0) /* every difference is the same: certain, or, when it is zero, no sign of one at all */
        t.p = d.mean == 0 ? 1 : 0;
    else
        t.p = t_two_sided(t.statistic, d.df);
    return t;
}

struct htest htest_t_paired(size_t n, const double *d)
{
    return t_test(difference_of(n, d, 0));
}

struct htest htest_corrected_t(size_t n, const double *d, double ratio)
{
    return t_test(difference_of(n, d, ratio));
}

void htest_rope(size_t n, const double *d, double ratio, double rope, double *p_equivalent, double *p_better)
{
    struct difference of = difference_of(n, d, ratio);
    if (of.error == 0) {
        *p_equivalent = fabs(of.mean) <= rope;
        *p_better = of.mean > rope;
        return;
    }
    double low = (-rope - of.mean) / of.error, high = (rope - of.mean) / of.error;
    *p_better = t_upper(high, of.df);
    /* The difference of the tails on the side where they are small. */
    *p_equivalent = low > 0 ? t_upper(low, of.df) - t_upper(high, of.df) : t_p(high, of.df) - t_p(low, of.df);
}
