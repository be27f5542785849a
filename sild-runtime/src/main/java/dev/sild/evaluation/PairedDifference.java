package dev.sild.evaluation;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * The mean difference of two methods over the same seeds, with Student's 95 % interval of paired
 * differences. One pair gives a difference, but no interval.
 *
 * @param mean of a − b
 * @param low, high of the interval; NaN without one
 */
public record PairedDifference(double mean, double low, double high) {
  private static final double TAIL = 0.025;

  /** What a claim comes to. */
  public enum Verdict {
    HOLDS("holds"),
    DOES_NOT_HOLD("does not hold"),
    UNDECIDED("undecided");

    private final String words;

    Verdict(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /**
   * Of figures of the same seeds in the same order.
   *
   * @throws IllegalArgumentException if their numbers differ or there are none
   */
  public static PairedDifference of(double[] a, double[] b) {
    if (a.length != b.length || a.length == 0)
      throw new IllegalArgumentException("%d figures against %d".formatted(a.length, b.length));
    double[] differences = new double[a.length];
    for (int i = 0; i < a.length; i++) differences[i] = a[i] - b[i];
    double mean = Arrays.stream(differences).average().orElseThrow();
    double half = halfWidth(differences, mean);
    return new PairedDifference(mean, mean - half, mean + half);
  }

  private static double halfWidth(double[] differences, double mean) {
    int n = differences.length;
    if (n < 2) return Double.NaN;
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    double standardError = Math.sqrt(squares / (n - 1) / n);
    return standardError * TDistribution.of(n - 1).inverseSurvivalProbability(TAIL);
  }

  /**
   * Whether a is better than b: it is if the interval excludes 0 on the better side, and not if it
   * does on the other.
   *
   * @param lower whether smaller figures are better
   */
  public Verdict verdict(boolean lower) {
    double worst = lower ? high : -low;
    double best = lower ? low : -high;
    if (worst < 0) return Verdict.HOLDS;
    if (best > 0) return Verdict.DOES_NOT_HOLD;
    return Verdict.UNDECIDED;
  }
}
