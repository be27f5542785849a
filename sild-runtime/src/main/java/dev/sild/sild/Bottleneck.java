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
    this(blueprint, config, dimension, config.latent());
  }

  private Bottleneck(
      Blueprint blueprint, RunConfig.Autoencoder config, int dimension, int outputs) {
    int width = config.width();
    int blocks = config.blocks();
    encoder = new Mlp(blueprint, "encoder", dimension, width, blocks, outputs, false);
    decoder = new Mlp(blueprint, "decoder", config.latent(), width, blocks, dimension, true);
  }

  /** Halves that do not fit: f has 2 Z outputs, of which a posterior is made before g. */
  public static Bottleneck variational(
      Blueprint blueprint, RunConfig.Autoencoder config, int dimension) {
    return new Bottleneck(blueprint, config, dimension, 2 * config.latent());
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
    return backwardEncoder(stream, backwardDecoder(stream, dy));
  }

  /** Gradients of g; returns that of z. */
  public View backwardDecoder(Stream stream, View dy) {
    return decoder.backward(stream, dy);
  }

  /** Gradients of f for that of its outputs. */
  public View backwardEncoder(Stream stream, View dz) {
    return encoder.backward(stream, dz);
  }
}
