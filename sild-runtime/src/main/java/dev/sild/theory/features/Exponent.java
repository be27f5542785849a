package dev.sild.theory.features;

import dev.sild.evaluation.PairedDifference;
import dev.sild.theory.steps.Line;
import java.util.List;

/**
 * A fitted slope with a 95 % interval: of several seeds the mean of each seed's slope and Student's
 * interval of that mean, for seeds are independent while the points of one are not; of a single
 * seed the interval of its line.
 *
 * @param low, high of the interval; NaN without one
 */
public record Exponent(double value, double low, double high) {

  /**
   * Of y against x.
   *
   * @param seeds y(x) of each seed
   */
  public static Exponent linear(double[] x, List<double[]> seeds) {
    double[] slopes = seeds.stream().mapToDouble(y -> Line.through(x, y).slope()).toArray();
    if (slopes.length == 1) {
      Line line = Line.through(x, seeds.getFirst());
      return new Exponent(line.slope(), line.low(), line.high());
    }
    PairedDifference mean = PairedDifference.of(slopes, new double[slopes.length]);
    return new Exponent(mean.mean(), mean.low(), mean.high());
  }

  @Override
  public String toString() {
    return Double.isNaN(low)
        ? "%.2f".formatted(value)
        : "%.2f [%.2f, %.2f]".formatted(value, low, high);
  }
}
