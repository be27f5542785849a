package dev.sild.sampling;

import dev.sild.bindings.Stream;
import dev.sild.diffusion.Denoiser;

/**
 * Heun's second-order method on the probability-flow ODE dx/dσ = (x − D)/σ: Karras et al. 2022,
 * algorithm 1.
 */
public record Heun() implements Sampler {

  @Override
  public void integrate(Stream stream, Denoiser denoiser, Schedule schedule, Trajectory at) {
    for (int i = 0; i < schedule.steps(); i++) {
      double sigma = schedule.sigma(i);
      double next = schedule.sigma(i + 1);
      denoiser.denoise(stream, at.denoised(), at.x(), sigma); // d = (x − D)/σ
      double r = next / sigma;
      stream.samplerStep( // x̂ = x + (σ' − σ) d = r x + (1 − r) D
          at.predicted(), at.x(), r, at.denoised(), 1 - r, null, 0, 0, at.noise(), null, i);
      denoiser.denoise(stream, at.second(), at.predicted(), next); // d̂ = (x̂ − D̂)/σ'
      // x' = x + (σ' − σ)(d + d̂)/2; with x̂ put in: a x + b D + c D̂
      double h = (next - sigma) / 2;
      double a = 1 + h / sigma + h * r / next;
      double b = -h / sigma + h * (1 - r) / next;
      double c = -h / next;
      stream.samplerStep(
          at.x(), at.x(), a, at.denoised(), b, at.second(), c, 0, at.noise(), null, i);
    }
  }

  @Override
  public int evaluations(int steps) {
    return 2 * steps;
  }
}
