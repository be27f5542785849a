package dev.sild.evaluation;

import java.util.List;

/**
 * A metric by which methods are ranked.
 *
 * @param metric its name in {@code metrics.json}, or what that begins with
 * @param lower whether smaller figures are better
 */
public record Criterion(String metric, boolean lower) {
  /** All of them, the most telling first. */
  private static final List<Criterion> ALL =
      List.of(
          new Criterion("reconstruction_mse", true),
          new Criterion("ssim", false),
          new Criterion("lpips", true),
          new Criterion("fid", true),
          new Criterion("frechet_", true),
          new Criterion("kid_", true),
          new Criterion("precision_", false),
          new Criterion("recall_", false),
          new Criterion("density_", false),
          new Criterion("coverage_", false),
          new Criterion("modes", false),
          new Criterion("kl_uniform", true),
          new Criterion("off_manifold_rms", true));

  /** Those among the names of some metrics, each under its full name. */
  public static List<Criterion> among(Iterable<String> metrics) {
    List<Criterion> found = new java.util.ArrayList<>();
    for (Criterion criterion : ALL)
      for (String name : metrics)
        if (criterion.names(name)) found.add(new Criterion(name, criterion.lower));
    return found;
  }

  private boolean names(String name) {
    boolean family = metric.endsWith("_");
    return family ? name.startsWith(metric) && !name.endsWith("_se") : name.equals(metric);
  }
}
