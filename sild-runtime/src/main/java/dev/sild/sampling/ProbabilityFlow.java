package dev.sild.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * The probability-flow ODE dx/dσ = (x − D)/σ to third order, by two evaluations a step. In λ = −ln
 * σ its solution is
 *
 * <pre>x(λ + h) = e^{−h} x(λ) + ∫_0^h e^{τ − h} D(λ + τ) dτ</pre>
 *
 * and D is taken to be linear in λ, as DPM-Solver++ does: for the stage at λ + 2h/3 through this
 * evaluation and the stage of the step before (a two-step Runge–Kutta method: Byrne and Lambert
 * 1966), for the step itself through this evaluation and the stage. An interpolation at 0 and 2h/3
 * integrates squares exactly up to the next order, and the stage errs by O(h³), so that a step errs
 * by O(h⁴). The first stage has none before it and costs one step of O(h³).
 */
public record ProbabilityFlow() implements Sampler {
  /** Where in the step the stage lies, and the weight of its D in the integral of a smooth D. */
  private static final double PLACE = 2.0 / 3;

  static final double WEIGHT = 1 / (2 * PLACE);

  @Override
  public List<Evaluation> plan(Schedule schedule) {
    return plan(schedule.sigmas());
  }

  /** The same through any levels, falling or rising. */
  static List<Evaluation> plan(double[] sigmas) {
    List<Evaluation> plan = new ArrayList<>();
    double back = Double.POSITIVE_INFINITY; // from λ to the stage before: infinitely far
    for (int i = 0; i + 1 < sigmas.length; i++) {
      double h = Math.log(sigmas[i] / sigmas[i + 1]);
      double q = PLACE * h;
      double c = -ramp(q) / back; // D + τ/back (D − D_prev)
      plan.add(new Evaluation(sigmas[i], Math.exp(-q), -Math.expm1(-q) - c, c, 0, true));
      double b = ramp(h) / q; // D_prev + τ/q (D − D_prev), D now the stage's
      double sigma = sigmas[i] * Math.exp(-q);
      plan.add(Evaluation.step(sigma, Math.exp(-h), b, -Math.expm1(-h) - b, 0));
      back = h - q;
    }
    return plan;
  }

  /** ∫_0^h e^{τ − h} τ dτ. */
  private static double ramp(double h) {
    return h + Math.expm1(-h);
  }
}
