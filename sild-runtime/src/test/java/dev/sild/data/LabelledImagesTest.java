package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LabelledImagesTest {
  private static final int SEED = 42;

  @Test
  void selectTakesRowsInTheirOrderEvenTwice() {
    LabelledImages images = random(5, 3, 2);
    LabelledImages chosen = images.select(new int[] {4, 0, 4});
    assertThat(chosen.labels())
        .containsExactly(images.labels()[4], images.labels()[0], images.labels()[4]);
    assertThat(chosen.pixels()).startsWith(Arrays.copyOfRange(images.pixels(), 24, 30));
    assertThat(chosen.count()).isEqualTo(3);
    assertThatThrownBy(() -> images.select(new int[] {5}))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void splitHoldsOutTheLastOfEveryRunWithinEachLabel() {
    byte[] labels = {1, 2, 1, 2, 1, 2, 2, 2};
    var images = new LabelledImages(new byte[] {0, 1, 2, 3, 4, 5, 6, 7}, labels, 8, 1, 1);
    LabelledImages.Split split = images.split(2);
    assertThat(split.heldOut().pixels()).containsExactly(2, 3, 6); // 1: 0 2 4; 2: 1 3 5 6 7
    assertThat(split.training().pixels()).containsExactly(0, 1, 4, 5, 7);
    assertThatThrownBy(() -> images.split(1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shiftMovesEveryImageByOneOffsetWithinReachAndFillsWithZeros() {
    LabelledImages images = random(2_000, 5, 7);
    int reach = 2;
    LabelledImages moved = images.shifted(SEED, 3, reach);
    int[] seen = new int[25];
    for (int i = 0; i < images.count(); i++) {
      int image = i;
      int[] matches =
          IntStream.range(0, 25)
              .filter(o -> isMoved(images, moved, image, o / 5 - reach, o % 5 - reach))
              .toArray();
      assertThat(matches).as("offsets that explain image %d", i).hasSize(1);
      seen[matches[0]]++;
    }
    // 2000/25 = 80 ± 8.8 each; five standard deviations
    assertThat(Arrays.stream(seen)).allMatch(n -> n >= 36 && n <= 124);
    assertThat(moved.labels()).isEqualTo(images.labels());
  }

  @Test
  void shiftIsAFunctionOfSeedEpochAndIndexAlone() {
    LabelledImages images = random(50, 6, 6);
    LabelledImages moved = images.shifted(SEED, 1, 3);
    int[] first = IntStream.range(0, 20).toArray();
    assertThat(images.select(first).shifted(SEED, 1, 3)).isEqualTo(moved.select(first));
    assertThat(images.shifted(SEED, 2, 3)).isNotEqualTo(moved);
    assertThat(images.shifted(SEED + 1, 1, 3)).isNotEqualTo(moved);
  }

  @Test
  void shiftByNothingChangesNothingAndAFarOneMayEmptyTheImage() {
    LabelledImages images = random(300, 2, 3);
    assertThat(images.shifted(SEED, 0, 0)).isEqualTo(images);
    byte[] far = images.shifted(SEED, 0, Integer.MAX_VALUE).pixels();
    assertThat(far).containsOnly(0);
    assertThatThrownBy(() -> images.shifted(SEED, 0, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shiftOfSixtyThousandImagesIsTimed() {
    var images = new LabelledImages(new byte[60_000 * 784], new byte[60_000], 60_000, 28, 28);
    long best = Long.MAX_VALUE;
    for (int epoch = 0; epoch < 4; epoch++) {
      long start = System.nanoTime();
      assertThat(images.shifted(SEED, epoch, 2).count()).isEqualTo(60_000);
      best = Math.min(best, System.nanoTime() - start);
    }
    System.out.println("LabelledImagesTest: 60,000 images of 28×28 shifted in ms: " + best / 1e6);
  }

  @Test
  void arraysOfOtherSizesThanPromisedAreRefused() {
    assertThatThrownBy(() -> new LabelledImages(new byte[7], new byte[2], 2, 2, 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LabelledImages(new byte[8], new byte[1], 2, 2, 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static boolean isMoved(
      LabelledImages from, LabelledImages to, int image, int down, int right) {
    for (int row = 0; row < from.height(); row++) {
      for (int column = 0; column < from.width(); column++) {
        int y = row - down;
        int x = column - right;
        boolean inside = y >= 0 && x >= 0 && y < from.height() && x < from.width();
        byte wanted = inside ? pixel(from, image, y, x) : 0;
        if (pixel(to, image, row, column) != wanted) {
          return false;
        }
      }
    }
    return true;
  }

  private static byte pixel(LabelledImages images, int image, int row, int column) {
    return images.pixels()[(image * images.height() + row) * images.width() + column];
  }

  private static LabelledImages random(int count, int height, int width) {
    System.out.println("LabelledImagesTest seed " + SEED);
    byte[] pixels = new byte[count * height * width];
    byte[] labels = new byte[count];
    Random random = new Random(SEED);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (1 + random.nextInt(255)); // never 0: that is the fill
    }
    random.nextBytes(labels);
    return new LabelledImages(pixels, labels, count, height, width);
  }
}
