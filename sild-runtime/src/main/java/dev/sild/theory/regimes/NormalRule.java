package dev.sild.theory.regimes;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.analysis.integration.gauss.GaussIntegrator;
import org.apache.commons.math3.analysis.integration.gauss.GaussIntegratorFactory;

/**
 * Σ w_i f(x_i) = E f(g), g standard normal, for f that is smooth between breaks: Gauss–Legendre on
 * each panel. Beyond {@value #REACH} lies a mass of 2·10⁻¹⁹.
 */
record NormalRule(double[] nodes, double[] weights) {
  static final double REACH = 9;
  private static final GaussIntegratorFactory FACTORY = new GaussIntegratorFactory();

  /**
   * The rule whose panels end at the breaks, and are no wider than {@code widest}.
   *
   * @param order nodes on a panel
   */
  static NormalRule of(int order, double widest, double... breaks) {
    double[] ends = new double[breaks.length + 2];
    for (int i = 0; i < breaks.length; i++) ends[i] = Math.clamp(breaks[i], -REACH, REACH);
    ends[breaks.length] = -REACH;
    ends[breaks.length + 1] = REACH;
    Arrays.sort(ends);
    NormalRule rule = legendre(order, widest, ends);
    for (int i = 0; i < rule.nodes.length; i++)
      rule.weights[i] *= Math.exp(-0.5 * rule.nodes[i] * rule.nodes[i]) / Math.sqrt(2 * Math.PI);
    return rule;
  }

  /** The rule of ∫ f dx from the first to the last of the ends, which rise. */
  static NormalRule legendre(int order, double widest, double... ends) {
    GaussIntegrator unit = FACTORY.legendre(order); // on [−1, 1]
    int panels = 0;
    for (int e = 1; e < ends.length; e++) panels += panels(ends[e] - ends[e - 1], widest);
    NormalRule rule = new NormalRule(new double[panels * order], new double[panels * order]);
    int at = 0;
    for (int e = 1; e < ends.length; e++) {
      int parts = panels(ends[e] - ends[e - 1], widest);
      double half = (ends[e] - ends[e - 1]) / (2 * parts);
      for (int part = 0; part < parts; part++)
        for (int i = 0; i < order; i++, at++) {
          rule.nodes[at] = ends[e - 1] + half * (2 * part + 1 + unit.getPoint(i));
          rule.weights[at] = half * unit.getWeight(i);
        }
    }
    return rule;
  }

  private static int panels(double length, double widest) {
    return (int) Math.ceil(length / widest); // none for an empty one
  }

  /** E f(g). */
  double mean(DoubleUnaryOperator f) {
    double sum = 0;
    for (int i = 0; i < nodes.length; i++) sum += weights[i] * f.applyAsDouble(nodes[i]);
    return sum;
  }
}
