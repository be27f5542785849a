package dev.sild.baseline;

import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;

/**
 * A variational encoder (Kingma and Welling 2014): the latent is drawn from the posterior N(μ, e^l)
 * that the encoder names, which costs KL(posterior ‖ N(0, I)) in nats.
 */
public final class PosteriorPenalty implements LatentPenalty {
  private final double weight;
  private final Noise noise;
  private final Slot latent;
  private final Slot value;
  private final Slot codeGradient;
  private View code;

  /**
   * @param latent Z; the encoder has 2 Z outputs
   * @param weight of the KL of a row against the mean squared error of its coordinates
   */
  public PosteriorPenalty(Blueprint blueprint, int latent, double weight, Noise noise) {
    this.weight = weight;
    this.noise = noise;
    this.latent = blueprint.rows("posterior.z", latent);
    value = blueprint.rows("posterior.kl", 1);
    codeGradient = blueprint.rows("posterior.dcode", 2L * latent);
  }

  @Override
  public View latent(Stream stream, View code, View step) {
    this.code = code;
    View z = latent.view().first(code.rows());
    stream.reparameteriseForward(z, value(), code, noise, step);
    return z;
  }

  @Override
  public View backward(Stream stream, View dz, View step) {
    View dcode = codeGradient.view().first(code.rows());
    stream.reparameteriseBackward(dcode, dz, code, weight / code.rows(), noise, step);
    return dcode;
  }

  @Override
  public View value() {
    return value.view().first(code.rows()).reshape(code.rows());
  }
}
