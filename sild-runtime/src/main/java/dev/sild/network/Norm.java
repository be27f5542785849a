package dev.sild.network;

import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** Layer norm over the columns of a row. */
public final class Norm implements Layer {
  private final Parameter gain;
  private final Parameter shift;
  private final Slot output;
  private final Slot mean;
  private final Slot rstd;
  private View x;

  public Norm(Blueprint blueprint, String name, int columns) {
    this(blueprint, name, columns, 0);
  }

  /**
   * @param spread standard deviation of the shift to begin with
   */
  Norm(Blueprint blueprint, String name, int columns, double spread) {
    gain = blueprint.parameters().constant(name + ".gain", 1, columns);
    shift = blueprint.parameters().normal(name + ".shift", spread, columns);
    output = blueprint.rows(name + ".y", columns);
    mean = blueprint.rows(name + ".mean", 1);
    rstd = blueprint.rows(name + ".rstd", 1);
  }

  View gain() {
    return gain.value();
  }

  View shift() {
    return shift.value();
  }

  @Override
  public View forward(Stream stream, View x) {
    this.x = x;
    long rows = x.rows();
    View y = output.view().first(rows);
    stream.normForward(
        y, mean.view().first(rows), rstd.view().first(rows), x, gain.value(), shift.value());
    return y;
  }

  /** In place: dx is dy. */
  @Override
  public View backward(Stream stream, View dy) {
    backward(stream, dy, dy, false);
    return dy;
  }

  void backward(Stream stream, View dy, View dx, boolean add) {
    long rows = x.rows();
    stream.normBackward(
        dx,
        gain.gradient(),
        shift.gradient(),
        dy,
        x,
        mean.view().first(rows),
        rstd.view().first(rows),
        gain.value(),
        add);
  }
}
