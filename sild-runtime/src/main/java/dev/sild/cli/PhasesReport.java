package dev.sild.cli;

import dev.sild.report.Curve;
import dev.sild.report.Plot;
import dev.sild.report.Table;
import dev.sild.theory.features.Exponent;
import dev.sild.theory.features.Phases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * What {@code theory sampling} found.
 *
 * @param head φ of the head, for people
 */
record PhasesReport(List<Phases> found, Base base, String head) {

  /** What holds while something else is gone through. */
  record Base(int k, int d, double sigma1, double sigma2) {}

  private record Fit(String of, String against, Exponent exponent, Double theory, String words) {}

  Findings findings() {
    List<Fit> fits = fits();
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put("Fitted rates and exponents, with 95 % intervals over seeds", rates(fits));
    tables.put(
        "Contributions to the sliced Wasserstein distance, each phase approximate alone", contributions());
    tables.put("The head's damping with the switching level", damping());
    Map<String, Object> figures = new LinkedHashMap<>();
    for (Fit fit : fits)
      figures.put(
          fit.of + " against " + fit.against,
          RandomFeaturesReport.interval(fit.exponent, fit.theory));
    return new Findings(
        "Sampling in three phases", sentences(fits), tables, plots(), rows(), figures);
  }

  private Predicate<Phases> along(boolean k, boolean d, boolean sigma1, boolean sigma2) {
    return p ->
        (k || p.k() == base.k)
            && (d || p.d() == base.d)
            && (sigma1 || p.sigma1() == base.sigma1)
            && (sigma2 || p.sigma2() == base.sigma2);
  }

  private List<Fit> fits() {
    List<Fit> fits = new ArrayList<>();
    Predicate<Phases> switched = along(false, false, true, false);
    String time = "OU time of the switch";
    double bound = rate(switched, Phases::boundHead).value();
    String words = "%.2f by the head's own errors; −2 for a constant error".formatted(bound);
    add(fits, "head, E‖x − x'‖", time, rate(switched, Phases::coupledHead), bound, words);
    add(fits, "head, distance", time, rate(switched, Phases::head), bound, words);
    add(fits, "head, path divergence", time, rate(switched, Phases::klHead), -2.0, "−2 for a constant error");
    Predicate<Phases> wide = along(false, true, false, false);
    add(fits, "head", "d", power(wide, Phases::d, Phases::head), null, "½ for a linear one with λ → 0");
    add(fits, "latent", "d", power(wide, Phases::d, Phases::latent), 0.0, "0");
    Predicate<Phases> deep = along(true, false, false, false);
    add(fits, "head", "k", power(deep, Phases::k, Phases::head), null, "polynomial");
    add(fits, "latent", "k", power(deep, Phases::k, Phases::latent), null, "polynomial");
    Predicate<Phases> collapsed = along(false, false, false, true);
    double blur = power(collapsed, Phases::sigma2, Phases::blur).value();
    add(fits, "collapse", "σ_2", power(collapsed, Phases::sigma2, Phases::collapse), blur,
        "%.2f by noise in exact latents; 2 as σ_2 → 0".formatted(blur));
    fits.removeIf(fit -> Double.isNaN(fit.exponent.value()));
    return fits;
  }

  private static void add(
      List<Fit> fits, String of, String against, Exponent exponent, Double theory, String words) {
    fits.add(new Fit(of, against, exponent, theory, words));
  }

  /** Of log y against the OU time of the switch. */
  private Exponent rate(Predicate<Phases> which, ToDoubleFunction<Phases> y) {
    return fit(which, Phases::time, p -> Math.log(y.applyAsDouble(p)));
  }

  private Exponent power(
      Predicate<Phases> which, ToDoubleFunction<Phases> x, ToDoubleFunction<Phases> y) {
    return fit(which, p -> Math.log(x.applyAsDouble(p)), p -> Math.log(y.applyAsDouble(p)));
  }

  private Exponent fit(
      Predicate<Phases> which, ToDoubleFunction<Phases> x, ToDoubleFunction<Phases> y) {
    List<Phases> points = found.stream().filter(which).toList();
    int[] seeds = points.stream().mapToInt(Phases::seed).distinct().toArray();
    double[] places =
        points.stream().filter(p -> p.seed() == seeds[0]).mapToDouble(x).toArray();
    if (places.length < 2) return new Exponent(Double.NaN, Double.NaN, Double.NaN);
    return Exponent.linear(
        places,
        Arrays.stream(seeds)
            .mapToObj(s -> points.stream().filter(p -> p.seed() == s).mapToDouble(y).toArray())
            .toList());
  }

  private static Table rates(List<Fit> fits) {
    Table table = Table.of("of", "against", "theory", "measured", "from", "to");
    for (Fit fit : fits)
      table =
          table.row(
              fit.of, fit.against, fit.words, fit.exponent.value(), fit.exponent.low(), fit.exponent.high());
    return table;
  }

  /** A setting, its seeds together. */
  private List<List<Phases>> settings() {
    Map<List<Number>, List<Phases>> all = new LinkedHashMap<>();
    for (Phases p : found)
      all.computeIfAbsent(
              List.of(p.k(), p.d(), p.sigma1(), p.sigma2()), key -> new ArrayList<>())
          .add(p);
    return List.copyOf(all.values());
  }

  private static String spread(List<Phases> seeds, ToDoubleFunction<Phases> figure) {
    return RandomFeaturesReport.spread(seeds.stream().mapToDouble(figure).toArray());
  }

