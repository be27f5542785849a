package dev.sild.diffusion;

import dev.sild.bindings.Gather;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/**
 * A denoiser of samples of which some coordinates are known: D = known + free ∘ D(x; σ), so that
 * the reverse process ends in what is known, and the rest follows.
 *
 * @param known (d): the known coordinates, 0 elsewhere
 * @param free (d): 0 where a coordinate is known, 1 elsewhere
 * @param room for D(x; σ), (batch, d)
 * @param sigma (batch), overwritten
 * @param step what {@link dev.sild.bindings.Step#writeTo} wrote; nothing is drawn here
 */
public record Inpainted(Denoiser denoiser, View known, View free, View room, View sigma, View step)
    implements Denoiser {
  private static final SigmaLaw CLEAN = new SigmaLaw.Fixed(0);
  private static final Noise NONE = new Noise(0, 0);

  @Override
  public void denoise(Stream stream, View denoised, View x, double level) {
    View all = room.first(x.rows());
    denoiser.denoise(stream, all, x, level);
    Gather joined = new Gather(all, null, free, known);
    stream.perturb(denoised, sigma.first(x.rows()), joined, CLEAN, 0, NONE, step);
  }
}
