package dev.sild.theory.steps;

/**
 * What ancestral steps uniform in log-SNR lose, from the information that they resolve and nothing
 * else.
 *
 * <p>Steps of ratio r = γ_{i+1}/γ_i lose ½ Σ m(γ_i) γ_i (r − 1) − ½ ∫ m dγ. Shift the levels by a
 * part u of a step, u uniform: the mean of the sum is ∫ m dγ (r − 1)/ln r, and that of the loss
 *
 * <pre>KL = I ((r − 1)/ln r − 1),   I = ½ ∫ m dγ,</pre>
 *
 * which is H for a discrete law. One shift is as good as the mean, and to cut the levels off at
 * both ends of a range loses nothing more, as m falls. So the best schedule from γ_min to γ_max
 * needs at most ⌈ln(γ_max/γ_min)/ln r⌉ + 1 steps, about H ln(σ_max/σ_min)/KL: linear in the
 * entropy, logarithmic in the second moment if σ_max is its root.
 *
 * <p>Where m γ is not 0 at γ_max, the sum ends at a height, and by the trapezoid's correction ¼ (r
 * − 1) m γ less is lost.
 *
 * @param information I, nats
 * @param end m γ at γ_max
 * @param range ln(γ_max/γ_min)
 */
public record LogSnrTheory(double information, double end, double range) {
  private static final int HALVINGS = 100;
  private static final double LARGEST_EXPONENT = 700;
  private static final double LARGEST_CORRECTED = 2; // ln r for which the correction is a small one

  /** For a discrete law, or the labels of a mixture, that σ_min resolves: I is the entropy. */
  public static LogSnrTheory discrete(double entropy, double sigmaMax, double sigmaMin) {
    return new LogSnrTheory(entropy, 0, 2 * Math.log(sigmaMax / sigmaMin));
  }

  /** KL of so many steps, nats. */
  public double divergence(double steps) {
    double ln = range / steps; // ln r
    return information * (Math.expm1(ln) / ln - 1) - 0.25 * Math.expm1(ln) * end;
  }

  /** The number of steps, read continuously, that lose so much. */
  public double steps(double divergence) {
    double few = range / (end == 0 ? LARGEST_EXPONENT : LARGEST_CORRECTED);
    double enough = Math.max(1, 2 * few);
    while (divergence(enough) > divergence) enough *= 2;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = 0.5 * (few + enough);
      if (divergence(middle) > divergence) few = middle;
      else enough = middle;
    }
    return enough;
  }
}
