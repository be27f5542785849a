package dev.sild.sampling;

import dev.sild.bindings.Stream;
import dev.sild.diffusion.Denoiser;

/**
 * Euler–Maruyama on the reverse SDE in VE form, dx = −2σ σ̇ s dt + √(2σ σ̇) dw with s = (D − x)/σ²,
 * one step in the variable σ²: mean and noise of DESIGN §1.
 */
public record EulerMaruyama() implements Sampler {

  @Override
  public void integrate(Stream stream, Denoiser denoiser, Schedule schedule, Trajectory at) {
    for (int i = 0; i < schedule.steps(); i++) {
      double sigma = schedule.sigma(i);
      double next = schedule.sigma(i + 1);
      denoiser.denoise(stream, at.denoised(), at.x(), sigma); // D(x; σ)
      double a = (next * next) / (sigma * sigma); // x' = x + (σ² − σ'²) s + √(σ² − σ'²) z
      stream.samplerStep( //                          = a x + (1 − a) D + σ √(1 − a) z
          at.x(),
          at.x(),
          a,
          at.denoised(),
          1 - a,
          null,
          0,
          sigma * Math.sqrt(1 - a),
          at.noise(),
          at.at(),
          i);
    }
  }

  @Override
  public int evaluations(int steps) {
    return steps;
  }
}
