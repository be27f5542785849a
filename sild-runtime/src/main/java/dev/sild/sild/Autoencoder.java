package dev.sild.sild;

import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.SampleSpace;
import dev.sild.network.Blueprint;
import dev.sild.network.Layer;

/**
 * Encoder f: R^D → R^Z and decoder g: R^Z → R^D, neither of which sees σ. g ∘ f is the denoiser of
 * the collapse stage; z = f(x), x clean, is the latent that its score induces.
 */
public sealed interface Autoencoder extends Layer
    permits Bottleneck, ConservativeAutoencoder, VariationalAutoencoder, Identity {

  /** z (B, Z) of x (B, D). The view is the autoencoder's own. */
  View encode(Stream stream, View x);

  /**
   * z of clean data as the latent diffusion is trained on it.
   *
   * @param noise of a posterior's draws
   */
  default View draw(Stream stream, View x, Noise noise, View step) {
    return encode(stream, x);
  }

  /** x (B, D) of z (B, Z). The view is the autoencoder's own. */
  View decode(Stream stream, View z);

  /** g(f(x)). */
  @Override
  default View forward(Stream stream, View x) {
    return decode(stream, encode(stream, x));
  }

  /** The trained autoencoder of a configuration for such samples. */
  static Autoencoder of(Blueprint blueprint, RunConfig config, SampleSpace space) {
    RunConfig.Autoencoder sizes = config.autoencoder();
    return switch (config.method()) {
      case AMBIENT -> new Identity();
      case VAE -> new VariationalAutoencoder(blueprint, sizes, space, config.latent(space));
      case MMD, GAN, AE, GMM -> Bottleneck.of(blueprint, sizes, space);
      case SILD ->
          switch (sizes.kind()) {
            case BOTTLENECK, CONVOLUTIONAL, TOKENS -> Bottleneck.of(blueprint, sizes, space);
            case CONSERVATIVE ->
                new ConservativeAutoencoder(blueprint, blueprint, sizes, space.dimension());
          };
    };
  }
}
