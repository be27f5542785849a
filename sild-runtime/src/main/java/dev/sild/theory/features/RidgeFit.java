package dev.sild.theory.features;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Source;
import org.ejml.data.DMatrixRMaj;

/**
 * Denoising score matching by ridge regression: of the clean latent on the features of the noisy
 * point, at one σ. Owns its memory.
 */
final class RidgeFit implements AutoCloseable {
  private static final double LARGEST = 0.1;
  private static final int DECADES = 7; // below, products of a batch in f32 err by as much

  /**
   * Weights and the ridge that gave them.
   *
   * @param weights (P, K)
   */
  record Fit(DMatrixRMaj weights, double lambda) {}

  private final Device device;
  private final Stream stream;
  private final FeatureDenoiser denoiser;
  private final View axes;
  private final Pairs pairs;
  private final MemoryPlan memory = new MemoryPlan("targets");
  private final View targets;

  /**
   * @param axes U (D, K): latents are x U; null if x are latents
   */
  RidgeFit(Device device, Stream stream, FeatureDenoiser denoiser, View axes) {
    this.device = device;
    this.stream = stream;
    this.denoiser = denoiser;
    this.axes = axes;
    pairs = new Pairs(device, denoiser.shape().inputs());
    Slot rows = memory.add("targets", Pairs.BATCH, denoiser.shape().outputs());
    memory.allocate(device);
    targets = rows.view();
  }

  /** No samples yet. */
  FeatureMoments moments() {
    return new FeatureMoments(device, denoiser.shape().features(), denoiser.shape().outputs());
  }

  /** Adds samples up to {@code count} of a source at a noise level. */
  void read(FeatureMoments moments, Source source, Noise noise, double sigma, long count) {
    while (moments.count() < count) {
      int rows = (int) Math.min(Pairs.BATCH, count - moments.count());
      pairs.draw(stream, source, noise, sigma, moments.count(), rows);
      View y = targets.first(rows);
      double skip = denoiser.shape().skip(sigma);
      if (axes == null) // what c_skip x leaves of z
      stream.samplerStep(y, pairs.clean(), 1, pairs.noisy(), -skip, null, 0, 0, noise, null, 0);
      else stream.matmul(y, pairs.clean(), false, axes, false, false);
      moments.add(stream, denoiser.features(stream, pairs.noisy(), sigma), y);
    }
  }

  /**
   * The fit with λ = c/√n, or, for c = 0, with that of λ = 10⁻¹ … 10⁻⁷ whose denoising loss on
   * held-out samples is least.
   */
  static Fit choose(FeatureMoments moments, FeatureMoments heldOut, int features, double c) {
    if (c > 0) {
      double lambda = c / Math.sqrt(moments.count());
      return new Fit(required(moments.ridge(features, lambda), lambda), lambda);
    }
    Fit best = null;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < DECADES; i++) {
      double lambda = LARGEST * Math.pow(10, -i);
      DMatrixRMaj w = moments.ridge(features, lambda);
      double loss = w == null ? Double.POSITIVE_INFINITY : heldOut.loss(w);
      if (!(loss < least)) continue;
      least = loss;
      best = new Fit(w, lambda);
    }
    return new Fit(required(best == null ? null : best.weights, LARGEST), best.lambda);
  }

  private static DMatrixRMaj required(DMatrixRMaj weights, double lambda) {
    if (weights == null)
      throw new UserException(
          "the features are not independent to the precision of the products at a ridge of %.1e: take a larger one"
              .formatted(lambda));
    return weights;
  }

  @Override
  public void close() {
    memory.close();
    pairs.close();
  }
}
