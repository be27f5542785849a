package dev.sild.theory.steps;

import dev.sild.UserException;
import dev.sild.evaluation.ErrorCurve;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * m(γ) = E‖x_0 − D(x_σ; σ)‖², γ = 1/σ², over knots; linear in between. It never rises.
 *
 * @param gamma rising, positive
 * @param m summed over coordinates, never rising
 * @param standardErrors of m; zeros for an exact curve
 */
public record DenoisingCurve(double[] gamma, double[] m, double[] standardErrors) {
  private static final double SMALLEST_ERROR = 1e-6;

  public DenoisingCurve {
    if (gamma.length < 2 || m.length != gamma.length || standardErrors.length != gamma.length)
      throw new IllegalArgumentException("%d knots of a curve".formatted(gamma.length));
    for (int i = 0; i < gamma.length; i++) {
      boolean rises = i == 0 ? gamma[0] > 0 : gamma[i] > gamma[i - 1];
      boolean falls = m[i] >= 0 && (i == 0 || m[i] <= m[i - 1]);
      if (!rises || !falls || !(standardErrors[i] >= 0))
        throw new IllegalArgumentException("knot %d of a curve is out of order".formatted(i));
    }
  }

  /** An exact curve over {@code knots} levels, uniform in log σ. */
  public static DenoisingCurve exact(
      DoubleUnaryOperator m, double sigmaMax, double sigmaMin, int knots) {
    if (!(sigmaMax > sigmaMin && sigmaMin > 0) || knots < 2)
      throw new UserException("a curve needs sigma_max > sigma_min > 0 and two knots");
    double[] gamma = new double[knots];
    double[] values = new double[knots];
    for (int i = 0; i < knots; i++) {
      double sigma = sigmaMax * Math.pow(sigmaMin / sigmaMax, (double) i / (knots - 1));
      gamma[i] = 1 / (sigma * sigma);
      values[i] = m.applyAsDouble(gamma[i]);
    }
    return measured(gamma, values, new double[knots]);
  }

  /** A measured curve over σ, made monotone as {@link #measured(double[], double[], double[])}. */
  public static DenoisingCurve of(ErrorCurve curve) {
    List<ErrorCurve.Point> rising = curve.points().reversed(); // in γ
    return measured(
        rising.stream().mapToDouble(ErrorCurve.Point::gamma).toArray(),
        rising.stream().mapToDouble(ErrorCurve.Point::m).toArray(),
        rising.stream().mapToDouble(ErrorCurve.Point::standardError).toArray());
  }

  /**
   * A measured curve, made monotone by isotonic regression: the non-rising curve that is nearest in
   * squares, each knot weighted by its precision, and none below 0. Knots that are pooled share a
   * mean, and its standard error.
   */
  public static DenoisingCurve measured(double[] gamma, double[] m, double[] standardErrors) {
    double[] weights = new double[m.length];
    double largest = Arrays.stream(standardErrors).max().orElse(0);
    boolean exact = largest == 0;
    double least = SMALLEST_ERROR * largest; // where all samples agreed, as where all errors are 0
    for (int i = 0; i < m.length; i++)
      weights[i] = exact ? 1 : 1 / Math.pow(Math.max(least, standardErrors[i]), 2);
    Isotonic fit = Isotonic.falling(m, weights);
    double[] errors = new double[m.length];
    double[] values = fit.values();
    for (int i = 0; i < m.length; i++) {
      values[i] = Math.max(0, values[i]);
      errors[i] = exact ? 0 : 1 / Math.sqrt(fit.weights()[i]);
    }
    return new DenoisingCurve(gamma.clone(), values, errors);
  }

  /** Number of knots. */
  public int knots() {
    return gamma.length;
  }

  /** σ of a knot. */
  public double sigma(int knot) {
    return 1 / Math.sqrt(gamma[knot]);
  }

  /** m at any γ: linear between knots, constant outside. */
  public double at(double g) {
    int found = Arrays.binarySearch(gamma, g);
    if (found >= 0) return m[found];
    int above = -found - 1;
    if (above == 0) return m[0];
    if (above == gamma.length) return m[gamma.length - 1];
    double share = (g - gamma[above - 1]) / (gamma[above] - gamma[above - 1]);
    return m[above - 1] + share * (m[above] - m[above - 1]);
  }

  /** ∫ m dγ from the first knot to each: what the trapezoids give, exactly for this curve. */
  public double[] integrals() {
    double[] sums = new double[gamma.length];
    for (int i = 1; i < sums.length; i++)
      sums[i] = sums[i - 1] + 0.5 * (m[i] + m[i - 1]) * (gamma[i] - gamma[i - 1]);
    return sums;
  }

