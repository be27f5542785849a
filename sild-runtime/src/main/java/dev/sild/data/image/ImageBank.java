package dev.sild.data.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Chosen images of a memory-mapped file. Nobody writes to the arrays; the file stays mapped for as
 * long as it is referred to.
 *
 * @param pixels (n, 3, size, size) u8, all images of the file
 * @param rows (count) which of them
 * @param labels (count) unsigned bytes
 * @param size height and width
 */
public record ImageBank(MemorySegment pixels, int[] rows, byte[] labels, int size) {

  /** Checks that there is a label for each image. */
  public ImageBank {
    if (labels.length != rows.length)
      throw new IllegalArgumentException(labels.length + " labels for " + rows.length + " images");
  }

  /** Number of images. */
  public int count() {
    return rows.length;
  }

  /** Numbers in an image. */
  public int dimension() {
    return 3 * size * size;
  }

  /** Label of image i, 0 … 255. */
  public int label(int i) {
    return labels[i] & 0xFF;
  }

  /** How often each label occurs, of so many; the same for all where there are no images. */
  public List<Double> shares(int classes) {
    double[] counts = new double[classes];
    for (int i = 0; i < count() && classes > 0; i++) counts[label(i)]++;
    return Arrays.stream(counts)
        .map(count -> count() == 0 ? 1.0 / classes : count / count())
        .boxed()
        .toList();
  }

  /** Image i: (3, size, size), borrowed from the map. */
  public MemorySegment image(int i) {
    return pixels.asSlice((long) rows[i] * dimension(), dimension());
  }

  /**
   * Copies image i.
   *
   * @param mirrored left and right exchanged
   * @param into receives (3, size, size) at {@code at}
   */
  public void copy(int i, boolean mirrored, byte[] into, int at) {
    MemorySegment.copy(image(i), ValueLayout.JAVA_BYTE, 0, into, at, dimension());
    if (!mirrored) return;
    for (int line = at; line < at + dimension(); line += size)
      for (int left = line, right = line + size - 1; left < right; left++, right--) {
        byte kept = into[left];
        into[left] = into[right];
        into[right] = kept;
      }
  }

  /**
   * Image i as networks see it, 0 … 255 mapped to [−1, 1].
   *
   * @param into receives (3, size, size) at {@code at}
   */
  public void normalised(int i, float[] into, int at) {
    MemorySegment image = image(i);
    for (int p = 0; p < dimension(); p++)
      into[at + p] = (image.get(ValueLayout.JAVA_BYTE, p) & 0xFF) * (2f / 255) - 1;
  }

  /** The images whose index fulfils a condition. */
  public ImageBank select(IntPredicate chosen) {
    int[] indices = IntStream.range(0, count()).filter(chosen).toArray();
    int[] someRows = new int[indices.length];
    byte[] someLabels = new byte[indices.length];
    for (int i = 0; i < indices.length; i++) {
      someRows[i] = rows[indices[i]];
      someLabels[i] = labels[indices[i]];
    }
    return new ImageBank(pixels, someRows, someLabels, size);
  }
}
