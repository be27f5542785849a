package dev.sild.baseline;

import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.data.Moments;
import dev.sild.data.Philox;
import dev.sild.data.Tensor;
import dev.sild.network.Weights;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/**
 * A Gaussian mixture Σ_c w_c N(μ_c, L_c L_cᵀ) with full covariances: the density that Ghosh et al.
 * ("From variational to deterministic autoencoders", ICLR 2020; 10 components there) fit to the
 * latents of an autoencoder once that is trained, to draw from. Its numbers are kept in f32, as
 * they are stored.
 *
 * @param weights w (K), positive, of sum 1
 * @param means μ (K, Z)
 * @param factors L (K, Z, Z), lower triangular with a positive diagonal
 */
public record GaussianMixture(float[] weights, float[] means, float[] factors) {
  private static final String WEIGHTS = "mixture.weights";
  private static final String MEANS = "mixture.means";
  private static final String FACTORS = "mixture.factors";

  /** The number of components in the paper. */
  public static final int COMPONENTS = 10;

  public GaussianMixture {
    int latent = means.length / Math.max(1, weights.length);
    if (latent < 1
        || means.length != weights.length * latent
        || factors.length != (long) means.length * latent)
      throw new IllegalArgumentException(
          "%d weights, %d means, %d factors"
              .formatted(weights.length, means.length, factors.length));
  }

  /**
   * What a fit found.
   *
   * @param logLikelihood mean over the data of the fit, nats
   * @param iterations of the expectation and the maximisation step
   */
  public record Fit(GaussianMixture mixture, double logLikelihood, int iterations) {}

  /**
   * Fits by expectation and maximisation, {@link ExpectationMaximisation}.
   *
   * @param device does the products; nothing is left on it
   * @param z (n, dimension)
   * @param components K, of which those that die are dropped
   * @param seed of the first centres
   * @throws IllegalArgumentException if a shape is wrong, all rows are alike or a number is not
   *     finite
   */
  public static Fit fit(Device device, float[] z, int n, int dimension, int components, int seed) {
    return ExpectationMaximisation.fit(device, z, n, dimension, components, seed, _ -> {});
  }

  /** Z. */
  public int dimension() {
    return means.length / weights.length;
  }

  /** Mean of ln p over the rows of z (n, Z), n ≥ 1, in nats, in double. */
  public double logLikelihood(float[] z) {
    int d = dimension();
    int n = z.length / d;
    Moments.requireRows(z, n, d);
    if (n < 1 || z.length % d != 0)
      throw new IllegalArgumentException("%d numbers are no rows of %d".formatted(z.length, d));
    double[] logs = new double[weights.length];
    double[] constants = new double[weights.length];
    for (int c = 0; c < constants.length; c++) {
      int at = c * d * d;
      constants[c] = logConstant(weights[c], d, j -> factors[at + j * (d + 1)]);
    }
    double[] whitened = new double[d];
    double sum = 0;
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < logs.length; c++)
        logs[c] = constants[c] - 0.5 * mahalanobis(z, i, c, whitened);
      sum += logSum(logs);
    }
    return sum / n;
  }

  /** ln w − ln det L − Z/2 ln 2π. */
  static double logConstant(double weight, int dimension, IntToDoubleFunction diagonal) {
    double constant = Math.log(weight) - 0.5 * dimension * Math.log(2 * Math.PI);
    for (int j = 0; j < dimension; j++) constant -= Math.log(diagonal.applyAsDouble(j));
    return constant;
  }

  /** ln Σ exp, without overflow. */
  static double logSum(double[] logs) {
    double top = Double.NEGATIVE_INFINITY;
    for (double log : logs) top = Math.max(top, log);
    if (Double.isInfinite(top)) return top;
    double sum = 0;
    for (double log : logs) sum += Math.exp(log - top);
    return top + Math.log(sum);
  }

  /** ‖L⁻¹ (z − μ)‖² by forward substitution. */
  private double mahalanobis(float[] z, int row, int c, double[] whitened) {
    int d = whitened.length;
    double squares = 0;
    for (int j = 0; j < d; j++) {
      int at = (c * d + j) * d;
      double sum = (double) z[row * d + j] - means[c * d + j];
      for (int k = 0; k < j; k++) sum -= factors[at + k] * whitened[k];
      whitened[j] = sum / factors[at + j];
      squares += whitened[j] * whitened[j];
    }
    return squares;
  }

  /**
   * Draws samples. Sample i is a pure function of (seed, purpose, i), whatever the batch: its
   * component from a uniform at step 1, L n + μ from normals n at step 0.
   *
   * @param into (rows, Z) receives samples first … first + rows − 1; may be longer
   * @throws IndexOutOfBoundsException if {@code into} is too short
   */
  public void sample(float[] into, long first, int rows, Noise noise) {
    int d = dimension();
    double[] uniform = new double[1];
    double[] normals = new double[d];
    for (int i = 0; i < rows; i++) {
      Philox.uniforms(uniform, noise.seed(), noise.purpose(), first + i, 1);
      Philox.normals(normals, noise.seed(), noise.purpose(), first + i, 0);
      int c = component(uniform[0]);
      for (int j = 0; j < d; j++) {
        int at = (c * d + j) * d;
        double sum = means[c * d + j];
        for (int k = 0; k <= j; k++) sum += factors[at + k] * normals[k];
        into[i * d + j] = (float) sum;
      }
    }
  }

  private int component(double uniform) {
    int c = 0;
    double below = weights[0];
    while (uniform >= below && c + 1 < weights.length) below += weights[++c];
    return c;
  }

  /**
   * As tensors {@code mixture.weights} (K), {@code mixture.means} (K, Z) and {@code
   * mixture.factors} (K, Z, Z).
   */
  public Weights asWeights() {
    int k = weights.length;
    int d = dimension();
    return new Weights(
        Map.of(
            WEIGHTS, Tensor.of(WEIGHTS, weights, k),
            MEANS, Tensor.of(MEANS, means, k, d),
            FACTORS, Tensor.of(FACTORS, factors, k, d, d)));
  }

  /** What {@link #asWeights} wrote. */
  public static GaussianMixture of(Weights weights) {
    return new GaussianMixture(
        weights.tensors().get(WEIGHTS).toFloats(),
        weights.tensors().get(MEANS).toFloats(),
        weights.tensors().get(FACTORS).toFloats());
  }
}
