package dev.sild.cli;

import dev.sild.report.Curve;
import dev.sild.report.Plot;
import dev.sild.report.Table;
import dev.sild.theory.features.Exponent;
import dev.sild.theory.features.Phases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What {@code theory sampling} found.
 *
 * @param heads φ of the heads; the first one is that of the contributions
 */
record PhasesReport(List<Row> found, Base base, List<String> heads) {

  /** A measurement with one head. */
  record Row(String head, Phases phases) {}

  /** What holds while something else is gone through. */
  record Base(int k, int d, double sigma1, double sigma2) {}

  private static final String TIME = "OU time of the switch";

  Findings findings() {
    List<Fit> fits = fits();
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put("Fitted rates and exponents, with 95 % intervals over seeds", Fit.table(fits));
    tables.put(
        "Contributions to the sliced Wasserstein distance, each phase approximate alone",
        contributions());
    for (String head : heads)
      tables.put("Damping of a %s head with the switching level".formatted(head), damping(head));
    return new Findings(
        "Sampling in three phases", sentences(fits), tables, plots(), rows(), Fit.figures(fits));
  }

  private List<Phases> along(boolean k, boolean d, boolean sigma1, boolean sigma2) {
    return along(heads.getFirst(), k, d, sigma1, sigma2);
  }

  /** What was measured with one head as some arguments vary, the others at the base. */
  private List<Phases> along(String head, boolean k, boolean d, boolean sigma1, boolean sigma2) {
    return of(head).stream()
        .filter(p -> k || p.k() == base.k)
        .filter(p -> d || p.d() == base.d)
        .filter(p -> sigma1 || p.sigma1() == base.sigma1)
        .filter(p -> sigma2 || p.sigma2() == base.sigma2)
        .toList();
  }

  private List<Phases> of(String head) {
    return found.stream().filter(row -> row.head.equals(head)).map(Row::phases).toList();
  }

  private List<Fit> fits() {
    List<Fit> fits = new ArrayList<>();
    for (String head : heads) damping(fits, head);
    List<Phases> wide = along(false, true, false, false);
    add(
        fits,
        "head",
        "d",
        power(wide, Phases::d, Phases::head),
        null,
        "from 0 (n ≪ dσ²) to ½ (n ≫ dσ²) for a linear one");
    add(fits, "latent", "d", power(wide, Phases::d, Phases::latent), 0.0, "0");
    List<Phases> deep = along(true, false, false, false);
    add(fits, "head", "k", power(deep, Phases::k, Phases::head), null, "polynomial");
    add(fits, "latent", "k", power(deep, Phases::k, Phases::latent), null, "polynomial");
    add(
        fits,
        "latent, path divergence",
        "k",
        power(deep, Phases::k, Phases::klLatent),
        null,
        "polynomial");
    List<Phases> collapsed = along(false, false, false, true);
    double blur = value(power(collapsed, Phases::sigma2, Phases::blur));
    add(
        fits,
        "collapse",
        "σ_2",
        power(collapsed, Phases::sigma2, Phases::collapse),
        blur,
        "%.2f by noise in exact latents, 2^15 of them".formatted(blur));
    return fits;
  }

  /** How what a head adds falls with the OU time at which the latents take over. */
  private void damping(List<Fit> fits, String head) {
    List<Phases> switched = along(head, false, false, true, false);
    double expected = value(rate(switched, Phases::expectedHead));
    double bound = value(rate(switched, Phases::boundHead));
    String words =
        "%.2f by the head's own errors; from −3 (it knows nothing) to −2 (a constant error)"
            .formatted(bound);
    if (!Double.isNaN(expected)) words = "%.2f a priori, ".formatted(expected) + words;
    double theory = Double.isNaN(expected) ? bound : expected;
    String name = head + " head, ";
    add(fits, name + "E‖x − x'‖", TIME, rate(switched, Phases::coupledHead), theory, words);
    add(
        fits,
        name + "distance",
        TIME,
        rate(switched, Phases::head),
        null,
        "below E‖x − x'‖ everywhere");
    add(
        fits,
        name + "path divergence",
        TIME,
        rate(switched, Phases::klHead),
        null,
        "from −4 (it knows nothing) to −2 (a constant error)");
  }

  private static void add(
      List<Fit> fits, String of, String against, Exponent found, Double theory, String words) {
    if (found != null) fits.add(new Fit(of, against, found, theory, words));
  }

  /** Of log y against the OU time of the switch. */
  private static Exponent rate(List<Phases> points, ToDoubleFunction<Phases> y) {
    return Fit.slope(points, Phases::seed, Phases::time, p -> Math.log(y.applyAsDouble(p)));
  }

  private static Exponent power(
      List<Phases> points, ToDoubleFunction<Phases> x, ToDoubleFunction<Phases> y) {
    return Fit.power(points, Phases::seed, x, y);
  }

  private static double value(Exponent found) {
    return found == null ? Double.NaN : found.value();
  }

  /** Each setting, its seeds together. */
  private static List<List<Phases>> settings(List<Phases> points) {
    Map<List<Number>, List<Phases>> all = new LinkedHashMap<>();
    for (Phases p : points)
      all.computeIfAbsent(List.of(p.k(), p.d(), p.sigma1(), p.sigma2()), key -> new ArrayList<>())
          .add(p);
    return List.copyOf(all.values());
  }

