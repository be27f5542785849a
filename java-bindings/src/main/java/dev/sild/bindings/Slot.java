package dev.sild.bindings;

import java.util.Arrays;

/** A named tensor of a {@link MemoryPlan}: a promise until the plan is allocated. */
public final class Slot {
  private final String name;
  private final DType type;
  private final long[] shape;
  private View view;

  Slot(String name, DType type, long... shape) {
    this.name = name;
    this.type = type;
    this.shape = shape.clone();
  }

  /** The memory; throws before the plan is allocated. */
  public View view() {
    if (view == null) throw new IllegalStateException(name + " is planned, but not allocated yet");
    return view;
  }

  String name() {
    return name;
  }

  DType type() {
    return type;
  }

  long[] shape() {
    return shape;
  }

  long bytes() {
    return Arrays.stream(shape).reduce(type.bytes(), Math::multiplyExact);
  }

  void place(View memory) {
    view = memory;
  }
}
