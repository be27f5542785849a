package dev.sild.rivals;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A message in the wire format of Protocol Buffers, field after field. */
final class ProtoMessage {
  private static final int VARINT = 0;
  private static final int LENGTH = 2;
  private static final int FOUR_BYTES = 5;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private void varint(long value) {
    long rest = value;
    for (; (rest & ~0x7FL) != 0; rest >>>= 7) out.write((int) (rest & 0x7F | 0x80));
    out.write((int) rest);
  }

  private ProtoMessage field(int number, byte[] bytes) {
    varint((long) number << 3 | LENGTH);
    varint(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  ProtoMessage number(int number, long value) {
    varint((long) number << 3 | VARINT);
    varint(value);
    return this;
  }

  ProtoMessage real(int number, float value) {
    varint((long) number << 3 | FOUR_BYTES);
    out.writeBytes(littleEndian(value));
    return this;
  }

  ProtoMessage text(int number, String value) {
    return field(number, value.getBytes(StandardCharsets.UTF_8));
  }

  ProtoMessage reals(int number, float... values) {
    return field(number, littleEndian(values));
  }

  ProtoMessage message(int number, ProtoMessage value) {
    return field(number, value.bytes());
  }

  /** The fields of another message, too. */
  ProtoMessage append(ProtoMessage other) {
    out.writeBytes(other.bytes());
    return this;
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  private static byte[] littleEndian(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }
}
