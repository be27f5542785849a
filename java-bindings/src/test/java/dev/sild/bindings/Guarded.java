package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * An array between guard bands. Bands and outputs begin as bytes 0xFF, which is NaN in f32 and f64:
 * an op that writes outside is caught by the band, one that reads outside, or leaves an output as
 * it was, by the NaN.
 */
final class Guarded implements AutoCloseable {
  /** A multiple of 8, not of 16: no op may count on more. */
  static final int ASKEW = 72;

  /** Where a device may move 16 bytes at once. */
  static final int ALIGNED = 64;

  private static final int AFTER = 128;

  private final int before;
  private final Buffer buffer;
  private final View view;
  private final byte[] unchanged;

  /**
   * @param before bytes of the band before the array
   * @param content initial content, null for an output
   * @param constant whether the op must leave the content alone
   */
  Guarded(
      Device device,
      int before,
      MemorySegment content,
      boolean constant,
      DType type,
      long... shape) {
    this.before = before;
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    buffer = device.allocate(before + elements * type.bytes() + AFTER);
    byte[] pattern = new byte[Math.toIntExact(buffer.bytes())];
    Arrays.fill(pattern, (byte) 0xFF);
    buffer.copyIn(0, MemorySegment.ofArray(pattern));
    view = buffer.view(before, type, shape);
    if (content != null) view.write(content);
    unchanged = constant ? bytes() : null;
  }

  View view() {
    return view;
  }

  byte[] bytes() {
    byte[] bytes = new byte[Math.toIntExact(view.bytes())];
    view.read(MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** Both bands are as they were, and so is the array if it is an input. */
  void verify() {
    byte[] all = new byte[Math.toIntExact(buffer.bytes())];
    buffer.copyOut(0, MemorySegment.ofArray(all));
    for (int i = 0; i < all.length; i++)
      if ((i < before || i >= all.length - AFTER) && all[i] != (byte) 0xFF)
        throw new AssertionError("byte %d beside %s was written".formatted(i - before, view));
    if (unchanged != null) assertThat(bytes()).as("input " + view).isEqualTo(unchanged);
  }

  @Override
  public void close() {
    buffer.close();
  }
}
