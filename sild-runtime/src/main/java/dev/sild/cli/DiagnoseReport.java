package dev.sild.cli;

import static dev.sild.report.Table.figure;

import dev.sild.evaluation.ErrorCurve;
import dev.sild.report.Curve;
import dev.sild.report.Plot;
import dev.sild.report.Report;
import dev.sild.report.Table;
import dev.sild.theory.diagnosis.Diagnosis;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A diagnosis in plain sentences, as {@code metrics.json} and as {@code report.html}.
 *
 * @param run whether it is one of a model, not of data alone
 * @param wanted nats that the steps may lose; null for a hundredth of the information
 */
record DiagnoseReport(Diagnosis found, boolean run, Double wanted) {
  private static final double SIGNIFICANT = 0.01;
  private static final double MOST_WRITTEN = 15; // ln of a number that is written out
  private static final int LEVELS = 12;
  private static final double SHARE = 0.01;

  /** For programs. */
  Map<String, Object> json() {
    ErrorCurve.Plateau plateau = found.plateau();
    int gap = found.jacobian().gap();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("subject", found.subject());
    json.put("intrinsic_dimension", Output.known(found.intrinsicDimension()));
    json.put("dimension_by_error", plateau == null ? null : plateau.dimension());
    json.put("dimension_by_error_sigma", plateau == null ? null : plateau.sigma());
    json.put("dimension_by_jacobian", gap == 0 ? null : gap);
    json.put("dimension_by_jacobian_sigma", found.jacobianSigma());
    json.put("dimension_by_neighbours", Output.known(found.neighbours().value()));
    json.put("dimension_by_neighbours_se", Output.known(found.neighbours().standardError()));
    json.put("information", found.information());
    json.put("information_se", found.judged().informationError());
    json.put("information_sigma", smallestSigma());
    json.put("log_training_samples", Output.known(found.logSamples()));
    json.put("log_samples_needed", found.logSamplesNeeded(smallestSigma()));
    json.put("t_s", found.speciationTime());
    json.put("t_c", Output.known(found.collapseTime()));
    json.put("memorisation_p", found.memorisation().get("memorisation_p"));
    json.put("recommended_steps", steps());
    json.put("recommended_steps_kl", divergence());
    json.put("spectrum", found.spectrum());
    json.put("jacobian_values", found.jacobian().values());
    return json;
  }

  private double divergence() {
    return wanted != null ? wanted : SHARE * found.information();
  }

  private int steps() {
    return found.stepsNeeded(divergence());
  }

  private double smallestSigma() {
    return found.judged().sigma(found.judged().knots() - 1);
  }

  /** One page of them. */
  List<String> sentences() {
    List<String> all = new ArrayList<>();
    all.add(dimensions());
    all.add(information());
    all.add(speciation());
    all.add(collapse());
    if (run) all.add(memorisation());
    all.add(stepsEnough());
    return all;
  }

  private String dimensions() {
    if (found.discrete())
      return "Intrinsic dimension: 0, for molecules are points, not a manifold; what their"
          + " embedding looks like through noise says nothing of it.";
    ErrorCurve.Plateau plateau = found.plateau();
    String byError =
        plateau == null
            ? "the denoising error has no plateau to read it off"
            : "%s by the denoising error, at σ = %s"
                .formatted(figure(plateau.dimension()), figure(plateau.sigma()));
    int gap = found.jacobian().gap();
    return "Intrinsic dimension: %s; %s (σ = %s); %s by nearest neighbours, which fall short in high dimension."
        .formatted(
            byError,
            gap == 0
                ? "no gap in the denoiser's Jacobian, in any of %d directions"
                    .formatted(found.jacobian().values().length)
                : gap + " by the gap in the denoiser's Jacobian",
            figure(found.jacobianSigma()),
            Table.spread(found.neighbours().value(), found.neighbours().standardError()));
  }

  private String information() {
    return "Information: seen through noise of σ = %s, a sample is worth %s nats%s."
        .formatted(
            figure(smallestSigma()),
            Table.spread(found.information(), found.judged().informationError()),
            run
                ? ""
                : " at most, for the exact denoiser of so few samples errs more than the best");
  }

  private String speciation() {
    double t = found.speciationTime();
    return "Speciation: t_S = %s (σ = %s). With more noise than that the samples have not yet chosen what they will be; λ_max = %s."
        .formatted(figure(t), figure(Diagnosis.sigma(t)), figure(found.spectrum()[0]));
  }

