package dev.sild.theory.features;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Source;
import dev.sild.diffusion.Denoiser;
import java.util.HashMap;
import java.util.Map;

/**
 * A regression for each noise level, fitted when it is first asked for: n clean samples, the same
 * at all levels, with noise of each level's own. Owns its memory; its sources stay the caller's.
 */
final class Heads implements Denoiser, AutoCloseable {
  private final Device device;
  private final Stream stream;
  private final FeatureDenoiser denoiser;
  private final RidgeFit fit;
  private final Denoiser exact;
  private final Source training;
  private final Source heldOut;
  private final int count;
  private final int tested;
  private final double ridge;
  private final int seed;
  private final Map<Double, Risk> risks = new HashMap<>();

  /**
   * @param axes U (D, K): latents are x U; null if x are latents
   * @param exact D*, from (B, D) to (B, K)
   * @param training samples, in D coordinates
   * @param heldOut others, for the choice of λ and for the risk
   * @param count n
   * @param tested n of the risk
   * @param ridge c of λ = c/√n; 0 to choose λ on held-out samples
   */
  Heads(
      Device device,
      Stream stream,
      FeatureDenoiser.Shape shape,
      View axes,
      Denoiser exact,
      Source training,
      Source heldOut,
      int count,
      int tested,
      double ridge,
      int seed) {
    this.device = device;
    this.stream = stream;
    this.exact = exact;
    this.training = training;
    this.heldOut = heldOut;
    this.count = count;
    this.tested = tested;
    this.ridge = ridge;
    this.seed = seed;
    denoiser = new FeatureDenoiser(device, shape, seed);
    fit = new RidgeFit(device, stream, denoiser, axes);
  }

  @Override
  public void denoise(Stream stream, View denoised, View x, double sigma) {
    if (!denoiser.knows(sigma)) learn(sigma);
    denoiser.denoise(stream, denoised, x, sigma);
  }

  /** E‖D̂ − D*‖² at a level, under the forward process. */
  double risk(double sigma) {
    if (!denoiser.knows(sigma)) learn(sigma);
    return risks.computeIfAbsent(sigma, this::measured).value();
  }

  private void learn(double sigma) {
    try (FeatureMoments moments = fit.moments();
        FeatureMoments choosing = fit.moments()) {
      fit.read(moments, training, noise(Purpose.REFINE_NOISE, sigma), sigma, count);
      fit.read(choosing, heldOut, noise(Purpose.COLLAPSE_NOISE, sigma), sigma, count);
      int features = denoiser.shape().features();
      denoiser.fit(sigma, RidgeFit.choose(moments, choosing, features, ridge).weights());
    }
  }

  private Risk measured(double sigma) {
    int k = denoiser.shape().outputs();
    Noise noise = noise(Purpose.EVALUATION_NOISE, sigma);
    return Risk.of(
        Probe.estimates(device, stream, denoiser, k, heldOut, noise, sigma, tested),
        Probe.estimates(device, stream, exact, k, heldOut, noise, sigma, tested),
        tested);
  }

  /** Noise that no other level has. */
  private Noise noise(Purpose purpose, double sigma) {
    return purpose.noise(31 * seed + Double.hashCode(sigma));
  }

  @Override
  public void close() {
    fit.close();
    denoiser.close();
  }
}
