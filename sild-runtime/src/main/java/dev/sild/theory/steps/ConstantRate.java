package dev.sild.theory.steps;

import dev.sild.UserException;
import dev.sild.sampling.Schedule;

/**
 * Constant-rate schedules (Okada et al. 2024): steps over which the law changes by the same amount.
 * As the amount we take what an ancestral step loses. A short one from γ to γ + δ loses ¼ (−m') δ²,
 * so that √(−m') dγ is a length, and equal lengths are, for many steps, the best schedule there is.
 */
public final class ConstantRate {
  private ConstantRate() {}

  /**
   * The schedule of so many steps over the knots of m.
   *
   * @throws UserException if the curve is flat: then nothing changes
   */
  public static Schedule of(DenoisingCurve curve, int steps) {
    int n = curve.knots();
    double[] length = curve.lengths();
    double whole = length[n - 1];
    if (!(whole > 0)) throw new UserException("the error curve is flat: no rate to keep constant");
    double[] sigmas = new double[steps + 1];
    sigmas[0] = curve.sigma(0);
    int knot = 1;
    for (int k = 1; k < steps; k++) {
      double wanted = whole * k / steps;
      while (length[knot] < wanted) knot++;
      double share = (wanted - length[knot - 1]) / (length[knot] - length[knot - 1]);
      double gamma =
          curve.gamma()[knot - 1] + share * (curve.gamma()[knot] - curve.gamma()[knot - 1]);
      sigmas[k] = 1 / Math.sqrt(gamma);
    }
    sigmas[steps] = curve.sigma(n - 1);
    return new Schedule(sigmas);
  }

  /** The steps that lose so many nats, where they are many: (∫ √(−m') dγ)²/(4 nats). */
  public static double stepsFor(double nats, DenoisingCurve curve) {
    return Math.pow(curve.lengths()[curve.knots() - 1], 2) / (4 * nats);
  }
}
