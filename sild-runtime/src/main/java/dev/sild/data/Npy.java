package dev.sild.data;

import dev.sild.UserException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Collectors;

/** NumPy's {@code .npy} arrays, format versions 1, 2 and 3, as f32. */
public final class Npy {
  private static final int CHUNK = 1 << 20; // numbers written at a time

  private Npy() {}

  /**
   * An array.
   *
   * @param data the numbers in C order (the last index runs fastest)
   * @param shape sizes; empty for a single number
   */
  public record Array(float[] data, long[] shape) {}

  /**
   * Reads f4, f8, u1, i4 or i8 numbers of either byte order, in C or Fortran order. Numbers that
   * are not finite are kept.
   *
   * @throws UserException if the file is missing, damaged, of another type or over 2^31 numbers
   */
  public static Array read(Path path) {
    InputFile.check(path);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        Arena arena = Arena.ofConfined()) {
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      NpyHeader header = NpyHeader.parse(path, file);
      float[] data = numbers(header, file);
      long[] shape = header.shape();
      return new Array(header.fortranOrder() ? toCOrder(data, shape) : data, shape);
    } catch (IOException e) {
      throw InputFile.unreadable(path, e);
    }
  }

  /**
   * Writes numbers as little-endian f4 in C order, format version 1.
   *
   * @param data the numbers; as many as the shape says
   * @param shape sizes; none for a single number
   */
  public static void write(Path path, float[] data, long... shape) throws IOException {
    if (Arrays.stream(shape).reduce(1, Math::multiplyExact) != data.length) {
      throw new IllegalArgumentException(
          path + ": " + data.length + " numbers do not fill " + Arrays.toString(shape));
    }
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      AtomicFile.writeFully(channel, header(shape));
      ByteBuffer chunk =
          ByteBuffer.allocateDirect(4 * Math.min(CHUNK, data.length))
              .order(ByteOrder.LITTLE_ENDIAN);
      for (int from = 0; from < data.length; from += CHUNK) {
        int count = Math.min(CHUNK, data.length - from);
        chunk.clear().limit(4 * count);
        chunk.asFloatBuffer().put(data, from, count);
        AtomicFile.writeFully(channel, chunk);
      }
    }
  }

  private static ByteBuffer header(long[] shape) {
    String sizes = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String tuple = "(" + sizes + (shape.length == 1 ? ",)" : ")");
    String dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': " + tuple + ", }";
    int length = (dictionary.length() + 11 + 63) / 64 * 64 - 10; // data begins on a multiple of 64
    String padded = dictionary + " ".repeat(length - 1 - dictionary.length()) + "\n";
    return ByteBuffer.allocate(10 + length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(NpyHeader.MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) length)
        .put(padded.getBytes(StandardCharsets.US_ASCII))
        .flip();
  }

  private static float[] numbers(NpyHeader header, MemorySegment file) {
    float[] data = new float[header.count()];
    ByteOrder order = header.order();
    var f4 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(order);
    var f8 = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(order);
    var i4 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
    var i8 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
    long start = header.dataStart();
    if (header.type() == NpyHeader.Type.F4) {
      MemorySegment.copy(file, f4, start, data, 0, data.length);
      return data;
    }
    for (int i = 0; i < data.length; i++) {
      long at = start + (long) i * header.type().bytes;
      data[i] =
          switch (header.type()) {
            case F4, F8 -> (float) file.get(f8, at);
            case U1 -> file.get(ValueLayout.JAVA_BYTE, at) & 0xff;
            case I4 -> file.get(i4, at);
            case I8 -> file.get(i8, at);
          };
    }
    return data;
  }

  /**
   * The first index runs fastest in Fortran order: count the indices up in C order, add strides.
   */
  private static float[] toCOrder(float[] fortran, long[] shape) {
    float[] data = new float[fortran.length];
    long[] stride = new long[shape.length];
    long product = 1;
    for (int axis = 0; axis < shape.length; axis++) {
      stride[axis] = product;
      product *= shape[axis];
    }
    long[] index = new long[shape.length];
    int from = 0;
    for (int i = 0; i < data.length; i++) {
      data[i] = fortran[from];
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        from += (int) stride[axis];
        if (++index[axis] < shape[axis]) {
          break;
        }
        from -= (int) (stride[axis] * shape[axis]);
        index[axis] = 0;
      }
    }
    return data;
  }
}