  private String collapse() {
    double need = found.logSamplesNeeded(smallestSigma());
    String wanted =
        "To go down to σ = %s without that takes %s samples"
            .formatted(figure(smallestSigma()), count(need));
    if (Double.isInfinite(found.logSamples()))
      return "Collapse: none, for every training sample is fresh. A fixed set would be reproduced below some noise: %s."
          .formatted(wanted.substring(0, 1).toLowerCase(Locale.ROOT) + wanted.substring(1));
    double t = found.collapseTime();
    if (!Double.isFinite(t))
      return "Collapse: not above σ = %s: %s training samples are more than the %s that so little noise needs."
          .formatted(figure(smallestSigma()), count(found.logSamples()), count(need));
    if (!run)
      return "Collapse: t_C = %s (σ = %s). With less noise than that a perfect fit of the %s training samples would reproduce them; of what lies below only a model that generalises can tell: diagnose a run."
          .formatted(figure(t), figure(Diagnosis.sigma(t)), count(found.logSamples()));
    return "Collapse: t_C = %s (σ = %s). With less noise than that a perfect fit of the %s training samples would reproduce them. %s."
        .formatted(figure(t), figure(Diagnosis.sigma(t)), count(found.logSamples()), wanted);
  }

  /** A number by its logarithm. */
  private static String count(double log) {
    return log <= MOST_WRITTEN
        ? String.format(Locale.ROOT, "%,d", Math.round(Math.exp(log)))
        : "10^" + String.format(Locale.ROOT, "%.1f", log / Math.log(10));
  }

  private String memorisation() {
    Double p = found.memorisation().get("memorisation_p");
    if (p == null) return "Memorisation: nothing to test, for every training sample is fresh.";
    Double share = found.memorisation().get("neighbour_share_below");
    return "Memorisation: %s (p = %s; %s %% of samples are as near to a training sample as the nearest 1 %% of held-out data)."
        .formatted(
            p < SIGNIFICANT
                ? "samples lie nearer to training data than held-out data do; look at the nearest"
                    + " pairs, for blur does that, too"
                : "no sign of it",
            figure(p),
            share == null ? "-" : figure(100 * share));
  }

  private String stepsEnough() {
    String what = wanted != null ? "" : ", a hundredth of that information";
    return run
        ? "Steps: %,d ancestral steps on their best schedule lose %s nats of the latents%s, by the denoiser's own error. What samples lose by other samplers, ./sild steps %s measures."
            .formatted(steps(), figure(divergence()), what, found.subject())
        : "Steps: %,d ancestral steps on their best schedule lose at most %s nats%s."
            .formatted(steps(), figure(divergence()), what);
  }

  /** Writes {@code metrics.json} and {@code report.html} into a folder. */
  void write(Path out, String command, String device) throws IOException {
    RunDirectory.at(Files.createDirectories(out)).writeJson("metrics.json", json());
    Report report = new Report("Diagnosis · " + found.subject());
    report.summary(sentences().getFirst());
    sentences().stream().skip(1).forEach(report::text);
    report
        .heading("Curves")
        .plots(dimensionPlot(), jacobianPlot(), informationPlot(), spectrumPlot())
        .heading("Samples that a level of noise needs")
        .table("so that a perfect fit would not reproduce them", needed())
        .reproduce(command, device)
        .write(out.resolve("report.html"));
  }

  private Plot dimensionPlot() {
    List<ErrorCurve.Point> points = found.collapse().points();
    Curve curve =
        new Curve(
            "",
            points.stream().mapToDouble(ErrorCurve.Point::sigma).toArray(),
            points.stream().mapToDouble(ErrorCurve.Point::dimension).toArray());
    return new Plot("Intrinsic dimension", "σ", "m(σ)/σ²", true, true, List.of(curve));
  }

  private Plot jacobianPlot() {
    double[] values = found.jacobian().values();
    return new Plot(
        "The denoiser's Jacobian",
        "direction",
        "singular value",
        false,
        false,
        List.of(new Curve("", ordinals(values.length), values)));
  }

  private Plot informationPlot() {
    double[] gamma = found.judged().gamma();
    double[] sigma = IntStream.range(0, gamma.length).mapToDouble(found.judged()::sigma).toArray();
    double[] nats = new double[gamma.length];
    double[] samples = new double[gamma.length];
    for (int i = 0; i < gamma.length; i++) {
      nats[i] = found.judged().informationAt(gamma[i]);
      samples[i] = found.logSamples();
    }
    return new Plot(
        "Information",
        "σ",
        "nats",
        true,
        true,
        List.of(
            new Curve("½ ∫ m dγ", sigma, nats),
            new Curve("ln of the training samples", sigma, samples, Curve.Style.DASHED)));
  }

  private Plot spectrumPlot() {
    double[] values = found.spectrum();
    return new Plot(
        "Spectrum of the covariance",
        "direction",
        "variance",
        false,
        true,
        List.of(new Curve("", ordinals(values.length), values)));
  }

  private static double[] ordinals(int count) {
    return IntStream.rangeClosed(1, count).mapToDouble(i -> i).toArray();
  }

  private Table needed() {
    Table table = Table.of("σ", "t", "information, nats", "samples");
    double largest = Math.min(found.judged().sigma(0), Math.max(3, 4 * smallestSigma()));
    for (double sigma : ErrorCurve.levels(smallestSigma(), largest, LEVELS)) {
      double nats = found.logSamplesNeeded(sigma);
      table = table.row(sigma, Diagnosis.time(sigma), nats, count(nats));
    }
    return table;
  }
}
