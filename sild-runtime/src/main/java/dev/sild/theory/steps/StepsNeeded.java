package dev.sild.theory.steps;

import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Schedule;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;

/** The fewest ancestral steps whose path divergence stays below a bound. */
public final class StepsNeeded {
  private StepsNeeded() {}

  /**
   * On the best schedule over the knots of a curve.
   *
   * @param most steps that are tried
   * @return 0 if they are not enough
   */
  public static int best(DenoisingCurve curve, double bound, int most) {
    return new OptimalSchedule(curve, Math.min(most, curve.knots() - 1)).fewest(bound);
  }

  /**
   * In a family of schedules, whose divergence falls with the number of steps.
   *
   * @param family the schedule of so many steps
   * @return 0 if {@code most} are not enough
   */
  public static int of(PathKl kl, IntFunction<Schedule> family, double bound, int most) {
    Ancestral sampler = new Ancestral();
    if (!(kl.of(sampler, family.apply(most)) <= bound)) return 0;
    int low = 0; // too few
    int high = most; // enough
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (kl.of(sampler, family.apply(middle)) <= bound) high = middle;
      else low = middle;
    }
    return high;
  }

  /**
   * The same, read continuously, so that a fit through many laws does not see whole numbers: where
   * K − 1 steps are too few and K enough, K·KL is taken for linear in between. Where {@code most}
   * are not enough, KL = A/K + B/K² from half of them on.
   *
   * @param divergence of so many steps, falling; from 1 to most
   * @param most at least 2
   * @return at least 1
   */
  public static double continuous(IntToDoubleFunction divergence, double bound, int most) {
    if (!(divergence.applyAsDouble(most) <= bound)) return beyond(divergence, bound, most);
    int low = 0;
    int high = most;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (divergence.applyAsDouble(middle) <= bound) high = middle;
      else low = middle;
    }
    if (low == 0) return 1;
    double from = low * divergence.applyAsDouble(low);
    double to = high * divergence.applyAsDouble(high);
    return low
        + (from - bound * low) / (bound - (to - from)); // from + t (to − from) = bound (low + t)
  }

  private static double beyond(IntToDoubleFunction divergence, double bound, int most) {
    int half = most / 2;
    double whole = most * divergence.applyAsDouble(most);
    double b =
        (half * divergence.applyAsDouble(half) - whole)
            / (1.0 / half - 1.0 / most); // K·KL = A + B/K
    double a = whole - b / most;
    return (a + Math.sqrt(Math.max(0, a * a + 4 * bound * b))) / (2 * bound);
  }
}
