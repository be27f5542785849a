package dev.sild.sild;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;
import dev.sild.data.SampleSpace;
import dev.sild.network.Blueprint;
import dev.sild.network.ConvStack;
import dev.sild.network.Layer;
import dev.sild.network.Mlp;

/**
 * D = g ∘ f through a bottleneck of Z &lt; D numbers, trained as one: residual perceptrons, or
 * convolutions of images.
 */
public final class Bottleneck implements Autoencoder {
  private final Layer encoder;
  private final Layer decoder;

  private Bottleneck(
      Blueprint blueprint, RunConfig.Autoencoder config, SampleSpace space, int outputs) {
    int width = config.width();
    int blocks = config.blocks();
    int latent = config.latent();
    if (config.kind() == RunConfig.AutoencoderKind.CONVOLUTIONAL) {
      int levels = config.levels();
      ImageShape image = space.image();
      ImageShape small = config.latentShape(space);
      encoder =
          ConvStack.encoder(blueprint, "encoder", image, width, blocks, levels, outputs * latent);
      decoder =
          ConvStack.decoder(blueprint, "decoder", small, width, blocks, levels, image.channels());
    } else {
      int dimension = space.dimension();
      encoder = new Mlp(blueprint, "encoder", dimension, width, blocks, outputs * latent, false);
      decoder = new Mlp(blueprint, "decoder", latent, width, blocks, dimension, true);
    }
  }

  /** Both halves for such samples. */
  public static Bottleneck of(
      Blueprint blueprint, RunConfig.Autoencoder config, SampleSpace space) {
    return new Bottleneck(blueprint, config, space, 1);
  }

  /** Halves that do not fit: f has 2 Z outputs, of which a posterior is made before g. */
  public static Bottleneck variational(
      Blueprint blueprint, RunConfig.Autoencoder config, SampleSpace space) {
    return new Bottleneck(blueprint, config, space, 2);
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
