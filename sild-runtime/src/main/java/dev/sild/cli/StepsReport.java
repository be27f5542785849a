package dev.sild.cli;

import dev.sild.report.Curve;
import dev.sild.report.Plot;
import dev.sild.report.Report;
import dev.sild.report.Table;
import dev.sild.sampling.Ancestral;
import dev.sild.theory.Target;
import dev.sild.theory.steps.DenoisingCurve;
import dev.sild.theory.steps.Laboratory;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What {@code steps} found, as a table, {@code metrics.json}, {@code results.md} and {@code
 * report.html}.
 *
 * @param enough the smallest budget for the divergence that was asked for; 0 for none
 * @param divergence that was asked for, or null
 */
record StepsReport(StepsTable found, List<Row> rows, int enough, Double divergence, Path folder) {
  /** A quality so near to the best one is as good. */
  private static final double AS_GOOD = 1.05;

  private static final double NORMAL_95 = 1.959964;

  /**
   * A line of the table.
   *
   * @param variable {@code sigma}, or {@code sigma_tilde} where a mixture is stepped by its labels
   */
  record Row(
      String variable,
      String sampler,
      String schedule,
      int evaluations,
      Double klPredicted,
      Laboratory.Quality quality) {
    Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("stepped_in", variable);
      json.put("sampler", sampler);
      json.put("schedule", schedule);
      json.put("evaluations", evaluations);
      json.put("kl_predicted", klPredicted);
      json.put("kl_measured", null); // where nothing measures it
      json.putAll(quality.figures());
      json.put("samples_per_second", quality.samplesPerSecond());
      return json;
    }

