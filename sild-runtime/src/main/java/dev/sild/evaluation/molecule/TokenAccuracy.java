package dev.sild.evaluation.molecule;

import dev.sild.data.molecule.Smiles;
import dev.sild.data.molecule.Vocabulary;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well rows of tokens come back.
 *
 * @param tokens share of the originals' tokens, padding left out, that are the same in their place
 * @param rows share of the rows that are the same in every place, padding with it
 * @param molecules share of the rows that are the same molecule, in canonical form; no less than
 *     {@code rows}
 */
public record TokenAccuracy(double tokens, double rows, double molecules) {

  /**
   * Compares.
   *
   * @param originals (count, length) of valid molecules
   * @param reconstructions (count, length)
   * @param count at least 1
   */
  public static TokenAccuracy of(
      Vocabulary vocabulary, byte[] originals, byte[] reconstructions, int count, int length) {
    if (count < 1 || Math.min(originals.length, reconstructions.length) < (long) count * length)
      throw new IllegalArgumentException("%d rows of %d tokens".formatted(count, length));
    long all = 0;
    long same = 0;
    int rows = 0;
    for (int i = 0; i < count; i++) {
      int equal = 0;
      for (int j = i * length; j < (i + 1) * length; j++) {
        boolean hit = originals[j] == reconstructions[j];
        if (hit) equal++;
        if (originals[j] == 0) continue;
        all++;
        if (hit) same++;
      }
      if (equal == length) rows++;
    }
    List<String> x = vocabulary.decode(originals, count, length);
    List<String> y = vocabulary.decode(reconstructions, count, length);
    long molecules =
        IntStream.range(0, count).parallel().filter(i -> same(x.get(i), y.get(i))).count();
    return new TokenAccuracy(
        (double) same / all, (double) rows / count, (double) molecules / count);
  }

  private static boolean same(String x, String y) {
    if (x.equals(y)) return true;
    try {
      return Smiles.canonical(x).equals(Smiles.canonical(y));
    } catch (IllegalArgumentException _) {
      return false; // y is no molecule
    }
  }
}
