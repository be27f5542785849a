package dev.sild.bindings.cuda;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The machine code of sm_90 (and of its neighbours since sm_70): an ELF file with a section {@code
 * .text.<kernel>} a kernel, in it instructions of 16 bytes. The low nine bits say what is done, the
 * next three in what form; of an access, bits 73 to 75 have the width. NVIDIA does not publish
 * this: {@link CubinTest} holds it against kernels whose instructions are known.
 */
final class Cubin {
  private static final String TEXT = ".text.";
  private static final int INSTRUCTION_BYTES = 16;
  private static final int OPERATION_BITS = 0x1FF;
  private static final int WIDTH_128 = 6;

  /** Operations that a check asks for. */
  enum Operation {
    LDG(0x181),
    STG(0x186),
    LDS(0x184),
    STS(0x188),
    LDL(0x183),
    STL(0x187),
    LDGSTS(0x1AE),
    LDSM(0x03B),
    HMMA(0x03C),
    MUFU(0x108),
    SHFL(0x189),
    BAR(0x11D),
    NOP(0x118);

    private final int bits;

    Operation(int bits) {
      this.bits = bits;
    }
  }

  /**
   * How often an operation stands in a kernel.
   *
   * @param instructions all of them but the NOPs that fill up the end
   * @param wide those that move 128 bits a thread
   */
  record Code(int instructions, Map<Operation, Integer> count, Map<Operation, Integer> wide) {
    int of(Operation operation) {
      return count.getOrDefault(operation, 0);
    }

    int wide(Operation operation) {
      return wide.getOrDefault(operation, 0);
    }
  }

  private final ByteBuffer elf;

  private Cubin(byte[] bytes) {
    elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < 64 || elf.getInt(0) != 0x464C457F)
      throw new IllegalArgumentException("not an ELF file");
  }

  /** By kernel. */
  static Map<String, Code> parse(Path file) {
    try {
      return new Cubin(Files.readAllBytes(file)).kernels();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, Code> kernels() {
    Map<String, Code> kernels = new TreeMap<>();
    int names = section(Short.toUnsignedInt(elf.getShort(62)));
    for (int i = 0; i < Short.toUnsignedInt(elf.getShort(60)); i++) {
      int header = section(i);
      String name = string(offset(names) + elf.getInt(header));
      if (name.startsWith(TEXT))
        kernels.put(
            name.substring(TEXT.length()), code(offset(header), (int) elf.getLong(header + 32)));
    }
    return kernels;
  }

  private Code code(int from, int bytes) {
    Map<Operation, Integer> count = new EnumMap<>(Operation.class);
    Map<Operation, Integer> wide = new EnumMap<>(Operation.class);
    int instructions = 0;
    for (int at = from; at < from + bytes; at += INSTRUCTION_BYTES) {
      int bits = (int) elf.getLong(at) & OPERATION_BITS;
      boolean of128 = (elf.getLong(at + 8) >> 9 & 7) == WIDTH_128;
      if (bits != Operation.NOP.bits) instructions++;
      for (Operation operation : Operation.values())
        if (operation.bits == bits) {
          count.merge(operation, 1, Integer::sum);
          if (of128) wide.merge(operation, 1, Integer::sum);
        }
    }
    return new Code(instructions, count, wide);
  }

  /** Where the header of a section stands. */
  private int section(int index) {
    return (int) elf.getLong(40) + index * Short.toUnsignedInt(elf.getShort(58));
  }

  private int offset(int header) {
    return (int) elf.getLong(header + 24);
  }

  private String string(int at) {
    int end = at;
    while (elf.get(end) != 0) end++;
    return new String(elf.array(), at, end - at, ISO_8859_1);
  }
}
