package dev.sild.theory;

import dev.sild.Purpose;
import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.data.HostSource;
import dev.sild.data.Philox;
import dev.sild.data.Source;
import dev.sild.data.Vectors;
import java.util.Arrays;

/**
 * A law whose denoiser is exact: Σ_c w_c N(μ_c, v I), with v = 0 a discrete one.
 *
 * @param centres μ, (M, d)
 * @param weights w, (M), of sum 1
 * @param variance v
 */
public record Target(
    String name, int dimension, float[] centres, double[] weights, double variance) {
  private static final int MOST_CUBE = 12; // 4096 corners

  public Target {
    if (centres.length != (long) weights.length * dimension || weights.length == 0)
      throw new IllegalArgumentException("centres of a target");
    if (!(variance >= 0) || Double.isInfinite(variance))
      throw new UserException("v=%s: a variance is finite and not below 0".formatted(variance));
  }

  /** {−1, +1}^d, uniform. */
  public static Target hypercube(int d) {
    if (d < 1 || d > MOST_CUBE)
      throw new UserException("hypercube:d=%d: from 1 to %d".formatted(d, MOST_CUBE));
    float[] corners = new float[(1 << d) * d];
    for (int c = 0; c < 1 << d; c++)
      for (int j = 0; j < d; j++) corners[c * d + j] = (c >> j & 1) == 1 ? 1 : -1;
    return new Target("hypercube, d = " + d, d, corners, equal(1 << d), 0);
  }

  /** M centres drawn from N(0, scale² I), all of one weight. */
  public static Target mixture(int components, int d, double v, double scale, int seed) {
    if (components < 1 || d < 1 || (long) components * d > 1 << 28)
      throw new UserException(
          "mixture: components=%d,d=%d: at least 1 of each".formatted(components, d));
    if (!(scale > 0)) throw new UserException("mixture: scale=%s is not above 0".formatted(scale));
    float[] centres = new float[components * d];
    double[] row = new double[d];
    for (int c = 0; c < components; c++) {
      Philox.normals(row, seed, Purpose.TARGET_CENTRES.noise(seed).purpose(), c, 0);
      for (int j = 0; j < d; j++) centres[c * d + j] = (float) (scale * row[j]);
    }
    String name =
        "mixture of %d components, d = %d, v = %s, scale %s".formatted(components, d, v, scale);
    return new Target(name, d, centres, equal(components), v);
  }

  /** The rows of a table, each as likely as the others. */
  public static Target rows(String name, Vectors rows) {
    return new Target(name, rows.dimension(), rows.data(), equal(rows.count()), 0);
  }

  private static double[] equal(int count) {
    double[] weights = new double[count];
    Arrays.fill(weights, 1.0 / count);
    return weights;
  }

  /**
   * The law of the component's centre, v = 0: what is left of a mixture in σ̃² = σ² + v, as x_σ =
   * μ_c + σ̃ n.
   */
  public Target labels() {
    return new Target(name + ", labels", dimension, centres, weights, 0);
  }

  /** The same centres with weights of other sizes. */
  public Target weighted(String otherName, double[] otherWeights) {
    return new Target(otherName, dimension, centres, otherWeights, variance);
  }

  /** M. */
  public int components() {
    return weights.length;
  }

  /** H of the label, nats. Rows that stand there twice count as two. */
  public double entropy() {
    return -Arrays.stream(weights).filter(w -> w > 0).map(w -> w * Math.log(w)).sum();
  }

  /** E‖x_0‖². */
  public double secondMoment() {
    double sum = dimension * variance;
    for (int c = 0; c < weights.length; c++)
      for (int j = 0; j < dimension; j++)
        sum += weights[c] * centres[c * dimension + j] * centres[c * dimension + j];
    return sum;
  }

  /** The smallest distance between two centres. */
  public double separation() {
    double least = Double.POSITIVE_INFINITY;
    for (int a = 1; a < weights.length; a++)
      for (int b = 0; b < a; b++) {
        double square = 0;
        for (int j = 0; j < dimension; j++) {
          double gap = centres[a * dimension + j] - centres[b * dimension + j];
          square += gap * gap;
        }
        least = Math.min(least, square);
      }
    return Math.sqrt(least);
  }

  /** Fresh samples on a device. */
  public Source source(Device device, int batch, Noise noise) {
    return new HostSource(device, this::sample, dimension, batch, noise);
  }

  private void sample(float[] into, int seed, int purpose, long first, int count) {
    double[] cumulative = weights.clone();
    for (int c = 1; c < cumulative.length; c++) cumulative[c] += cumulative[c - 1];
    double[] label = new double[1];
    double[] normals = new double[dimension];
    double deviation = Math.sqrt(variance);
    for (int i = 0; i < count; i++) {
      Philox.uniforms(label, seed, purpose, first + i, 1);
      int found = Arrays.binarySearch(cumulative, label[0] * cumulative[cumulative.length - 1]);
      int c = Math.min(found < 0 ? -found - 1 : found + 1, weights.length - 1);
      if (variance > 0) Philox.normals(normals, seed, purpose, first + i, 0);
      for (int j = 0; j < dimension; j++)
        into[i * dimension + j] = (float) (centres[c * dimension + j] + deviation * normals[j]);
    }
  }
}
