package dev.sild.rivals;

import java.util.ArrayList;
import java.util.List;

/**
 * A reverse process in VE form: x = start z, and then x ← keep x + move F(scale x; σ) + noise z for
 * each step.
 */
record Plan(double start, List<Step> steps) {
  private static final double SIGMA_MAX = 50;
  private static final double SIGMA_MIN = 0.01;

  /** One evaluation of the network. */
  record Step(double sigma, double scale, double keep, double move, double noise) {}

  /** Euler–Maruyama, uniform in log σ; with SiLD's network the last D(x; σ_min) on top. */
  static Plan of(Job job) {
    List<Step> steps = new ArrayList<>();
    boolean latent = job == Job.SAMPLE_LATENT;
    for (int i = 0; i < Job.STEPS; i++)
      steps.add(latent ? denoise(sigma(i), sigma(i + 1)) : move(i));
    if (latent) steps.add(denoise(SIGMA_MIN, 0));
    return new Plan(SIGMA_MAX, steps);
  }

  private static double sigma(int i) {
    return SIGMA_MAX * Math.pow(SIGMA_MIN / SIGMA_MAX, (double) i / Job.STEPS);
  }

  /** The network predicts z: its score is −F/σ. */
  private static Step move(int i) {
    double sigma = sigma(i);
    double variance = sigma * sigma - sigma(i + 1) * sigma(i + 1);
    double scale = 1 / Math.sqrt(1 + sigma * sigma);
    return new Step(sigma, scale, 1, -variance / sigma, Math.sqrt(variance));
  }

  /** D = c_skip x + c_out F, x' = q x + (1 − q) D + σ √(1 − q) z with q = σ'²/σ² and σ_data = 1. */
  private static Step denoise(double sigma, double next) {
    double q = next * next / (sigma * sigma);
    double scale = 1 / Math.sqrt(1 + sigma * sigma); // c_in; c_skip is its square, c_out σ c_in
    return new Step(
        sigma,
        scale,
        q + (1 - q) * scale * scale,
        (1 - q) * sigma * scale,
        sigma * Math.sqrt(1 - q));
  }

  /** Its first steps. */
  Plan first(int count) {
    return new Plan(start, steps.subList(0, count));
  }
}
