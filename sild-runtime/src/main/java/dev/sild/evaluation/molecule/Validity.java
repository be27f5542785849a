package dev.sild.evaluation.molecule;

import dev.sild.data.molecule.Verdict;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How many generated molecules are valid, distinct and new. Those that are products are shares of
 * all that were generated: the form in which models compare.
 *
 * @param generated how many strings
 * @param valid canonical forms of the valid ones, in their order, repeats included
 * @param distinct how many different ones
 * @param novel how many different ones are not among the training molecules
 */
public record Validity(int generated, List<String> valid, int distinct, int novel) {

  /**
   * Judges strings.
   *
   * @param training canonical
   */
  public static Validity of(List<String> generated, Set<String> training) {
    List<String> valid =
        generated.parallelStream()
            .map(Verdict::of)
            .filter(Verdict::valid)
            .map(Verdict::canonical)
            .toList();
    Set<String> distinct = new HashSet<>(valid);
    int novel = (int) distinct.stream().filter(smiles -> !training.contains(smiles)).count();
    return new Validity(generated.size(), valid, distinct.size(), novel);
  }

  /** V: valid (CDK) of all. */
  public double validity() {
    return (double) valid.size() / generated;
  }

  /** V.U.: valid and distinct of all. */
  public double validUnique() {
    return (double) distinct / generated;
  }

  /** V.U.N.: valid, distinct and not in training, of all. */
  public double validUniqueNovel() {
    return (double) novel / generated;
  }

  /** Not in training, of the distinct valid ones (MOSES). */
  public double novelty() {
    return (double) novel / distinct;
  }

  /**
   * Distinct of the first k valid ones (MOSES, unique@k); NaN if there are fewer, for of a smaller
   * number more are distinct.
   */
  public double uniqueness(int k) {
    if (valid.size() < k) return Double.NaN;
    return (double) new HashSet<>(valid.subList(0, k)).size() / k;
  }
}
