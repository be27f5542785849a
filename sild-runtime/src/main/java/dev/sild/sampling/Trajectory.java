package dev.sild.sampling;

import dev.sild.bindings.Noise;
import dev.sild.bindings.View;

/**
 * What a sampler works in: the state and two estimates, all (B, D), and the address of its noise.
 *
 * @param x begins as x_σ at σ_max, ends as the sample
 * @param denoised D(x; σ)
 * @param second D at the second stage of a two-stage step
 * @param predicted the state at that stage
 * @param at what {@link dev.sild.bindings.Step#writeTo} wrote, for the index of row 0's sample
 */
public record Trajectory(View x, View denoised, View second, View predicted, Noise noise, View at) {

  /** The first {@code rows} rows, with this noise. */
  public Trajectory of(long rows, Noise noise) {
    return new Trajectory(
        x.first(rows), denoised.first(rows), second.first(rows), predicted.first(rows), noise, at);
  }
}
