package dev.sild.training;

import java.util.List;

/**
 * What the training loop says every few steps.
 *
 * @param stage name of the stage
 * @param step steps done
 * @param samples samples seen
 * @param seconds wall time of this process in this stage
 * @param loss mean weighted loss over the interval
 * @param gradientNorm ‖g‖ of the last step, before clipping
 * @param bins the error by noise level
 */
public record Interval(
    String stage,
    long step,
    long samples,
    double seconds,
    double loss,
    double learningRate,
    double gradientNorm,
    List<Bin> bins) {

  /**
   * @param sigma centre of the bin, geometric
   * @param gamma 1/σ²
   * @param count rows in the bin
   * @param m mean unweighted ‖D − x‖², summed over coordinates
   * @param deviation its standard deviation over the rows
   * @param loss mean weighted loss
   */
  public record Bin(
      double sigma, double gamma, long count, double m, double deviation, double loss) {}

  /** Seconds that a log tells of: an interrupted stage begins again at 0 where it goes on. */
  public static double seconds(List<Interval> log) {
    double sum = 0;
    Interval before = null;
    for (Interval now : log) {
      boolean goesOn =
          before != null && before.stage.equals(now.stage) && now.seconds >= before.seconds;
      sum += goesOn ? now.seconds - before.seconds : now.seconds;
      before = now;
    }
    return sum;
  }
}
