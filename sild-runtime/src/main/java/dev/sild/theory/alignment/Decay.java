package dev.sild.theory.alignment;

import dev.sild.theory.steps.Line;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Two laws fitted to a falling risk by least squares in its logarithm: ln r = c − rate · t and ln r
 * = c − exponent · ln t, over the last tenfold of time, the transient left out.
 *
 * @param from first time of the fit
 * @param to last time
 * @param decades that the risk falls in between
 * @param rate of the exponential
 * @param exponent of the power law
 * @param exponentialR2 share of the variance of ln r that the exponential explains
 * @param powerR2 the same for the power law
 * @param evidence AIC of the power law minus that of the exponential: above 0 for the exponential
 */
public record Decay(
    double from,
    double to,
    double decades,
    double rate,
    double exponent,
    double exponentialR2,
    double powerR2,
    double evidence) {
  private static final int FEWEST = 5;
  private static final double TENFOLD = 10;

  /**
   * Fits.
   *
   * @param t (n) rising
   * @param risk (n); times at which it is not above 0 are left out
   * @param transientEnd earlier times are left out
   * @return figures that are NaN if five points are not left
   */
  public static Decay of(double[] t, double[] risk, double transientEnd) {
    double first = Math.max(transientEnd, t[t.length - 1] / TENFOLD);
    int[] kept = IntStream.range(0, t.length).filter(i -> t[i] >= first && risk[i] > 0).toArray();
    if (kept.length < FEWEST) {
      double none = Double.NaN;
      return new Decay(none, none, none, none, none, none, none, none);
    }
    double[] time = Arrays.stream(kept).mapToDouble(i -> t[i]).toArray();
    double[] logTime = Arrays.stream(time).map(Math::log).toArray();
    double[] log = Arrays.stream(kept).mapToDouble(i -> Math.log(risk[i])).toArray();
    Line exponential = Line.through(time, log);
    Line power = Line.through(logTime, log);
    double restExponential = rest(exponential, time, log);
    double restPower = rest(power, logTime, log);
    double mean = Arrays.stream(log).average().orElseThrow();
    double all = Arrays.stream(log).map(y -> (y - mean) * (y - mean)).sum();
    int n = kept.length;
    return new Decay(
        time[0],
        time[n - 1],
        (log[0] - log[n - 1]) / Math.log(10),
        -exponential.slope(),
        -power.slope(),
        1 - restExponential / all,
        1 - restPower / all,
        n * Math.log(restPower / restExponential));
  }

  private static double rest(Line line, double[] x, double[] y) {
    return IntStream.range(0, x.length)
        .mapToDouble(i -> Math.pow(y[i] - line.intercept() - line.slope() * x[i], 2))
        .sum();
  }
}
