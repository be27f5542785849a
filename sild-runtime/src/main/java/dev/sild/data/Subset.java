package dev.sild.data;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Numbers drawn without replacement. */
public final class Subset {
  private Subset() {}

  /**
   * So many of 0 … n − 1, in random order: a partial Fisher–Yates shuffle.
   *
   * @param count at most n
   */
  public static int[] draw(int n, int count, SplittableRandom random) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) order[i] = i;
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i, n);
      int drawn = order[j];
      order[j] = order[i];
      order[i] = drawn;
    }
    return Arrays.copyOf(order, count);
  }
}
