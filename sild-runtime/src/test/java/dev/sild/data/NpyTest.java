package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"<f4", ">f4", "=f4", "<f8", ">f8", "|u1", "<i4", ">i4", "<i8", ">i8"})
  void everyTypeAndByteOrderIsRead(String type) throws IOException {
    for (int version = 1; version <= 3; version++) {
      Npy.Array array = Npy.read(file(version, type, false, "(2, 3)", 0, 1, 2, 3, 4, 250));
      assertThat(array.shape()).containsExactly(2, 3);
      assertThat(array.data()).containsExactly(0, 1, 2, 3, 4, 250);
    }
  }

  @ParameterizedTest
  @CsvSource({"<f8", "<f4", ">i8", "<i4"})
  void signsSurvive(String type) throws IOException {
    assertThat(Npy.read(file(1, type, false, "(2,)", -7, 7)).data()).containsExactly(-7, 7);
  }

  @Test
  void fortranOrderIsTurnedIntoCOrder() throws IOException {
    Npy.Array matrix = Npy.read(file(1, "<f4", true, "(2, 3)", 0, 3, 1, 4, 2, 5));
    assertThat(matrix.data()).containsExactly(0, 1, 2, 3, 4, 5);
    double[] fortran = new double[24]; // element (i, j, k) of shape (2, 3, 4) is 12i + 4j + k
    for (int i = 0; i < 24; i++) {
      fortran[i] = 12 * (i % 2) + 4 * (i / 2 % 3) + i / 6;
    }
    Npy.Array cube = Npy.read(file(1, "<f8", true, "(2, 3, 4)", fortran));
    for (int i = 0; i < 24; i++) {
      assertThat(cube.data()[i]).isEqualTo(i);
    }
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    Path path = folder.resolve("x.npy");
    float[] data = new float[(1 << 20) + 3]; // more than one chunk
    for (int i = 0; i < data.length; i++) {
      data[i] = Float.intBitsToFloat(i * 0x9E3779B9); // NaN and infinities among them
    }
    Npy.write(path, data, 1, data.length);
    Npy.Array array = Npy.read(path);
    assertThat(Arrays.equals(array.data(), data)).isTrue();
    assertThat(array.shape()).containsExactly(1, data.length);
    for (long[] shape : new long[][] {{}, {1}, {1, 1, 1}}) {
      Npy.write(path, new float[] {5}, shape);
      assertThat(Npy.read(path).shape()).isEqualTo(shape);
    }
    assertThatThrownBy(() -> Npy.write(path, data, 7)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void writtenBytesAreThoseOfNumpy() throws IOException {
    Path path = folder.resolve("x.npy");
    Npy.write(path, new float[] {1, 2, 3}, 3);
    byte[] bytes = Files.readAllBytes(path);
    String text = new String(bytes, 0, 128, StandardCharsets.ISO_8859_1);
    assertThat(text)
        .isEqualTo(
            "\u0093NUMPY\1\0\166\0"
                + "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"
                + " ".repeat(60)
                + "\n");
    assertThat(bytes).hasSize(128 + 12);
  }

  @Test
  void everyTruncationAndEveryAdditionIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(file(2, "<f4", false, "(2, 2)", 1, 2, 3, 4));
    for (int length = 0; length < whole.length; length++) {
      refused(Arrays.copyOf(whole, length), "");
    }
    refused(Arrays.copyOf(whole, whole.length - 1), "is cut short: ");
    refused(Arrays.copyOf(whole, whole.length + 1), "goes on after its numbers");
    refused(Arrays.copyOf(whole, 40), "is cut short inside its header");
  }

  @Test
  void foreignHeadersAreRefusedWithACure() throws IOException {
    refused("1,2".getBytes(StandardCharsets.US_ASCII), "is not an .npy file");
    refused(Files.readAllBytes(file(4, "<f4", false, "(1,)", 1)), "has .npy version 4");
    refused(Files.readAllBytes(file(1, "<c8", false, "(1,)", 1)), "has dtype c8");
    refused(Files.readAllBytes(file(1, "|O", false, "(1,)", 1)), "has dtype O");
    refused(Files.readAllBytes(file(1, "<f4", false, "(x,)", 1)), "has a damaged header");
    refused(Files.readAllBytes(file(1, "<f4", false, "(1 1,)", 1)), "has a damaged header");
    refused(Files.readAllBytes(file(1, "<f4", false, "(99999999999999999999,)", 1)), "damaged");
    refused(Files.readAllBytes(file(1, "<f4", false, "(65536, 65536)", 1)), "2^31 numbers");
    refused(Files.readAllBytes(file(1, "<f4", false, "(1000, 1000)", 1)), "is cut short: ");
    String record = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }";
    refused(Files.readAllBytes(raw(1, record, new byte[4])), "holds records");
  }

  private void refused(byte[] bytes, String message) throws IOException {
    Path path = Files.write(folder.resolve("bad.npy"), bytes);
    assertThatThrownBy(() -> Npy.read(path))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  private Path file(int version, String type, boolean fortran, String shape, double... values)
      throws IOException {
    ByteOrder order = type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    ByteBuffer data = ByteBuffer.allocate(8 * values.length).order(order);
    for (double value : values) {
      switch (type.substring(1)) {
        case "f8" -> data.putDouble(value);
        case "i8" -> data.putLong((long) value);
        case "i4" -> data.putInt((int) value);
        case "u1" -> data.put((byte) value);
        default -> data.putFloat((float) value);
      }
    }
    String flag = fortran ? "True" : "False";
    String header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }".formatted(type, flag, shape);
    return raw(version, header, Arrays.copyOf(data.array(), data.position()));
  }

  private Path raw(int version, String header, byte[] data) throws IOException {
    byte[] text = (header + "   \n").getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(12 + text.length + data.length);
    file.order(ByteOrder.LITTLE_ENDIAN).put((byte) 0x93);
    file.put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) version).put((byte) 0);
    if (version == 1) {
      file.putShort((short) text.length);
    } else {
      file.putInt(text.length);
    }
    file.put(text).put(data);
    return Files.write(
        folder.resolve("x" + version + ".npy"), Arrays.copyOf(file.array(), file.position()));
  }
}
