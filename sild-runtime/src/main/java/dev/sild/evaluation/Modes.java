package dev.sild.evaluation;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Coverage of the 1000 modes of stacked MNIST: mode 100 a + 10 b + c for the digits a, b, c of the
 * three channels.
 *
 * @param samples number of samples N
 * @param hit modes with at least one sample, 0 … 1000
 * @param klUniform KL(p̂ ‖ uniform) = Σ p̂ ln(1000 p̂) in nats, missing modes dropped: the protocol
 *     of VEEGAN and PacGAN (N = 26,000 there)
 */
public record Modes(int samples, int hit, double klUniform) {
  /** Number of modes. */
  public static final int COUNT = 1000;

  private static final int CLASSES = 10;

  /**
   * The KL that perfect sampling would show, for its number of samples is finite.
   *
   * @param mean over the draws, nats
   * @param sd standard deviation of one draw, nats
   */
  public record Floor(double mean, double sd) {}

  /**
   * Counts modes.
   *
   * @param modes (N), each 0 … 999
   * @throws IllegalArgumentException if there is no sample or a mode is out of range
   */
  public static Modes of(int[] modes) {
    if (modes.length == 0) throw new IllegalArgumentException("modes of no samples");
    int[] counts = new int[COUNT];
    for (int mode : modes) {
      if (mode < 0 || mode >= COUNT) throw new IllegalArgumentException("mode " + mode);
      counts[mode]++;
    }
    int hit = (int) Arrays.stream(counts).filter(count -> count > 0).count();
    return new Modes(modes.length, hit, klUniform(counts, modes.length));
  }

  /**
   * Counts modes from the digits that a classifier saw.
   *
   * @param labels (3, N): for each channel the class of every sample, 0 … 9
   * @throws IllegalArgumentException if the shape or a label is wrong
   */
  public static Modes of(int[][] labels) {
    if (labels.length != 3
        || labels[1].length != labels[0].length
        || labels[2].length != labels[0].length)
      throw new IllegalArgumentException("labels are not of shape (3, N)");
    int[] modes = new int[labels[0].length];
    for (int[] channel : labels)
      for (int i = 0; i < modes.length; i++) {
        int label = channel[i];
        if (label < 0 || label >= CLASSES) throw new IllegalArgumentException("label " + label);
        modes[i] = CLASSES * modes[i] + label;
      }
    return of(modes);
  }

  /** The uniform law of the modes, (1000). */
  public static double[] uniform() {
    double[] law = new double[COUNT];
    Arrays.fill(law, 1.0 / COUNT);
    return law;
  }

  /**
   * The law of the modes when three digits are drawn independently, (1000).
   *
   * @param weights (10): share or count of each digit in the data
   * @throws IllegalArgumentException if the weights are no law
   */
  public static double[] product(double[] weights) {
    double sum = Arrays.stream(weights).sum();
    if (weights.length != CLASSES || !(sum > 0) || Arrays.stream(weights).anyMatch(w -> w < 0))
      throw new IllegalArgumentException(
          "not the weights of ten digits: " + Arrays.toString(weights));
    double[] law = new double[COUNT];
    for (int mode = 0; mode < COUNT; mode++)
      law[mode] =
          weights[mode / 100] / sum * (weights[mode / 10 % 10] / sum) * (weights[mode % 10] / sum);
    return law;
  }

  /**
   * Monte-Carlo estimate of the KL to uniform that {@code samples} exact draws show. About KL(law ‖
   * uniform) + 999/2N.
   *
   * @param law (1000), sums to 1
   * @param samples N
   * @param draws repetitions, at least 2
   * @param seed same seed, same figure
   */
  public static Floor floor(double[] law, int samples, int draws, long seed) {
    if (law.length != COUNT || samples < 1 || draws < 2)
      throw new IllegalArgumentException(
          "a floor of %d modes, %d samples, %d draws".formatted(law.length, samples, draws));
    double[] cumulative = law.clone();
    for (int mode = 1; mode < COUNT; mode++) cumulative[mode] += cumulative[mode - 1];
    if (!(Math.abs(cumulative[COUNT - 1] - 1) < 1e-6))
      throw new IllegalArgumentException("the law sums to " + cumulative[COUNT - 1]);
    SplittableRandom random = new SplittableRandom(seed);
    double[] kl = new double[draws];
    for (int draw = 0; draw < draws; draw++) kl[draw] = drawKl(cumulative, samples, random);
    double mean = Arrays.stream(kl).sum() / draws;
    double squares = Arrays.stream(kl).map(value -> (value - mean) * (value - mean)).sum();
    return new Floor(mean, Math.sqrt(squares / (draws - 1)));
  }

  private static double drawKl(double[] cumulative, int samples, SplittableRandom random) {
    int[] counts = new int[COUNT];
    double total = cumulative[COUNT - 1];
    for (int i = 0; i < samples; i++) {
      int found = Arrays.binarySearch(cumulative, random.nextDouble() * total);
      // a draw on a boundary belongs to the mode above it; the last mode has no boundary above
      counts[Math.min(found < 0 ? -found - 1 : found + 1, COUNT - 1)]++;
    }
    return klUniform(counts, samples);
  }

  private static double klUniform(int[] counts, int samples) {
    double kl = 0;
    for (int count : counts)
      if (count > 0) {
        double share = (double) count / samples;
        kl += share * Math.log(share * COUNT);
      }
    return kl;
  }
}
