package dev.sild.sild;

import dev.sild.UserException;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;
import dev.sild.data.SampleSpace;
import dev.sild.data.TokenShape;
import dev.sild.network.Blueprint;
import dev.sild.network.ConvStack;
import dev.sild.network.Layer;
import dev.sild.network.Mlp;
import dev.sild.network.TokenStack;

/**
 * D = g ∘ f through a bottleneck of Z &lt; D numbers, trained as one: residual perceptrons,
 * convolutions of images, or self-attention of tokens. What g gives of tokens are logits; their
 * softmax is D.
 */
public final class Bottleneck implements Autoencoder {
  private final Layer encoder;
  private final Layer decoder;
  private final TokenShape tokens; // or null
  private final Slot probabilities;
  private View logits;

  private Bottleneck(
      Blueprint blueprint, RunConfig.Autoencoder config, SampleSpace space, int outputs) {
    int width = config.width();
    int blocks = config.blocks();
    int latent = config.latent();
    tokens = config.kind() == RunConfig.AutoencoderKind.TOKENS ? molecule(space) : null;
    probabilities = tokens == null ? null : blueprint.rows("decoder.p", tokens.size());
    if (tokens != null) {
      int heads = config.heads();
      int codes = outputs * latent;
      encoder = TokenStack.encoder(blueprint, "encoder", tokens, width, blocks, heads, codes);
      decoder = TokenStack.decoder(blueprint, "decoder", tokens, latent, width, blocks, heads);
    } else if (config.kind() == RunConfig.AutoencoderKind.CONVOLUTIONAL) {
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

  private static TokenShape molecule(SampleSpace space) {
    if (!space.isMolecule())
      throw new UserException(
          "autoencoder.kind = \"tokens\" is for molecules; these samples are none");
    return space.tokens();
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
    logits = decoder.forward(stream, z);
    if (tokens == null) return logits;
    View p = probabilities.view().first(z.rows());
    stream.softmaxForward(perToken(p), perToken(logits));
    return p;
  }

  /** What the last {@link #decode} gave before its softmax, where it has one: (B, D). */
  public View logits() {
    return logits;
  }

  @Override
  public View backward(Stream stream, View dy) {
    return backwardEncoder(stream, backwardDecoder(stream, dy));
  }

  /** Gradients of g; returns that of z. Overwrites dy. */
  public View backwardDecoder(Stream stream, View dy) {
    if (tokens == null) return backwardLogits(stream, dy);
    View p = probabilities.view().first(dy.rows());
    stream.softmaxBackward(perToken(dy), perToken(dy), perToken(p));
    return backwardLogits(stream, dy);
  }

  /** The same for the gradient of {@link #logits}. */
  public View backwardLogits(Stream stream, View dLogits) {
    return decoder.backward(stream, dLogits);
  }

  /** Gradients of f for that of its outputs. */
  public View backwardEncoder(Stream stream, View dz) {
    return encoder.backward(stream, dz);
  }

  private View perToken(View rows) {
    return rows.reshape(rows.rows() * tokens.length(), tokens.columns());
  }
}
