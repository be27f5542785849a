package dev.sild.cli;

import dev.sild.sampling.Schedule;
import dev.sild.theory.steps.ConstantRate;
import dev.sild.theory.steps.DenoisingCurve;
import dev.sild.theory.steps.OptimalSchedule;
import java.util.List;

/**
 * The schedules of one number of steps.
 *
 * @param curve that the adaptive ones are chosen on, from σ_max to σ_min
 */
record StepsSchedules(DenoisingCurve curve, OptimalSchedule optimal, int steps) {
  /** Constant rate. */
  private static final String RATE = "constant-rate";

  /** Loss-adaptive: the least divergence that there is. */
  static final String BEST = "las";

  /** Names of all, the fixed ones first. */
  static final List<String> NAMES = List.of("edm", "logsnr", "cosine", RATE, BEST);

  /** The schedule of a name. */
  Schedule of(String name) {
    return switch (name) {
      case RATE -> ConstantRate.of(curve, steps);
      case BEST -> optimal.schedule(steps);
      default ->
          Schedule.Family.of(name).between(curve.sigma(0), curve.sigma(curve.knots() - 1), steps);
    };
  }
}
