package dev.sild.baseline;

import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;

/**
 * The Wasserstein autoencoder's MMD (Tolstikhin et al. 2018): the squared maximum mean discrepancy
 * of a batch of latents to as many draws of N(0, I), by inverse multiquadric kernels.
 */
public final class MmdPenalty implements LatentPenalty {
  private final double weight;
  private final Noise noise;
  private final Slot prior;
  private final Slot value;
  private View z;

  /**
   * @param weight of MMD² against the mean squared error of the coordinates
   * @param noise of the prior's draws
   */
  public MmdPenalty(Blueprint blueprint, int latent, double weight, Noise noise) {
    this.weight = weight;
    this.noise = noise;
    prior = blueprint.rows("mmd.prior", latent);
    value = blueprint.rows("mmd.value", 1);
  }

  @Override
  public View latent(Stream stream, View code, View step) {
    return z = code;
  }

  @Override
  public View backward(Stream stream, View dz, View step) {
    View drawn = prior.view().first(z.rows());
    stream.samplerStep(drawn, null, 0, null, 0, null, 0, 1, noise, step, 0);
    stream.mmd(dz, value(), z, drawn, weight);
    return dz;
  }

  @Override
  public View value() {
    return value.view().first(z.rows()).reshape(z.rows());
  }
}
