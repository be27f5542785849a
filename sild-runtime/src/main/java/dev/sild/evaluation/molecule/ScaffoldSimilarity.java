package dev.sild.evaluation.molecule;

import dev.sild.data.molecule.Scaffold;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

/**
 * How alike the scaffolds of two sets are ({@code Scaf} of MOSES): the cosine of the angle between
 * their counts, Σ a_s b_s / (|a| |b|), over the scaffolds of at least two rings.
 */
public final class ScaffoldSimilarity {
  private static final int RINGS = 2;

  private ScaffoldSimilarity() {}

  /**
   * Compares.
   *
   * @param a valid SMILES
   * @param b likewise
   * @return 0 … 1; NaN if a set has no such scaffold
   * @throws IllegalArgumentException if a string is not valid SMILES
   */
  public static double of(List<String> a, List<String> b) {
    Map<String, Long> left = counts(a);
    Map<String, Long> right = counts(b);
    double product = 0;
    for (var entry : left.entrySet())
      product += (double) entry.getValue() * right.getOrDefault(entry.getKey(), 0L);
    return product / (norm(left) * norm(right));
  }

  private static Map<String, Long> counts(List<String> smiles) {
    return smiles.parallelStream()
        .map(Scaffold::of)
        .filter(scaffold -> scaffold.rings() >= RINGS)
        .collect(
            Collectors.groupingByConcurrent(
                Scaffold::smiles, ConcurrentSkipListMap::new, Collectors.counting()));
  }

  private static double norm(Map<String, Long> counts) {
    double sum = 0;
    for (long count : counts.values()) sum += (double) count * count;
    return Math.sqrt(sum);
  }
}
