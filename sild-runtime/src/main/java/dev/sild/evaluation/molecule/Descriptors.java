package dev.sild.evaluation.molecule;

import dev.sild.data.Moments;
import dev.sild.data.molecule.Smiles;
import dev.sild.evaluation.Frechet;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.openscience.cdk.interfaces.IAtomContainer;

/**
 * All {@link Descriptor}s of a set of molecules.
 *
 * @param values (n, {@link #COUNT}) row-major, finite
 * @param leftOut molecules beside those n for which CDK finds no number: it gives up on cages of
 *     very many rings
 */
public record Descriptors(float[] values, int leftOut) {
  /** Descriptors of one molecule. */
  public static final int COUNT = Descriptor.values().length;

  /**
   * Describes molecules.
   *
   * @throws IllegalArgumentException if one is not valid SMILES
   */
  public static Descriptors of(List<String> smiles) {
    List<float[]> rows =
        smiles.parallelStream().map(Descriptors::row).filter(Descriptors::finite).toList();
    float[] values = new float[rows.size() * COUNT];
    for (int i = 0; i < rows.size(); i++)
      System.arraycopy(rows.get(i), 0, values, i * COUNT, COUNT);
    return new Descriptors(values, smiles.size() - rows.size());
  }

  private static float[] row(String smiles) {
    IAtomContainer molecule = Smiles.parse(smiles);
    float[] row = new float[COUNT];
    for (Descriptor descriptor : Descriptor.values())
      row[descriptor.ordinal()] = (float) descriptor.of(molecule);
    return row;
  }

  private static boolean finite(float[] row) {
    for (float value : row) if (!Float.isFinite(value)) return false;
    return true;
  }

  /** Molecules. */
  public int size() {
    return values.length / COUNT;
  }

  /** One descriptor of all molecules. */
  public double[] values(Descriptor descriptor) {
    return IntStream.range(0, size())
        .mapToDouble(i -> values[i * COUNT + descriptor.ordinal()])
        .toArray();
  }

  /**
   * The Fréchet distance to a reference ({@code frechet_descriptors}): that of the Gaussians with
   * the same mean and covariance, every descriptor in units of its standard deviation in the
   * reference (in its own where that is 0).
   *
   * @param reference at least 2 molecules, as here; NaN with fewer
   */
  public double frechet(Descriptors reference) {
    if (size() < 2 || reference.size() < 2) return Double.NaN;
    double[] scale = Moments.of(reference.values, reference.size(), COUNT).standardDeviation();
    float[] a = scaled(scale);
    float[] b = reference.scaled(scale);
    return Frechet.distance(a, size(), b, reference.size(), COUNT);
  }

  private float[] scaled(double[] scale) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      double unit = scale[i % COUNT];
      scaled[i] = (float) (values[i] / (unit > 0 ? unit : 1));
    }
    return scaled;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Descriptors that
        && leftOut == that.leftOut
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }
}
