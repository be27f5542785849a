package dev.sild.network;

import dev.sild.bindings.Convolution;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;

/**
 * A convolution that keeps the sides of an image: an odd window, stride 1, zero padding; w is drawn
 * from N(0, scale²/(C · window²)). Rows go in and out as planes, (B, C · H · W).
 */
public final class Conv implements Layer {
  private final ImageShape in;
  private final int outputs;
  private final Convolution geometry;
  private final Parameter weight;
  private final Parameter bias;
  private final Slot output;
  private final Slot inputGradient;
  private View x;

  /**
   * @param outputs channels of y
   * @param window taps a side, odd
   * @param scale 1 keeps the variance of the input; 0 makes the layer start as the zero map
   * @param wantsInputGradient whether {@link #backward} returns dx
   */
  public Conv(
      Blueprint blueprint,
      String name,
      ImageShape in,
      int outputs,
      int window,
      double scale,
      boolean wantsInputGradient) {
    this.in = in;
    this.outputs = outputs;
    geometry = new Convolution(1, window / 2);
    double deviation = scale / Math.sqrt(in.channels() * window * window);
    weight =
        blueprint
            .parameters()
            .normal(name + ".weight", deviation, outputs, in.channels(), window, window);
    bias = blueprint.parameters().constant(name + ".bias", 0, outputs);
    output = blueprint.rows(name + ".y", (long) outputs * in.pixels());
    inputGradient = wantsInputGradient ? blueprint.rowsForTraining(name + ".dx", in.size()) : null;
  }

  @Override
  public View forward(Stream stream, View x) {
    return forward(stream, x, null);
  }

  /** Forward, with a residual (B, outputs · H · W) added, or null. */
  View forward(Stream stream, View x, View residual) {
    this.x = x;
    View y = output.view().first(x.rows());
    stream.conv2dForward(
        planes(y, outputs),
        planes(x, in.channels()),
        weight.value(),
        bias.value(),
        residual == null ? null : planes(residual, outputs),
        geometry);
    return y;
  }

  @Override
  public View backward(Stream stream, View dy) {
    View dx = inputGradient == null ? null : inputGradient.view().first(x.rows());
    stream.conv2dBackward(
        dx == null ? null : planes(dx, in.channels()),
        weight.gradient(),
        bias.gradient(),
        planes(dy, outputs),
        planes(x, in.channels()),
        weight.value(),
        geometry,
        false);
    return dx;
  }

  private View planes(View rows, int channels) {
    return rows.reshape(rows.rows(), channels, in.height(), in.width());
  }
}
