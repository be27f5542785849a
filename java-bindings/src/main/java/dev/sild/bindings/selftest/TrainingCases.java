package dev.sild.bindings.selftest;

import dev.sild.bindings.AdamW;
import dev.sild.bindings.DType;
import dev.sild.bindings.Step;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A classifier's loss and the update of the parameters. */
final class TrainingCases {
  private static final AdamW FREE = new AdamW(0.9, 0.95, 1e-8, 0.01, 0);
  private static final AdamW CLIPPED = new AdamW(0.9, 0.95, 1e-8, 0.01, 1);

  private TrainingCases() {}

  static List<Case> all() {
    return List.of(
        crossEntropy("one class", 31, 1, false, true),
        crossEntropy("ten classes by index", 257, 10, true, true),
        crossEntropy("31 classes, no gradient", 33, 31, false, false),
        crossEntropy("1000 columns", 5, 1000, true, true),
        adamw("one parameter", 1, FREE, false, 1, 0),
        adamw("no limit", 1021, FREE, false, 4, 0),
        adamw("gradient below the limit", 1021, CLIPPED, false, 0.25, 0),
        adamw("gradient cut down to the limit", 5000, CLIPPED, false, 4, 0),
        adamw("two averages", 5001, CLIPPED, true, 4, 0),
        adamw("two averages, no limit", 31, FREE, true, 4, 0),
        adamw("two averages, a gradient that is not finite", 31, FREE, true, Double.NaN, 0),
        adamw("a gradient that is not finite stops it", 1021, CLIPPED, false, Double.NaN, 0),
        adamw("stopped before", 1021, FREE, true, 1, 77),
        adamw("stopped before, not finite either", 31, FREE, false, Double.POSITIVE_INFINITY, 77));
  }

  private static Case crossEntropy(
      String name, long rows, long classes, boolean indexed, boolean gradient) {
    return new Case(
        "crossEntropy",
        name,
        trial -> {
          Bound bound = Bound.rounding(classes);
          trial.stream()
              .crossEntropy(
                  gradient ? trial.output("dlogits", bound, rows, classes) : null,
                  trial.output("loss", bound, rows),
                  trial.output("correct", Bound.exact(), rows),
                  trial.scaled(3, rows, classes),
                  trial.bytes((int) Math.min(classes, 256), indexed ? 7 : rows),
                  indexed ? trial.below(7, rows) : null);
        });
  }

  private static Case adamw(
      String name, long n, AdamW rule, boolean two, double squaredNorm, long stopped) {
    return new Case(
        "adamwEma",
        name,
        trial -> {
          boolean moves = Double.isFinite(squaredNorm) && stopped == 0;
          Bound bound = moves ? Bound.rounding(1) : Bound.exact();
          float[] squares = new float[(int) n];
          for (int i = 0; i < n; i++) squares[i] = 1e-3f + i % 17;
          long[] since = {stopped};
          trial.stream()
              .adamwEma(
                  trial.state("p", bound, n),
                  trial.state("m", bound, n),
                  trial.state("v", bound, MemorySegment.ofArray(squares), DType.F32, n),
                  trial.state("ema", bound, n),
                  two ? trial.state("secondEma", bound, n) : null,
                  trial.state("stopped", Bound.exact(), MemorySegment.ofArray(since), DType.I64, 1),
                  trial.normal(n),
                  trial.doubles(squaredNorm),
                  trial.step(new Step(4096, 1e-3, 1.5, 3, 0.99, 0.9)),
                  rule);
        });
  }
}