  /** ∫ m dγ between two levels, from ≤ to, by the trapezoids over the knots in between. */
  public double integral(double from, double to) {
    int found = Arrays.binarySearch(gamma, from);
    int knot = found >= 0 ? found + 1 : -found - 1; // the first above
    double sum = 0;
    double g = from;
    double value = at(from);
    for (; knot < gamma.length && gamma[knot] < to; knot++) {
      sum += 0.5 * (value + m[knot]) * (gamma[knot] - g);
      g = gamma[knot];
      value = m[knot];
    }
    return sum + 0.5 * (value + at(to)) * (to - g);
  }

  /** ∫ √(−m') dγ from the first knot to each: {@link ConstantRate} says what it is for. */
  public double[] lengths() {
    double[] sums = new double[gamma.length];
    for (int i = 1; i < sums.length; i++)
      sums[i] = sums[i - 1] + Math.sqrt((m[i - 1] - m[i]) * (gamma[i] - gamma[i - 1]));
    return sums;
  }

  /** The same curve with {@code parts} knots for each, so that schedules have a finer choice. */
  public DenoisingCurve refined(int parts) {
    int n = (gamma.length - 1) * parts + 1;
    double[] finer = new double[n];
    double[] values = new double[n];
    double[] errors = new double[n];
    for (int i = 0; i < n; i++) {
      int knot = Math.min(i / parts, gamma.length - 2);
      double share = (double) (i - knot * parts) / parts;
      finer[i] = gamma[knot] + share * (gamma[knot + 1] - gamma[knot]);
      values[i] = m[knot] + share * (m[knot + 1] - m[knot]);
      errors[i] = standardErrors[knot] + share * (standardErrors[knot + 1] - standardErrors[knot]);
    }
    return new DenoisingCurve(finer, values, errors);
  }

  /**
   * The curve of the plain denoiser of a mixture whose components have the covariance v I, if this
   * is the curve of its labels in σ̃² = σ² + v. Given the label, x_0 has the mean (σ² μ + v x)/σ̃²
   * and the variance v σ²/σ̃² in each coordinate, so that
   *
   * <pre>m(σ) = d v σ²/σ̃² + (σ²/σ̃²)² m̃(σ̃).</pre>
   */
  public DenoisingCurve plain(int d, double v, double sigmaMax, double sigmaMin, int knots) {
    return exact(
        g -> {
          double share = 1 / (1 + v * g); // σ²/σ̃²
          return d * v * share + share * share * at(g * share);
        },
        sigmaMax,
        sigmaMin,
        knots);
  }

  /** ½ ∫ m dγ over the knots, nats: information about x_0 between the two ends. */
  public double information() {
    return 0.5 * integrals()[gamma.length - 1];
  }

  /**
   * The γ at which ½ ∫_0^γ m dγ' reaches so many nats: where the curve begins, m is taken for
   * constant below. NaN where it ends before.
   */
  public double gammaOf(double nats) {
    double before = 0.5 * gamma[0] * m[0];
    if (nats <= before) return 2 * nats / m[0];
    double[] sums = integrals();
    for (int i = 1; i < gamma.length; i++) {
      if (before + 0.5 * sums[i] < nats) continue;
      double wanted = 2 * (nats - before) - sums[i - 1]; // of this piece, a trapezoid
      double slope = (m[i] - m[i - 1]) / (gamma[i] - gamma[i - 1]);
      double root = Math.sqrt(Math.max(0, m[i - 1] * m[i - 1] + 2 * slope * wanted));
      return gamma[i - 1] + 2 * wanted / (m[i - 1] + root);
    }
    return Double.NaN;
  }

  /** The curve up to the first knot that is not below a level; whole where there is none. */
  public DenoisingCurve upTo(double level) {
    int knots = 2;
    while (knots < gamma.length && gamma[knots - 1] < level) knots++;
    return new DenoisingCurve(
        Arrays.copyOf(gamma, knots), Arrays.copyOf(m, knots), Arrays.copyOf(standardErrors, knots));
  }

  /** ½ ∫_0^γ m dγ' at a γ within the curve, m constant below it, nats. */
  public double informationAt(double g) {
    return 0.5 * (Math.min(g, gamma[0]) * m[0] + (g > gamma[0] ? integral(gamma[0], g) : 0));
  }

  /** Standard error of {@link #information}, the errors of the knots taken for independent. */
  public double informationError() {
    double variance = 0;
    for (int i = 0; i < gamma.length; i++) {
      double below = i == 0 ? gamma[0] : gamma[i - 1];
      double above = i + 1 == gamma.length ? gamma[i] : gamma[i + 1];
      double weight = 0.25 * (above - below); // ½ of the trapezoids' weight
      variance += weight * weight * standardErrors[i] * standardErrors[i];
    }
    return Math.sqrt(variance);
  }
}
