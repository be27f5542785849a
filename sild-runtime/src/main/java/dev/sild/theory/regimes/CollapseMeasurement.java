package dev.sild.theory.regimes;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.data.Philox;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.analysis.solvers.BrentSolver;

/**
 * When n points of a law collapse, measured with their exact denoiser.
 *
 * <ul>
 *   <li>By information: I(x_0; x_t) = E ln N(x_t; x_0, σ²)/p_σ(x_t) with p_σ from a bank of many
 *       samples, of which x_0 is none; the time at which it is ln n.
 *   <li>By the weights: the time at which the mean over x_t, made of one of the n points, of Σ_i
 *       w_i² is ½. Its inverse is the participation ratio: how many points the denoiser averages.
 * </ul>
 *
 * The logarithm of a bank's density is too low on average, in leading order by the inverse of its
 * size: so the bank is kept in halves, and twice the logarithm of all less the mean of the halves'
 * (the jackknife, Quenouille 1956) is taken. The noise of a query is the same at all times. Owns
 * its memory.
 */
public final class CollapseMeasurement implements AutoCloseable {
  private static final double ACCURACY = 2e-3; // of a time
  private static final double SOONEST = 1e-3;
  private static final double LATEST = 10;

  private final int n;
  private final int d;
  private final int queries;
  private final float[] fresh;
  private final float[] own;
  private final double[] noise; // (queries, d)
  private final EmpiricalDensity half;
  private final EmpiricalDensity otherHalf;
  private final EmpiricalDensity points;

  /**
   * @param n points; queries beyond them begin again at the first
   * @param banked samples in each half of the bank
   */
  public CollapseMeasurement(
      Device device, HiddenManifold law, int n, int banked, int queries, int seed) {
    this.n = n;
    this.d = law.dimension();
    this.queries = queries;
    float[] bank = law.rows(Purpose.TRAINING_SAMPLES, Math.multiplyExact(2, banked));
    float[] rows = law.rows(Purpose.REFINE_SAMPLES, n);
    fresh = law.rows(Purpose.HELD_OUT_SAMPLES, queries);
    own = new float[queries * d];
    for (int i = 0; i < queries; i++) System.arraycopy(rows, i % n * d, own, i * d, d);
    noise = new double[queries * d];
    Philox.normals(noise, seed, Purpose.EVALUATION_NOISE.noise(seed).purpose(), 0, 0);
    half = new EmpiricalDensity(device, Arrays.copyOf(bank, banked * d), banked, d, queries);
    float[] rest = Arrays.copyOfRange(bank, banked * d, bank.length);
    otherHalf = new EmpiricalDensity(device, rest, banked, d, queries);
    points = new EmpiricalDensity(device, rows, n, d, queries);
  }

  /** I(x_0; x_t) of the law, nats: hardly more than ln of the bank's size. */
  public double information(double t) {
    double sigma = CollapseTime.sigma(t);
    float[] x = noisy(fresh, sigma);
    double[] a = half.at(x, sigma);
    double[] b = otherHalf.at(x, sigma);
    double[] logs = new double[queries];
    for (int i = 0; i < queries; i++) {
      double mean = (a[i] + b[i]) / 2;
      double whole = mean + Math.log(Math.cosh((a[i] - b[i]) / 2)); // ln (e^a + e^b)/2
      logs[i] = 2 * whole - mean;
    }
    return information(logs, sigma);
  }

  /** The same of the n points' own law: it goes to ln n as t falls. */
  public double empiricalInformation(double t) {
    double sigma = CollapseTime.sigma(t);
    return information(points.at(noisy(own, sigma), sigma), sigma);
  }

  /** E Σ_i w_i². */
  public double concentration(double t) {
    double sigma = CollapseTime.sigma(t);
    return Arrays.stream(points.concentration(noisy(own, sigma), sigma)).average().orElseThrow();
  }

  /**
   * t_C by information; NaN if there is none.
   *
   * @param guess where the search begins
   */
  public double byInformation(double guess) {
    return root(t -> information(t) - Math.log(n), guess);
  }

  /** t_C by the weights; NaN if there is none. */
  public double byWeights(double guess) {
    return root(t -> concentration(t) - 0.5, guess);
  }

  private double information(double[] logs, double sigma) {
    double sum = 0;
    for (int i = 0; i < queries; i++) {
      double squares = 0;
      for (int j = 0; j < d; j++) squares += noise[i * d + j] * noise[i * d + j];
      sum += -0.5 * squares - 0.5 * d * Math.log(2 * Math.PI * sigma * sigma) - logs[i];
    }
    return sum / queries;
  }

  private float[] noisy(float[] clean, double sigma) {
    float[] x = new float[clean.length];
    for (int i = 0; i < x.length; i++) x[i] = (float) (clean[i] + sigma * noise[i]);
    return x;
  }

  private static double root(DoubleUnaryOperator falling, double guess) {
    double low = guess;
    double high = guess;
    while (!(falling.applyAsDouble(low) > 0)) if ((low /= 1.5) < SOONEST) return Double.NaN;
    while (!(falling.applyAsDouble(high) < 0)) if ((high *= 1.5) > LATEST) return Double.NaN;
    return new BrentSolver(ACCURACY).solve(60, falling::applyAsDouble, low, high);
  }

  @Override
  public void close() {
    half.close();
    otherHalf.close();
    points.close();
  }
}
