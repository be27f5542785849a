package dev.sild.diffusion;

/**
 * D(x; σ) = cSkip x + cOut F(cIn x; cNoise) of Karras, Aittala, Aila, Laine 2022, table 1.
 *
 * @param cSkip σ_d²/(σ² + σ_d²)
 * @param cOut σ σ_d/√(σ² + σ_d²)
 * @param cIn 1/√(σ² + σ_d²)
 */
public record Precondition(double cSkip, double cOut, double cIn) {

  /** The coefficients at noise level σ for data of standard deviation σ_d. */
  public static Precondition of(double sigma, double sigmaData) {
    double total = sigma * sigma + sigmaData * sigmaData;
    return new Precondition(
        sigmaData * sigmaData / total, sigma * sigmaData / Math.sqrt(total), 1 / Math.sqrt(total));
  }
}
