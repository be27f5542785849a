package dev.sild.bindings;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The shape contracts of the ops, checked before an address leaves Java. For the devices. */
public final class Shapes {
  private final String op;

  private Shapes(String op) {
    this.op = op;
  }

  /** Checks for one call of the op. */
  public static Shapes of(String op) {
    return new Shapes(op);
  }

  /** The view has this type and as many elements as the product of {@code shape}. */
  public Shapes is(String name, View view, DType type, long... shape) {
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (view == null || view.type() != type || view.elements() != elements)
      throw new IllegalArgumentException(
          "%s: %s is %s, not %s%s".formatted(op, name, view, type, Arrays.toString(shape)));
    return this;
  }

  /** The same for f32. */
  public Shapes is(String name, View view, long... shape) {
    return is(name, view, DType.F32, shape);
  }

  /** The view is f32 and has exactly these dimensions: for ops that read the shape itself. */
  public Shapes exactly(String name, View view, long... shape) {
    is(name, view, shape);
    return that(
        Arrays.equals(view.shape(), shape),
        "%s is %s, not %s%s".formatted(name, view, DType.F32, Arrays.toString(shape)));
  }

  /** The view has so many dimensions. */
  public Shapes rank(String name, View view, int rank) {
    return that(
        view != null && view.shape().length == rank,
        "%s is %s, not of rank %d".formatted(name, view, rank));
  }

  /** The view is absent, or f32 of this shape. */
  public Shapes maybe(String name, View view, long... shape) {
    return view == null ? this : is(name, view, shape);
  }

  /** A condition that is not about one view. */
  public Shapes that(boolean holds, String what) {
    if (!holds) throw new IllegalArgumentException(op + ": " + what);
    return this;
  }

  /** The contract of a gather for B samples. */
  public Shapes gather(Gather gather, long rows) {
    View data = gather.data();
    that(data.type() == DType.U8 || data.type() == DType.F32, "data is " + data);
    that(
        gather.dimension() % data.columns() == 0,
        "%s does not divide %s".formatted(data, gather.scale()));
    is("shift", gather.shift(), gather.dimension());
    if (gather.index() != null) return is("index", gather.index(), DType.I32, rows, gather.parts());
    return that(data.rows() >= rows * gather.parts(), "%d samples from %s".formatted(rows, data));
  }

  /** "op f32[3, 4] f32[4]": for messages. */
  public static String describe(String op, View... views) {
    return op + Arrays.stream(views).map(view -> " " + view).collect(Collectors.joining());
  }
}
