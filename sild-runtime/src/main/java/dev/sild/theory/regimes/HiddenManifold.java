package dev.sild.theory.regimes;

import dev.sild.Purpose;
import dev.sild.bindings.Noise;
import dev.sild.data.Isometry;
import dev.sild.data.Philox;
import java.util.stream.IntStream;

/**
 * x = φ(F z), z ~ ½ N(m, I_p) + ½ N(−m, I_p): the data of George, Veiga, Macris 2025. F is drawn
 * once from the seed; m = (separation, …, separation), so that ‖m‖ = separation √p. Sample i has
 * the sign + if i is even.
 */
public final class HiddenManifold {
  private final Nonlinearity phi;
  private final FeatureMap map;
  private final int p;
  private final int d;
  private final double separation;
  private final int seed;
  private final double[] features; // F, (p, d)

  /**
   * @param separation ‖μ̃‖ = ‖m‖/√p; 0 for z ~ N(0, I)
   */
  public HiddenManifold(
      Nonlinearity phi, FeatureMap map, int p, int d, double separation, int seed) {
    this.phi = phi;
    this.map = map;
    this.p = p;
    this.d = d;
    this.separation = separation;
    this.seed = seed;
    this.features = new double[Math.multiplyExact(p, d)];
    Isometry isometry = map == FeatureMap.ISOMETRIC ? new Isometry(p, d, seed) : null;
    double scale = 1 / Math.sqrt(map == FeatureMap.GAUSSIAN_P ? p : d);
    double[] unit = new double[p];
    double[] column = new double[d];
    for (int k = 0; k < p; k++) {
      if (isometry != null) {
        unit[k] = 1;
        isometry.embed(column, unit);
        unit[k] = 0;
      } else {
        Philox.normals(column, seed, Purpose.TARGET_CENTRES.noise(seed).purpose(), k, 0);
        for (int j = 0; j < d; j++) column[j] *= scale;
      }
      System.arraycopy(column, 0, features, k * d, d);
    }
  }

  /** d. */
  public int dimension() {
    return d;
  }

  /** p. */
  public int intrinsicDimension() {
    return p;
  }

  /** F, (p, d). */
  double[] features() {
    return features.clone();
  }

  /** Samples 0 … count − 1 for a purpose, (count, d). */
  public float[] rows(Purpose purpose, int count) {
    Noise noise = purpose.noise(seed);
    float[] rows = new float[Math.multiplyExact(count, d)];
    IntStream.range(0, count).parallel().forEach(i -> row(rows, i, noise));
    return rows;
  }

  private void row(float[] rows, int i, Noise noise) {
    double[] z = new double[p];
    double[] u = new double[d];
    Philox.normals(z, noise.seed(), noise.purpose(), i, 0);
    for (int k = 0; k < p; k++) {
      double value = z[k] + (label(i) == 0 ? separation : -separation);
      for (int j = 0; j < d; j++) u[j] += features[k * d + j] * value;
    }
    for (int j = 0; j < d; j++) rows[i * d + j] = (float) phi.apply(u[j]);
  }

  /** 0 for +, 1 for −. */
  public static int label(int sample) {
    return sample & 1;
  }

  @Override
  public String toString() {
    return "%s of R^%d, %s, d = %d".formatted(phi.label(), p, map.words(), d);
  }
}
