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
    double most = -Math.min(least(negative(data)), least(negative(samples)));
    if (!Double.isFinite(most - least)) throw new IllegalArgumentException("not finite");
    double width = most > least ? (most - least) / bins : 1;
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
