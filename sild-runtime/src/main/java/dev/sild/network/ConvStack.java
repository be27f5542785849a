package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Images to small images of other channels, or back: a convolution, residual blocks at each
 * resolution, a group norm with SiLU and a convolution. A level has half the sides of the one above
 * it and twice its channels, up to eight times those of the first. It sees no noise level.
 */
public final class ConvStack implements Layer {
  private static final int MOST = 8;

  private final List<Layer> layers = new ArrayList<>();

  private ConvStack() {}

  /**
   * Image to latent: blocks, then half the sides, level by level.
   *
   * @param width channels at the image's own resolution
   * @param blocks at each resolution, at least 1
   * @param levels halvings of the sides, which they must divide
   * @param outputs channels of the latent
   */
  public static ConvStack encoder(
      Blueprint blueprint,
      String name,
      ImageShape image,
      int width,
      int blocks,
      int levels,
      int outputs) {
    ConvStack stack = new ConvStack();
    ImageShape at = stack.convolution(blueprint, name + ".in", image, width, false);
    for (int level = 0; level <= levels; level++) {
      int channels = channels(width, level);
      for (int i = 0; i < blocks; i++)
        at = stack.block(blueprint, name + "." + level + "." + i, at, channels);
      if (level < levels)
        at = stack.resample(blueprint, name + "." + level + ".down", at, Resampling.DOWN);
    }
    stack.head(blueprint, name, at, outputs);
    return stack;
  }

  /**
   * Latent to image: blocks, then twice the sides; the last block of a level has the channels of
   * the next already.
   *
   * @param outputs channels of the image
   */
  public static ConvStack decoder(
      Blueprint blueprint,
      String name,
      ImageShape latent,
      int width,
      int blocks,
      int levels,
      int outputs) {
    ConvStack stack = new ConvStack();
    ImageShape at =
        stack.convolution(blueprint, name + ".in", latent, channels(width, levels), true);
    for (int level = levels; level >= 0; level--) {
      for (int i = 0; i < blocks; i++) {
        int channels = channels(width, i + 1 < blocks ? level : Math.max(0, level - 1));
        at = stack.block(blueprint, name + "." + level + "." + i, at, channels);
      }
      if (level > 0) at = stack.resample(blueprint, name + "." + level + ".up", at, Resampling.UP);
    }
    stack.head(blueprint, name, at, outputs);
    return stack;
  }

  /** Channels of a level, counted from the image's own resolution down. */
  public static int channels(int width, int level) {
    return width * Math.min(MOST, 1 << level);
  }

  private ImageShape convolution(
      Blueprint blueprint, String name, ImageShape in, int outputs, boolean wantsInputGradient) {
    layers.add(new Conv(blueprint, name, in, outputs, 3, 1, wantsInputGradient));
    return new ImageShape(outputs, in.height(), in.width());
  }

  private ImageShape block(Blueprint blueprint, String name, ImageShape in, int outputs) {
    layers.add(new ConvBlock(blueprint, name, in, outputs, 0));
    return new ImageShape(outputs, in.height(), in.width());
  }

  private ImageShape resample(Blueprint blueprint, String name, ImageShape in, Resampling kind) {
    layers.add(new Resample(blueprint, name, in, kind));
    return Resample.out(in, kind);
  }

  private void head(Blueprint blueprint, String name, ImageShape in, int outputs) {
    layers.add(new GroupNorm(blueprint, name + ".norm", in, Activation.SILU));
    convolution(blueprint, name + ".out", in, outputs, true);
  }

  @Override
  public View forward(Stream stream, View x) {
    View y = x;
    for (Layer layer : layers) y = layer.forward(stream, y);
    return y;
  }

  @Override
  public View backward(Stream stream, View dy) {
    View dx = dy;
    for (Layer layer : layers.reversed()) dx = layer.backward(stream, dx);
    return dx;
  }
}