    double figure(String name) {
      Double value = quality.figures().get(name);
      return value == null ? Double.NaN : value;
    }
  }

  private DenoisingCurve curve() {
    return found.kl().curve();
  }

  /** For programs. */
  Map<String, Object> json() {
    Target target = found.target();
    double error = NORMAL_95 * curve().informationError();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("target", found.laboratory().name());
    result.put("entropy", target != null && target.variance() == 0 ? target.entropy() : null);
    result.put("label_entropy", target == null ? null : target.entropy());
    result.put("information", curve().information());
    result.put("information_se", curve().informationError());
    result.put(
        "information_interval",
        List.of(curve().information() - error, curve().information() + error));
    result.put("sigma_max", found.sigmaMax());
    result.put("sigma_min", found.sigmaMin());
    result.put("kl_initial_bound", found.initialBound());
    result.put("samples", found.samples());
    result.put("quality_floor", Output.known(found.laboratory().floor()));
    result.put("recommended_steps", enough > 0 ? (Integer) enough : recommended());
    result.put("rows", rows.stream().map(Row::json).toList());
    return result;
  }

  /** For people. */
  Table table() {
    List<String> figures =
        rows.getFirst().quality().figures().keySet().stream()
            .filter(name -> !name.endsWith("_se"))
            .toList();
    List<String> header =
        new ArrayList<>(
            List.of("stepped in", "sampler", "schedule", "evaluations", "KL predicted"));
    header.addAll(figures);
    header.add("samples/s");
    Table lines = Table.of(header.toArray(String[]::new));
    for (Row row : rows) {
      List<Object> cells = new ArrayList<>();
      cells.add(row.variable().equals("sigma") ? "σ" : "σ̃");
      cells.add(row.sampler());
      cells.add(row.schedule());
      cells.add(row.evaluations());
      cells.add(row.klPredicted());
      for (String name : figures)
        cells.add(
            row.quality().figures().containsKey(name + "_se")
                ? Table.spread(row.figure(name), row.figure(name + "_se"))
                : row.quality().figures().get(name));
      cells.add(row.quality().samplesPerSecond());
      lines = lines.row(cells.toArray());
    }
    return lines;
  }

  /** What the figures say, the recommendation first. */
  List<String> sentences() {
    List<String> all = new ArrayList<>();
    recommendation().ifPresent(all::add);
    all.add(divergence == null ? ancestral() : answer());
    double error = NORMAL_95 * curve().informationError();
    all.add(
        "Information about a sample between σ = %s and %s: %s nats (95 %% interval %s to %s)%s."
            .formatted(
                Table.figure(found.sigmaMax()),
                Table.figure(found.sigmaMin()),
                Table.figure(curve().information()),
                Table.figure(curve().information() - error),
                Table.figure(curve().information() + error),
                found.target() == null
                    ? ""
                    : "; entropy of the labels %s nats"
                        .formatted(Table.figure(found.target().entropy()))));
    all.add(
        "The start at N(0, σ_max² I) instead of the law there adds at most %s nats."
            .formatted(Table.figure(found.initialBound())));
    if (Double.isFinite(found.laboratory().floor()))
      all.add(
          "Two sets of %,d data have a %s of %s: less than that tells nothing."
              .formatted(
                  found.samples(),
                  found.laboratory().headline(),
                  Table.figure(found.laboratory().floor())));
    if (found.target() == null)
      all.add(
          "The denoiser is a network: with its own error in both places, KL predicted is an"
              + " estimate, no bound.");
    return all;
  }

  private String ancestral() {
    int most = rows.stream().mapToInt(Row::evaluations).max().orElseThrow();
    return "%d ancestral steps on their best schedule lose %s nats; --kl X says how many lose at most X."
        .formatted(
            most, Table.figure(found.kl().of(new Ancestral(), found.optimal().schedule(most))));
  }

  private String answer() {
    return enough == 0
        ? "No budget that was tried keeps the divergence below %s nats.".formatted(divergence)
        : "%d ancestral steps on the schedule %s lose at most %s nats."
            .formatted(enough, folder.resolve("las-%d.txt".formatted(enough)), divergence);
  }

  /** The fewest evaluations whose quality is as good as the best of all. */
  private Optional<Row> recommendedRow() {
    String name = found.laboratory().headline();
    if (name == null) return Optional.empty();
    double best =
        rows.stream()
            .mapToDouble(row -> row.figure(name))
            .filter(Double::isFinite)
            .min()
            .orElse(Double.NaN);
    return rows.stream()
        .filter(row -> row.figure(name) <= AS_GOOD * best)
        .min(
            Comparator.comparingInt(Row::evaluations).thenComparingDouble(row -> row.figure(name)));
  }

  private Integer recommended() {
    return recommendedRow().map(Row::evaluations).orElse(null);
  }

  private Optional<String> recommendation() {
    String name = found.laboratory().headline();
    return recommendedRow()
        .map(row ->
            "Recommended: %s on the schedule %s with %d evaluations, the fewest whose %s (%s) is within 5 %% of the best."
                .formatted(
                    row.sampler(),
                    row.schedule(),
                    row.evaluations(),
                    name,
                    Table.figure(row.figure(name))));
  }

  /** Writes the files. */
  void write(String command, String device) throws IOException {
    RunDirectory to = RunDirectory.at(folder);
    to.writeJson("metrics.json", json());
    to.write(
        "results.md",
        "# Steps · %s\n\n%s\n\n```\n%s\n```\n\n%s.\n\n%s"
            .formatted(
                found.laboratory().name(),
                String.join("\n\n", sentences()),
                command,
                device,
                table().markdown()));
    Report report =
        new Report("Steps · " + found.laboratory().name()).summary(sentences().getFirst());
    sentences().stream().skip(1).forEach(report::text);
    report
        .heading("Curves")
        .plots(plots())
        .heading("Table")
        .table("", table())
        .reproduce(command, device)
        .write(folder.resolve("report.html"));
  }

  private Plot[] plots() {
    List<Plot> plots = new ArrayList<>();
    Curve m = new Curve("", curve().gamma(), curve().m());
    plots.add(new Plot("Denoising error", "γ = 1/σ²", "m(γ)", true, true, List.of(m)));
    plots.add(
        plot(
            "Ancestral steps, by schedule",
            "evaluations",
            "KL predicted",
            own(row -> row.sampler().equals("ancestral")),
            Row::schedule,
            Row::evaluations,
            row -> row.klPredicted() == null ? Double.NaN : row.klPredicted()));
    String name = found.laboratory().headline();
    if (name == null) return plots.toArray(Plot[]::new);
    List<Row> best = own(row -> row.schedule().equals(lastSchedule()));
    String title = "Samplers on the schedule " + lastSchedule();
    plots.add(
        plot(
            title, "evaluations", name, best, Row::sampler, Row::evaluations, r -> r.figure(name)));
    plots.add(
        plot(
            title,
            "seconds for %d samples".formatted(found.samples()),
            name,
            best,
            Row::sampler,
            row -> found.samples() / row.quality().samplesPerSecond(),
            row -> row.figure(name)));
    return plots.toArray(Plot[]::new);
  }

  /** The best one, where it was asked for. */
  private String lastSchedule() {
    return rows.getLast().schedule();
  }

  private List<Row> own(java.util.function.Predicate<Row> of) {
    return rows.stream().filter(row -> row.variable().equals("sigma")).filter(of).toList();
  }

  private static Plot plot(
      String title,
      String x,
      String y,
      List<Row> rows,
      Function<Row, String> curve,
      ToDoubleFunction<Row> across,
      ToDoubleFunction<Row> up) {
    Map<String, List<Row>> curves = new LinkedHashMap<>();
    for (Row row : rows) curves.computeIfAbsent(curve.apply(row), _ -> new ArrayList<>()).add(row);
    return new Plot(
        title,
        x,
        y,
        true,
        true,
        curves.entrySet().stream()
            .map(each ->
                new Curve(
                    each.getKey(),
                    each.getValue().stream().mapToDouble(across).toArray(),
                    each.getValue().stream().mapToDouble(up).toArray()))
            .toList());
  }
}
