package dev.sild.data.molecule;

import dev.sild.UserException;
import dev.sild.data.TokenShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A user's molecules in the words of a model, in their order.
 *
 * @param tokens (count, T) unsigned bytes
 * @param left those that do not fit: invalid, of unknown words, or too long
 */
public record Spelled(TokenShape shape, byte[] tokens, int count, List<Molecules.Invalid> left) {

  /**
   * Molecules by their SMILES, all of which must fit.
   *
   * @throws UserException if one does not
   */
  public static Spelled all(List<String> smiles, TokenShape shape) {
    Spelled spelled =
        of(
            IntStream.range(0, smiles.size())
                .mapToObj(i -> new MoleculeFile.Row(i + 1, smiles.get(i), new byte[0]))
                .toList(),
            shape);
    if (spelled.left.isEmpty()) return spelled;
    Molecules.Invalid first = spelled.left.getFirst();
    throw new UserException(
        "%s: does not fit this model: %s".formatted(first.smiles(), first.fault()));
  }

  /** Those of some rows that fit. */
  static Spelled of(List<MoleculeFile.Row> rows, TokenShape shape) {
    Vocabulary words = shape.vocabulary();
    List<Verdict> verdicts = rows.parallelStream().map(row -> Verdict.of(row.smiles())).toList();
    List<MoleculeFile.Row> valid = new ArrayList<>();
    List<String> canonical = new ArrayList<>();
    List<Molecules.Invalid> left = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Verdict verdict = verdicts.get(i);
      if (!verdict.valid()) left.add(unfit(rows.get(i), verdict.fault()));
      else {
        valid.add(rows.get(i));
        canonical.add(verdict.canonical());
      }
    }
    List<List<String>> spelled = words.notation().spell(canonical);
    Vocabulary.Encoded encoded = words.encode(spelled, shape.length());
    boolean[] fits = new boolean[valid.size()];
    for (int molecule : encoded.molecules()) fits[molecule] = true;
    for (int i = 0; i < fits.length; i++)
      if (!fits[i]) left.add(unfit(valid.get(i), fault(spelled.get(i), shape)));
    left.sort(Comparator.comparingLong(Molecules.Invalid::row));
    return new Spelled(shape, encoded.tokens(), encoded.count(), left);
  }

  private static Molecules.Invalid unfit(MoleculeFile.Row row, String fault) {
    return new Molecules.Invalid(
        row.number(), MoleculeFile.few(row.smiles()), MoleculeFile.few(fault));
  }

  /** Why {@link Vocabulary#encode} left a molecule out. */
  private static String fault(List<String> spelled, TokenShape shape) {
    if (spelled == null) return shape.vocabulary().notation() + " has no words for it";
    Set<String> known = Set.copyOf(shape.vocabulary().tokens());
    for (String token : spelled)
      if (!known.contains(token)) return token + " is no token of this model";
    return "more than %d tokens".formatted(shape.length());
  }

  /** What does not fit, in words; empty if all does. */
  public String leftOut() {
    return left.isEmpty()
        ? ""
        : "%,d of %,d molecules do not fit:%s"
            .formatted(left.size(), left.size() + count, Molecules.Invalid.faults(left));
  }

  /** Molecules {@code first …} as samples: (rows, T · V). */
  public float[] oneHot(int first, int rows) {
    int from = first * shape.length();
    return shape.oneHot(Arrays.copyOfRange(tokens, from, from + rows * shape.length()), rows);
  }
}
