package dev.sild.sild;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;
import dev.sild.network.Mlp;

/**
 * D = g ∘ f through a bottleneck of Z &lt; D coordinates, both residual perceptrons, trained as
 * one.
 */
public final class Bottleneck implements Autoencoder {
  private final Mlp encoder;
  private final Mlp decoder;

  public Bottleneck(Blueprint blueprint, RunConfig.Autoencoder config, int dimension) {
    int width = config.width();
    int blocks = config.blocks();
    encoder = new Mlp(blueprint, "encoder", dimension, width, blocks, config.latent(), false);
    decoder = new Mlp(blueprint, "decoder", config.latent(), width, blocks, dimension, true);
  }

  @Override
  public View encode(Stream stream, View x) {
    return encoder.forward(stream, x);
  }

  @Override
  public View decode(Stream stream, View z) {
    return decoder.forward(stream, z);
  }

  @Override
  public View backward(Stream stream, View dy) {
    return encoder.backward(stream, decoder.backward(stream, dy));
  }
}
