package dev.sild.data;

import dev.sild.bindings.Noise;

/** Which of the variants of a set of data a sample is. */
@FunctionalInterface
public interface Order {
  /** A function of the sample alone. */
  int variant(long sample);

  /**
   * Each sample any datum, every second one mirrored if that is wanted: it is then the variant
   * {@code count} further on.
   */
  static Order random(int count, boolean flips, Noise noise) {
    return sample -> {
      int[] words = new int[4]; // the first gives the index as on a device
      Philox.draw(words, 0, noise.seed(), noise.purpose(), sample, 0);
      int index = (int) (Integer.toUnsignedLong(words[0]) * count >>> 32);
      return flips && words[1] < 0 ? count + index : index;
    };
  }
}
