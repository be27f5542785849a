package dev.sild.cli;

import dev.sild.report.Curve;
import dev.sild.report.Plot;
import dev.sild.report.Table;
import dev.sild.theory.complexity.Fit;
import dev.sild.theory.complexity.Law;
import dev.sild.theory.complexity.Row;
import dev.sild.theory.complexity.Study;
import dev.sild.theory.steps.Estimate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What {@code theory step-complexity} found.
 *
 * @param divergence that was allowed, nats
 * @param samples of each law
 */
record StepComplexityReport(Map<Study, List<Row>> rows, double divergence, int samples) {

  Findings findings() {
    List<String> sentences = new ArrayList<>();
    Map<String, Table> tables = new LinkedHashMap<>();
    List<Plot> plots = new ArrayList<>();
    List<Map<String, Object>> json = new ArrayList<>();
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("kl", divergence);
    figures.put("samples", samples);
    rows.forEach((study, own) -> {
      List<Fit> fits = study.fits(own, divergence);
      sentences.add(sentence(study, fits));
      tables.put(study.claim(), table(own));
      plots.add(plot(study, own));
      own.forEach(row -> json.add(json(study, row)));
      fits.forEach(fit -> figures.put(fit.key(), json(fit)));
    });
    sentences.add(agreement(figures));
    sentences.add(HOW.formatted(divergence, samples, samples));
    return new Findings("Step complexity", sentences, tables, plots, json, figures);
  }

  private static final String HOW =
      "A budget is the number of ancestral steps that keep the divergence of the path at %s nats,"
          + " read continuously: K·KL is taken for linear between two numbers of steps, and KL for"
          + " A/K + B/K² above 512 steps of the best schedule and 4,096 uniform in log-SNR. Steps"
          + " go from σ_max = 20 √E‖x‖² to an eighth of the smallest distance of two points; those"
          + " of a mixture from the same of its centres to a tenth of a component's deviation."
          + " Log-SNR by theory solves KL = I ((r − 1)/ln r − 1), r the ratio of γ from step to"
          + " step, I the information that the steps resolve. For discrete laws that is H, so that"
          + " nothing but entropy and range counts, and the best schedule never needs more, but for"
          + " two steps. Curves of product laws are exact; the others come from %d samples by which"
          + " schedules are chosen and %d that score them, whose eight parts give the standard"
          + " errors. KL of paths is the mean of ln p/q along simulated paths, as many, on the best"
          + " schedule. Intervals are those of a line through the rows; where these are exact, they"
          + " say how straight they lie.";

  private static String sentence(Study study, List<Fit> fits) {
    StringBuilder text = new StringBuilder(study.claim()).append(". ");
    List<String> all = new ArrayList<>();
    for (Fit fit : fits)
      all.add(
          "%s %s (95 %% interval %s to %s%s)"
              .formatted(
                  fit.what(),
                  Table.figure(fit.line().slope()),
                  Table.figure(fit.line().low()),
                  Table.figure(fit.line().high()),
                  Double.isNaN(fit.theory()) ? "" : "; theory " + Table.figure(fit.theory())));
    return text.append("Fitted: ").append(String.join("; ", all)).append('.').toString();
  }

  /** How far simulation and formula are apart, and whether labels show more than paths lose. */
  private String agreement(Map<String, Object> figures) {
    double largest = 0;
    int laws = 0;
    int labelled = 0;
    int below = 0;
    for (List<Row> own : rows.values())
      for (Row row : own) {
        laws++;
        Estimate simulated = row.simulated();
        double error = Math.hypot(simulated.standardError(), row.predicted().standardError());
        largest = Math.max(largest, Math.abs(simulated.value() - row.predicted().value()) / error);
        if (Double.isNaN(row.labels().value())) continue;
        labelled++;
        if (row.labels().value() <= row.predicted().value() + 2 * row.labels().standardError())
          below++;
      }
    figures.put("largest_deviation", largest);
    figures.put("labelled", labelled);
    figures.put("labels_below", below);
    return "The divergence along simulated paths is that of the formula: over %d laws, the largest deviation is %s standard errors. In %d of %d laws whose labels were counted these show no more than the paths lose (by two standard errors)."
        .formatted(laws, Table.figure(largest), below, labelled);
  }

