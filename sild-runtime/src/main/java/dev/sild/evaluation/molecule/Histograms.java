package dev.sild.evaluation.molecule;

import java.util.Arrays;

/**
 * One property of two sets side by side.
 *
 * @param edges (bins + 1) rising; a bin holds its left edge, the last bin both
 * @param data (bins) shares of the data, of sum 1
 * @param samples (bins) shares of the samples
 */
public record Histograms(double[] edges, double[] data, double[] samples) {

  /**
   * Counts into bins of equal width, from the smallest to the largest value of both sets.
   *
   * @param data at least one finite number
   * @param samples likewise
   * @param bins at least 1
   */
  public static Histograms of(double[] data, double[] samples, int bins) {
    if (data.length == 0 || samples.length == 0 || bins < 1)
      throw new IllegalArgumentException(
          "%d data and %d samples in %d bins".formatted(data.length, samples.length, bins));
    double least = Math.min(least(data), least(samples));
    double range = range(data, samples, least);
    return cut(data, samples, least, range > 0 ? range / bins : 1, bins);
  }

  /**
   * Counts whole numbers into bins that hold equally many of them, with edges between numbers.
   *
   * @param data as {@link #of} has it
   * @param samples likewise
   * @param most bins, at least 1
   */
  public static Histograms ofWhole(double[] data, double[] samples, int most) {
    double least = Math.min(least(data), least(samples));
    double numbers = range(data, samples, least) + 1;
    double width = Math.ceil(numbers / most);
    return cut(data, samples, least - 0.5, width, (int) Math.ceil(numbers / width));
  }

  private static double range(double[] data, double[] samples, double least) {
    double range = -Math.min(least(negative(data)), least(negative(samples))) - least;
    if (!Double.isFinite(range)) throw new IllegalArgumentException("not finite");
    return range;
  }

  private static Histograms cut(
      double[] data, double[] samples, double least, double width, int bins) {
    double[] edges = new double[bins + 1];
    for (int i = 0; i <= bins; i++) edges[i] = least + i * width;
    return new Histograms(
        edges, shares(data, least, width, bins), shares(samples, least, width, bins));
  }

  private static double least(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private static double[] negative(double[] values) {
    return Arrays.stream(values).map(value -> -value).toArray();
  }

  private static double[] shares(double[] values, double least, double width, int bins) {
    double[] shares = new double[bins];
    for (double value : values) shares[Math.min(bins - 1, (int) ((value - least) / width))]++;
    for (int i = 0; i < bins; i++) shares[i] /= values.length;
    return shares;
  }
}
