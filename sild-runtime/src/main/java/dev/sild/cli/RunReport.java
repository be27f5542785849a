package dev.sild.cli;

import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.data.SampleSpace;
import dev.sild.evaluation.ErrorCurve;
import dev.sild.evaluation.Measures;
import dev.sild.evaluation.molecule.Descriptor;
import dev.sild.evaluation.molecule.Descriptors;
import dev.sild.evaluation.molecule.Histograms;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code report.html} of a run. */
record RunReport(
    RunDirectory run, DataSet data, RunConfig config, Measures measures, double seconds) {
  private static final int SHOWN = 32;
  private static final int STRUCTURES_A_LINE = 4;
  private static final int BINS = 30;

  /** A plot of molecules. */
  private record Property(Descriptor descriptor, String name, String unit) {}

  private static final List<Property> PROPERTIES =
      List.of(
          new Property(Descriptor.WEIGHT, "Molecular weight", "g/mol"),
          new Property(Descriptor.LOG_P, "Octanol–water partition (XLogP)", "log₁₀ P"),
          new Property(Descriptor.POLAR_SURFACE, "Topological polar surface", "Å²"),
          new Property(Descriptor.HEAVY_ATOMS, "Heavy atoms", "atoms"),
          new Property(Descriptor.RINGS, "Rings", "rings"),
          new Property(Descriptor.ROTATABLE_BONDS, "Rotatable bonds", "bonds"));

  void write(Device device, Path file) throws IOException {
    Report report = new Report(config.method().label() + " · " + config.preset());
    report.summary(summary());
    pictures(report);
    report
        .heading("Measures")
        .table(data.describe(), Measuring.table(measures.metrics(), measures.counts()));
    properties(report);
    report.heading("Curves").plots(curves().toArray(Plot[]::new));
    report
        .heading("Run")
        .preformatted("Memory plan", MemoryTable.of(config, data, device).text())
        .preformatted("Configuration", ConfigFile.write(config));
    report.reproduce(command(), device.description()).write(file);
  }

  private String summary() {
    Map<String, Double> metrics = measures.metrics();
    String text = config.method().label() + ". ";
    if (metrics.get("reconstruction_mse") instanceof Double mse)
      text +=
          String.format(
              Locale.ROOT,
              "Held-out reconstruction error %.4f at latent size %d (principal components: %.4f). ",
              mse,
              config.latent(data.space()),
              metrics.get("pca_mse"));
    if (metrics.get("molecule_accuracy") instanceof Double exact)
      text +=
          String.format(
              Locale.ROOT, "%.1f %% of held-out molecules come back exactly. ", 100 * exact);
    if (metrics.get("validity") instanceof Double valid)
      text +=
          String.format(
              Locale.ROOT,
              "%.1f %% of %s samples are valid, %.1f %% valid and distinct. ",
              100 * valid,
              measures.counts().get("samples"),
              100 * metrics.get("valid_unique"));
    if (metrics.get("modes") instanceof Double modes)
      text +=
          String.format(
              Locale.ROOT,
              "%.0f of 1000 modes, KL to uniform %.3f where perfect sampling has %.3f. ",
              modes,
              metrics.get("kl_uniform"),
              metrics.get("kl_floor"));
    if (metrics.get("latent_nll") instanceof Double nll)
      text +=
          String.format(
              Locale.ROOT,
              "−ln p of held-out samples %.3f ± %.3f nats (%s). ",
              nll,
              metrics.get("latent_nll_se"),
              measures.counts().get("likelihood_of"));
    return text + String.format(Locale.ROOT, "%.0f s.", seconds);
  }

  private void pictures(Report report) {
    if (!Pictures.show(data.space())) return;
    List<Figure> figures = new ArrayList<>();
    figures.add(figure("Held-out data", measures.pictures().data(), "never trained on"));
    if (config.method().compresses())
      figures.add(
          figure("Reconstructions", measures.pictures().reconstructions(), "g(f(x)) of the same"));
    figures.add(
        figure("Samples", measures.pictures().samples(), "the first ones drawn, none chosen"));
    report.figures(figures.toArray(Figure[]::new));
  }

  private Figure figure(String title, float[] rows, String caption) {
    SampleSpace space = data.space();
    int count = Math.min(SHOWN, rows.length / space.dimension());
    float[] some = Arrays.copyOf(rows, count * space.dimension());
    int columns = space.isMolecule() ? STRUCTURES_A_LINE : Pictures.COLUMNS;
    return new Figure(title, Pictures.grid(some, space, columns), caption);
  }

  /** Properties of valid samples beside those of held-out molecules. */
  private void properties(Report report) {
    if (measures.generated() == null) return;
    Descriptors samples = measures.generated().samples();
    Descriptors held = measures.generated().data();
    report.heading("Properties of molecules");
    if (samples.size() == 0 || held.size() == 0) {
      report.text("No sample is valid.");
      return;
    }
    report.plots(
        PROPERTIES.stream()
            .map(property -> {
              Descriptor descriptor = property.descriptor;
              return histograms(property, held.values(descriptor), samples.values(descriptor));
            })
            .toArray(Plot[]::new));
  }

  private static Plot histograms(Property property, double[] held, double[] samples) {
    Histograms both =
        whole(held) && whole(samples)
            ? Histograms.ofWhole(held, samples, BINS)
            : Histograms.of(held, samples, BINS);
    List<Curve> outlines =
        List.of(
            outline("held-out data", both.edges(), both.data()),
            outline("samples", both.edges(), both.samples()));
    return new Plot(property.name, property.unit, "share of the molecules", false, false, outlines);
  }

  private static boolean whole(double[] values) {
    return Arrays.stream(values).allMatch(value -> value == Math.rint(value));
  }

  /** A histogram's contour, from the axis up and back to it. */
  private static Curve outline(String name, double[] edges, double[] shares) {
    int bins = shares.length;
    double[] x = new double[2 * bins + 2];
    double[] y = new double[2 * bins + 2];
    for (int i = 0; i <= bins; i++) x[2 * i] = x[2 * i + 1] = edges[i];
    for (int i = 0; i < bins; i++) y[2 * i + 1] = y[2 * i + 2] = shares[i];
    return new Curve(name, x, y, Curve.Style.OUTLINE);
  }

  private List<Plot> curves() throws IOException {
    List<Interval> intervals = run.intervals();
    Map<String, List<Interval>> stages =
        intervals.stream()
            .collect(
                Collectors.groupingBy(
                    Interval::stage, java.util.LinkedHashMap::new, Collectors.toList()));
    List<Plot> plots = new ArrayList<>();
    plots.add(progress("Loss", "weighted loss", stages, Interval::loss));
    plots.add(progress("Gradient norm", "‖g‖ before clipping", stages, Interval::gradientNorm));
    plots.add(progress("Learning rate", "η", stages, Interval::learningRate));
    if (measures.latent() != null)
      plots.add(
          new Plot(
              "Latent denoising error",
              "γ = 1/σ²",
              "m(γ)",
              true,
              true,
              List.of(
                  curve(
                      "held out",
                      measures.latent(),
                      ErrorCurve.Point::gamma,
                      ErrorCurve.Point::m))));
    if (measures.collapse() != null)
      plots.add(
          new Plot(
              "Collapse: m(σ)/σ², held out",
              "σ",
              "m/σ²",
              true,
              true,
              List.of(
                  curve(
                      "intrinsic dimension",
                      measures.collapse(),
                      ErrorCurve.Point::sigma,
                      ErrorCurve.Point::dimension))));
    if (measures.latentSpectrum().length > 0) plots.add(spectrum());
    return plots;
  }

  /** A figure of the training log against the samples seen, a curve for each stage. */
  private static Plot progress(
      String title,
      String name,
      Map<String, List<Interval>> stages,
      ToDoubleFunction<Interval> figure) {
    List<Curve> curves = new ArrayList<>();
    stages.forEach((stage, log) ->
        curves.add(
            new Curve(
                stage,
                log.stream().mapToDouble(Interval::samples).toArray(),
                log.stream().mapToDouble(figure).toArray())));
    return new Plot(title, "samples seen", name, false, true, curves);
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
      ToDoubleFunction<ErrorCurve.Point> x,
      ToDoubleFunction<ErrorCurve.Point> y) {
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
