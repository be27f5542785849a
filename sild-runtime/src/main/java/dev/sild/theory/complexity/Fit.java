package dev.sild.theory.complexity;

import dev.sild.theory.steps.Estimate;
import dev.sild.theory.steps.Line;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A slope through the rows of a study.
 *
 * @param key for programs
 * @param what is fitted, in words
 * @param line its interval is that of the rows' distances from the line
 * @param standardError what the rows' own errors, independent of each other, leave of the slope; 0
 *     where they are exact
 * @param theory the slope that it predicts
 */
public record Fit(String key, String what, Line line, double standardError, double theory) {
  static Fit of(
      String key,
      String what,
      List<Row> rows,
      ToDoubleFunction<Row> x,
      Function<Row, Estimate> y,
      double theory) {
    double[] at = rows.stream().mapToDouble(x).toArray();
    Estimate[] found = rows.stream().map(y).toArray(Estimate[]::new);
    double mean = Arrays.stream(at).average().orElseThrow();
    double squares = 0;
    double variance = 0;
    for (int i = 0; i < at.length; i++) {
      double square = (at[i] - mean) * (at[i] - mean);
      squares += square;
      variance += square * found[i].standardError() * found[i].standardError();
    }
    Line line = Line.through(at, Arrays.stream(found).mapToDouble(Estimate::value).toArray());
    return new Fit(key, what, line, Math.sqrt(variance) / squares, theory);
  }
}
