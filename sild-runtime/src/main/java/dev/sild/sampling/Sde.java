package dev.sild.sampling;

import dev.sild.UserException;

/**
 * The variable in which Euler–Maruyama takes its steps. X = α x_σ at a time t; the laws are the
 * same, the steps are not.
 */
public enum Sde {
  /** Variance exploding: X = x, time σ². */
  VE,
  /** Variance preserving, here Ornstein–Uhlenbeck: X = e^{−t} x, σ² = e^{2t} − 1, diffusion √2. */
  VP,
  /**
   * Sub-VP (Song et al. 2021, appendix B, at constant β = 2): X = e^{−t} x, σ = e^t − e^{−t},
   * squared diffusion 2 (1 − e^{−4t}).
   */
  SUBVP;

  /** {@code ve}, {@code vp} or {@code subvp}. */
  public static Sde of(String name) {
    return switch (name) {
      case "ve" -> VE;
      case "vp" -> VP;
      case "subvp" -> SUBVP;
      default -> throw new UserException("no SDE %s: choose ve, vp or subvp".formatted(name));
    };
  }

  /**
   * One step of Euler–Maruyama from σ to σ', written in x: with h = t − t' the reverse process of
   * dX = −X dt + g dw goes X' = X + h (X + g² ∇ ln p) + g √h z, and ∇ ln p = e^t (D − x)/σ².
   */
  Evaluation step(double sigma, double next) {
    if (this == VE) {
      double a = (next * next) / (sigma * sigma); // x' = x + (σ² − σ'²) s + √(σ² − σ'²) z
      return Evaluation.step(sigma, a, 1 - a, 0, sigma * Math.sqrt(1 - a));
    }
    double t = time(sigma);
    double h = t - time(next);
    double g2 = this == VP ? 2 : 2 * -Math.expm1(-4 * t);
    double growth = Math.exp(-h) * (1 + h); // e^{t'} (1 + h) e^{−t}
    double pull = h * g2 * Math.exp(2 * t - h) / (sigma * sigma);
    double noise = Math.exp(t - h) * Math.sqrt(g2 * h);
    return Evaluation.step(sigma, growth - pull, pull, 0, noise);
  }

  private double time(double sigma) {
    return this == VP
        ? 0.5 * Math.log1p(sigma * sigma) // σ² = e^{2t} − 1
        : Math.log(sigma / 2 + Math.hypot(1, sigma / 2)); // σ = 2 sinh t
  }
}
