package dev.sild.sild;

import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.SampleSpace;
import dev.sild.network.Blueprint;

/**
 * A trained variational autoencoder: the encoder's 2 Z outputs are mean and ln variance of a
 * posterior. It encodes to the mean, and trains the latent diffusion on draws, as Rombach et al.
 * 2022 do.
 */
public final class VariationalAutoencoder implements Autoencoder {
  private final Bottleneck halves;
  private final Slot latent;

  public VariationalAutoencoder(
      Blueprint blueprint, RunConfig.Autoencoder config, SampleSpace space, int latent) {
    halves = Bottleneck.variational(blueprint, config, space);
    this.latent = blueprint.rows("posterior.z", latent);
  }

  @Override
  public View encode(Stream stream, View x) {
    return draw(stream, x, null, null);
  }

  @Override
  public View draw(Stream stream, View x, Noise noise, View step) {
    View z = latent.view().first(x.rows());
    stream.reparameteriseForward(z, null, halves.encode(stream, x), noise, step);
    return z;
  }

  @Override
  public View decode(Stream stream, View z) {
    return halves.decode(stream, z);
  }

  /**
   * Not there: what trains it stands between its halves.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public View backward(Stream stream, View dy) {
    throw new UnsupportedOperationException("a posterior is trained by its penalty");
  }
}
