package dev.sild.theory.regimes;

import dev.sild.theory.steps.Isotonic;
import java.util.Arrays;

/**
 * Where a falling share crosses a level: on the line between the two times about it, after isotonic
 * regression.
 *
 * @param t NaN if it does not
 * @param standardError the binomial error of a share over the slope there; 0 for an exact one
 */
public record Crossing(double t, double standardError) {
  /**
   * Of shares at rising times.
   *
   * @param trials behind each share, 0 for exact ones
   */
  public static Crossing of(double[] t, double[] share, int trials, double level) {
    double[] equal = new double[share.length];
    Arrays.fill(equal, 1);
    double[] p = Isotonic.falling(share, equal).values();
    for (int i = 0; i + 1 < p.length; i++) {
      if (!(p[i] >= level && p[i + 1] < level)) continue;
      double slope = (p[i] - p[i + 1]) / (t[i + 1] - t[i]);
      double error = trials == 0 ? 0 : Math.sqrt(level * (1 - level) / trials) / slope;
      return new Crossing(t[i] + (p[i] - level) / slope, error);
    }
    return new Crossing(Double.NaN, Double.NaN);
  }
}
