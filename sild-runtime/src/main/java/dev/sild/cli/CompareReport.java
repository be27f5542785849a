package dev.sild.cli;

import dev.sild.evaluation.Comparison;
import dev.sild.evaluation.Criterion;
import dev.sild.report.Curve;
import dev.sild.report.Figure;
import dev.sild.report.Plot;
import dev.sild.report.Report;
import dev.sild.training.Interval;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code report.html}, {@code results.md} and {@code metrics.json} of a comparison. */
record CompareReport(CompareTables tables) {
  private static final int FIRST_SEED = CompareTables.FIRST_SEED;
  private static final Set<String> QUALITY = Set.of("reconstruction_mse", "molecule_accuracy");
  private static final String SECONDS = CompareTables.SECONDS;

  /** Writes the files into the comparison's folder. */
  void write() throws IOException {
    RunDirectory folder = RunDirectory.at(contest().root());
    folder.writeJson("metrics.json", tables.json());
    folder.write("results.md", tables.markdown());
    Report report = new Report("Comparison · " + contest().preset());
    report.summary(tables.summary());
    report.heading("Claims").table(tables.claimsNote(), tables.claims());
    report.heading("Figures").table(tables.figuresNote(), tables.figures());
    pictures(report);
    report.heading("Quality against training time").plots(plots());
    report.heading("Curves").plots(losses());
    report
        .heading("Protocol")
        .table("of every run", tables.protocol())
        .preformatted("Each row again, here at seed " + FIRST_SEED, tables.commands());
    report
        .reproduce(tables.command(), contest().device().description())
        .write(contest().root().resolve("report.html"));
  }

  private Contest contest() {
    return tables.contest();
  }

  private void pictures(Report report) throws IOException {
    List<Figure> reconstructions = new ArrayList<>();
    List<Figure> samples = new ArrayList<>();
    for (Contestant c : tables.contestants()) {
      Path folder = contest().trial(c, FIRST_SEED).root();
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
    return tables.comparison().criteria().stream()
        .filter(c -> QUALITY.contains(c.metric()) || c.metric().startsWith("frechet_"))
        .map(c ->
            new Plot(c.metric(), "seconds of training", c.metric(), false, c.lower(), points(c)))
        .toArray(Plot[]::new);
  }

  private List<Curve> points(Criterion criterion) {
    List<Curve> curves = new ArrayList<>();
    for (Comparison.Row row : tables.comparison().rows()) {
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
    for (Contestant c : tables.contestants()) {
      RunDirectory run = RunDirectory.open(contest().trial(c, FIRST_SEED).root());
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
