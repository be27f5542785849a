package dev.sild.theory.steps;

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
