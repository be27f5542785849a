package dev.sild.theory.regimes;

import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/**
 * A figure measured at several sizes, several draws each, and its limit: what a least-squares line
 * in 1/d says at 1/d = 0. Draws that gave no figure are left out.
 *
 * @param dimensions d
 * @param draws (dimensions, draws)
 */
public record FiniteSize(int[] dimensions, double[][] draws) {

  /** Mean at a size. */
  public double mean(int size) {
    return statistics(size).getMean();
  }

  /** Its standard error over the draws. */
  public double standardError(int size) {
    SummaryStatistics found = statistics(size);
    return found.getStandardDeviation() / Math.sqrt(found.getN());
  }

  /** At d = ∞. */
  public double limit() {
    return line().getIntercept();
  }

  /** Half of the limit's 95 % interval: the scatter about the line, not the line's own error. */
  public double halfWidth() {
    SimpleRegression line = line();
    if (line.getN() < 3) return Double.NaN;
    return line.getInterceptStdErr()
        * new TDistribution(line.getN() - 2).inverseCumulativeProbability(0.975);
  }

  private SimpleRegression line() {
    SimpleRegression line = new SimpleRegression();
    for (int size = 0; size < dimensions.length; size++)
      for (double value : draws[size])
        if (Double.isFinite(value)) line.addData(1.0 / dimensions[size], value);
    return line;
  }

  private SummaryStatistics statistics(int size) {
    SummaryStatistics statistics = new SummaryStatistics();
    for (double value : draws[size]) if (Double.isFinite(value)) statistics.addValue(value);
    return statistics;
  }
}
