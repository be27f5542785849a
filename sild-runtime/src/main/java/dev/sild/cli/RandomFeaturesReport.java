package dev.sild.cli;

import dev.sild.report.Curve;
import dev.sild.report.Plot;
import dev.sild.report.Table;
import dev.sild.theory.features.EncoderStudy;
import dev.sild.theory.features.Exponent;
import dev.sild.theory.features.FeatureStudy;
import dev.sild.theory.features.FeatureStudy.Cell;
import dev.sild.theory.features.Risk;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** What {@code theory random-features} found. */
record RandomFeaturesReport(
    FeatureStudy study,
    List<Cell> cells,
    List<EncoderStudy.Found> learned,
    List<Double> sigmas,
    List<Integer> intrinsic) {

  /** A fit of log risk against the logarithm of something. */
  private record Fit(String of, String at, Exponent exponent, Double theory, String words) {}

  Findings findings() {
    List<Fit> fits = fits();
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put("Fitted exponents of the excess risk, with 95 % intervals over seeds", exponents(fits));
    for (double sigma : sigmas)
      tables.put(
          "Excess risk at σ = %s, most features, against k and n".formatted(sigma), samples(sigma));
    tables.put(
        "Excess risk at σ = %s, most samples, against k and the number of features"
            .formatted(sigmas.getFirst()),
        features());
    tables.put(
        "End to end in d dimensions at σ = %s, k = %s"
            .formatted(sigmas.getFirst(), "that of the encoder"),
        ambient());
    Map<String, Object> figures = new LinkedHashMap<>();
    for (Fit fit : fits)
      figures.put(
          (fit.of + " " + fit.at).strip(),
          interval(fit.exponent, fit.theory));
    return new Findings(
        "Random features", sentences(fits), tables, plots(), rows(), figures);
  }

  static Map<String, Object> interval(Exponent exponent, Double theory) {
    Map<String, Object> figure = new LinkedHashMap<>();
    figure.put("theory", theory);
    figure.put("measured", StepsReport.known(exponent.value()));
    figure.put("low", StepsReport.known(exponent.low()));
    figure.put("high", StepsReport.known(exponent.high()));
    return figure;
  }

  private List<Fit> fits() {
    List<Fit> fits = new ArrayList<>();
    int most = study.features().getLast();
    int n = study.counts().getLast();
    double enough = Math.sqrt(n);
    for (double sigma : sigmas) {
      for (int k : intrinsic) {
        String at = "k = %d, σ = %s".formatted(k, sigma);
        Predicate<Cell> here = c -> c.k() == k && c.sigma() == sigma;
        fit(fits, "n", at, here.and(c -> c.features() == most), Cell::n, -0.5, "−½ or steeper");
        Predicate<Cell> all = here.and(c -> c.n() == n);
        fit(fits, "features up to √n", at, all.and(c -> c.features() <= enough), Cell::features, null, "falls");
        fit(fits, "features from √n", at, all.and(c -> c.features() >= enough), Cell::features, 0.0, "flat");
      }
      Predicate<Cell> largest = c -> c.sigma() == sigma && c.n() == n && c.features() == most;
      fit(fits, "k", "σ = " + sigma, largest, Cell::k, null, "polynomial");
    }
    dimension(fits, "d, exact latents", EncoderStudy.Found::exactLatents);
    dimension(fits, "d, learned latents", EncoderStudy.Found::latents);
    dimension(fits, "d, decoded", EncoderStudy.Found::decoded);
    return fits;
  }

  private void fit(
      List<Fit> fits,
      String of,
      String at,
      Predicate<Cell> which,
      ToDoubleFunction<Cell> x,
      Double theory,
      String words) {
    add(fits, of, at, cells.stream().filter(which).toList(), Cell::seed, x, c -> c.risk().value(), theory, words);
  }

  private void dimension(List<Fit> fits, String of, Function<EncoderStudy.Found, Risk> risk) {
    add(fits, of, "", learned, EncoderStudy.Found::seed, EncoderStudy.Found::d, f -> risk.apply(f).value(), 0.0, "flat");
  }

  /** Fits where there are two different x at least. */
  private static <T> void add(
      List<Fit> fits,
      String of,
      String at,
      List<T> points,
      Function<T, Integer> seed,
      ToDoubleFunction<T> x,
      ToDoubleFunction<T> y,
      Double theory,
      String words) {
    double[] places = points.stream().mapToDouble(x).distinct().sorted().toArray();
    if (places.length < 2) return;
    List<double[]> seeds =
        points.stream()
            .map(seed)
            .distinct()
            .map(s -> points.stream().filter(p -> seed.apply(p).equals(s)).mapToDouble(y).toArray())
            .toList();
    fits.add(new Fit(of, at, Exponent.logarithmic(places, seeds), theory, words));
  }

  private static Table exponents(List<Fit> fits) {
    Table table = Table.of("against", "at", "theory", "measured", "from", "to");
    for (Fit fit : fits)
      table =
          table.row(
              fit.of,
              fit.at.isEmpty() ? Table.UNDEFINED : fit.at,
              fit.words,
              fit.exponent.value(),
              fit.exponent.low(),
              fit.exponent.high());
    return table;
  }

  private Table samples(double sigma) {
    List<String> header = new ArrayList<>(List.of("k"));
    study.counts().forEach(n -> header.add("n = " + n));
    header.add("best linear denoiser");
    Table table = new Table(header, List.of());
    for (int k : intrinsic) {
      List<Object> row = new ArrayList<>(List.of(k));
      for (int n : study.counts())
        row.add(spread(cell(k, sigma).filter(c -> c.n() == n && c.features() == study.features().getLast())));
      row.add(study.linearRisk(k, sigma));
      table = table.row(row.toArray());
    }
    return table;
  }

  private Table features() {
    List<String> header = new ArrayList<>(List.of("k"));
    study.features().forEach(count -> header.add(count + " features"));
    Table table = new Table(header, List.of());
    for (int k : intrinsic) {
      List<Object> row = new ArrayList<>(List.of(k));
      for (int count : study.features())
        row.add(
            spread(
                cell(k, sigmas.getFirst())
                    .filter(c -> c.n() == study.counts().getLast() && c.features() == count)));
      table = table.row(row.toArray());
    }
    return table;
  }

  private Table ambient() {
    Table table = Table.of("d", "exact latents", "learned latents", "decoded", "reconstruction");
    for (int d : learned.stream().map(EncoderStudy.Found::d).distinct().toList())
      table =
          table.row(
              d,
              spread(d, f -> f.exactLatents().value()),
              spread(d, f -> f.latents().value()),
              spread(d, f -> f.decoded().value()),
              spread(d, EncoderStudy.Found::reconstruction));
    return table;
  }

  private Stream<Cell> cell(int k, double sigma) {
    return cells.stream().filter(c -> c.k() == k && c.sigma() == sigma);
  }

  private static String spread(Stream<Cell> own) {
    return spread(own.mapToDouble(c -> c.risk().value()).toArray());
  }

  private String spread(int d, ToDoubleFunction<EncoderStudy.Found> figure) {
    return spread(learned.stream().filter(f -> f.d() == d).mapToDouble(figure).toArray());
  }

  /** Mean and its standard error over seeds. */
  static String spread(double[] seeds) {
    double mean = mean(seeds);
    double squares = 0;
    for (double value : seeds) squares += (value - mean) * (value - mean);
    int n = seeds.length;
    return Table.spread(mean, n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n));
  }

  static double mean(double[] values) {
    return java.util.Arrays.stream(values).average().orElse(Double.NaN);
  }

  private List<String> sentences(List<Fit> fits) {
    List<String> words = new ArrayList<>();
    words.add(
        "Excess risk E‖D̂ − D*‖², summed over coordinates; the intervals are Student's over seeds, each a law of samples, features and noise of its own.");
    for (Fit fit : fits)
      if (fit.of.startsWith("d,") || fit.of.equals("k") || fit.of.equals("n"))
        words.add(
            "Against %s%s: exponent %s; theory: %s."
                .formatted(fit.of, fit.at.isEmpty() ? "" : " at " + fit.at, fit.exponent, fit.words));
    words.add(
        "Ridge regression on N random features with λ ∝ n^{−1/2} has excess risk O(n^{−1/2}) once N exceeds √n by a logarithm (Rudi and Rosasco 2017), for functions in the kernel's space; here %s."
            .formatted(
                study.ridge() > 0
                    ? "λ = %s/√n".formatted(study.ridge())
                    : "λ is chosen on held-out samples among 10⁻¹ … 10⁻⁷"));
    words.add(
        "With exact latents, z = Uᵀx, the risk does not depend on d but for rounding: the regression never sees d. With learned latents it is measured against the posterior mean of two banks of encoded samples with independent errors, in the encoder's own standardised coordinates and, by the decoder, in those of the data.");
    return words;
  }

  private List<Plot> plots() {
    List<Curve> byCount = new ArrayList<>();
    for (int k : intrinsic) {
      double[] n = study.counts().stream().mapToDouble(c -> c).toArray();
      double[] risk =
          study.counts().stream()
              .mapToDouble(c -> mean(risks(k, c, study.features().getLast())))
              .toArray();
      byCount.add(new Curve("k = " + k, n, risk));
    }
    List<Curve> byFeatures = new ArrayList<>();
    for (int k : intrinsic) {
      double[] count = study.features().stream().mapToDouble(c -> c).toArray();
      double[] risk =
          study.features().stream()
              .mapToDouble(c -> mean(risks(k, study.counts().getLast(), c)))
              .toArray();
      byFeatures.add(new Curve("k = " + k, count, risk));
    }
    double[] d = learned.stream().mapToDouble(EncoderStudy.Found::d).distinct().toArray();
    List<Curve> byDimension =
        List.of(
            new Curve("exact latents", d, means(d, f -> f.exactLatents().value()), Curve.Style.DASHED),
            new Curve("learned latents", d, means(d, f -> f.latents().value())),
            new Curve("decoded", d, means(d, f -> f.decoded().value())));
    return List.of(
        new Plot("Samples", "n", "excess risk", true, true, byCount),
        new Plot("Features", "number of features", "excess risk", true, true, byFeatures),
        new Plot("Ambient dimension", "d", "excess risk", true, true, byDimension));
  }

  private double[] risks(int k, int n, int features) {
    return cell(k, sigmas.getFirst())
        .filter(c -> c.n() == n && c.features() == features)
        .mapToDouble(c -> c.risk().value())
        .toArray();
  }

  private double[] means(double[] places, ToDoubleFunction<EncoderStudy.Found> figure) {
    return java.util.Arrays.stream(places)
        .map(d -> mean(learned.stream().filter(f -> f.d() == d).mapToDouble(figure).toArray()))
        .toArray();
  }

  /** {@code theory} of a cell is what the best linear denoiser leaves: the risk of no features. */
  private List<Map<String, Object>> rows() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Cell cell : cells) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("k", cell.k());
      row.put("sigma", cell.sigma());
      row.put("n", cell.n());
      row.put("features", cell.features());
      row.put("seed", cell.seed());
      row.put("lambda", cell.lambda());
      row.put("linear", study.linearRisk(cell.k(), cell.sigma()));
      row.put("theory", null);
      row.put("measured", cell.risk().value());
      row.put("measured_se", cell.risk().standardError());
      rows.add(row);
    }
    for (EncoderStudy.Found found : learned) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("d", found.d());
      row.put("seed", found.seed());
      row.put("theory", found.exactLatents().value());
      row.put("measured", found.latents().value());
      row.put("measured_se", found.latents().standardError());
      row.put("decoded", found.decoded().value());
      row.put("reconstruction", found.reconstruction());
      rows.add(row);
    }
    return rows;
  }
}
