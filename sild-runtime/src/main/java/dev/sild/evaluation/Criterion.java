package dev.sild.evaluation;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * A metric by which methods are ranked.
 *
 * @param metric its name in {@code metrics.json}, or what that begins with
 * @param lower whether smaller figures are better
 */
public record Criterion(String metric, boolean lower) {
  /** Of molecules. */
  private static final List<Criterion> MOLECULES =
      List.of(
          new Criterion("molecule_accuracy", false),
          new Criterion("validity", false),
          new Criterion("valid_unique", false),
          new Criterion("uniqueness_1k", false),
          new Criterion("uniqueness_10k", false),
          new Criterion("internal_diversity", false),
          new Criterion("internal_diversity_2", false),
          new Criterion("snn", false),
          new Criterion("scaffold_similarity", false),
          new Criterion("latent_active_units", false),
          new Criterion("latent_participation_ratio", false));

  /** Of any data. */
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

  /** Those among the names of some metrics, each under its full name, the most telling first. */
  public static List<Criterion> among(Collection<?> metrics) {
    boolean molecules = metrics.contains("validity");
    return Stream.concat(molecules ? MOLECULES.stream() : Stream.of(), ALL.stream())
        .flatMap(criterion ->
            metrics.stream()
                .map(String.class::cast)
                .filter(criterion::names)
                .map(name -> new Criterion(name, criterion.lower)))
        .toList();
  }

  private boolean names(String name) {
    boolean family = metric.endsWith("_");
    if (!family) return name.equals(metric);
    // neither an error nor the floor that data themselves have
    return name.startsWith(metric) && !name.endsWith("_se") && !name.endsWith("_of_training");
  }
}
