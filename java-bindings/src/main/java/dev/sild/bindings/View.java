package dev.sild.bindings;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A typed, shaped, contiguous piece of a {@link Buffer}, row-major. A view borrows: it neither owns
 * nor frees. Copies to and from the host move the whole view.
 */
public final class View {
  private final Buffer buffer;
  private final long offset;
  private final DType type;
  private final long[] shape;
  private final long elements;

  View(Buffer buffer, long offset, DType type, long... shape) {
    long count = 1;
    for (long size : shape) {
      if (size < 0) throw new IllegalArgumentException("shape " + Arrays.toString(shape));
      count = Math.multiplyExact(count, size);
    }
    buffer.requireInside(offset, Math.multiplyExact(count, (long) type.bytes()));
    this.buffer = buffer;
    this.offset = offset;
    this.type = type;
    this.shape = shape.clone();
    this.elements = count;
  }

  /** Device address of the first element. */
  public long address() {
    return buffer.address() + offset;
  }

  public DType type() {
    return type;
  }

  public long[] shape() {
    return shape.clone();
  }

  /** Size of the first dimension, 1 for a scalar. */
  public long rows() {
    return shape.length == 0 ? 1 : shape[0];
  }

  /** Elements in one row: everything after the first dimension. */
  public long columns() {
    return rows() == 0 ? 0 : elements / rows();
  }

  public long elements() {
    return elements;
  }

  public long bytes() {
    return elements * type.bytes();
  }

  /** The same memory under another shape with as many elements. */
  public View reshape(long... newShape) {
    View view = new View(buffer, offset, type, newShape);
    if (view.elements != elements) throw new IllegalArgumentException(this + " is not " + view);
    return view;
  }

  /** Rows {@code first … first + count}; this view itself when that is all of it. */
  public View rows(long first, long count) {
    if (first == 0 && count == rows()) return this;
    if (first < 0 || count < 0 || first + count > rows())
      throw new IndexOutOfBoundsException(
          "rows %d … %d of %s".formatted(first, first + count, this));
    long[] part = shape.clone();
    part[0] = count;
    return new View(buffer, offset + first * columns() * type.bytes(), type, part);
  }

  /** The first {@code count} rows. */
  public View first(long count) {
    return rows(0, count);
  }

  /** Fills this view from {@code source}, which must be exactly as long. */
  public void write(MemorySegment source) {
    requireLength(source.byteSize());
    buffer.copyIn(offset, source);
  }

  /** Copies this view to {@code target}, which must be exactly as long. */
  public void read(MemorySegment target) {
    requireLength(target.byteSize());
    buffer.copyOut(offset, target);
  }

  public void write(float... source) {
    require(DType.F32);
    write(MemorySegment.ofArray(source));
  }

  public void write(int... source) {
    require(DType.I32);
    write(MemorySegment.ofArray(source));
  }

  public void write(byte... source) {
    require(DType.U8);
    write(MemorySegment.ofArray(source));
  }

  /** Sets every byte to zero. */
  public void clear() {
    write(MemorySegment.ofArray(new byte[Math.toIntExact(bytes())]));
  }

  /** A copy of the elements of an f32 view. */
  public float[] floats() {
    require(DType.F32);
    float[] target = new float[Math.toIntExact(elements)];
    read(MemorySegment.ofArray(target));
    return target;
  }

  /** A copy of the elements of an f64 view. */
  public double[] doubles() {
    require(DType.F64);
    double[] target = new double[Math.toIntExact(elements)];
    read(MemorySegment.ofArray(target));
    return target;
  }

  /** A copy of the elements of an i32 view. */
  public int[] ints() {
    require(DType.I32);
    int[] target = new int[Math.toIntExact(elements)];
    read(MemorySegment.ofArray(target));
    return target;
  }

  /** A copy of the elements of an i64 view. */
  public long[] longs() {
    require(DType.I64);
    long[] target = new long[Math.toIntExact(elements)];
    read(MemorySegment.ofArray(target));
    return target;
  }

  private void require(DType wanted) {
    if (type != wanted) throw new IllegalArgumentException(this + " does not hold " + wanted);
  }

  private void requireLength(long length) {
    if (length != bytes())
      throw new IllegalArgumentException(
          "%d bytes for %s, which has %d".formatted(length, this, bytes()));
  }

  @Override
  public String toString() {
    return type + Arrays.toString(shape);
  }
}
