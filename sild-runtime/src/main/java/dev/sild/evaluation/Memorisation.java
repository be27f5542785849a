package dev.sild.evaluation;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Do samples lie nearer to the training data than fresh data do? Compares the distances sample →
 * nearest training row with held-out → nearest training row, by the Wilcoxon–Mann–Whitney rank sum
 * with the normal approximation, corrected for ties and continuity.
 *
 * <p>A small p says that samples lie suspiciously near to training data. That is a necessary sign
 * of memorisation, not a proof: blurred or less varied samples are near, too; {@code shareBelow}
 * far above 0.01 tells copies from blur.
 *
 * @param sampleMedian median distance of the samples, in the unit of the data
 * @param heldOutMedian median distance of the held-out data
 * @param threshold the held-out distances' 1 % quantile
 * @param shareBelow share of samples nearer than the threshold; about 0.01 without memorisation
 * @param probabilityNearer P(sample nearer than held-out) + ½ P(as near); ½ without memorisation
 * @param p one-sided: the chance of samples as near as these or nearer if both laws were the same
 */
public record Memorisation(
    double sampleMedian,
    double heldOutMedian,
    double threshold,
    double shareBelow,
    double probabilityNearer,
    double p) {

  /**
   * Compares.
   *
   * @param samples (n) distances of samples, n ≥ 1
   * @param heldOut (m) distances of held-out data, m ≥ 1
   * @throws IllegalArgumentException if one is empty or holds NaN
   */
  public static Memorisation of(double[] samples, double[] heldOut) {
    double[] near = sorted(samples);
    double[] reference = sorted(heldOut);
    double threshold = quantile(reference, 0.01);
    double below = Arrays.stream(near).filter(distance -> distance < threshold).count();
    double pairs = (double) near.length * reference.length;
    double u = pairsNearer(near, reference);
    return new Memorisation(
        quantile(near, 0.5),
        quantile(reference, 0.5),
        threshold,
        below / near.length,
        u / pairs,
        rankSumP(u, near, reference));
  }

  /** Σ over pairs of 1 where the sample is nearer, ½ where it is as near: the statistic U. */
  private static double pairsNearer(double[] near, double[] reference) {
    double u = 0;
    int notBelow = 0; // first of the reference ≥ the sample
    int above = 0; // first of the reference > the sample
    for (double distance : near) {
      while (notBelow < reference.length && reference[notBelow] < distance) notBelow++;
      while (above < reference.length && reference[above] <= distance) above++;
      u += reference.length - above + 0.5 * (above - notBelow);
    }
    return u;
  }

  /** Lehmann, Nonparametrics (1975), ch. 1.4: var U = nm/12 (N + 1 − Σ (t³ − t)/(N (N − 1))). */
  private static double rankSumP(double u, double[] near, double[] reference) {
    double pairs = (double) near.length * reference.length;
    double count = near.length + reference.length;
    double variance = pairs / 12 * (count + 1 - tieSum(near, reference) / (count * (count - 1)));
    if (!(variance > 0)) return 1; // all distances alike: no evidence
    double z = (u - 0.5 * pairs - 0.5) / Math.sqrt(variance);
    return NormalDistribution.of(0, 1).survivalProbability(z);
  }

  private static double tieSum(double[] near, double[] reference) {
    double[] all = Arrays.copyOf(near, near.length + reference.length);
    System.arraycopy(reference, 0, all, near.length, reference.length);
    Arrays.sort(all);
    double sum = 0;
    for (int first = 0; first < all.length; ) {
      int end = first;
      while (end < all.length && all[end] == all[first]) end++;
      double ties = end - first;
      sum += ties * ties * ties - ties;
      first = end;
    }
    return sum;
  }

  /** Linear between order statistics (Hyndman and Fan's type 7). */
  private static double quantile(double[] sorted, double level) {
    double place = level * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  private static double[] sorted(double[] distances) {
    if (distances.length == 0) throw new IllegalArgumentException("no distances to compare");
    if (Arrays.stream(distances).anyMatch(Double::isNaN))
      throw new IllegalArgumentException("a distance that is NaN");
    double[] sorted = distances.clone();
    Arrays.sort(sorted);
    return sorted;
  }
}
