package dev.sild.sampling;

import dev.sild.bindings.Noise;
import dev.sild.bindings.View;

/**
 * What a sampler works in: the state and two estimates, all (B, D), and the address of its noise.
 *
 * @param x begins as x_σ at σ_max, ends as the sample
 * @param denoised D(x; σ)
 * @param previous D of the evaluation before
 * @param predicted where the evaluation after a stage looks
 * @param at what {@link dev.sild.bindings.Step#writeTo} wrote, for the index of row 0's sample
 */
public record Trajectory(
    View x, View denoised, View previous, View predicted, Noise noise, View at) {

  /** The first {@code rows} rows, with this noise. */
  public Trajectory of(long rows, Noise noise) {
    return new Trajectory(
        x.first(rows),
        denoised.first(rows),
        previous.first(rows),
        predicted.first(rows),
        noise,
        at);
  }
}
