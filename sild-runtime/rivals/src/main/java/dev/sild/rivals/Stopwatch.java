package dev.sild.rivals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Times calls. */
final class Stopwatch {
  private static final double NANOS = 1e9;
  private static final int ROUNDS = 4;

  private Stopwatch() {}

  /** Median seconds of calls that together take this long; at least one. */
  static double median(double seconds, Runnable call) {
    List<Double> times = new ArrayList<>();
    long start = System.nanoTime();
    do times.add(seconds(call));
    while (System.nanoTime() - start < seconds * NANOS);
    return Spread.of(times.stream().mapToDouble(t -> t).toArray()).median();
  }

  /** The choice whose best call of several rounds takes the least time. */
  static <T> T fastest(List<T> choices, Consumer<T> call) {
    double[] least = new double[choices.size()];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    int fastest = 0;
    for (int round = 0; round < ROUNDS; round++)
      for (int i = 0; i < least.length; i++) {
        T choice = choices.get(i);
        least[i] = Math.min(least[i], seconds(() -> call.accept(choice)));
        if (least[i] < least[fastest]) fastest = i;
      }
    return choices.get(fastest);
  }

  private static double seconds(Runnable call) {
    long start = System.nanoTime();
    call.run();
    return (System.nanoTime() - start) / NANOS;
  }
}
