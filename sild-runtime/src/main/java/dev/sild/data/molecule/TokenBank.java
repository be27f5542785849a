package dev.sild.data.molecule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Molecules spelled in tokens.
 *
 * @param tokens (count, length) unsigned bytes
 * @param smiles (count) the same molecules in their canonical form
 * @param labels (count) their classes; all 0 where there are none
 */
public record TokenBank(byte[] tokens, int length, List<String> smiles, byte[] labels) {
  /** Copies the list, and checks that all have as many rows. */
  public TokenBank {
    smiles = List.copyOf(smiles);
    if (tokens.length != smiles.size() * length || labels.length != smiles.size())
      throw new IllegalArgumentException(
          "%d tokens and %d labels of %d molecules"
              .formatted(tokens.length, labels.length, smiles.size()));
  }

  /** Molecules. */
  public int count() {
    return smiles.size();
  }

  /** Those molecules that are wanted, in their order. */
  public TokenBank select(IntPredicate wanted) {
    int[] rows = IntStream.range(0, count()).filter(wanted).toArray();
    byte[] some = new byte[rows.length * length];
    byte[] their = new byte[rows.length];
    List<String> names = new ArrayList<>(rows.length);
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(tokens, rows[i] * length, some, i * length, length);
      their[i] = labels[rows[i]];
      names.add(smiles.get(rows[i]));
    }
    return new TokenBank(some, length, names, their);
  }

  /** Share of each class among them. */
  public List<Double> shares(int classes) {
    double[] counts = new double[classes];
    if (classes > 0) for (byte label : labels) counts[label]++;
    return Arrays.stream(counts).map(n -> n / count()).boxed().toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenBank that
        && length == that.length
        && smiles.equals(that.smiles)
        && Arrays.equals(tokens, that.tokens)
        && Arrays.equals(labels, that.labels);
  }

  @Override
  public int hashCode() {
    return smiles.hashCode();
  }
}
