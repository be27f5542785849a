package dev.sild.theory.steps;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A straight line by least squares, y = intercept + slope x, with Student's 95 % interval of the
 * slope.
 *
 * @param low, high of the interval; NaN of two points
 */
public record Line(double intercept, double slope, double low, double high) {

  /** Through points (n), n ≥ 2, of which two have different x. */
  public static Line through(double[] x, double[] y) {
    int n = x.length;
    if (y.length != n || n < 2) throw new IllegalArgumentException("%d points".formatted(n));
    double meanX = Arrays.stream(x).average().orElseThrow();
    double meanY = Arrays.stream(y).average().orElseThrow();
    double xx = 0;
    double xy = 0;
    for (int i = 0; i < n; i++) {
      xx += (x[i] - meanX) * (x[i] - meanX);
      xy += (x[i] - meanX) * (y[i] - meanY);
    }
    double slope = xy / xx;
    double intercept = meanY - slope * meanX;
    double rest = 0;
    for (int i = 0; i < n; i++) rest += Math.pow(y[i] - intercept - slope * x[i], 2);
    double half =
        n == 2
            ? Double.NaN
            : Math.sqrt(rest / (n - 2) / xx)
                * TDistribution.of(n - 2).inverseSurvivalProbability(0.025);
    return new Line(intercept, slope, slope - half, slope + half);
  }
}
