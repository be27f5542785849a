package dev.sild.theory.features;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.Denoiser;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.ejml.data.DMatrixRMaj;

/**
 * D̂(x; σ) = c_skip x + Φ(x) W_σ, φ_p(x) = φ(⟨w_p, c_in x⟩/(width √D)), a matrix W for each σ. c_in
 * gives the coordinates of x mean square 1; c_skip = 1/(1 + σ²) where x are latents, as in Karras
 * et al. 2022 for data of variance 1, so that what is regressed is what a linear denoiser leaves;
 * and 0 where x is ambient. Owns its memory.
 */
final class FeatureDenoiser implements Denoiser, AutoCloseable {

  /**
   * @param kind φ; null for the coordinates c_in x themselves
   * @param inputs D, of E‖x‖² = K without noise
   * @param outputs K: the latent coordinates
   * @param features P, with null the coordinates: D
   * @param width of the kernel, in mean distances √D between a point and its mean
   */
  record Shape(RandomFeature kind, int inputs, int outputs, int features, double width) {
    static Shape of(RandomFeature kind, int inputs, int outputs, int features, double width) {
      return new Shape(kind, inputs, outputs, kind == null ? inputs : features, width);
    }

    double skip(double sigma) {
      return inputs == outputs ? 1 / (1 + sigma * sigma) : 0;
    }

    double inputScale(double sigma) {
      return 1 / Math.sqrt((double) outputs / inputs + sigma * sigma);
    }
  }

  private final Shape shape;
  private final Noise noise;
  private final MemoryPlan memory = new MemoryPlan("feature denoiser");
  private final View features; // (B, P)
  private final View weights; // (P, K)
  private final Map<Double, float[]> fitted = new HashMap<>();

  FeatureDenoiser(Device device, Shape shape, int seed) {
    this.shape = shape;
    noise = Purpose.RANDOM_FEATURES.noise(seed);
    Slot rows = memory.add("features", Pairs.BATCH, shape.features);
    Slot matrix = memory.add("weights", shape.features, shape.outputs);
    memory.allocate(device);
    features = rows.view();
    weights = matrix.view();
  }

  Shape shape() {
    return shape;
  }

  /** Φ(x), (B, P). */
  View features(Stream stream, View x, double sigma) {
    View phi = features.first(x.rows());
    double scale = shape.inputScale(sigma);
    if (shape.kind == null) stream.samplerStep(phi, x, scale, null, 0, null, 0, 0, noise, null, 0);
    else {
      scale /= shape.width * Math.sqrt(shape.inputs);
      stream.randomFeatures(phi, x, shape.kind, scale, noise, 0);
    }
    return phi;
  }

  /** Whether a noise level has a fit. */
  boolean knows(double sigma) {
    return fitted.containsKey(sigma);
  }

  /** Sets W of a noise level, (P, K). */
  void fit(double sigma, DMatrixRMaj w) {
    float[] rows = new float[shape.features * shape.outputs];
    for (int i = 0; i < rows.length; i++) rows[i] = (float) w.data[i];
    fitted.put(sigma, rows);
  }

  /**
   * @param denoised (B, K)
   * @param x (B, D)
   * @param sigma a level with a fit
   */
  @Override
  public void denoise(Stream stream, View denoised, View x, double sigma) {
    View phi = features(stream, x, sigma);
    stream.upload(weights, MemorySegment.ofArray(fitted.get(sigma)));
    double skip = shape.skip(sigma);
    if (skip != 0) stream.samplerStep(denoised, x, skip, null, 0, null, 0, 0, noise, null, 0);
    stream.matmul(denoised, phi, false, weights, false, skip != 0);
  }

  @Override
  public void close() {
    memory.close();
  }
}
