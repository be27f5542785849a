package dev.sild.theory.features;

import dev.sild.UserException;
import dev.sild.bindings.RandomFeature;
import dev.sild.sampling.Schedule;
import java.util.function.DoubleUnaryOperator;

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

  /**
   * A bound on E‖x − x'‖ at the end, if the denoiser errs by e_i = √risk at σ_i, i &lt; first: an
   * ancestral step takes in (1 − σ_{i+1}²/σ_i²) e_i, and where the law is Gaussian of variance 1
   * what stands at σ arrives in the proportion 1/(1 + σ²). In γ = 1/σ² that is ∫ e dγ/(1 + γ): for
   * a constant error it is −e ln(1 − e^{−2t}), t the OU time of the switch.
   */
  double transport(int first, DoubleUnaryOperator risk) {
    Schedule levels = levels();
    double sum = 0;
    for (int i = 0; i < first; i++) {
      double sigma = levels.sigma(i);
      double next = levels.sigma(i + 1);
      double taken = 1 - next * next / (sigma * sigma);
      sum += taken * Math.sqrt(risk.applyAsDouble(sigma)) / (1 + next * next);
    }
    return sum;
  }

  /**
   * E‖D̂ − D*‖² of a linear head with the best ridge, at high noise: of a coordinate the best
   * linear denoiser explains s = 1/(1 + σ²), along one of d directions that look alike; n samples
   * with a rest of σ²/(1 + σ²) leave v = (d/n) σ²/(1 + σ²) of noise in d coefficients; the best
   * ridge leaves s v/(s + v). What no linear denoiser sees comes on top.
   */
  double expected(int k, int d, double sigma) {
    double seen = 1 / (1 + sigma * sigma);
    double noise = (double) d / count * sigma * sigma * seen;
    return k * seen * noise / (seen + noise) + new ProductLaw(k, variance).linearRisk(sigma);
  }
}
