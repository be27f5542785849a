package dev.sild.bindings.selftest;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.View;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * An array of a trial between two bands. Bands and outputs begin as NaN, bytes 0xFF: what an op
 * writes beside its array shows in the bands, what it leaves out in the array.
 */
final class Guarded implements AutoCloseable {
  private static final int BAND = 64;

  private final Buffer buffer;
  private final View view;
  private final boolean constant;
  private final int begin;
  private final byte[] image;

  /**
   * @param shift bytes that the array lies beside a multiple of 64
   * @param content its bytes, null for an output
   * @param constant whether the op must leave the content alone
   */
  Guarded(
      Device device,
      int shift,
      MemorySegment content,
      boolean constant,
      DType type,
      long... shape) {
    this.constant = constant;
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    int bytes = Math.toIntExact(elements * type.bytes());
    begin = BAND + shift;
    image = new byte[begin + bytes + BAND];
    Arrays.fill(image, (byte) 0xFF);
    if (content != null) MemorySegment.copy(content, 0, MemorySegment.ofArray(image), begin, bytes);
    buffer = device.allocate(image.length);
    buffer.copyIn(0, MemorySegment.ofArray(image));
    view = buffer.view(begin, type, shape);
  }

  View view() {
    return view;
  }

  /**
   * What the device made of it.
   *
   * @throws IllegalStateException if a byte was written that is not the op's to write
   */
  double[] values() {
    byte[] now = new byte[image.length];
    buffer.copyOut(0, MemorySegment.ofArray(now));
    int end = now.length - BAND;
    for (int i = 0; i < now.length; i++)
      if (now[i] != image[i] && (constant || i < begin || i >= end))
        throw new IllegalStateException(
            i >= begin && i < end
                ? "its input %s was changed".formatted(view)
                : "byte %d beside %s was written".formatted(i - begin, view));
    double[] values = new double[Math.toIntExact(view.elements())];
    MemorySegment memory = MemorySegment.ofArray(now);
    for (int i = 0; i < values.length; i++)
      values[i] = value(memory, begin + (long) i * view.type().bytes());
    return values;
  }

  private double value(MemorySegment memory, long at) {
    return switch (view.type()) {
      case F32 -> memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
      case F64 -> memory.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at);
      case I32 -> memory.get(ValueLayout.JAVA_INT_UNALIGNED, at);
      case I64 -> memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
      case U8 -> memory.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    };
  }

  @Override
  public void close() {
    buffer.close();
  }
}
