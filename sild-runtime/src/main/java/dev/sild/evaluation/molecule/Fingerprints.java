package dev.sild.evaluation.molecule;

import dev.sild.data.molecule.Smiles;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.openscience.cdk.exception.CDKException;
import org.openscience.cdk.fingerprint.CircularFingerprinter;

/**
 * Extended-connectivity fingerprints of radius 2, folded to 1024 bits (ECFP4; Rogers and Hahn, J.
 * Chem. Inf. Model. 50, 742, 2010).
 *
 * @param bits (n, 16) words of 64 bits
 */
public record Fingerprints(long[] bits) {
  /** Bits of one. */
  public static final int BITS = 1024;

  private static final int WORDS = BITS / Long.SIZE;

  /** Checks that they are whole. */
  public Fingerprints {
    if (bits.length % WORDS != 0) throw new IllegalArgumentException(bits.length + " words");
  }

  /**
   * Those of molecules.
   *
   * @throws IllegalArgumentException if one is not valid SMILES
   */
  public static Fingerprints of(List<String> smiles) {
    long[] bits = new long[Math.multiplyExact(smiles.size(), WORDS)];
    IntStream.range(0, smiles.size())
        .parallel()
        .forEach(i -> {
          long[] words = fingerprint(smiles.get(i)).toLongArray();
          System.arraycopy(words, 0, bits, i * WORDS, words.length);
        });
    return new Fingerprints(bits);
  }

  private static BitSet fingerprint(String smiles) {
    try {
      return new CircularFingerprinter(CircularFingerprinter.CLASS_ECFP4, BITS)
          .getBitFingerprint(Smiles.parse(smiles))
          .asBitSet();
    } catch (CDKException e) {
      throw new IllegalArgumentException("no fingerprint of " + smiles, e);
    }
  }

  /** How many. */
  public int size() {
    return bits.length / WORDS;
  }

  /**
   * Tanimoto similarity |a ∧ b| / |a ∨ b| of molecule i and one of another set; 1 if both are 0.
   */
  public double tanimoto(int i, Fingerprints other, int j) {
    int both = 0;
    int either = 0;
    for (int w = 0; w < WORDS; w++) {
      long a = bits[i * WORDS + w];
      long b = other.bits[j * WORDS + w];
      both += Long.bitCount(a & b);
      either += Long.bitCount(a | b);
    }
    return either == 0 ? 1 : (double) both / either;
  }

  /**
   * Internal diversity 1 − (1/n) Σ_i ((1/n) Σ_j T_ij^p)^{1/p}, pairs of a molecule with itself
   * included: as the code of MOSES has it ({@code IntDiv}, p = 1; {@code IntDiv2}, p = 2), where
   * the paper takes the root of the mean of all pairs (Polykovskiy et al., Front. Pharmacol. 11,
   * 565644, 2020).
   *
   * @return NaN of no molecule
   */
  public double internalDiversity(int p) {
    int n = size();
    double[] means = new double[n];
    IntStream.range(0, n)
        .parallel()
        .forEach(i -> {
          double sum = 0;
          for (int j = 0; j < n; j++) {
            double similarity = tanimoto(i, this, j);
            sum += p == 1 ? similarity : Math.pow(similarity, p);
          }
          means[i] = p == 1 ? sum / n : Math.pow(sum / n, 1.0 / p);
        });
    return 1 - Arrays.stream(means).sum() / n;
  }

  /**
   * Similarity to the nearest neighbour ({@code SNN}): the mean over these molecules of the largest
   * Tanimoto similarity to one of the reference.
   *
   * @return NaN if either set is empty
   */
  public double nearestSimilarity(Fingerprints reference) {
    if (reference.size() == 0) return Double.NaN;
    return Arrays.stream(nearest(reference)).sum() / size();
  }

  /** Of each, the largest Tanimoto similarity to one of the reference; 0 if that is empty. */
  public double[] nearest(Fingerprints reference) {
    double[] largest = new double[size()];
    IntStream.range(0, size())
        .parallel()
        .forEach(i -> {
          for (int j = 0; j < reference.size(); j++)
            largest[i] = Math.max(largest[i], tanimoto(i, reference, j));
        });
    return largest;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Fingerprints that && Arrays.equals(bits, that.bits);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bits);
  }

  @Override
  public String toString() {
    return size() + " fingerprints";
  }
}
