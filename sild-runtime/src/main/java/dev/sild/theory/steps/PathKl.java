package dev.sild.theory.steps;

import dev.sild.sampling.Evaluation;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import java.util.List;

/**
 * The Kullback–Leibler divergence of the exact reverse process from its discretisation, both
 * started from the exact law at σ_max, in nats (DESIGN §1).
 *
 * <p>A step x' = a x + b D + s z is held against the exact one, which given x_0 is x' = a* x + (1 −
 * a*) x_0 + τ z with a* = σ'²/σ² and τ² = σ'² (1 − a*). Given x_0 their divergence is that of two
 * Gaussians; the mean over x_0 has ½ ∫ m dγ too much, which is what x' says of x_0 beyond x. As x_0
 * − D is orthogonal to all that is made of x, and E⟨D, x⟩ = E‖x_0‖² = M,
 *
 * <pre>
 * KL = d (ln(s/τ) + τ²/2s² − ½) + ((1 − a*)² m + E‖c D + e x‖²)/2s² − ½ ∫ m dγ,
 * E‖c D + e x‖² = c² (M − m) + 2 c e M + e² (M + d σ²),   c = 1 − a* − b,  e = a* − a.
 * </pre>
 *
 * For the ancestral step c = e = 0 and s = τ, and it is ½ (m Δ − ∫ m dγ); for Euler–Maruyama in VE
 * ½ (a m Δ − ∫ m dγ + d (a − 1 − ln a)).
 *
 * @param curve m, over all levels of the schedules that are asked for
 * @param dimension d
 * @param secondMoment M = E‖x_0‖²
 */
public record PathKl(DenoisingCurve curve, int dimension, double secondMoment) {

  /**
   * The divergence for a sampler and a schedule; NaN for one that adds no noise, or looks back:
   * such a path has no density.
   */
  public double of(Sampler sampler, Schedule schedule) {
    List<Evaluation> plan = sampler.plan(schedule);
    if (plan.size() != schedule.steps()) return Double.NaN;
    double sum = 0;
    for (int i = 0; i < plan.size(); i++) {
      Evaluation e = plan.get(i);
      if (!(e.s() > 0) || e.c() != 0 || e.stage()) return Double.NaN;
      sum += step(e, schedule.sigma(i + 1));
    }
    return sum;
  }

  private double step(Evaluation e, double next) {
    double sigma = e.sigma();
    double kept = (next * next) / (sigma * sigma); // a*
    double tau2 = next * next * (1 - kept);
    double s2 = e.s() * e.s();
    double gamma = 1 / (sigma * sigma);
    double m = curve.at(gamma);
    double c = 1 - kept - e.b();
    double x = kept - e.a();
    double shift =
        c * c * (secondMoment - m)
            + 2 * c * x * secondMoment
            + x * x * (secondMoment + dimension * sigma * sigma);
    double widths = dimension * 0.5 * (tau2 / s2 - 1 - Math.log(tau2 / s2));
    double means = ((1 - kept) * (1 - kept) * m + shift) / (2 * s2);
    return widths + means - 0.5 * curve.integral(gamma, 1 / (next * next));
  }
}
