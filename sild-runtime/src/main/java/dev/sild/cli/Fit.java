package dev.sild.cli;

import dev.sild.report.Table;
import dev.sild.theory.features.Exponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A fitted slope beside what theory says of it.
 *
 * @param of what was measured
 * @param theory null where it gives no number
 * @param words what theory says, for people
 */
record Fit(String of, String against, Exponent exponent, Double theory, String words) {

  /** The slope of y against x over the points of each seed; null if x is always the same. */
  static <T> Exponent slope(
      List<T> points, Function<T, Integer> seed, ToDoubleFunction<T> x, ToDoubleFunction<T> y) {
    List<Integer> seeds = points.stream().map(seed).distinct().toList();
    List<List<T>> own =
        seeds.stream()
            .map(s -> points.stream().filter(p -> seed.apply(p).equals(s)).toList())
            .toList();
    if (own.isEmpty() || own.getFirst().stream().mapToDouble(x).distinct().count() < 2) return null;
    return Exponent.linear(
        own.getFirst().stream().mapToDouble(x).toArray(),
        own.stream().map(one -> one.stream().mapToDouble(y).toArray()).toList());
  }

  /** The slope of log y against log x. */
  static <T> Exponent power(
      List<T> points, Function<T, Integer> seed, ToDoubleFunction<T> x, ToDoubleFunction<T> y) {
    return slope(
        points, seed, p -> Math.log(x.applyAsDouble(p)), p -> Math.log(y.applyAsDouble(p)));
  }

  /** A sentence. */
  String sentence() {
    return "%s against %s: %s; theory: %s.".formatted(of, against, exponent, words);
  }

  /** For people. */
  static Table table(List<Fit> fits) {
    Table table = Table.of("of", "against", "theory", "measured", "from", "to");
    for (Fit fit : fits) {
      Exponent e = fit.exponent;
      table = table.row(fit.of, fit.against, fit.words, e.value(), e.low(), e.high());
    }
    return table;
  }

  /** For programs. */
  static Map<String, Object> figures(List<Fit> fits) {
    Map<String, Object> figures = new LinkedHashMap<>();
    for (Fit fit : fits) {
      Map<String, Object> figure = new LinkedHashMap<>();
      figure.put("theory", fit.theory);
      figure.put("measured", Output.known(fit.exponent.value()));
      figure.put("low", Output.known(fit.exponent.low()));
      figure.put("high", Output.known(fit.exponent.high()));
      figures.put(fit.of + " against " + fit.against, figure);
    }
    return figures;
  }

  /** Mean and standard error over seeds, for people. */
  static <T> String spread(List<T> seeds, ToDoubleFunction<T> figure) {
    double mean = mean(seeds, figure);
    double squares =
        seeds.stream().mapToDouble(s -> Math.pow(figure.applyAsDouble(s) - mean, 2)).sum();
    int n = seeds.size();
    return Table.spread(mean, n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n));
  }

  /** Mean over seeds; NaN of none. */
  static <T> double mean(List<T> seeds, ToDoubleFunction<T> figure) {
    return seeds.stream().mapToDouble(figure).average().orElse(Double.NaN);
  }

  /** The mean at each place. */
  static <T> double[] means(List<List<T>> places, ToDoubleFunction<T> figure) {
    return places.stream().mapToDouble(seeds -> mean(seeds, figure)).toArray();
  }
}
