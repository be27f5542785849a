package dev.sild.sild;

/**
 * The power-function moving average of Karras et al. 2024 (EDM2), §3.1: after t steps the weights
 * of step τ count in proportion to τ^γ, so that the profile keeps its shape as training goes on.
 * Its relative width is σ_rel = √((γ + 1)/((γ + 2)² (γ + 3))).
 */
public record PowerAverage(double gamma) {
  /** σ_rel of the widest profile, γ = 0: the plain mean of all steps. */
  static final double WIDEST = 0.28867513459481287; // 12^{-1/2}

  /** The profile of relative width σ_rel in (0, {@value #WIDEST}]. */
  public static PowerAverage ofSigmaRel(double sigmaRel) {
    double low = 0;
    double high = 1 / (sigmaRel * sigmaRel); // σ_rel < 1/√γ
    for (int i = 0; i < 200 && low < high; i++) { // σ_rel falls as γ grows
      double middle = 0.5 * (low + high);
      if (sigmaRel(middle) > sigmaRel) low = middle;
      else high = middle;
    }
    return new PowerAverage(0.5 * (low + high));
  }

  private static double sigmaRel(double gamma) {
    return Math.sqrt((gamma + 1) / (gamma + 3)) / (gamma + 2);
  }

  /** Weight of the old average at a step counted from 0: (1 − 1/t)^{γ+1}, t = step + 1. */
  public double decay(long step) {
    return Math.pow(1 - 1.0 / (step + 1), gamma + 1);
  }
}
