package dev.sild.cli;

import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.theory.Target;
import dev.sild.theory.steps.DenoisingCurve;
import dev.sild.theory.steps.Laboratory;
import dev.sild.theory.steps.OptimalSchedule;
import dev.sild.theory.steps.PathKl;

/**
 * What schedules are chosen by, and what they are judged by.
 *
 * @param target whose denoiser is exact; null for a network
 * @param chosen the curve that schedules are chosen on
 * @param kl of the other curve, which no schedule was chosen on
 */
record StepsTable(
    Laboratory laboratory,
    Target target,
    DenoisingCurve chosen,
    OptimalSchedule optimal,
    PathKl kl,
    int samples) {
  /** Levels of a curve. */
  static final int LEVELS = 400;

  /**
   * Measures both curves.
   *
   * @param most steps of the longest schedule
   */
  static StepsTable of(
      Laboratory laboratory,
      Target target,
      double sigmaMax,
      double sigmaMin,
      int samples,
      int most) {
    DenoisingCurve chosen = laboratory.curve(sigmaMax, sigmaMin, LEVELS, samples, 0);
    DenoisingCurve judged = laboratory.curve(sigmaMax, sigmaMin, LEVELS, samples, 1);
    return new StepsTable(
        laboratory,
        target,
        chosen,
        new OptimalSchedule(chosen, most),
        new PathKl(judged, laboratory.dimension(), laboratory.secondMoment()),
        samples);
  }

  /**
   * The same law of target stepped in σ̃² = σ² + v.
   *
   * @param most steps of the longest schedule
   */
  StepsTable byLabel(Laboratory labels, int most) {
    double v = target.variance();
    return of(labels, target, tilde(sigmaMax(), v), tilde(sigmaMin(), v), samples, most);
  }

  private static double tilde(double sigma, double v) {
    return Math.sqrt(sigma * sigma + v);
  }

  double sigmaMax() {
    return chosen.sigma(0);
  }

  double sigmaMin() {
    return chosen.sigma(chosen.knots() - 1);
  }

  StepsSchedules schedules(int steps) {
    return new StepsSchedules(chosen, optimal, steps);
  }

  /** The divergence of N(0, σ_max² I) from the law at σ_max: ½ ∫_0 (M − m) dγ ≤ ½ γ (M − m(γ)). */
  double initialBound() {
    double gamma = chosen.gamma()[0];
    return 0.5 * gamma * Math.max(0, laboratory.secondMoment() - kl.curve().m()[0]);
  }

  /** Draws and measures. */
  StepsReport.Row row(
      String variable, String name, Sampler sampler, String family, Schedule schedule) {
    double predicted = kl.of(sampler, schedule);
    return new StepsReport.Row(
        variable,
        name,
        family,
        sampler.plan(schedule).size(),
        Output.known(predicted),
        laboratory.measure(sampler, schedule));
  }
}
