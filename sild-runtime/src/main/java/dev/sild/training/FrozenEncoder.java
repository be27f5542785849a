package dev.sild.training;

import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.SampleSpace;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.sild.Autoencoder;
import dev.sild.sild.Latents;
import dev.sild.sild.Method;
import dev.sild.sild.RunConfig;
import dev.sild.sild.Session;

/**
 * The encoder of a finished first stage. Convolutions keep many numbers of a sample, so a batch
 * goes through them in parts; a posterior's draws are of the batch, and so is its encoder.
 */
final class FrozenEncoder implements Latents.Encoder {
  private static final Noise NONE = new Noise(0, 0);

  private final Autoencoder autoencoder;
  private final Noise posterior;
  private final int part;
  private final Slot latents; // of all parts, or null

  /**
   * @param frozen where the autoencoder is declared
   * @param memory for its activations
   * @param batch most rows of a call
   * @param posterior noise of a posterior's draws
   */
  FrozenEncoder(
      Parameters frozen,
      MemoryPlan memory,
      RunConfig config,
      SampleSpace space,
      int batch,
      Noise posterior) {
    this.posterior = posterior;
    part = config.method() == Method.VAE ? batch : Math.min(batch, Session.rows(config, space));
    autoencoder = Autoencoder.of(new Blueprint(frozen, memory, part, false), config, space);
    latents = part < batch ? memory.add("latents", batch, config.latent(space)) : null;
  }

  @Override
  public View encode(Stream stream, View x, View step) {
    if (x.rows() <= part) return autoencoder.draw(stream, x, posterior, step);
    View all = latents.view().first(x.rows());
    for (long at = 0; at < x.rows(); at += part) {
      long rows = Math.min(part, x.rows() - at);
      View some = autoencoder.draw(stream, x.rows(at, rows), posterior, step);
      stream.samplerStep(all.rows(at, rows), some, 1, null, 0, null, 0, 0, NONE, null, 0);
    }
    return all;
  }
}
