package dev.sild.cli;

import dev.sild.evaluation.Comparison;
import dev.sild.evaluation.Criterion;
import dev.sild.evaluation.PairedDifference;
import dev.sild.report.Curve;
import dev.sild.report.Figure;
import dev.sild.report.Plot;
import dev.sild.report.Report;
import dev.sild.report.Table;
import dev.sild.sild.RunConfig;
import dev.sild.training.Interval;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a comparison found: tables for a terminal, {@code results.md}, {@code metrics.json} and
 * {@code report.html}.
 *
 * @param command that makes all of it again
 */
record CompareReport(
    Contest contest,
    List<Contestant> contestants,
    int seeds,
    Comparison comparison,
    String command) {
  private static final int FIRST_SEED = 1;
  private static final String SECONDS = "training_seconds";

  /** Writes the files into the comparison's folder. */
  void write() throws IOException {
    RunDirectory folder = RunDirectory.at(contest.root());
    folder.writeJson("metrics.json", json());
    folder.write("results.md", markdown());
    Report report = new Report("Comparison · " + contest.preset());
    report.summary(summary());
    report.heading("Claims").table(claimsNote(), claims());
    report.heading("Figures").table(figuresNote(), figures());
    pictures(report);
    report.heading("Quality against training time").plots(plots());
    report.heading("Curves").plots(losses());
    report
        .heading("Protocol")
        .table("of every run", protocol())
        .preformatted("Each row again, here at seed " + FIRST_SEED, commands());
    report
        .reproduce(command, contest.device().description())
        .write(contest.root().resolve("report.html"));
  }

  /** For people at a terminal. */
  String text() {
    return "%n%s%n%s%n%s%n%n%s%nreport: %s"
        .formatted(
            figuresNote(),
            figures(),
            claimsNote(),
            claims(),
            contest.root().resolve("report.html"));
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

  private Table figures() {
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

  private Table claims() {
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

  private String figuresNote() {
    return seeds == 1 ? "one seed" : "mean ± standard error over seeds 1 … %d".formatted(seeds);
  }

  private String claimsNote() {
    return "%s against the best of its rivals: paired difference over %d seeds with its 95 %% interval; a claim holds, or does not, where the interval leaves out 0"
        .formatted(comparison.rows().getFirst().label(), seeds);
  }

  private String summary() {
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
  private Table protocol() throws IOException {
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
      table = table.row(count.getKey(), count.getValue());
    return table;
  }

  private String commands() {
    return contestants.stream()
        .map(c -> "%s%n  %s".formatted(c.label(), contest.command(c, FIRST_SEED)))
        .collect(Collectors.joining("\n"));
  }

  private String markdown() throws IOException {
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

  private void pictures(Report report) throws IOException {
    List<Figure> reconstructions = new ArrayList<>();
    List<Figure> samples = new ArrayList<>();
    for (Contestant c : contestants) {
      Path folder = contest.trial(c, FIRST_SEED).root();
      if (reconstructions.isEmpty())
        add(reconstructions, folder.resolve("held-out.png"), "Held-out data");
      add(reconstructions, folder.resolve("reconstructions.png"), c.label());
      add(samples, folder.resolve("samples.png"), c.label());
    }
    if (samples.isEmpty()) return;
    report.heading("Reconstructions").figures(reconstructions.toArray(Figure[]::new));
    report.heading("Samples").figures(samples.toArray(Figure[]::new));
  }

  private static void add(List<Figure> figures, Path png, String title) throws IOException {
    if (Files.exists(png))
      figures.add(new Figure(title, Files.readAllBytes(png), "seed " + FIRST_SEED));
  }

  /** A point for each run. */
  private Plot[] plots() {
    return comparison.criteria().stream()
        .filter(c -> c.metric().equals("reconstruction_mse") || c.metric().startsWith("frechet_"))
        .map(c -> new Plot(c.metric(), "seconds of training", c.metric(), false, true, points(c)))
        .toArray(Plot[]::new);
  }

  private List<Curve> points(Criterion criterion) {
    List<Curve> curves = new ArrayList<>();
    for (Comparison.Row row : comparison.rows()) {
      double[] quality = row.figures(criterion.metric());
      double[] seconds = row.figures(SECONDS);
      if (quality != null && seconds != null)
        curves.add(new Curve(row.label(), seconds, quality, Curve.Style.POINTS));
    }
    return curves;
  }

  /** The losses of the first seed's runs, a plot for each stage. */
  private Plot[] losses() throws IOException {
    Map<String, List<Curve>> stages = new LinkedHashMap<>();
    for (Contestant c : contestants) {
      RunDirectory run = RunDirectory.open(contest.trial(c, FIRST_SEED).root());
      Map<String, List<Interval>> logs =
          run.intervals().stream()
              .collect(
                  Collectors.groupingBy(Interval::stage, LinkedHashMap::new, Collectors.toList()));
      logs.forEach((stage, log) ->
          stages
              .computeIfAbsent(stage, _ -> new ArrayList<>())
              .add(
                  new Curve(
                      c.label(),
                      log.stream().mapToDouble(Interval::samples).toArray(),
                      log.stream().mapToDouble(Interval::loss).toArray())));
    }
    return stages.entrySet().stream()
        .map(s ->
            new Plot("Loss of " + s.getKey(), "samples seen", "loss", false, true, s.getValue()))
        .toArray(Plot[]::new);
  }
}
