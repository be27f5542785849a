package dev.sild.theory.steps;

import dev.sild.UserException;
import dev.sild.sampling.Schedule;
import java.util.Arrays;

/**
 * The schedules of least path divergence for the ancestral step, for every number of steps, by
 * dynamic programming over the knots of m: exact for the curve that joins them.
 *
 * <p>A step from knot i to j costs ½ (m_i (γ_j − γ_i) − ∫ m dγ). As m falls, the cost has the
 * property of Monge, so that the best last knot before j rises with j, and divide and conquer finds
 * a layer of n knots in n log n.
 */
public final class OptimalSchedule {
  private final DenoisingCurve curve;
  private final double[] integrals;
  private final double[][] costs; // [steps][knot], from the first knot
  private final int[][] before;

  /**
   * Solves for up to {@code most} steps.
   *
   * @throws UserException if the curve has not a knot for each
   */
  public OptimalSchedule(DenoisingCurve curve, int most) {
    if (most < 1 || most >= curve.knots())
      throw new UserException(
          "%d steps: a curve of %d levels resolves 1 to %d"
              .formatted(most, curve.knots(), curve.knots() - 1));
    this.curve = curve;
    integrals = curve.integrals();
    int n = curve.knots();
    costs = new double[most + 1][n];
    before = new int[most + 1][n];
    Arrays.fill(costs[0], Double.POSITIVE_INFINITY);
    costs[0][0] = 0;
    for (int k = 1; k <= most; k++) {
      Arrays.fill(costs[k], Double.POSITIVE_INFINITY);
      layer(k, k, n - 1, k - 1, n - 2);
    }
  }

  /** Knots low … high of layer k, whose predecessors lie in from … to. */
  private void layer(int k, int low, int high, int from, int to) {
    if (low > high) return;
    int middle = (low + high) >>> 1;
    int best = from;
    double least = Double.POSITIVE_INFINITY;
    for (int i = from; i <= Math.min(to, middle - 1); i++) {
      double cost = costs[k - 1][i] + step(i, middle);
      if (cost < least) {
        least = cost;
        best = i;
      }
    }
    costs[k][middle] = least;
    before[k][middle] = best;
    layer(k, low, middle - 1, from, best);
    layer(k, middle + 1, high, best, to);
  }

  private double step(int i, int j) {
    double width = curve.gamma()[j] - curve.gamma()[i];
    return 0.5 * (curve.m()[i] * width - (integrals[j] - integrals[i]));
  }

  /** The least divergence of so many steps over all knots, nats. */
  public double divergence(int steps) {
    return costs[steps][curve.knots() - 1];
  }

  /** The schedule that has it. */
  public Schedule schedule(int steps) {
    double[] sigmas = new double[steps + 1];
    int knot = curve.knots() - 1;
    for (int k = steps; k >= 0; k--) {
      sigmas[k] = curve.sigma(knot);
      knot = before[k][knot];
    }
    return new Schedule(sigmas);
  }

  /** The fewest steps whose divergence is at most this, or 0 if the solved ones do not reach it. */
  public int fewest(double divergence) {
    for (int k = 1; k < costs.length; k++) if (divergence(k) <= divergence) return k;
    return 0;
  }
}
