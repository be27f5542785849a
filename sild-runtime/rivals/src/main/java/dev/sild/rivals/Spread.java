package dev.sild.rivals;

import java.util.Arrays;

/** Least, median and greatest of some values. */
record Spread(double least, double median, double greatest) {

  /** At least one value; the median of an even number is the mean of the middle two. */
  static Spread of(double... values) {
    if (values.length == 0) throw new IllegalArgumentException("no values");
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return new Spread(sorted[0], (sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[n - 1]);
  }
}
