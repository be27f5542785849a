package dev.sild.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A named array.
 *
 * @param name unique in its file, not empty and not {@code __metadata__}
 * @param dtype F32, F64, I64, I32 or U8
 * @param shape sizes; empty for a single number
 * @param data its numbers, little-endian, C order; as many bytes as shape and dtype say
 */
public record Tensor(String name, String dtype, long[] shape, MemorySegment data) {
  /** Checks that the data has the size that shape and dtype promise. */
  public Tensor {
    if (name.isEmpty() || name.equals(SafetensorsHeader.METADATA)) {
      throw new IllegalArgumentException("a tensor cannot be named '" + name + "'");
    }
    long bytes = bytes(dtype, shape);
    if (bytes != data.byteSize()) {
      throw new IllegalArgumentException(
          "%s: %s %s takes %d bytes, not %d"
              .formatted(name, dtype, Arrays.toString(shape), bytes, data.byteSize()));
    }
  }

  /** f32 numbers on the heap, not copied. */
  public static Tensor of(String name, float[] data, long... shape) {
    return new Tensor(name, "F32", shape, MemorySegment.ofArray(data));
  }

  /**
   * A copy of an F32 tensor on the heap.
   *
   * @throws IllegalStateException if it is of another type
   */
  public float[] toFloats() {
    if (!dtype.equals("F32")) {
      throw new IllegalStateException(name + " is " + dtype + ", not F32");
    }
    return data.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /**
   * Bytes of a number.
   *
   * @throws IllegalArgumentException if there is no such type here
   */
  static int width(String dtype) {
    return switch (dtype) {
      case "F64", "I64" -> 8;
      case "F32", "I32" -> 4;
      case "U8" -> 1;
      default -> throw new IllegalArgumentException("dtype " + dtype + " is not known");
    };
  }

  /**
   * Bytes of an array.
   *
   * @throws IllegalArgumentException if a size is negative or the product too large
   */
  static long bytes(String dtype, long[] shape) {
    long bytes = width(dtype);
    for (long size : shape) {
      if (size < 0 || Math.multiplyHigh(bytes, size) != 0 || bytes * size < 0) {
        throw new IllegalArgumentException("shape " + Arrays.toString(shape) + " cannot be");
      }
      bytes *= size;
    }
    return bytes;
  }
}
