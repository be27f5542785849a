package dev.sild.data;

import dev.sild.UserException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of an {@code .npy} file: magic, version, length, and a Python dictionary.
 *
 * @param type of a number
 * @param order of its bytes
 * @param fortranOrder whether the first index runs fastest
 * @param shape sizes
 * @param count their product
 * @param dataStart bytes before the first number
 */
record NpyHeader(
    Type type, ByteOrder order, boolean fortranOrder, long[] shape, int count, long dataStart) {
  static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_LENGTH = 1 << 20;
  private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'([<>|=]?)(\\w+)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([\\d\\sL,]*)\\)");
  private static final ValueLayout.OfShort U2 = // the layouts that name no order are the machine's
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U4 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The types that are read. */
  enum Type {
    F4(4),
    F8(8),
    U1(1),
    I4(4),
    I8(8);

    final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }
  }

  static boolean begins(byte[] start) {
    return start.length >= MAGIC.length
        && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /**
   * @param file all bytes of the file
   * @throws UserException unless they are an array that can be read, to the last byte
   */
  static NpyHeader parse(Path path, MemorySegment file) {
    long size = file.byteSize();
    byte[] start = file.asSlice(0, Math.min(size, 8)).toArray(ValueLayout.JAVA_BYTE);
    if (!begins(start)) {
      throw bad(path, "is not an .npy file: write it with numpy.save");
    }
    int version = start.length < 8 ? 1 : start[6];
    if (version < 1 || version > 3) {
      throw bad(path, "has .npy version " + version + ", not 1, 2 or 3: write it with numpy.save");
    }
    int prefix = version == 1 ? 10 : 12;
    if (size < prefix) {
      throw bad(path, "is cut short inside its header: write it again");
    }
    long length =
        version == 1
            ? Short.toUnsignedLong(file.get(U2, 8))
            : Integer.toUnsignedLong(file.get(U4, 8));
    if (length > MAX_LENGTH || prefix + length > size) {
      throw bad(path, "is cut short inside its header: write it again");
    }
    byte[] text = file.asSlice(prefix, length).toArray(ValueLayout.JAVA_BYTE);
    NpyHeader header = parse(path, new String(text, StandardCharsets.UTF_8), prefix + length);
    long wanted = header.dataStart + (long) header.count * header.type.bytes;
    if (size != wanted) {
      String problem = size < wanted ? "is cut short" : "goes on after its numbers";
      throw bad(path, problem + ": " + size + " bytes, not " + wanted + ": write it again");
    }
    return header;
  }

  private static NpyHeader parse(Path path, String text, long dataStart) {
    Matcher order = ORDER.matcher(text);
    Matcher shape = SHAPE.matcher(text);
    if (!text.contains("'descr'") || !order.find() || !shape.find()) {
      throw bad(path, "has a damaged header: write it again with numpy.save");
    }
    Matcher type = TYPE.matcher(text);
    if (!type.find()) {
      throw bad(path, "holds records, not numbers: save one field with astype('float32')");
    }
    long[] sizes = sizes(path, shape.group(1));
    return new NpyHeader(
        type(path, type.group(2)),
        order(type.group(1)),
        order.group(1).equals("True"),
        sizes,
        count(path, sizes),
        dataStart);
  }

  private static Type type(Path path, String name) {
    return switch (name) {
      case "f4", "f8", "u1", "i4", "i8" -> Type.valueOf(name.toUpperCase(Locale.ROOT));
      default ->
          throw bad(
              path, "has dtype " + name + ", not f4, f8, u1, i4, i8: save it astype('float32')");
    };
  }

  private static ByteOrder order(String mark) {
    return switch (mark) {
      case ">" -> ByteOrder.BIG_ENDIAN;
      case "<" -> ByteOrder.LITTLE_ENDIAN;
      default -> ByteOrder.nativeOrder();
    };
  }

  private static long[] sizes(Path path, String tuple) {
    try {
      return Arrays.stream(tuple.split(","))
          .map(size -> size.strip().replace("L", "")) // Python 2 wrote 3L
          .filter(size -> !size.isEmpty())
          .mapToLong(Long::parseLong)
          .toArray();
    } catch (NumberFormatException e) {
      throw bad(path, "has a damaged header (shape): write it again with numpy.save");
    }
  }

  private static int count(Path path, long[] sizes) {
    try {
      return Math.toIntExact(Arrays.stream(sizes).reduce(1, Math::multiplyExact));
    } catch (ArithmeticException e) {
      throw bad(path, "holds 2^31 numbers or more: save fewer rows");
    }
  }

  private static UserException bad(Path path, String problem) {
    return new UserException(path + ": " + problem);
  }
}
