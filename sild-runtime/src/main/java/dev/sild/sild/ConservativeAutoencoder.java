package dev.sild.sild;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;
import dev.sild.network.ConservativeNetwork;
import dev.sild.network.Mlp;
import dev.sild.network.Parameter;

/**
 * The theory's autoencoder: f(x) = V(D_W(x) − μ), the top Z principal coordinates of what the
 * two-layer conservative network makes of clean data, and a decoder g trained on them with the same
 * loss.
 */
public final class ConservativeAutoencoder implements Autoencoder {
  private final ConservativeNetwork denoiser;
  private final Parameter axes;
  private final Parameter offset;
  private final Slot latent;
  private final Mlp decoder;

  /**
   * @param encoder where f is declared: trained before, frozen here
   * @param decoder where g is declared; may be the same blueprint
   */
  public ConservativeAutoencoder(
      Blueprint encoder, Blueprint decoder, RunConfig.Autoencoder config, int dimension) {
    denoiser = new ConservativeNetwork(encoder, "conservative", dimension, config.width());
    axes = encoder.parameters().constant("principal.axes", 0, config.latent(), dimension);
    offset = encoder.parameters().constant("principal.offset", 0, config.latent());
    latent = encoder.rows("principal.z", config.latent());
    this.decoder =
        new Mlp(
            decoder, "decoder", config.latent(), config.width(), config.blocks(), dimension, false);
  }

  @Override
  public View encode(Stream stream, View x) {
    View z = latent.view().first(x.rows());
    Epilogue shifted = Epilogue.of(offset.value(), Activation.IDENTITY);
    stream.linearForward(z, null, denoiser.forward(stream, x), axes.value(), shifted);
    return z;
  }

  @Override
  public View decode(Stream stream, View z) {
    return decoder.forward(stream, z);
  }

  /** Reaches the decoder only: f is frozen. */
  @Override
  public View backward(Stream stream, View dy) {
    return decoder.backward(stream, dy);
  }
}
