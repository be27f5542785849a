package dev.sild.evaluation;

import dev.sild.data.DataSet;
import java.util.Arrays;

/** Generation of vectors in their own coordinates, and off a known manifold. */
final class VectorMeasures implements GenerationMeasures {
  /** Above it distances of coordinates say little, and the Fréchet distance takes long. */
  private static final int MOST_COORDINATES = 512;

  private static final int BANK = 20_000;

  private final Evaluation evaluation;
  private final DataSet data;
  private final int dimension;
  private final float[] reference; // (n, D) in the network's units

  /**
   * @param heldOut samples in the network's units to compare with
   */
  VectorMeasures(Evaluation evaluation, DataSet data, float[] heldOut) {
    this.evaluation = evaluation;
    this.data = data;
    this.dimension = data.dimension();
    this.reference = data instanceof DataSet.Table table ? distinct(table) : heldOut;
  }

  /** A table's own rows, each at most once. */
  private float[] distinct(DataSet.Table table) {
    Rows kept = new Rows(table.kept().data(), table.kept().count(), dimension);
    return data.normalisation().apply(evaluation.distinct(kept));
  }

  @Override
  public String headline() {
    return dimension <= MOST_COORDINATES ? "frechet_coordinates" : null;
  }

  @Override
  public Drawn measure(Measures.Builder out, Draws draws) {
    float[] samples = new float[Math.multiplyExact(draws.count(), dimension)];
    double seconds =
        draws.each(
            (rows, at, _) -> System.arraycopy(rows, 0, samples, at * dimension, rows.length));
    if (data instanceof DataSet.Synthetic synthetic)
      out.metric("off_manifold_rms", offManifold(synthetic, samples));
    if (dimension <= MOST_COORDINATES)
      new Generation(evaluation.device(), evaluation.seed(), evaluation.progress())
          .measure(
              out,
              "coordinates",
              reference,
              reference.length / dimension,
              data.normalisation().apply(samples.clone()),
              draws.count(),
              dimension);
    return new Drawn(samples, seconds);
  }

  /** Root mean square distance of samples to the manifold. */
  private double offManifold(DataSet.Synthetic synthetic, float[] samples) {
    double squares = 0;
    double[] x = new double[dimension];
    double[] projected = new double[dimension];
    int n = samples.length / dimension;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < dimension; j++) x[j] = samples[i * dimension + j];
      synthetic.manifold().project(projected, x);
      for (int j = 0; j < dimension; j++) squares += Math.pow(x[j] - projected[j], 2);
    }
    return Math.sqrt(squares / n);
  }

  /** Of a table: what is drawn afresh is nobody's neighbour. */
  @Override
  public void memorisation(Measures.Builder out, float[] first) {
    if (!(data instanceof DataSet.Table table)) return;
    int bank = Math.min(table.trained().count(), BANK);
    int few =
        Math.min(evaluation.model().config().evaluation().neighbours(), first.length / dimension);
    if (few == 0) return;
    float[] rows =
        data.normalisation().apply(Arrays.copyOf(table.trained().data(), bank * dimension));
    float[] samples = data.normalisation().apply(Arrays.copyOf(first, few * dimension));
    int kept = Math.min(few, reference.length / dimension);
    Evaluation.memorisation(
        out,
        Memorisation.of(
            distances(samples, few, rows, bank), distances(reference, kept, rows, bank)),
        few);
  }

  private double[] distances(float[] x, int count, float[] bank, int rows) {
    return NearestNeighbours.of(evaluation.device(), x, count, bank, rows, dimension).distances();
  }

  @Override
  public void close() {}
}
