package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdxTest {
  private static final String IMAGES = "train-images-idx3-ubyte";
  private static final String LABELS = "train-labels-idx1-ubyte";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "-images-idx3-ubyte, -labels-idx1-ubyte, false",
    "-images-idx3-ubyte.gz, -labels-idx1-ubyte.gz, true",
    "-images.idx3-ubyte, -labels.idx1-ubyte, false",
    "-images.idx3-ubyte.gz, -labels-idx1-ubyte, true",
    "-images-idx3-ubyte, -labels.idx1-ubyte.gz, true", // packed without saying so
    "-images-idx3-ubyte.gz, -labels.idx1-ubyte.gz, false" // says so without being packed
  })
  void filesAreFoundByTheirUsualNamesPackedOrNot(String images, String labels, boolean packed)
      throws IOException {
    for (String part : new String[] {"train", "t10k"}) {
      int count = part.equals("train") ? 3 : 2;
      write(part + images, packed ? gzip(images(count, 2, 5)) : images(count, 2, 5));
      write(part + labels, packed ? gzip(labels(count)) : labels(count));
    }
    LabelledImages training = Idx.training(folder);
    assertThat(training.count()).isEqualTo(3);
    assertThat(training.height()).isEqualTo(2);
    assertThat(training.width()).isEqualTo(5);
    assertThat(training.labels()).containsExactly(0, 1, 2);
    assertThat(training.pixels()[29]).isEqualTo((byte) (29 * 8));
    assertThat(Idx.test(folder).count()).isEqualTo(2);
  }

  @Test
  void aMissingFolderIsNamed() {
    refused(folder.resolve("nowhere"), "nowhere: there is no such folder");
    refused(write("file", new byte[1]), "file: is not a folder");
  }

  @Test
  void aMissingFileIsNamedByAllItsNames() {
    refused(
        "train-images-idx3-ubyte, train-images-idx3-ubyte.gz, train-images.idx3-ubyte,"
            + " train-images.idx3-ubyte.gz");
    write(IMAGES, images(2, 2, 2));
    refused("has none of train-labels-idx1-ubyte");
    assertThatThrownBy(() -> Idx.test(folder)).hasMessageContaining("t10k-images-idx3-ubyte");
  }

  @Test
  void aWrongMagicIsRefused() {
    pair(ByteBuffer.allocate(30).putInt(0x0d03).array(), labels(2));
    refused(IMAGES + ": is not an IDX file of images: it begins with 00000d03");
    pair(labels(20), labels(20));
    refused(IMAGES + ": holds labels where images belong");
    pair(images(2, 2, 2), images(2, 2, 2));
    refused(LABELS + ": holds images where labels belong");
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    for (byte[] whole : new byte[][] {images(2, 2, 2), gzip(images(2, 2, 2))}) {
      for (int length = 0; length < whole.length; length++) {
        pair(Arrays.copyOf(whole, length), labels(2));
        refused(IMAGES);
      }
    }
    pair(Arrays.copyOf(images(2, 2, 2), 20), labels(2));
    refused("is cut short: 4 of 8 bytes are there");
    pair(images(2, 2, 2), Arrays.copyOf(labels(2), 9));
    refused(LABELS + ": is cut short: 1 of 2 bytes");
  }

  @Test
  void trailingBytesAreRefused() throws IOException {
    byte[] longer = Arrays.copyOf(images(2, 2, 2), 25);
    pair(longer, labels(2));
    refused(IMAGES + ": goes on after");
    pair(gzip(longer), labels(2));
    refused(IMAGES + ": goes on after");
  }

  @Test
  void countsOfImagesAndLabelsMustAgree() {
    pair(images(3, 2, 2), labels(2));
    refused("holds 2 labels for the 3 images");
  }

  @Test
  void aDamagedGzipIsRefused() throws IOException {
    byte[] packed = gzip(images(3, 4, 4));
    packed[packed.length - 6] ^= 1; // its checksum
    pair(packed, labels(3));
    refused(IMAGES + ": is damaged (gzip");
    pair(new byte[] {0x1f, (byte) 0x8b, 99, 0, 0, 0, 0, 0, 0, 0, 0}, labels(3));
    refused(IMAGES + ": is damaged (gzip");
  }

  @Test
  void aLabelAboveNineIsRefused() {
    byte[] labels = labels(3);
    labels[9] = 10;
    pair(images(3, 2, 2), labels);
    refused("label 10 of image 1 is not a digit");
  }

  @Test
  void absurdSizesAreRefusedBeforeAnythingIsAllocated() {
    int[][] sizes = {
      {0, 2, 2}, {-1, 2, 2}, {2, 0, 2}, {2, 2, -5}, {2, 1 << 20, 1}, {1 << 30, 28, 28}
    };
    for (int[] size : sizes) {
      pair(header(0x0803, size).array(), labels(2));
      refused("which cannot be");
    }
    pair(header(0x0803, 2_000_000, 28, 28).array(), labels(2)); // 1.5 GB, none of it there
    refused("is cut short: 0 of 1568000000");
  }

  @Test
  void mnistIsWhatItsAuthorsDescribe() {
    Path data = Path.of(System.getProperty("sild.data", "../../shared/data")).resolve("mnist");
    assumeTrue(Files.isDirectory(data), "skipped: no MNIST in " + data + " (set -Dsild.data)");
    LabelledImages training = Idx.training(data);
    double sum = 0;
    double squares = 0;
    for (byte pixel : training.pixels()) {
      double value = (pixel & 0xff) / 255.0;
      sum += value;
      squares += value * value;
    }
    double mean = sum / training.pixels().length;
    assertThat(training.count()).isEqualTo(60_000);
    assertThat(mean).isCloseTo(0.1307, within(5e-5));
    assertThat(Math.sqrt(squares / training.pixels().length - mean * mean))
        .isCloseTo(0.3081, within(5e-5));
    assertThat(Arrays.copyOf(training.labels(), 8)).containsExactly(5, 0, 4, 1, 9, 2, 1, 3);
    assertThat(Idx.test(data).count()).isEqualTo(10_000);
  }

  private void refused(String message) {
    refused(folder, message);
  }

  private static void refused(Path folder, String message) {
    assertThatThrownBy(() -> Idx.training(folder))
        .isInstanceOf(UserException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  private void pair(byte[] images, byte[] labels) {
    write(IMAGES, images);
    write(LABELS, labels);
  }

  private Path write(String name, byte[] bytes) {
    try {
      return Files.write(folder.resolve(name), bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] images(int count, int height, int width) {
    byte[] bytes =
        Arrays.copyOf(header(0x0803, count, height, width).array(), 16 + count * height * width);
    for (int i = 16; i < bytes.length; i++) {
      bytes[i] = (byte) ((i - 16) * 8);
    }
    return bytes;
  }

  private static byte[] labels(int count) {
    byte[] bytes = Arrays.copyOf(header(0x0801, count).array(), 8 + count);
    for (int i = 0; i < count; i++) {
      bytes[8 + i] = (byte) (i % 10);
    }
    return bytes;
  }

  private static ByteBuffer header(int magic, int... sizes) {
    ByteBuffer header = ByteBuffer.allocate(4 + 4 * sizes.length).putInt(magic);
    for (int size : sizes) {
      header.putInt(size);
    }
    return header;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var stream = new GZIPOutputStream(packed)) {
      stream.write(bytes);
    }
    return packed.toByteArray();
  }
}
