package dev.sild.cli;

import dev.sild.report.Curve;
import dev.sild.report.Plot;
import dev.sild.report.Table;
import dev.sild.theory.features.EncoderStudy;
import dev.sild.theory.features.Exponent;
import dev.sild.theory.features.FeatureStudy;
import dev.sild.theory.features.FeatureStudy.Cell;
import dev.sild.theory.features.ProductLaw;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * What {@code theory random-features} found.
 *
 * @param intrinsic k of the exact latents
 * @param encoderLatent k of the learned ones
 */
record RandomFeaturesReport(
    FeatureStudy study,
    List<Cell> cells,
    List<EncoderStudy.Found> learned,
    List<Double> sigmas,
    List<Integer> intrinsic,
    int encoderLatent) {

  Findings findings() {
    List<Fit> fits = fits();
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put(
        "Fitted exponents of the excess risk, with 95 % intervals over seeds", Fit.table(fits));
    for (double sigma : sigmas) {
      tables.put(
          "Excess risk at σ = %s, %d features, against k and n".formatted(sigma, mostFeatures()),
          table("n = ", study.counts(), (k, n) -> at(k, sigma, n, mostFeatures()), sigma));
      tables.put(
          "Excess risk at σ = %s, n = %d, against k and the number of features"
              .formatted(sigma, mostSamples()),
          table("N = ", study.features(), (k, f) -> at(k, sigma, mostSamples(), f), sigma));
    }
    tables.put(
        "End to end in d dimensions at σ = %s, k = %d, n = %d, %d features"
            .formatted(sigmas.getFirst(), encoderLatent, mostSamples(), mostFeatures()),
        ambient());
    return new Findings(
        "Random features", sentences(fits), tables, plots(), rows(), Fit.figures(fits));
  }

  private int mostFeatures() {
    return study.features().getLast();
  }

  private int mostSamples() {
    return study.counts().getLast();
  }

  /** The seeds of one setting. */
  private List<Cell> at(int k, double sigma, int n, int features) {
    return cells(c -> c.k() == k && c.sigma() == sigma && c.n() == n && c.features() == features);
  }

  private List<Cell> cells(Predicate<Cell> which) {
    return cells.stream().filter(which).toList();
  }

  private static double risk(Cell cell) {
    return cell.risk().value();
  }

  private List<Fit> fits() {
    List<Fit> fits = new ArrayList<>();
    double enough = Math.sqrt(mostSamples());
    for (double sigma : sigmas) {
      for (int k : intrinsic) {
        String of = "excess risk, k = %d, σ = %s".formatted(k, sigma);
        Predicate<Cell> here = c -> c.k() == k && c.sigma() == sigma;
        List<Cell> byCount = cells(here.and(c -> c.features() == mostFeatures()));
        add(fits, of, "n", power(byCount, Cell::n), -0.5, "−½ or steeper");
        Predicate<Cell> most = here.and(c -> c.n() == mostSamples());
        List<Cell> few = cells(most.and(c -> c.features() <= enough));
        List<Cell> many = cells(most.and(c -> c.features() >= enough));
        add(fits, of, "features up to √n", power(few, Cell::features), null, "falls");
        add(fits, of, "features from √n", power(many, Cell::features), 0.0, "flat");
      }
      List<Cell> byDimension =
          cells(
              c -> c.sigma() == sigma && c.n() == mostSamples() && c.features() == mostFeatures());
      String of = "excess risk, σ = " + sigma;
      add(fits, of, "k", power(byDimension, Cell::k), null, "polynomial");
    }
    add(fits, "excess risk, exact latents", "d", power(f -> f.exactLatents().value()), 0.0, "flat");
    add(fits, "excess risk, learned latents", "d", power(f -> f.latents().value()), 0.0, "flat");
    add(fits, "excess risk, decoded", "d", power(f -> f.decoded().value()), 0.0, "flat");
    return fits;
  }

  private static void add(
      List<Fit> fits, String of, String against, Exponent found, Double theory, String words) {
    if (found != null) fits.add(new Fit(of, against, found, theory, words));
  }

  private static Exponent power(List<Cell> points, ToDoubleFunction<Cell> x) {
    return Fit.power(points, Cell::seed, x, RandomFeaturesReport::risk);
  }

  private Exponent power(ToDoubleFunction<EncoderStudy.Found> y) {
    return Fit.power(learned, EncoderStudy.Found::seed, EncoderStudy.Found::d, y);
  }

  @FunctionalInterface
  private interface Seeds {
    List<Cell> at(int k, int column);
  }

  /** A row for each k, a column for each value of something else. */
  private Table table(String name, List<Integer> columns, Seeds seeds, double sigma) {
    List<String> header = new ArrayList<>(List.of("k"));
    columns.forEach(value -> header.add(name + value));
    header.add("best linear denoiser");
    Table table = new Table(header, List.of());
    for (int k : intrinsic) {
      List<Object> row = new ArrayList<>(List.of(k));
      for (int value : columns) row.add(Fit.spread(seeds.at(k, value), RandomFeaturesReport::risk));
      row.add(linear(k, sigma));
      table = table.row(row.toArray());
    }
    return table;
  }

  private double linear(int k, double sigma) {
    return new ProductLaw(k, study.variance()).linearRisk(sigma);
  }

  private List<List<EncoderStudy.Found>> dimensions() {
    return learned.stream()
        .map(EncoderStudy.Found::d)
        .distinct()
        .map(d -> learned.stream().filter(f -> f.d() == d).toList())
        .toList();
  }

  private Table ambient() {
    Table table = Table.of("d", "exact latents", "learned latents", "decoded", "reconstruction");
    for (List<EncoderStudy.Found> seeds : dimensions())
      table =
          table.row(
              seeds.getFirst().d(),
              Fit.spread(seeds, f -> f.exactLatents().value()),
              Fit.spread(seeds, f -> f.latents().value()),
              Fit.spread(seeds, f -> f.decoded().value()),
              Fit.spread(seeds, EncoderStudy.Found::reconstruction));
    return table;
  }

  private List<String> sentences(List<Fit> fits) {
    List<String> words = new ArrayList<>();
    words.add(
        "Excess risk E‖D̂ − D*‖², summed over coordinates; the intervals are Student's over seeds,"
            + " each with samples, features and noise of its own.");
    for (Fit fit : fits) if (!fit.against().startsWith("features")) words.add(fit.sentence());
    words.add(
        "Theory in n: ridge regression on N random features with λ ∝ n^{−1/2} has excess risk"
            + " O(n^{−1/2}) once N exceeds √n by a logarithm, for functions in the kernel's space"
            + " (Rudi and Rosasco 2017). Here "
            + (study.ridge() > 0
                ? "λ = %s/√n.".formatted(study.ridge())
                : "λ is chosen on held-out samples among 10⁻¹ … 10⁻⁷."));
    words.add(
        "With exact latents, z = Uᵀx, the risk does not depend on d but for rounding: the"
            + " regression never sees d. With learned latents it is measured against the posterior"
            + " mean under two banks of encoded samples, whose errors are independent: in the"
            + " encoder's own standardised coordinates and, by the decoder, in those of the data,"
            + " where it does not matter which coordinates the encoder chose.");
    return words;
  }

  private List<Plot> plots() {
    double sigma = sigmas.getFirst();
    List<Curve> byCount = new ArrayList<>();
    List<Curve> byFeatures = new ArrayList<>();
    for (int k : intrinsic) {
      byCount.add(curve(k, study.counts(), n -> at(k, sigma, n, mostFeatures())));
      byFeatures.add(curve(k, study.features(), f -> at(k, sigma, mostSamples(), f)));
    }
    List<List<EncoderStudy.Found>> all = dimensions();
    double[] d = Fit.means(all, EncoderStudy.Found::d);
    double[] exact = Fit.means(all, f -> f.exactLatents().value());
    List<Curve> byDimension =
        List.of(
            new Curve("exact latents", d, exact, Curve.Style.DASHED),
            new Curve("learned latents", d, Fit.means(all, f -> f.latents().value())),
            new Curve("decoded", d, Fit.means(all, f -> f.decoded().value())));
    return List.of(
        new Plot("Samples", "n", "excess risk", true, true, byCount),
        new Plot("Features", "number of features", "excess risk", true, true, byFeatures),
        new Plot("Ambient dimension", "d", "excess risk", true, true, byDimension));
  }

  private static Curve curve(int k, List<Integer> x, Function<Integer, List<Cell>> seeds) {
    return new Curve(
        "k = " + k,
        x.stream().mapToDouble(value -> value).toArray(),
        Fit.means(x.stream().map(seeds).toList(), RandomFeaturesReport::risk));
  }

  /** {@code theory} of a learned encoder is the risk with exact latents; of these there is none. */
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
      row.put("linear", linear(cell.k(), cell.sigma()));
      row.put("theory", null);
      row.put("measured", risk(cell));
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
