package dev.sild.theory.features;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.data.HostSource;
import dev.sild.data.Isometry;
import dev.sild.data.Philox;
import dev.sild.data.Source;
import dev.sild.theory.Target;

/**
 * Latents of which everything is known: independent coordinates, each ½ N(−c, v) + ½ N(c, v) with
 * c² = 1 − v, so of mean 0 and variance 1, as standardised latents are. Each coordinate is as hard
 * as the others, so that k alone changes with k.
 *
 * @param dimension k
 * @param variance v, in (0, 1)
 */
public record ProductLaw(int dimension, double variance) {
  private static final int INTERVALS = 2000;

  public ProductLaw {
    if (dimension < 1 || dimension > 1 << 12)
      throw new UserException("intrinsic dimension %d: from 1 to 4096".formatted(dimension));
    if (!(variance > 0 && variance < 1))
      throw new UserException("variance %s of a mode: between 0 and 1".formatted(variance));
  }

  /** The law of a coordinate. */
  Target line() {
    float c = (float) Math.sqrt(1 - variance);
    return new Target("two modes", 1, new float[] {-c, c}, new double[] {0.5, 0.5}, variance);
  }

  /** Samples z, (count, k): a {@link HostSource.Law}. */
  void sample(float[] into, int seed, int purpose, long first, int count) {
    double c = Math.sqrt(1 - variance);
    double deviation = Math.sqrt(variance);
    double[] normals = new double[dimension];
    double[] signs = new double[dimension];
    for (int i = 0; i < count; i++) {
      Philox.normals(normals, seed, purpose, first + i, 0);
      Philox.uniforms(signs, seed, purpose, first + i, 1);
      for (int j = 0; j < dimension; j++)
        into[i * dimension + j] = (float) (deviation * normals[j] + (signs[j] < 0.5 ? -c : c));
    }
  }

  /** The law of x = U z, (count, d). */
  HostSource.Law embedded(Isometry u) {
    return (into, seed, purpose, first, count) -> {
      float[] latents = new float[count * dimension];
      sample(latents, seed, purpose, first, count);
      double[] z = new double[dimension];
      double[] x = new double[u.to()];
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < dimension; j++) z[j] = latents[i * dimension + j];
        u.embed(x, z);
        for (int j = 0; j < x.length; j++) into[i * x.length + j] = (float) x[j];
      }
    };
  }

  /**
   * E‖D* − z/(1 + σ²)‖², the excess risk of the best linear denoiser: k times an integral over a
   * coordinate, by Simpson's rule. There D* = (v x + σ² c tanh(c x/(v + σ²)))/(v + σ²).
   */
  public double linearRisk(double sigma) {
    double c = Math.sqrt(1 - variance);
    double s2 = variance + sigma * sigma; // of a noisy mode
    double range = c + 10 * Math.sqrt(s2);
    double sum = 0;
    for (int i = 0; i <= INTERVALS; i++) {
      double x = range * (2.0 * i / INTERVALS - 1);
      double modes =
          Math.exp(-(x - c) * (x - c) / (2 * s2)) + Math.exp(-(x + c) * (x + c) / (2 * s2));
      double best = (variance * x + sigma * sigma * c * Math.tanh(c * x / s2)) / s2;
      double weight = i == 0 || i == INTERVALS ? 1 : i % 2 == 0 ? 2 : 4;
      sum += weight * modes * Math.pow(best - x / (1 + sigma * sigma), 2);
    }
    return dimension * sum / (2 * Math.sqrt(2 * Math.PI * s2)) * 2 * range / INTERVALS / 3;
  }

  /** Fresh latents on a device. */
  Source source(Device device, Noise noise) {
    return new HostSource(device, this::sample, dimension, Pairs.BATCH, noise);
  }
}
