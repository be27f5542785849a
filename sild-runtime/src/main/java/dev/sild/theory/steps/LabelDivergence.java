package dev.sild.theory.steps;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * KL(w ‖ q) of a target's labels, q the law of the labels of samples: by the data-processing
 * inequality at most the path divergence. Estimated from counts: Σ w ln(w/q̂), less its bias Σ w (1
 * − q)/(2 N q), with the standard error of the delta method, √((Σ w²/q − 1)/N).
 *
 * @param value nats; NaN where a label was never seen
 */
public record LabelDivergence(double value, double standardError) {
  /** Of too few samples. */
  static final LabelDivergence UNKNOWN = new LabelDivergence(Double.NaN, Double.NaN);

  /** Whether there were samples of each label. */
  public boolean known() {
    return Double.isFinite(value);
  }

  /**
   * Of counted labels in groups, the rarest first, that each should count {@code least} at the
   * fewest: what a group shows, its labels show, too.
   */
  public static LabelDivergence grouped(double[] weights, int[] counts, double least) {
    long n = Arrays.stream(counts).asLongStream().sum();
    int[] order =
        IntStream.range(0, weights.length)
            .boxed()
            .sorted(Comparator.comparingDouble(c -> weights[c]))
            .mapToInt(c -> c)
            .toArray();
    double[] weight = new double[weights.length];
    int[] count = new int[weights.length];
    int group = 0;
    for (int c : order) {
      if (weight[group] * n >= least) group++;
      weight[group] += weights[c];
      count[group] += counts[c];
    }
    return of(Arrays.copyOf(weight, group + 1), Arrays.copyOf(count, group + 1));
  }

  /**
   * Of counted labels.
   *
   * @param weights w, (M)
   * @param counts (M)
   */
  public static LabelDivergence of(double[] weights, int[] counts) {
    long n = 0;
    for (int count : counts) n += count;
    double value = 0;
    double bias = 0;
    double squares = 0;
    for (int c = 0; c < weights.length; c++) {
      if (weights[c] == 0) continue;
      if (counts[c] == 0) return UNKNOWN;
      double q = (double) counts[c] / n;
      value += weights[c] * Math.log(weights[c] / q);
      bias += weights[c] * (1 - q) / (2 * n * q);
      squares += weights[c] * weights[c] / q;
    }
    return new LabelDivergence(value - bias, Math.sqrt(Math.max(0, squares - 1) / n));
  }
}
