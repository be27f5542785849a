package dev.sild.theory.complexity;

import dev.sild.theory.Target;
import dev.sild.theory.steps.Cube;
import dev.sild.theory.steps.DenoisingCurve;
import dev.sild.theory.steps.LogSnrTheory;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A law of which the budget is asked.
 *
 * @param series what it has in common with others of its study
 * @param points M, of a discrete law; components of a mixture
 * @param secondMoment E‖x_0‖²
 * @param entropy of the points or labels, nats
 * @param logSnr what the theory says of steps uniform in log-SNR
 * @param parts that are independent of each other, for the simulation
 * @param labelled the law whose labels are counted, null where symmetry keeps them uniform
 */
public record Law(
    String series,
    double points,
    int dimension,
    double secondMoment,
    double entropy,
    Curves curves,
    LogSnrTheory logSnr,
    List<Part> parts,
    Target labelled) {
  private static final int KNOTS = 8193;
  private static final double REACH =
      20; // then KL(p_{σ_max} ‖ N(0, σ_max² I)) ≤ ½ M/σ_max² = 1/800

  /** That often in a law, each independent of the others. */
  public record Part(Target target, int copies) {}

  /** σ_max = 20 √E‖x_0‖². */
  static double sigmaMax(double secondMoment) {
    return REACH * Math.sqrt(secondMoment);
  }

  /**
   * σ_min, an eighth of the smallest distance of two points: the nearer of the two is then the
   * right one but for a probability of 3·10⁻⁵.
   */
  static double sigmaMin(double separation) {
    return separation / 8;
  }

  /**
   * The product law of {−s_j, +s_j}, each {@code copies[j]} times: m = Σ n_j s_j² m_1(s_j² γ), m_1
   * that of ±1.
   */
  static Law product(String series, double[] s, int[] copies) {
    Cube one = new Cube(1);
    int d = IntStream.of(copies).sum();
    double moment = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int j = 0; j < s.length; j++) {
      moment += copies[j] * s[j] * s[j];
      least = Math.min(least, 2 * s[j]);
    }
    double max = sigmaMax(moment);
    double min = sigmaMin(least);
    DenoisingCurve curve =
        DenoisingCurve.exact(
            g ->
                IntStream.range(0, s.length)
                    .mapToDouble(j -> copies[j] * s[j] * s[j] * one.m(s[j] * s[j] * g))
                    .sum(),
            max,
            min,
            KNOTS);
    double entropy = d * Math.log(2);
    List<Part> parts =
        IntStream.range(0, s.length).mapToObj(j -> new Part(pair(s[j]), copies[j])).toList();
    return new Law(
        series,
        Math.pow(2, d),
        d,
        moment,
        entropy,
        Curves.exact(curve),
        LogSnrTheory.discrete(entropy, max, min),
        parts,
        null);
  }

  private static Target pair(double s) {
    float[] points = {(float) -s, (float) s};
    return new Target("±" + s, 1, points, new double[] {0.5, 0.5}, 0);
  }

  /** A discrete law, or the labels of a mixture, whose curves were measured. */
  static Law discrete(String series, Target target, Curves curves) {
    return new Law(
        series,
        target.components(),
        target.dimension(),
        target.secondMoment(),
        target.entropy(),
        curves,
        LogSnrTheory.discrete(target.entropy(), curves.sigmaMax(), curves.sigmaMin()),
        List.of(new Part(target, 1)),
        target);
  }

  /**
   * A mixture by its plain denoiser.
   *
   * @param labels the curves of its labels, from σ̃² = σ_max² + v to σ_min² + v
   */
  static Law plain(String series, Target mixture, Curves labels, double max, double min) {
    int d = mixture.dimension();
    double v = mixture.variance();
    double odds = v / (min * min);
    return new Law(
        series,
        mixture.components(),
        d,
        mixture.secondMoment(),
        mixture.entropy(),
        labels.map(curve -> curve.plain(d, v, max, min, KNOTS)),
        new LogSnrTheory(
            mixture.entropy() + 0.5 * d * Math.log1p(odds),
            d * odds / (1 + odds),
            2 * Math.log(max / min)),
        List.of(new Part(mixture, 1)),
        mixture);
  }
}
