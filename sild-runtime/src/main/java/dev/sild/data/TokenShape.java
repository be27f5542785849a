package dev.sild.data;

import dev.sild.data.molecule.Notation;
import dev.sild.data.molecule.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Molecules as numbers: T tokens of V kinds, padding among them. A sample is T · V numbers, token
 * by token: of data a one in the place of each token and zeros elsewhere, which is a unit vector;
 * of a denoiser the probability of each token, Σ_v p_v e_v.
 *
 * @param length T, at least 1
 */
public record TokenShape(int length, Vocabulary vocabulary) {

  /** V: numbers of a token. */
  public int columns() {
    return vocabulary.size();
  }

  /** Numbers in a sample. */
  public int size() {
    return Math.multiplyExact(length, columns());
  }

  /** Rows of tokens as samples: (count, T · V). */
  public float[] oneHot(byte[] tokens, int count) {
    float[] x = new float[Math.multiplyExact(count, size())];
    for (int i = 0; i < count * length; i++) x[i * columns() + (tokens[i] & 0xFF)] = 1;
    return x;
  }

  /**
   * The likeliest tokens of samples, (count, T). Of SELFIES a row without any atom, which alone is
   * no molecule, becomes its likeliest atom.
   *
   * @param x (count, T · V)
   */
  public byte[] likeliest(float[] x, int count) {
    byte[] tokens = new byte[count * length];
    int[] all = IntStream.range(0, columns()).toArray();
    for (int i = 0; i < tokens.length; i++) tokens[i] = (byte) largest(x, i * columns(), all);
    if (vocabulary.notation() != Notation.SELFIES) return tokens;
    List<String> molecules = vocabulary.decode(tokens, count, length);
    int[] atoms = molecules.contains("") ? vocabulary.atoms() : null;
    for (int i = 0; i < count; i++)
      if (molecules.get(i).isEmpty()) likeliestAtom(x, i, atoms, tokens);
    return tokens;
  }

  /** Samples read as SMILES, which may be invalid where the language lets them. */
  public List<String> smiles(float[] x, int count) {
    return vocabulary.decode(likeliest(x, count), count, length);
  }

  private void likeliestAtom(float[] x, int row, int[] atoms, byte[] tokens) {
    int best = row * length;
    int atom = largest(x, best * columns(), atoms);
    for (int i = row * length; i < (row + 1) * length; i++) {
      tokens[i] = 0;
      int candidate = largest(x, i * columns(), atoms);
      if (!(x[i * columns() + candidate] > x[best * columns() + atom])) continue;
      best = i;
      atom = candidate;
    }
    tokens[best] = (byte) atom;
  }

  private static int largest(float[] x, int from, int[] among) {
    int best = among[0];
    for (int v : among) if (x[from + v] > x[from + best]) best = v;
    return best;
  }

  /** The words of a vocabulary as lines, its notation first: what {@link #parse} reads. */
  public String text() {
    List<String> lines = new ArrayList<>(List.of(length + " " + vocabulary.notation()));
    lines.addAll(vocabulary.tokens());
    return String.join("\n", lines);
  }

  /** What {@link #text} wrote. */
  public static TokenShape parse(String text) {
    List<String> lines = text.lines().toList();
    String[] head = lines.getFirst().split(" ");
    return new TokenShape(
        Integer.parseInt(head[0]),
        new Vocabulary(Notation.valueOf(head[1]), lines.subList(1, lines.size())));
  }
}
