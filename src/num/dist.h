/* dist: distributions, with R's names and conventions: d density, p lower tail, q quantile. The upper tail is
 * computed as such (no 1 - p), so tiny p-values keep their digits. Relative accuracy about 1e-13 in the tails that
 * tests use. Arguments outside the domain give NaN. Sources: Loader 2000 (saddle-point form of the prefactors),
 * Lentz 1976 (continued fractions), DiDonato and Morris 1992 (incomplete beta), Temme 1979 (incomplete gamma,
 * large shape), Wichura AS 241 (normal quantile). */
#ifndef LATHE_NUM_DIST_H
#define LATHE_NUM_DIST_H

double norm_d(double x);
double norm_p(double x);
double norm_upper(double x);
double norm_q(double p);
double t_p(double x, double df);
double t_upper(double x, double df);
double t_two_sided(double t, double df); /* P(|T| >= |t|) */
double t_q(double p, double df);
double chisq_p(double x, double df);
double chisq_upper(double x, double df);
double chisq_q(double p, double df);
double f_p(double x, double df1, double df2);
double f_upper(double x, double df1, double df2);
double f_q(double p, double df1, double df2);
double beta_p(double x, double a, double b);     /* regularised incomplete beta I_x(a, b) */
double beta_upper(double x, double a, double b);
double beta_q(double p, double a, double b);
double gamma_p(double x, double shape);          /* regularised lower incomplete gamma, scale 1 */
double gamma_upper(double x, double shape);
double gamma_q(double p, double shape);
double binom_p(double k, double n, double prob);

#endif
