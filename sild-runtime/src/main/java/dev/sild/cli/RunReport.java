package dev.sild.cli;

import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.evaluation.ErrorCurve;
import dev.sild.evaluation.Measures;
import dev.sild.report.Curve;
import dev.sild.report.Figure;
import dev.sild.report.Plot;
import dev.sild.report.Report;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.RunConfig;
import dev.sild.training.Interval;
import dev.sild.training.MemoryTable;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code report.html} of a run. */
record RunReport(
    RunDirectory run, DataSet data, RunConfig config, Measures measures, double seconds) {
  private static final int SHOWN = 32;

  void write(Device device) throws IOException {
    Report report = new Report("SiLD · " + config.preset());
    report.summary(summary());
    pictures(report);
    report.heading("Measures").table(data.describe(), Measuring.table(measures));
    report.heading("Curves").plots(curves().toArray(Plot[]::new));
    report
        .heading("Run")
        .preformatted("Memory plan", MemoryTable.of(config, data, device).text())
        .preformatted("Configuration", ConfigFile.write(config));
    report.reproduce(command(), device.description()).write(run.file("report.html"));
  }

  private String summary() {
    Double mse = measures.metrics().get("reconstruction_mse");
    Double pca = measures.metrics().get("pca_mse");
    String text =
        String.format(
            Locale.ROOT,
            "Held-out reconstruction error %.4f at latent size %d (principal components: %.4f)",
            mse,
            config.autoencoder().latent(),
            pca);
    if (measures.metrics().get("modes") instanceof Double modes)
      text +=
          String.format(
              Locale.ROOT,
              "; %.0f of 1000 modes, KL to uniform %.3f where perfect sampling has %.3f",
              modes,
              measures.metrics().get("kl_uniform"),
              measures.metrics().get("kl_floor"));
    return text + String.format(Locale.ROOT, ". %.0f s.", seconds);
  }

  private void pictures(Report report) {
    if (!(data instanceof DataSet.Images images)) return;
    report.figures(
        new Figure("Held-out data", grid(measures.pictures().data(), images), "never trained on"),
        new Figure(
            "Reconstructions",
            grid(measures.pictures().reconstructions(), images),
            "g(f(x)) of the same"),
        new Figure(
            "Samples",
            grid(measures.pictures().samples(), images),
            "the first ones drawn, none chosen"));
  }

  private static byte[] grid(float[] rows, DataSet.Images images) {
    int count = Math.min(SHOWN, rows.length / images.dimension());
    return Measuring.grid(java.util.Arrays.copyOf(rows, count * images.dimension()), images, 2);
  }

  private List<Plot> curves() throws IOException {
    List<Interval> intervals = run.intervals();
    List<Curve> losses =
        intervals.stream()
            .collect(
                Collectors.groupingBy(
                    Interval::stage, java.util.LinkedHashMap::new, Collectors.toList()))
            .entrySet()
            .stream()
            .map(stage ->
                new Curve(
                    stage.getKey(),
                    stage.getValue().stream().mapToDouble(Interval::samples).toArray(),
                    stage.getValue().stream().mapToDouble(Interval::loss).toArray()))
            .toList();
    return List.of(
        new Plot("Loss", "samples seen", "weighted loss", false, true, losses),
        new Plot(
            "Latent denoising error",
            "γ = 1/σ²",
            "m(γ)",
            true,
            true,
            List.of(
                curve(
                    "held out", measures.latent(), ErrorCurve.Point::gamma, ErrorCurve.Point::m))),
        new Plot(
            "Collapse: m(σ)/σ², held out",
            "σ",
            "m/σ²",
            true,
            true,
            List.of(
                curve(
                    "intrinsic dimension",
                    measures.ambient(),
                    ErrorCurve.Point::sigma,
                    ErrorCurve.Point::dimension))),
        spectrum());
  }

  private Plot spectrum() {
    double[] values = measures.latentSpectrum();
    double[] places = IntStream.rangeClosed(1, values.length).asDoubleStream().toArray();
    return new Plot(
        "Covariance of clean latents, held out",
        "direction",
        "variance",
        false,
        true,
        List.of(new Curve("eigenvalues", places, values)));
  }

  private static Curve curve(
      String name,
      ErrorCurve curve,
      java.util.function.ToDoubleFunction<ErrorCurve.Point> x,
      java.util.function.ToDoubleFunction<ErrorCurve.Point> y) {
    return new Curve(
        name,
        curve.points().stream().mapToDouble(x).toArray(),
        curve.points().stream().mapToDouble(y).toArray());
  }

  private String command() throws IOException {
    RunDirectory.Origin origin = run.origin();
    return "./sild train %s --seed %s%s"
        .formatted(
            run.file("config.toml"),
            Integer.toUnsignedString(origin.seed()),
            origin.data() == null ? "" : " --data " + origin.data());
  }
}
