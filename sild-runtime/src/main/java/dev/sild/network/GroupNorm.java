package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;

/**
 * Group norm (Wu and He 2018) and an activation: y = φ(u), u = (x̂ gain + shift)(1 + a) + m with an
 * optional modulation (a, m) of each channel.
 */
public final class GroupNorm implements Layer {
  /** Channels of a group, where that divides them. */
  private static final int CHANNELS = 8;

  private final ImageShape shape;
  private final int groups;
  private final Activation activation;
  private final Parameter gain;
  private final Parameter shift;
  private final Slot output;
  private final Slot mean;
  private final Slot rstd;
  private View x;
  private View modulation;

  public GroupNorm(Blueprint blueprint, String name, ImageShape shape, Activation activation) {
    this.shape = shape;
    this.activation = activation;
    int channels = shape.channels();
    groups = groups(channels);
    gain = blueprint.parameters().constant(name + ".gain", 1, channels);
    shift = blueprint.parameters().constant(name + ".shift", 0, channels);
    output = blueprint.rows(name + ".y", shape.size());
    mean = blueprint.rows(name + ".mean", groups);
    rstd = blueprint.rows(name + ".rstd", groups);
  }

  /** Groups of so many channels: of eight, or one where eight does not divide them. */
  public static int groups(int channels) {
    return channels % CHANNELS == 0 ? channels / CHANNELS : 1;
  }

  @Override
  public View forward(Stream stream, View x) {
    return forward(stream, x, null);
  }

  /** Forward with a modulation (B or 1, 2 C): first a, then m; or null. */
  View forward(Stream stream, View x, View modulation) {
    this.x = x;
    this.modulation = modulation;
    long rows = x.rows();
    View y = output.view().first(rows);
    stream.groupNormForward(
        planes(y),
        mean.view().first(rows),
        rstd.view().first(rows),
        planes(x),
        gain.value(),
        shift.value(),
        modulation,
        groups,
        activation);
    return y;
  }

  /** In place: dx is dy. */
  @Override
  public View backward(Stream stream, View dy) {
    backward(stream, dy, dy, null, false);
    return dy;
  }

  /**
   * Backward into, or onto, {@code dx}.
   *
   * @param dModulation (B, 2 C), or null
   */
  void backward(Stream stream, View dy, View dx, View dModulation, boolean add) {
    long rows = x.rows();
    stream.groupNormBackward(
        planes(dx),
        gain.gradient(),
        shift.gradient(),
        dModulation,
        planes(dy),
        planes(x),
        mean.view().first(rows),
        rstd.view().first(rows),
        gain.value(),
        shift.value(),
        modulation,
        groups,
        activation,
        add);
  }

  private View planes(View rows) {
    return rows.reshape(rows.rows(), shape.channels(), shape.pixels());
  }
}