  private Table contributions() {
    Table table =
        Table.of(
            "k",
            "d",
            "σ_1",
            "σ_2",
            "head",
            "latent",
            "collapse",
            "collapse, theory",
            "sum",
            "all three",
            "steps and sampling");
    for (List<Phases> seeds : settings(of(heads.getFirst()))) {
      Phases one = seeds.getFirst();
      table =
          table.row(
              one.k(),
              one.d(),
              one.sigma1(),
              one.sigma2(),
              Fit.spread(seeds, Phases::head),
              Fit.spread(seeds, Phases::latent),
              Fit.spread(seeds, Phases::collapse),
              Fit.mean(seeds, Phases::blur),
              Fit.mean(seeds, Phases::sum),
              Fit.spread(seeds, Phases::total),
              Fit.mean(seeds, Phases::floor));
    }
    return table;
  }

  private List<List<Phases>> switches(String head) {
    return sorted(along(head, false, false, true, false), Phases::sigma1);
  }

  private static List<List<Phases>> sorted(List<Phases> points, ToDoubleFunction<Phases> x) {
    return settings(points).stream()
        .sorted(Comparator.comparingDouble(seeds -> x.applyAsDouble(seeds.getFirst())))
        .toList();
  }

  private Table damping(String head) {
    Table table =
        Table.of(
            "σ_1",
            "OU time",
            "E‖x − x'‖",
            "theory, by its errors",
            "theory, a priori",
            "distance",
            "path divergence, nats",
            "latent path divergence, nats");
    for (List<Phases> seeds : switches(head)) {
      Phases one = seeds.getFirst();
      table =
          table.row(
              one.sigma1(),
              one.time(),
              Fit.spread(seeds, Phases::coupledHead),
              Fit.mean(seeds, Phases::boundHead),
              Fit.mean(seeds, Phases::expectedHead),
              Fit.spread(seeds, Phases::head),
              Fit.spread(seeds, Phases::klHead),
              Fit.spread(seeds, Phases::klLatent));
    }
    return table;
  }

  private List<String> sentences(List<Fit> fits) {
    List<String> words = new ArrayList<>();
    for (Fit fit : fits) words.add(fit.sentence());
    List<List<Phases>> all = settings(of(heads.getFirst()));
    long within =
        all.stream().filter(s -> Fit.mean(s, Phases::total) <= Fit.mean(s, Phases::sum)).count();
    words.add(
        "At %d of %d settings all three together are no farther off than the sum of the three."
            .formatted(within, all.size()));
    words.add(
        "The head of the contributions is %s, fitted in R^d. Every distance is between samples of the process with the phase approximate and of the exact one under the same noise, mean ± standard error over seeds; the last column is the distance of the exact process, with as many steps, from fresh exact samples. They are estimates from above: where shifts are smaller than the gaps between neighbouring samples they do not cancel."
            .formatted(heads.getFirst()));
    words.add(
        "Theory of the damping: an ancestral step takes in (1 − σ'²/σ²) of the head's error e, and"
            + " where the law is Gaussian of variance 1 what stands at σ arrives in the proportion"
            + " 1/(1 + σ²): together ∫ e dγ/(1 + γ), γ = 1/σ² = 1/(e^{2t} − 1). For a constant e"
            + " that is −e ln(1 − e^{−2t}), so e^{−2t} at high noise; a head whose error itself"
            + " falls with γ is damped faster: one that knows nothing, whose error is √(kγ), as"
            + " e^{−3t}. A linear head with the best ridge lies between: its squared error is k s"
            + " v/(s + v) with s = 1/(1 + σ²), v = (d/n) σ²/(1 + σ²), and what no linear denoiser"
            + " sees.");
    return words;
  }

  private List<Plot> plots() {
    List<Curve> curves = new ArrayList<>();
    for (String head : heads) {
      List<List<Phases>> all = switches(head);
      double[] t = Fit.means(all, Phases::time);
      curves.add(new Curve(head, t, Fit.means(all, Phases::coupledHead), Curve.Style.POINTS));
      curves.add(
          new Curve(
              head + ", by its errors", t, Fit.means(all, Phases::boundHead), Curve.Style.DASHED));
    }
    return List.of(
        new Plot("Damping", "OU time of the switch", "E‖x − x'‖", false, true, curves),
        contributions("Intrinsic dimension", "k", along(true, false, false, false), Phases::k),
        contributions("Ambient dimension", "d", along(false, true, false, false), Phases::d),
        contributions("Collapse", "σ_2", along(false, false, false, true), Phases::sigma2));
  }

  private static Plot contributions(
      String title, String name, List<Phases> points, ToDoubleFunction<Phases> x) {
    List<List<Phases>> own = sorted(points, x);
    double[] places = Fit.means(own, x);
    return new Plot(
        title,
        name,
        "distance",
        true,
        true,
        List.of(
            new Curve("head", places, Fit.means(own, Phases::head)),
            new Curve("latent", places, Fit.means(own, Phases::latent)),
            new Curve("collapse", places, Fit.means(own, Phases::collapse)),
            new Curve("all three", places, Fit.means(own, Phases::total), Curve.Style.DASHED)));
  }

  private List<Map<String, Object>> rows() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Row one : found) {
      Phases p = one.phases;
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("head_kind", one.head);
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