  private static double mean(List<Phases> seeds, ToDoubleFunction<Phases> figure) {
    return RandomFeaturesReport.mean(seeds.stream().mapToDouble(figure).toArray());
  }

  private Table contributions() {
    Table table =
        Table.of(
            "k", "d", "σ_1", "σ_2", "head", "latent", "collapse", "collapse, theory", "sum",
            "all three", "steps and sampling");
    for (List<Phases> seeds : settings()) {
      Phases one = seeds.getFirst();
      table =
          table.row(
              one.k(),
              one.d(),
              one.sigma1(),
              one.sigma2(),
              spread(seeds, Phases::head),
              spread(seeds, Phases::latent),
              spread(seeds, Phases::collapse),
              mean(seeds, Phases::blur),
              mean(seeds, Phases::sum),
              spread(seeds, Phases::total),
              mean(seeds, Phases::floor));
    }
    return table;
  }

  private List<List<Phases>> switches() {
    return settings().stream()
        .filter(seeds -> along(false, false, true, false).test(seeds.getFirst()))
        .sorted(java.util.Comparator.comparingDouble(seeds -> seeds.getFirst().sigma1()))
        .toList();
  }

  private Table damping() {
    Table table =
        Table.of(
            "σ_1", "OU time", "E‖x − x'‖", "theory, at most", "distance", "path divergence, nats",
            "latent path divergence, nats");
    for (List<Phases> seeds : switches()) {
      Phases one = seeds.getFirst();
      table =
          table.row(
              one.sigma1(),
              one.time(),
              spread(seeds, Phases::coupledHead),
              mean(seeds, Phases::boundHead),
              spread(seeds, Phases::head),
              spread(seeds, Phases::klHead),
              spread(seeds, Phases::klLatent));
    }
    return table;
  }

  private List<String> sentences(List<Fit> fits) {
    List<String> words = new ArrayList<>();
    for (Fit fit : fits)
      words.add(
          "%s against %s: %s; theory: %s."
              .formatted(fit.of, fit.against, fit.exponent, fit.words));
    words.add(
        "The head is %s, fitted in R^d. Every distance is between samples of the process with the phase approximate and of the exact one under the same noise, mean ± standard error over seeds; the last column is the distance of the exact process, with as many steps, from fresh exact samples."
            .formatted(head));
    words.add(
        "Theory of the damping: an ancestral step takes in (1 − σ'²/σ²) of the head's error e, and where the law is Gaussian of variance 1 what stands at σ arrives in the proportion 1/(1 + σ²): together ∫ e dγ/(1 + γ), γ = 1/σ² = 1/(e^{2t} − 1). For a constant e and γ ≪ 1 that is e^{−2t}; a head whose error itself falls with γ is damped faster.");
    return words;
  }

  private List<Plot> plots() {
    List<List<Phases>> all = switches();
    double[] t = all.stream().mapToDouble(seeds -> seeds.getFirst().time()).toArray();
    Plot damping =
        new Plot(
            "Damping of the head's error",
            "OU time of the switch",
            "at the end",
            false,
            true,
            List.of(
                new Curve("E‖x − x'‖", t, all(all, Phases::coupledHead), Curve.Style.POINTS),
                new Curve("theory, at most", t, all(all, Phases::boundHead), Curve.Style.DASHED),
                new Curve("distance", t, all(all, Phases::head), Curve.Style.POINTS)));
    return List.of(
        damping,
        contributions("Intrinsic dimension", "k", along(true, false, false, false), Phases::k),
        contributions("Ambient dimension", "d", along(false, true, false, false), Phases::d),
        contributions("Collapse", "σ_2", along(false, false, false, true), Phases::sigma2));
  }

  private Plot contributions(
      String title, String name, Predicate<Phases> which, ToDoubleFunction<Phases> x) {
    List<List<Phases>> own =
        settings().stream()
            .filter(seeds -> which.test(seeds.getFirst()))
            .sorted(java.util.Comparator.comparingDouble(s -> x.applyAsDouble(s.getFirst())))
            .toList();
    double[] places = all(own, x);
    return new Plot(
        title,
        name,
        "distance",
        true,
        true,
        List.of(
            new Curve("head", places, all(own, Phases::head)),
            new Curve("latent", places, all(own, Phases::latent)),
            new Curve("collapse", places, all(own, Phases::collapse)),
            new Curve("all three", places, all(own, Phases::total), Curve.Style.DASHED)));
  }

  private static double[] all(List<List<Phases>> settings, ToDoubleFunction<Phases> figure) {
    return settings.stream().mapToDouble(seeds -> mean(seeds, figure)).toArray();
  }

  private List<Map<String, Object>> rows() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Phases p : found) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("k", p.k());
      row.put("d", p.d());
      row.put("sigma1", p.sigma1());
      row.put("sigma2", p.sigma2());
      row.put("seed", p.seed());
      row.put("head", p.head());
      row.put("latent", p.latent());
      row.put("collapse", p.collapse());
      row.put("collapse_theory", p.blur());
      row.put("total", p.total());
      row.put("theory", p.boundHead());
      row.put("measured", p.coupledHead());
      row.put("kl_head", p.klHead());
      row.put("kl_latent", p.klLatent());
      row.put("steps_and_sampling", p.floor());
      rows.add(row);
    }
    return rows;
  }
}
