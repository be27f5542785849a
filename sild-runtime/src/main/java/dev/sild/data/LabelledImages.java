package dev.sild.data;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Grey images with one label each.
 *
 * @param pixels (count, height, width) unsigned bytes, 0 is black
 * @param labels (count) unsigned bytes
 * @param count number of images
 * @param height rows of an image
 * @param width columns of an image
 */
public record LabelledImages(byte[] pixels, byte[] labels, int count, int height, int width) {
  private static final int SHIFT = 0x53484654; // the purpose of the random offsets: "SHFT"

  /** Checks that the arrays have the sizes that the numbers promise. */
  public LabelledImages {
    if (height < 1 || width < 1 || (long) count * height * width != pixels.length) {
      throw new IllegalArgumentException(
          "pixels: " + pixels.length + " are not " + count + " × " + height + " × " + width);
    }
    if (labels.length != count) {
      throw new IllegalArgumentException("labels: " + labels.length + " for " + count + " images");
    }
  }

  /** Two disjoint parts of one set. */
  public record Split(LabelledImages training, LabelledImages heldOut) {}

  /** Pixels of one image: height · width. */
  public int size() {
    return height * width;
  }

  /**
   * The images of the given rows, copied, in their order; a row may come twice.
   *
   * @throws IndexOutOfBoundsException if a row is not in [0, count)
   */
  public LabelledImages select(int[] rows) {
    int size = size();
    byte[] chosen = new byte[Math.multiplyExact(rows.length, size)];
    byte[] chosenLabels = new byte[rows.length];
    for (int i = 0; i < rows.length; i++) {
      chosenLabels[i] = labels[rows[i]];
      System.arraycopy(pixels, rows[i] * size, chosen, i * size, size);
    }
    return new LabelledImages(chosen, chosenLabels, rows.length, height, width);
  }

  /**
   * Holds out every {@code every}-th image <em>of each label</em>: those whose index i within the
   * label has i % every == every − 1. Both parts keep the order and the balance of the labels.
   *
   * @param every at least 2
   */
  public Split split(int every) {
    if (every < 2) {
      throw new IllegalArgumentException("every: " + every + " is less than 2");
    }
    int[] seen = new int[256];
    boolean[] out = new boolean[count];
    for (int i = 0; i < count; i++) {
      out[i] = seen[labels[i] & 0xff]++ % every == every - 1;
    }
    return new Split(where(i -> !out[i]), where(i -> out[i]));
  }

  /**
   * Every image moved by its own random offset, uniform on [−reach, reach]², zeros moving in: a
   * pure function of (seed, epoch, index of the image).
   *
   * @param reach pixels, at least 0
   */
  public LabelledImages shifted(int seed, int epoch, int reach) {
    if (reach < 0) {
      throw new IllegalArgumentException("reach: " + reach + " is negative");
    }
    byte[] moved = new byte[pixels.length];
    int[] words = new int[4];
    long offsets = 2L * reach + 1;
    for (int i = 0; i < count; i++) {
      Philox.draw(words, 0, seed, SHIFT, i, epoch);
      long down = ((Integer.toUnsignedLong(words[0]) * offsets) >>> 32) - reach;
      long right = ((Integer.toUnsignedLong(words[1]) * offsets) >>> 32) - reach;
      if (Math.abs(down) < height && Math.abs(right) < width) {
        move(moved, i, (int) down, (int) right);
      }
    }
    return new LabelledImages(moved, labels, count, height, width);
  }

  private LabelledImages where(IntPredicate keep) {
    return select(IntStream.range(0, count).filter(keep).toArray());
  }

  private void move(byte[] moved, int image, int down, int right) {
    int from = image * size() + Math.max(0, -right);
    int to = image * size() + Math.max(0, right);
    int columns = width - Math.abs(right);
    for (int row = Math.max(0, -down); row < Math.min(height, height - down); row++) {
      System.arraycopy(pixels, from + row * width, moved, to + (row + down) * width, columns);
    }
  }

  /** The pixels as the networks see them: (count, height · width), 0 … 255 mapped to [−1, 1]. */
  public float[] normalised() {
    float[] x = new float[pixels.length];
    for (int i = 0; i < x.length; i++) x[i] = (pixels[i] & 0xFF) * (2f / 255) - 1;
    return x;
  }

  /** Two sets are equal if they hold the same images with the same labels. */
  @Override
  public boolean equals(Object other) {
    return other instanceof LabelledImages that
        && height == that.height
        && width == that.width
        && Arrays.equals(labels, that.labels)
        && Arrays.equals(pixels, that.pixels);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(labels) + Arrays.hashCode(pixels);
  }

  @Override
  public String toString() {
    return count + " labelled images of " + height + "×" + width;
  }
}
