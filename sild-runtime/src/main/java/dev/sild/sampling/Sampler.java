package dev.sild.sampling;

import dev.sild.UserException;
import dev.sild.bindings.Stream;
import dev.sild.diffusion.Denoiser;

/** A solver of the reverse process. */
public sealed interface Sampler permits EulerMaruyama, Heun {

  /** Carries the state from σ_max to σ_min. */
  void integrate(Stream stream, Denoiser denoiser, Schedule schedule, Trajectory trajectory);

  /** Denoiser evaluations inside a schedule of {@code steps} steps. */
  int evaluations(int steps);

  /** The most steps that {@code evaluations} evaluations pay for, at least one. */
  default int steps(int evaluations) {
    return Math.max(1, evaluations / evaluations(1));
  }

  /** {@code em} or {@code heun}. */
  static Sampler of(String name) {
    return switch (name) {
      case "em" -> new EulerMaruyama();
      case "heun" -> new Heun();
      default -> throw new UserException("no sampler %s: choose em or heun".formatted(name));
    };
  }

  /**
   * Draws x at σ_max, integrates, and replaces the state by one last D(x; σ_min). The noise of
   * sample i depends on i alone.
   */
  default void sample(Stream stream, Denoiser denoiser, Schedule schedule, Trajectory at) {
    stream.samplerStep( // x = σ_max z; step −1 draws it
        at.x(), null, 0, null, 0, null, 0, schedule.first(), at.noise(), at.at(), -1);
    integrate(stream, denoiser, schedule, at);
    denoiser.denoise(stream, at.denoised(), at.x(), schedule.last());
    stream.samplerStep(at.x(), null, 0, at.denoised(), 1, null, 0, 0, at.noise(), null, 0);
  }
}
