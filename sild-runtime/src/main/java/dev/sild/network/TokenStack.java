package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.TokenShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of tokens to vectors, or back: blocks of self-attention and a perceptron for each token
 * (Vaswani et al. 2017, norms first), and one linear map between all numbers of all tokens and the
 * vector, which is where a token learns its place. It sees no noise level.
 */
public final class TokenStack implements Layer {
  private static final int HIDDEN = 2; // columns of a perceptron's middle, in widths

  /** A layer, and whether its rows are samples or tokens. */
  private record Part(Layer layer, boolean ofTokens) {}

  private final int tokens;
  private final int width;
  private final List<Part> parts = new ArrayList<>();

  private TokenStack(int tokens, int width) {
    this.tokens = tokens;
    this.width = width;
  }

  /**
   * (B, T · V) to (B, outputs). A norm over all numbers of a sample comes before the blocks: its
   * shift is the embedding of a place.
   *
   * @param width columns of a token, C
   * @param blocks at least 0
   * @param heads of the attention
   */
  public static TokenStack encoder(
      Blueprint samples,
      String name,
      TokenShape shape,
      int width,
      int blocks,
      int heads,
      int outputs) {
    TokenStack stack = new TokenStack(shape.length(), width);
    Blueprint tokens = stack.tokens(samples);
    long all = (long) shape.length() * width;
    stack.ofTokens(
        new Linear(tokens, name + ".in", shape.columns(), width, Activation.IDENTITY, 1, false));
    stack.ofSamples(new Norm(samples, name + ".places", Math.toIntExact(all), 1));
    stack.blocks(tokens, name, blocks, heads);
    stack.ofSamples(
        new Linear(
            samples, name + ".out", Math.toIntExact(all), outputs, Activation.IDENTITY, 1, true));
    return stack;
  }

  /** (B, latent) to logits (B, T · V). */
  public static TokenStack decoder(
      Blueprint samples,
      String name,
      TokenShape shape,
      int latent,
      int width,
      int blocks,
      int heads) {
    TokenStack stack = new TokenStack(shape.length(), width);
    Blueprint tokens = stack.tokens(samples);
    long all = (long) shape.length() * width;
    stack.ofSamples(
        new Linear(
            samples, name + ".in", latent, Math.toIntExact(all), Activation.IDENTITY, 1, true));
    stack.blocks(tokens, name, blocks, heads);
    stack.ofTokens(
        new Linear(tokens, name + ".out", width, shape.columns(), Activation.IDENTITY, 1, true));
    return stack;
  }

  private Blueprint tokens(Blueprint samples) {
    return new Blueprint(
        samples.parameters(),
        samples.activations(),
        Math.multiplyExact(samples.batch(), tokens),
        samples.training());
  }

  private void blocks(Blueprint rows, String name, int blocks, int heads) {
    for (int i = 0; i < blocks; i++) {
      ofTokens(new TokenAttention(rows, name + "." + i + ".attention", tokens, width, heads));
      ofTokens(new ResidualBlock(rows, name + "." + i, width, HIDDEN * width, 0));
    }
    ofTokens(new Norm(rows, name + ".norm", width));
  }

  private void ofTokens(Layer layer) {
    parts.add(new Part(layer, true));
  }

  private void ofSamples(Layer layer) {
    parts.add(new Part(layer, false));
  }

  @Override
  public View forward(Stream stream, View x) {
    long samples = x.rows();
    View y = x;
    for (Part part : parts) y = part.layer.forward(stream, rows(y, samples, part));
    return y.reshape(samples, y.elements() / samples);
  }

  @Override
  public View backward(Stream stream, View dy) {
    long samples = dy.rows();
    View dx = dy;
    for (Part part : parts.reversed()) dx = part.layer.backward(stream, rows(dx, samples, part));
    return dx == null ? null : dx.reshape(samples, dx.elements() / samples);
  }

  private View rows(View x, long samples, Part part) {
    long rows = part.ofTokens ? samples * tokens : samples;
    return x.reshape(rows, x.elements() / rows);
  }
}
