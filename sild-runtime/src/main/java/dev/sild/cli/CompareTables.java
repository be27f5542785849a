package dev.sild.cli;

import dev.sild.evaluation.Comparison;
import dev.sild.evaluation.Criterion;
import dev.sild.evaluation.PairedDifference;
import dev.sild.report.Table;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a comparison found, as tables and as words.
 *
 * @param command that makes all of it again
 */
record CompareTables(
    Contest contest,
    List<Contestant> contestants,
    int seeds,
    Comparison comparison,
    String command) {
  /** Whose pictures and curves are shown, and whose commands are printed. */
  static final int FIRST_SEED = 1;

  /** Among the metrics of a run. */
  static final String SECONDS = "training_seconds";

  /** For people at a terminal. */
  String text() {
    return "%n%s%n%s%n%s%n%n%s".formatted(figuresNote(), figures(), claimsNote(), claims());
  }

  /** For programs. */
  Map<String, Object> json() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Comparison.Row row : comparison.rows()) {
      Map<String, Object> metrics = new LinkedHashMap<>();
      for (String metric : metrics()) {
        Map<String, Object> figure = new LinkedHashMap<>();
        figure.put("mean", row.mean(metric));
        figure.put("standard_error", row.standardError(metric));
        figure.put("values", row.figures(metric));
        metrics.put(metric, figure);
      }
      rows.add(Map.of("method", row.name(), "label", row.label(), "metrics", metrics));
    }
    List<Map<String, Object>> claims = new ArrayList<>();
    for (Comparison.Claim claim : comparison.claims()) {
      Map<String, Object> c = new LinkedHashMap<>();
      c.put("claim", claim.text());
      c.put("rival", claim.rival().name());
      c.put("difference", claim.difference().mean());
      c.put("low", finite(claim.difference().low()));
      c.put("high", finite(claim.difference().high()));
      c.put("verdict", claim.verdict().toString());
      claims.add(c);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("command", command);
    all.put("seeds", seeds);
    all.put("rows", rows);
    all.put("claims", claims);
    return all;
  }

  private static Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private List<String> metrics() {
    List<String> names =
        new ArrayList<>(comparison.criteria().stream().map(Criterion::metric).toList());
    names.add(SECONDS);
    return names;
  }

  Table figures() {
    List<String> header = new ArrayList<>(List.of("metric"));
    for (Comparison.Row row : comparison.rows()) header.add(row.label());
    Table table = Table.of(header.toArray(String[]::new));
    for (String metric : metrics()) {
      List<Object> cells = new ArrayList<>(List.of(metric));
      for (Comparison.Row row : comparison.rows()) cells.add(cell(row, metric));
      table = table.row(cells.toArray());
    }
    return table;
  }

  private static Object cell(Comparison.Row row, String metric) {
    Double mean = row.mean(metric);
    Double error = row.standardError(metric);
    return mean == null || error == null ? mean : Table.spread(mean, error);
  }

  Table claims() {
    Table table = Table.of("claim", "rival", "difference", "from", "to", "verdict");
    for (Comparison.Claim claim : comparison.claims())
      table =
          table.row(
              claim.text(),
              claim.rival().label(),
              claim.difference().mean(),
              claim.difference().low(),
              claim.difference().high(),
              claim.verdict().toString());
    return table;
  }

  String figuresNote() {
    return seeds == 1 ? "one seed" : "mean ± standard error over seeds 1 … %d".formatted(seeds);
  }

  String claimsNote() {
    return "%s against the best of its rivals: paired difference over %d seeds with its 95 %% interval; a claim holds, or does not, where the interval leaves out 0"
        .formatted(comparison.rows().getFirst().label(), seeds);
  }

  /** The sentence for a reader in a hurry. */
  String summary() {
    Map<PairedDifference.Verdict, List<String>> texts =
        comparison.claims().stream()
            .collect(
                Collectors.groupingBy(
                    Comparison.Claim::verdict,
                    () -> new EnumMap<>(PairedDifference.Verdict.class),
                    Collectors.mapping(Comparison.Claim::text, Collectors.toList())));
    List<String> parts = new ArrayList<>();
    texts.forEach((verdict, claims) -> parts.add(verdict + ": " + String.join(", ", claims)));
    return "%s, %d seeds. %s."
        .formatted(comparison.rows().getFirst().label(), seeds, String.join("; ", parts));
  }

  /** What every run has in common: budget, sizes, counts. */
  Table protocol() throws IOException {
    RunConfig config = contest.config(contestants.getFirst());
    Table table =
        Table.of("setting", "value")
            .row("data", contest.dataSet(FIRST_SEED).describe())
            .row("first stage, samples", config.collapse().steps() * config.collapse().batch())
            .row("second stage, samples", config.refine().steps() * config.refine().batch())
            .row("latent size", config.autoencoder().latent())
            .row("encoder and decoder, width", config.autoencoder().width())
            .row("denoiser, width", config.denoiser().width())
            .row("denoiser, blocks", config.denoiser().blocks())
            .row("sampler", config.sampling().sampler() + ", " + config.sampling().schedule())
            .row("evaluations", config.sampling().evaluations());
    Map<String, Object> result =
        contest
            .trial(contestants.getFirst(), FIRST_SEED)
            .finished(contest.dataSet(FIRST_SEED), contest.nets());
    for (var count : ((Map<?, ?>) result.get("counts")).entrySet())
      if (!count.getKey().equals("seed")) table = table.row(count.getKey(), count.getValue());
    return table;
  }

  String commands() {
    return contestants.stream()
        .map(c -> "%s%n  %s".formatted(c.label(), contest.command(c, FIRST_SEED)))
        .collect(Collectors.joining("\n"));
  }

  /** All of it as Markdown. */
  String markdown() throws IOException {
    return """
    # %s

    ```
    %s
    ```

    %s. %s.

    %s
    %s.

    %s
    ## Protocol

    %s
    Each row again, here at seed %d:

    ```
    %s
    ```
    """
        .formatted(
            contest.preset(),
            command,
            contest.device().description(),
            capital(figuresNote()),
            figures().markdown(),
            capital(claimsNote()),
            claims().markdown(),
            protocol().markdown(),
            FIRST_SEED,
            commands());
  }

  private static String capital(String sentence) {
    return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
  }
}