  private static Table table(List<Row> rows) {
    Table table =
        Table.of(
            "law",
            "points",
            "d",
            "E‖x‖²",
            "entropy",
            "best budget",
            "log-SNR budget",
            "log-SNR by theory",
            "steps followed",
            "KL predicted",
            "KL of paths",
            "KL of labels");
    for (Row row : rows) {
      Law law = row.law();
      table =
          table.row(
              law.series(),
              law.points() < 1e6 ? (Object) (int) law.points() : law.points(),
              law.dimension(),
              law.secondMoment(),
              law.entropy(),
              spread(row.best()),
              spread(row.logSnr()),
              row.logSnrTheory(),
              row.steps(),
              spread(row.predicted()),
              spread(row.simulated()),
              Table.spread(row.labels().value(), row.labels().standardError()));
    }
    return table;
  }

  private static String spread(Estimate figure) {
    return figure.standardError() == 0
        ? Table.figure(figure.value())
        : Table.spread(figure.value(), figure.standardError());
  }

  private static Plot plot(Study study, List<Row> rows) {
    ToDoubleFunction<Row> x =
        switch (study) {
          case HYPERCUBE, CODEBOOK, WEIGHTS -> row -> row.law().entropy();
          case MOMENT -> row -> row.law().secondMoment();
          case DIMENSION -> row -> row.law().dimension();
        };
    String name =
        switch (study) {
          case HYPERCUBE, CODEBOOK, WEIGHTS -> "entropy, nats";
          case MOMENT -> "E‖x‖²";
          case DIMENSION -> "d";
        };
    List<Curve> curves = new ArrayList<>();
    for (String series : rows.stream().map(row -> row.law().series()).distinct().toList()) {
      List<Row> own = rows.stream().filter(row -> row.law().series().equals(series)).toList();
      double[] at = own.stream().mapToDouble(x).toArray();
      curves.add(curve(series + ", best", at, own, row -> row.best().value(), Curve.Style.LINE));
      if (study == Study.WEIGHTS || study == Study.CODEBOOK) continue;
      curves.add(
          curve(series + ", log-SNR", at, own, row -> row.logSnr().value(), Curve.Style.POINTS));
      curves.add(
          curve(series + ", log-SNR by theory", at, own, Row::logSnrTheory, Curve.Style.DASHED));
    }
    return new Plot(
        study.claim(), name, "steps", study != Study.WEIGHTS, study != Study.MOMENT, curves);
  }

  private static Curve curve(
      String name, double[] x, List<Row> rows, ToDoubleFunction<Row> y, Curve.Style style) {
    return new Curve(name, x, rows.stream().mapToDouble(y).toArray(), style);
  }

  private static Map<String, Object> json(Study study, Row row) {
    Law law = row.law();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("study", study.name().toLowerCase(Locale.ROOT));
    json.put("series", law.series());
    json.put("points", law.points());
    json.put("dimension", law.dimension());
    json.put("second_moment", law.secondMoment());
    json.put("entropy", law.entropy());
    put(json, "budget_best", row.best());
    put(json, "budget_logsnr", row.logSnr());
    json.put("budget_logsnr_theory", row.logSnrTheory());
    json.put("steps", row.steps());
    put(json, "theory", row.predicted());
    put(json, "measured", row.simulated());
    put(json, "measured_labels", new Estimate(row.labels().value(), row.labels().standardError()));
    return json;
  }

  private static void put(Map<String, Object> json, String key, Estimate figure) {
    json.put(key, Output.known(figure.value()));
    json.put(key + "_se", Output.known(figure.standardError()));
  }

  private static Map<String, Object> json(Fit fit) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("slope", Output.known(fit.line().slope()));
    json.put("low", Output.known(fit.line().low()));
    json.put("high", Output.known(fit.line().high()));
    json.put("theory", Output.known(fit.theory()));
    return json;
  }
}
