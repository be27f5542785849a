package dev.sild.theory.regimes;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.data.Philox;
import dev.sild.data.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * P(c | x_t) of the classes of labelled rows, by the exact densities of each class. Two clones that
 * start from x_t have one class with probability Σ_c P(c | x_t)². Owns its memory.
 */
public final class ClassPosterior implements AutoCloseable {
  private final Vectors rows;
  private final int queries;
  private final Noise noise;
  private final List<EmpiricalDensity> densities = new ArrayList<>();
  private final List<Double> logCounts = new ArrayList<>();

  /**
   * @param labels 0, 1, … of each row
   * @param queries behind each figure; the same x_0 and noises at all times
   */
  public ClassPosterior(Device device, Vectors rows, int[] labels, int queries, int seed) {
    this.rows = rows;
    this.queries = queries;
    noise = Purpose.EVALUATION_NOISE.noise(seed);
    int classes = IntStream.of(labels).max().orElseThrow() + 1;
    for (int c = 0; c < classes; c++) {
      int label = c;
      Vectors own = rows.select(i -> labels[i] == label);
      densities.add(
          new EmpiricalDensity(device, own.data(), own.count(), own.dimension(), queries));
      logCounts.add(Math.log(own.count()));
    }
  }

  /** E Σ_c P(c | x_t)², x_0 one of the rows. */
  public double sameClass(double t) {
    double sigma = CollapseTime.sigma(t);
    float[] x = forward(sigma);
    double[][] logs = new double[densities.size()][];
    for (int c = 0; c < logs.length; c++) logs[c] = densities.get(c).at(x, sigma);
    double sum = 0;
    for (int i = 0; i < queries; i++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < logs.length; c++)
        largest = Math.max(largest, logs[c][i] + logCounts.get(c));
      double all = 0;
      double squares = 0;
      for (int c = 0; c < logs.length; c++) {
        double weight = Math.exp(logs[c][i] + logCounts.get(c) - largest);
        all += weight;
        squares += weight * weight;
      }
      sum += squares / (all * all);
    }
    return sum / queries;
  }

  private float[] forward(double sigma) {
    int d = rows.dimension();
    float[] x = new float[queries * d];
    double[] at = new double[1];
    double[] normals = new double[d];
    for (int i = 0; i < queries; i++) {
      Philox.uniforms(at, noise.seed(), noise.purpose(), i, 1);
      Philox.normals(normals, noise.seed(), noise.purpose(), i, 0);
      int row = (int) (at[0] * rows.count());
      for (int j = 0; j < d; j++)
        x[i * d + j] = (float) (rows.data()[row * d + j] + sigma * normals[j]);
    }
    return x;
  }

  @Override
  public void close() {
    densities.forEach(EmpiricalDensity::close);
  }
}
