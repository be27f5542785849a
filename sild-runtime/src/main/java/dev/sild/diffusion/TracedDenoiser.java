package dev.sild.diffusion;

/**
 * D(x; σ) with the trace of its Jacobian, on the host: all that a likelihood needs. The divergence
 * of the probability flow (x − D)/σ is (d − tr ∂D/∂x)/σ.
 */
@FunctionalInterface
public interface TracedDenoiser {

  /**
   * Writes D(x; σ) and tr ∂D/∂x of every row.
   *
   * @param denoised (B, d)
   * @param trace (B)
   * @param x (B, d)
   */
  void denoise(double[] denoised, double[] trace, double[] x, double sigma);
}
