package dev.sild.theory.complexity;

import dev.sild.theory.steps.Line;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A slope through the rows of a study.
 *
 * @param key for programs
 * @param what is fitted, in words
 * @param theory the slope that it predicts
 */
public record Fit(String key, String what, Line line, double theory) {
  static Fit of(
      String key,
      String what,
      List<Row> rows,
      ToDoubleFunction<Row> x,
      ToDoubleFunction<Row> y,
      double theory) {
    Line line =
        Line.through(
            rows.stream().mapToDouble(x).toArray(), rows.stream().mapToDouble(y).toArray());
    return new Fit(key, what, line, theory);
  }
}
