package dev.sild.cli;

import dev.sild.report.Curve;
import dev.sild.report.Plot;
import dev.sild.report.Report;
import dev.sild.report.Table;
import dev.sild.sampling.Sampler;
import dev.sild.theory.Target;
import dev.sild.theory.steps.DenoisingCurve;
import dev.sild.theory.steps.SlicedWasserstein;
import dev.sild.theory.steps.StepLaboratory;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What {@code steps} found, as a table, {@code metrics.json} and {@code report.html}.
 *
 * @param samples behind the curve, and drawn for each row
 * @param curve that the schedules are scored by
 * @param floor distance of two sets of exact samples
 * @param enough the smallest budget for the divergence that was asked for; 0 for none
 * @param advice the recommendation, a sentence
 */
record StepsReport(
    Target target,
    DenoisingCurve curve,
    int samples,
    SlicedWasserstein floor,
    List<Row> rows,
    int enough,
    String advice) {
  private static final String BEST = "las";

  /** A line of the table. */
  record Row(
      String sampler,
      String schedule,
      int evaluations,
      Double klPredicted,
      StepLaboratory.Quality quality) {
    Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("sampler", sampler);
      json.put("schedule", schedule);
      json.put("evaluations", evaluations);
      json.put("kl_predicted", klPredicted);
      json.put("kl_measured", known(quality.labels().value()));
      json.put("kl_measured_se", known(quality.labels().standardError()));
      json.put("sliced_wasserstein", quality.distance().value());
      json.put("sliced_wasserstein_se", quality.distance().standardError());
      json.put("samples_per_second", quality.samplesPerSecond());
      return json;
    }

    Object[] cells() {
      return new Object[] {
        sampler,
        schedule,
        evaluations,
        klPredicted,
        Table.spread(quality.labels().value(), quality.labels().standardError()),
        Table.spread(quality.distance().value(), quality.distance().standardError()),
        quality.samplesPerSecond()
      };
    }
  }

  /** A figure, or null where it is undefined. */
  static Double known(double value) {
    return Double.isFinite(value) ? value : null;
  }

  /** For programs. */
  Map<String, Object> json() {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("target", target.name());
    result.put("entropy", target.variance() == 0 ? target.entropy() : null);
    result.put("label_entropy", target.entropy());
    result.put("information", curve.information());
    result.put("information_se", curve.informationError());
    result.put("sigma_max", curve.sigma(0));
    result.put("sigma_min", curve.sigma(curve.knots() - 1));
    result.put("samples", samples);
    result.put("recommended_steps", enough == 0 ? null : enough);
    result.put("rows", rows.stream().map(Row::json).toList());
    return result;
  }

  /** For people. */
  Table table() {
    Table table =
        Table.of(
            "sampler",
            "schedule",
            "evaluations",
            "KL predicted",
            "KL of labels",
            "sliced Wasserstein",
            "samples/s");
    for (Row row : rows) table = table.row(row.cells());
    return table;
  }

  /** Writes {@code metrics.json} and {@code report.html}. */
  void write(Path folder, String command, String device) throws IOException {
    RunDirectory.at(folder).writeJson("metrics.json", json());
    new Report("Steps · " + target.name())
        .summary(advice + ".")
        .heading("Curves")
        .plots(
            new Plot(
                "Denoising error",
                "γ = 1/σ²",
                "m(γ)",
                true,
                true,
                List.of(new Curve("", curve.gamma(), curve.m()))),
            best("evaluations", Row::evaluations),
            best("seconds", row -> samples / row.quality().samplesPerSecond()))
        .text("Two sets of %d exact samples are %.4g apart.".formatted(samples, floor.value()))
        .heading("Table")
        .table("", table())
        .reproduce(command, device)
        .write(folder.resolve("report.html"));
  }

  /** Quality on the best schedule, a curve for each sampler. */
  private Plot best(String unit, ToDoubleFunction<Row> cost) {
    List<Curve> curves = new ArrayList<>();
    for (String sampler : Sampler.NAMES) {
      List<Row> own =
          rows.stream()
              .filter(row -> row.sampler().equals(sampler) && row.schedule().equals(BEST))
              .toList();
      curves.add(
          new Curve(
              sampler,
              own.stream().mapToDouble(cost).toArray(),
              own.stream().mapToDouble(row -> row.quality().distance().value()).toArray()));
    }
    return new Plot("Best schedule", unit, "sliced Wasserstein", true, true, curves);
  }
}
