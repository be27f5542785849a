package dev.sild.bindings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The exact denoiser of a mixture, from its definition: all logits, then their softmax. Weights and
 * variances may be null.
 */
record MixtureReference(
    int rows,
    int components,
    int columns,
    double[] x,
    double[] centres,
    double[] logWeights,
    double[] variances,
    double[] sigma) {
  private static final int ORDERS = 4;

  /** Centres in clusters of four, a noise level apart, and rows that lie among them. */
  static MixtureReference of(
      Draw draw,
      int rows,
      int components,
      int columns,
      boolean weights,
      boolean variances,
      double level) {
    double[] centres = draw.normal((long) components * columns);
    double[] apart = draw.normal((long) components * columns);
    for (int i = 0; i < components; i++)
      for (int j = 0; j < columns; j++) {
        int at = i * columns + j;
        centres[at] = (float) (centres[i / 4 * 4 * columns + j] + 0.5 * level * apart[at]);
      }
    double[] x = draw.normal((long) rows * columns);
    int[] from = draw.below(rows, components);
    for (int i = 0; i < x.length; i++)
      x[i] = (float) (centres[from[i / columns] * columns + i % columns] + level * x[i]);
    return new MixtureReference(
        rows,
        components,
        columns,
        x,
        centres,
        weights ? draw.uniform(components, -3, 0) : null,
        variances ? draw.uniform(components, 0, 2 * level * level) : null,
        draw.sigmas(rows, level, 2 * level));
  }

  /** In double, and in f32 with coordinates and components in several orders. */
  Expected expected() {
    List<Map<String, double[]>> plain = new ArrayList<>();
    Random random = new Random(Draw.SEED);
    for (int i = 0; i < ORDERS; i++)
      plain.add(
          evaluate(
              Rounding.SINGLE, order(random, components, i == 0), order(random, columns, i == 0)));
    return Expected.inSeveralOrders(
        evaluate(Rounding.DOUBLE, order(random, components, true), order(random, columns, true)),
        plain);
  }

  private static int[] order(Random random, int n, boolean natural) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int at = natural ? i : random.nextInt(i + 1);
      order[i] = order[at];
      order[at] = i;
    }
    return order;
  }

  private Map<String, double[]> evaluate(Rounding p, int[] components, int[] coordinates) {
    double[] denoised = new double[rows * columns];
    double[] density = new double[rows];
    double[] logits = new double[components.length];
    for (int b = 0; b < rows; b++) {
      double square = p.r(sigma[b] * sigma[b]);
      double first = p.r(variance(0) + square);
      double largest = Double.NEGATIVE_INFINITY;
      for (int i : components) {
        double total = p.r(variance(i) + square);
        double ratio = p.r(Math.log(p.r(total / first)));
        double prior = logWeights == null ? 0 : logWeights[i];
        prior = p.r(prior - p.r(p.r(0.5 * columns) * ratio));
        logits[i] = p.r(prior - p.r(p.r(0.5 * distance(p, b, i, coordinates)) / total));
        largest = Math.max(largest, logits[i]);
      }
      double sum = 0;
      double[] numerator = new double[columns];
      for (int i : components) {
        double weight = p.r(Math.exp(p.r(logits[i] - largest)));
        double share = p.r(variance(i) / p.r(variance(i) + square));
        sum = p.r(sum + weight);
        for (int j = 0; j < columns; j++) {
          double mean =
              p.r(p.r(p.r(1 - share) * centres[i * columns + j]) + p.r(share * x[b * columns + j]));
          numerator[j] = p.r(numerator[j] + p.r(weight * mean));
        }
      }
      for (int j = 0; j < columns; j++) denoised[b * columns + j] = p.r(numerator[j] / sum);
      double scale = p.r(p.r(Math.log(first)) + p.r(Math.log(2 * Math.PI)));
      density[b] = p.r(p.r(largest + p.r(Math.log(sum))) - p.r(p.r(0.5 * columns) * scale));
      if (logWeights == null) density[b] = p.r(density[b] - p.r(Math.log(components.length)));
    }
    return Map.of("denoised", denoised, "density", density);
  }

  private double variance(int i) {
    return variances == null ? 0 : variances[i];
  }

  private double distance(Rounding p, int b, int i, int[] coordinates) {
    double sum = 0;
    for (int j : coordinates) {
      double d = p.r(x[b * columns + j] - centres[i * columns + j]);
      sum = p.r(sum + p.r(d * d));
    }
    return sum;
  }
}
