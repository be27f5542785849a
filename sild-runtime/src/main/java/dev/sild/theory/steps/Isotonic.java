package dev.sild.theory.steps;

/**
 * Isotonic regression by pooling adjacent violators (Barlow et al. 1972).
 *
 * @param values the fit
 * @param weights total weight of the pool that each belongs to
 */
public record Isotonic(double[] values, double[] weights) {

  /** The non-rising sequence nearest to y in weighted squares. */
  public static Isotonic falling(double[] y, double[] weight) {
    int n = y.length;
    double[] mean = new double[n];
    double[] total = new double[n];
    int[] size = new int[n];
    int pools = 0;
    for (int i = 0; i < n; i++) {
      mean[pools] = y[i];
      total[pools] = weight[i];
      size[pools++] = 1;
      while (pools > 1 && mean[pools - 1] > mean[pools - 2]) {
        double sum = total[pools - 2] + total[pools - 1];
        mean[pools - 2] =
            (total[pools - 2] * mean[pools - 2] + total[pools - 1] * mean[pools - 1]) / sum;
        total[pools - 2] = sum;
        size[pools - 2] += size[--pools];
      }
    }
    double[] values = new double[n];
    double[] weights = new double[n];
    int at = 0;
    for (int p = 0; p < pools; p++)
      for (int k = 0; k < size[p]; k++, at++) {
        values[at] = mean[p];
        weights[at] = total[p];
      }
    return new Isotonic(values, weights);
  }
}
