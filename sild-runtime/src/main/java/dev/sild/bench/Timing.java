package dev.sild.bench;

import dev.sild.bindings.Stream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How long something takes that is done again and again. Others use the machine too: hence medians.
 *
 * @param seconds median over blocks of the time for one
 * @param fastest the fastest block's time for one
 * @param blocks how many were timed
 */
public record Timing(double seconds, double fastest, int blocks) {
  private static final int BLOCKS = 20;
  private static final int LEAST_BLOCKS = 3;
  private static final double WARM_UP = 0.25; // of the time

  /** Repeats {@code step} for so many seconds; the host waits for the stream after each block. */
  public static Timing of(Stream stream, Runnable step, double seconds) {
    int warm = 0;
    long begun = System.nanoTime();
    do {
      step.run();
      stream.synchronize();
      warm++;
    } while (since(begun) < seconds * WARM_UP || warm < LEAST_BLOCKS);
    int steps = Math.max(1, (int) (seconds / BLOCKS / (since(begun) / warm)));
    List<Double> times = new ArrayList<>();
    begun = System.nanoTime();
    while (times.size() < LEAST_BLOCKS || since(begun) < seconds) {
      long block = System.nanoTime();
      for (int i = 0; i < steps; i++) step.run();
      stream.synchronize();
      times.add(since(block) / steps);
    }
    return of(times.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /**
   * Repeats all pieces in their order for so many seconds and times each by itself, so that it
   * finds the caches as it does in the job. The host waits after each.
   *
   * @param before what is done before the first piece, not timed
   */
  public static List<Timing> each(
      Stream stream, Runnable before, List<Piece> pieces, double seconds) {
    List<double[]> times = new ArrayList<>();
    long begun = System.nanoTime();
    int rounds = 0;
    for (; rounds < 2 * LEAST_BLOCKS || since(begun) < seconds; rounds++) {
      double[] round = new double[pieces.size()];
      before.run();
      stream.synchronize();
      for (int i = 0; i < round.length; i++) {
        long piece = System.nanoTime();
        pieces.get(i).run().run();
        stream.synchronize();
        round[i] = since(piece);
      }
      times.add(round);
    }
    List<double[]> counted = times.subList((int) (rounds * WARM_UP), rounds);
    List<Timing> all = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      int piece = i;
      all.add(of(counted.stream().mapToDouble(round -> round[piece]).toArray()));
    }
    return all;
  }

  private static Timing of(double[] times) {
    Arrays.sort(times);
    int half = times.length / 2;
    double median = times.length % 2 == 1 ? times[half] : (times[half - 1] + times[half]) / 2;
    return new Timing(median, times[0], times.length);
  }

  private static double since(long begun) {
    return (System.nanoTime() - begun) * 1e-9;
  }
}
