package dev.sild.network;

import dev.sild.bindings.DType;
import dev.sild.bindings.View;

/** A learned tensor: one place in each arena of its {@link Parameters}. */
public final class Parameter {
  private final Parameters owner;
  private final String name;
  private final long[] shape;
  private final long offset;
  private final double deviation;
  private final double start;

  Parameter(
      Parameters owner, String name, long[] shape, long offset, double deviation, double start) {
    this.owner = owner;
    this.name = name;
    this.shape = shape.clone();
    this.offset = offset;
    this.deviation = deviation;
    this.start = start;
  }

  public String name() {
    return name;
  }

  public long[] shape() {
    return shape.clone();
  }

  public View value() {
    return in(Parameters.Kind.VALUE);
  }

  public View gradient() {
    return in(Parameters.Kind.GRADIENT);
  }

  /** This tensor in one of the arenas. */
  public View in(Parameters.Kind kind) {
    return owner.arena(kind).view(offset * Float.BYTES, DType.F32, shape);
  }

  long elements() {
    long elements = 1;
    for (long size : shape) elements *= size;
    return elements;
  }

  /** Standard deviation of the initial values. */
  double deviation() {
    return deviation;
  }

  /** Initial value where the deviation is 0. */
  double start() {
    return start;
  }
}
