package dev.sild.theory.features;

import dev.sild.UserException;
import dev.sild.bindings.RandomFeature;
import dev.sild.sampling.Schedule;

/**
 * A sampler in three phases: from σ_max to σ_1 in R^d with a head fitted there; from σ_1 to σ_2 in
 * the latents with a regression on random features; at σ_2 the collapse onto the manifold, which
 * leaves the tangent part of the noise.
 *
 * @param head φ of the head; null for a linear one
 * @param latent φ in the latents
 * @param width of the features' kernel: {@link FeatureDenoiser.Shape}
 * @param variance of a mode of the {@link ProductLaw}
 * @param count n, training samples
 * @param features N
 * @param ridge c of λ = c/√n; 0 to choose λ on held-out samples
 * @param sigmaMin where exact denoising ends
 * @param steps from σ_max to σ_min, uniform in ln σ
 * @param draws samples behind each distance and each risk
 */
public record PhaseStudy(
    RandomFeature head,
    RandomFeature latent,
    double width,
    double variance,
    int count,
    int features,
    double ridge,
    double sigmaMax,
    double sigmaMin,
    int steps,
    int draws) {

  /** All levels. */
  Schedule levels() {
    return Schedule.logSnr(sigmaMax, sigmaMin, steps);
  }

  /**
   * The index of the level nearest to σ in ln σ.
   *
   * @throws UserException if it is the first or the last one
   */
  public int index(double sigma) {
    long at = Math.round(steps * Math.log(sigma / sigmaMax) / Math.log(sigmaMin / sigmaMax));
    if (!(sigma > 0) || at < 1 || at >= steps)
      throw new UserException(
          "a switch at %s: between %s and %s, exclusively".formatted(sigma, sigmaMin, sigmaMax));
    return (int) at;
  }

  /** The level that stands for σ. */
  public double level(double sigma) {
    return levels().sigma(index(sigma));
  }

  /** OU time of a level: σ² = e^{2t} − 1. */
  public static double time(double sigma) {
    return 0.5 * Math.log1p(sigma * sigma);
  }
}
