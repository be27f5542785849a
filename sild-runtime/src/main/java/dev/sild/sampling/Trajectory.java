package dev.sild.sampling;

import dev.sild.bindings.DType;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.View;
import java.util.function.Function;

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

  /**
   * Room for one in a plan; the views exist once that is allocated.
   *
   * @param rows B at most
   * @param width D
   */
  public static Function<Noise, Trajectory> plan(MemoryPlan memory, long rows, int width) {
    Slot x = memory.add("trajectory.x", rows, width);
    Slot denoised = memory.add("trajectory.denoised", rows, width);
    Slot previous = memory.add("trajectory.previous", rows, width);
    Slot predicted = memory.add("trajectory.predicted", rows, width);
    Slot at = memory.add("trajectory.at", DType.U8, Step.BYTES);
    return noise ->
        new Trajectory(
            x.view(), denoised.view(), previous.view(), predicted.view(), noise, at.view());
  }

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
