package dev.sild.diffusion;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** D(x; σ) = E[x₀ | x_σ = x]: all that a sampler needs to know. */
@FunctionalInterface
public interface Denoiser {

  /**
   * Writes D(x; σ) of every row.
   *
   * @param denoised (B, D)
   * @param x (B, D)
   */
  void denoise(Stream stream, View denoised, View x, double sigma);
}
