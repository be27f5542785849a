package dev.sild.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Metrics of several methods over the same seeds.
 *
 * @param rows the methods; the first is the one that claims
 */
public record Comparison(List<Row> rows) {
  private static final Set<String> RECONSTRUCTION =
      Set.of("reconstruction_mse", "molecule_accuracy");

  /**
   * A method.
   *
   * @param name short and unique
   * @param label for people
   * @param metrics of each seed, all in the same order; an undefined figure is null
   */
  public record Row(String name, String label, List<Map<String, Double>> metrics) {

    /** A metric's figures by seed; null where one of them is undefined. */
    public double[] figures(String metric) {
      List<Double> found = metrics.stream().map(seed -> seed.get(metric)).toList();
      if (found.isEmpty() || found.stream().anyMatch(Objects::isNull)) return null;
      return found.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Mean over the seeds; null where a figure is undefined. */
    public Double mean(String metric) {
      double[] figures = figures(metric);
      return figures == null ? null : Arrays.stream(figures).average().orElseThrow();
    }

    /** Standard error of the mean; null with less than two seeds or an undefined figure. */
    public Double standardError(String metric) {
      double[] x = figures(metric);
      if (x == null || x.length < 2) return null;
      double mean = mean(metric);
      double squares = Arrays.stream(x).map(value -> (value - mean) * (value - mean)).sum();
      return Math.sqrt(squares / (x.length - 1) / x.length);
    }
  }

  /**
   * That the first method is better than a rival by one criterion.
   *
   * @param rival the best of those it is held against
   * @param difference first method's figures minus the rival's
   */
  public record Claim(
      String text,
      Criterion criterion,
      Row rival,
      PairedDifference difference,
      PairedDifference.Verdict verdict) {}

  /** The criteria for which any method has figures. */
  public List<Criterion> criteria() {
    Set<String> names = new LinkedHashSet<>();
    for (Row row : rows) row.metrics().forEach(seed -> names.addAll(seed.keySet()));
    return Criterion.among(names).stream()
        .filter(c -> rows.stream().anyMatch(row -> row.figures(c.metric()) != null))
        .toList();
  }

  /**
   * By each criterion the first method against the best of the rivals, and for reconstruction
   * against the best of the variational autoencoders too.
   */
  public List<Claim> claims() {
    List<Claim> claims = new ArrayList<>();
    List<Row> rivals = rows.subList(1, rows.size());
    List<Row> variational = rivals.stream().filter(row -> row.name().startsWith("vae")).toList();
    for (Criterion criterion : criteria()) {
      if (RECONSTRUCTION.contains(criterion.metric()))
        claim(claims, criterion, variational, "the best VAE");
      claim(claims, criterion, rivals, "the best rival");
    }
    return claims;
  }

  private void claim(List<Claim> claims, Criterion criterion, List<Row> against, String whom) {
    double[] own = rows.getFirst().figures(criterion.metric());
    Row best = best(against, criterion);
    if (own == null || best == null) return;
    PairedDifference difference = PairedDifference.of(own, best.figures(criterion.metric()));
    String text =
        "%s %s than %s".formatted(criterion.metric(), criterion.lower() ? "lower" : "higher", whom);
    claims.add(new Claim(text, criterion, best, difference, difference.verdict(criterion.lower())));
  }

  private static Row best(List<Row> rows, Criterion criterion) {
    String metric = criterion.metric();
    Comparator<Row> byMean = Comparator.comparing(row -> row.mean(metric));
    return rows.stream()
        .filter(row -> row.figures(metric) != null)
        .min(criterion.lower() ? byMean : byMean.reversed())
        .orElse(null);
  }
}
