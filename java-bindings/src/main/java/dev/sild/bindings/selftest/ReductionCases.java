package dev.sild.bindings.selftest;

import dev.sild.bindings.DType;
import dev.sild.bindings.View;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** Sums in double, and the largest entry of a row, which is a choice and has no error. */
final class ReductionCases {
  private ReductionCases() {}

  static List<Case> all() {
    return List.of(
        squares("one", 1),
        squares("1021", 1021),
        squares("several parts", 300_001),
        bins("one bin", 31, 1),
        bins("20 bins", 1021, 20),
        bins("several blocks of bins", 300, 70),
        maximum("one column", 31, 1),
        maximum("width 31", 33, 31),
        maximum("width 64", 257, 64),
        maximum("long rows", 3, 3000),
        special());
  }

  private static Case squares(String name, long n) {
    return new Case(
        "sumOfSquares",
        name,
        trial ->
            trial.stream()
                .sumOfSquares(
                    trial.output("sum", Bound.doubles(n), DType.F64, 1), trial.normal(n)));
  }

  /** Levels below and above the bins too: their ends are open. */
  private static Case bins(String name, long rows, int bins) {
    return new Case(
        "binErrors",
        name,
        trial -> {
          double[] before = new double[4 * bins];
          for (int i = 0; i < before.length; i++) before[i] = i;
          trial.stream()
              .binErrors(
                  trial.state(
                      "sums",
                      Bound.doubles(rows),
                      MemorySegment.ofArray(before),
                      DType.F64,
                      bins,
                      4),
                  trial.sigmas(0.005, 100, rows),
                  trial.uniform(0, 1, rows),
                  trial.uniform(0, 1, rows),
                  Math.log(0.01),
                  Math.log(50));
        });
  }

  private static Case maximum(String name, long rows, long columns) {
    return new Case("rowMaximum", name, trial -> maximum(trial, trial.normal(rows, columns), rows));
  }

  /** Equal entries, infinities and NaN, each in several places. */
  private static Case special() {
    return new Case(
        "rowMaximum",
        "equal entries, infinities and NaN",
        trial -> {
          int rows = 6;
          int columns = 700;
          float[] x = new float[rows * columns];
          float[] worst = {1, Float.POSITIVE_INFINITY, Float.NaN, 0, -0f, Float.NEGATIVE_INFINITY};
          for (int b = 0; b < rows; b++) {
            if (b == 5) Arrays.fill(x, b * columns, x.length, worst[b]);
            for (int j = 100 + b; j < columns; j += 77) x[b * columns + j] = worst[b];
          }
          maximum(trial, trial.floats(x, rows, columns), rows);
        });
  }

  private static void maximum(Trial trial, View x, long rows) {
    trial.stream()
        .rowMaximum(
            trial.output("value", Bound.exact(), rows),
            trial.output("index", Bound.exact(), DType.I32, rows),
            x);
  }
}
