package dev.sild.data.molecule;

import dev.sild.UserException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The tokens of a set of molecules as numbers of one byte: 0 is padding, which is read over
 * wherever it stands, and token i of the list, in alphabetical order, is i + 1.
 *
 * @param notation the language
 * @param tokens distinct, at most 255
 */
public record Vocabulary(Notation notation, List<String> tokens) {
  /** The most tokens. */
  public static final int MOST = 255;

  /** Copies the list. */
  public Vocabulary {
    tokens = List.copyOf(tokens);
    if (tokens.isEmpty()
        || tokens.size() > MOST
        || tokens.stream().distinct().count() < tokens.size())
      throw new IllegalArgumentException("tokens: not 1 to 255 distinct ones");
  }

  /**
   * All tokens of a set, in alphabetical order.
   *
   * @param spelled as {@link Notation#spell} gives it; nulls are passed over
   * @throws UserException if there are none, or more than 255
   */
  public static Vocabulary of(Notation notation, List<List<String>> spelled) {
    TreeSet<String> tokens = new TreeSet<>();
    spelled.stream().filter(Objects::nonNull).forEach(tokens::addAll);
    if (tokens.isEmpty()) throw new UserException("the data hold no molecule: give at least one");
    if (tokens.size() > MOST)
      throw new UserException(
          "the molecules need %d tokens of %s, %d can be told apart: leave out the rarest atoms"
              .formatted(tokens.size(), notation, MOST));
    return new Vocabulary(notation, List.copyOf(tokens));
  }

  /** Numbers that a token can have, padding with them: one more than there are tokens. */
  public int size() {
    return tokens.size() + 1;
  }

  /** Numbers of the tokens that are a molecule by themselves. */
  public int[] atoms() {
    return IntStream.range(0, tokens.size())
        .filter(i -> !notation.smiles(List.of(tokens.get(i))).isEmpty())
        .map(i -> i + 1)
        .toArray();
  }

  /**
   * Molecules as rows of tokens.
   *
   * @param tokens (count, length) unsigned bytes, 0 after the last token
   * @param molecules (count) which molecule of the list that was encoded each row is
   * @param unwritable molecules that are left out, for they cannot be spelled
   * @param unknown … for they have a token that is not in the vocabulary
   * @param tooLong … for they have more tokens than {@code length}
   */
  public record Encoded(
      byte[] tokens, int length, int[] molecules, int unwritable, int unknown, int tooLong) {
    /** Rows. */
    public int count() {
      return molecules.length;
    }
  }

  /**
   * Encodes those molecules that fit.
   *
   * @param spelled as {@link Notation#spell} gives it
   * @param length of a row, at least 1
   */
  public Encoded encode(List<List<String>> spelled, int length) {
    if (length < 1) throw new IllegalArgumentException("length: " + length);
    Map<String, Byte> numbers = new HashMap<>();
    for (int i = 0; i < tokens.size(); i++) numbers.put(tokens.get(i), (byte) (i + 1));
    List<Integer> fitting = new ArrayList<>();
    int[] left = new int[3];
    for (int i = 0; i < spelled.size(); i++) {
      List<String> molecule = spelled.get(i);
      if (molecule == null) left[0]++;
      else if (!numbers.keySet().containsAll(molecule)) left[1]++;
      else if (molecule.size() > length) left[2]++;
      else fitting.add(i);
    }
    byte[] rows = new byte[Math.multiplyExact(fitting.size(), length)];
    for (int i = 0; i < fitting.size(); i++) {
      List<String> molecule = spelled.get(fitting.get(i));
      for (int j = 0; j < molecule.size(); j++) rows[i * length + j] = numbers.get(molecule.get(j));
    }
    int[] molecules = fitting.stream().mapToInt(Integer::intValue).toArray();
    return new Encoded(rows, length, molecules, left[0], left[1], left[2]);
  }

  /**
   * Reads rows as SMILES, on all cores; "" is a row of padding.
   *
   * @param rows (count, length) numbers below {@link #size}; may be longer
   */
  public List<String> decode(byte[] rows, int count, int length) {
    return IntStream.range(0, count)
        .parallel()
        .mapToObj(i -> notation.smiles(tokens(rows, i * length, length)))
        .toList();
  }

  private List<String> tokens(byte[] rows, int from, int length) {
    List<String> read = new ArrayList<>(length);
    for (int i = from; i < from + length; i++)
      if (rows[i] != 0) read.add(tokens.get((rows[i] & 0xFF) - 1));
    return read;
  }
}
