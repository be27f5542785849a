package dev.sild.cli;

import dev.sild.cli.CollapseTimeCommand.Case;
import dev.sild.cli.CollapseTimeCommand.Curves;
import dev.sild.cli.CollapseTimeCommand.Measured;
import dev.sild.report.Curve;
import dev.sild.report.Plot;
import dev.sild.report.Table;
import dev.sild.theory.regimes.CollapseTime;
import dev.sild.theory.regimes.FiniteSize;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What {@code theory collapse-time} found.
 *
 * @param curves null if nothing was measured
 */
record CollapseTimeReport(List<Case> cases, List<Measured> measured, Curves curves) {

  Findings findings() {
    Map<Case, Double> times = new LinkedHashMap<>();
    for (Case each : cases) times.put(each, each.time().orElse(Double.NaN));
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put("t_C by theory", theory(times));
    List<String> sentences = new ArrayList<>();
    if (measured.isEmpty()) sentences.add("Nothing was measured.");
    else {
      tables.put(caption("By information: I(x_0; x_t) = log n"), table(times, true));
      tables.put(caption("By the weights: E Σ w² = ½"), table(times, false));
      sentences.add(agreement(times, true));
      sentences.add(agreement(times, false));
    }
    if (times.values().stream().anyMatch(t -> t.isNaN()))
      sentences.add(
          "A dash stands where there is no t_C: x has fewer values than e^(alpha d), as signs have,"
              + " so that samples repeat themselves.");
    return new Findings("Collapse time", sentences, tables, plots(times), rows(times), Map.of());
  }

  private String caption(String what) {
    Case one = measured.getFirst().of();
    return "%s, at α = %s, β = %s: mean ± standard error over draws of F and data, and the line in 1/d at d = ∞ ± its 95 %% interval"
        .formatted(what, one.alpha(), one.beta());
  }

  private static Table theory(Map<Case, Double> times) {
    List<String> columns = new ArrayList<>(List.of("α", "β"));
    times.keySet().stream().map(CollapseTimeReport::name).distinct().forEach(columns::add);
    Map<List<Double>, Map<String, Double>> lines = new LinkedHashMap<>();
    times.forEach((one, t) ->
        lines
            .computeIfAbsent(List.of(one.alpha(), one.beta()), key -> new LinkedHashMap<>())
            .put(name(one), t));
    Table table = Table.of(columns.toArray(String[]::new));
    for (var line : lines.entrySet()) {
      List<Object> cells = new ArrayList<>(line.getKey());
      columns.stream().skip(2).forEach(column -> cells.add(line.getValue().get(column)));
      table = table.row(cells.toArray());
    }
    return table;
  }

  private static String name(Case one) {
    return one.phi().label() + ", " + one.map().words();
  }

  private Table table(Map<Case, Double> times, boolean information) {
    int[] dimensions = measured.getFirst().information().dimensions();
    List<String> columns = new ArrayList<>(List.of("x", "theory"));
    double alpha = measured.getFirst().of().alpha();
    for (int d : dimensions)
      columns.add("d = %d, n = %,d".formatted(d, CollapseTimeCommand.points(alpha, d)));
    columns.add("d = ∞");
    Table table = Table.of(columns.toArray(String[]::new));
    for (Measured each : measured) {
      FiniteSize found = of(each, information);
      List<Object> cells = new ArrayList<>(List.of(name(each.of()), times.get(each.of())));
      for (int size = 0; size < dimensions.length; size++)
        cells.add(Table.spread(found.mean(size), found.standardError(size)));
      cells.add(Table.spread(found.limit(), found.halfWidth()));
      table = table.row(cells.toArray());
    }
    return table;
  }

  private static FiniteSize of(Measured each, boolean information) {
    return information ? each.information() : each.weights();
  }

  private String agreement(Map<Case, Double> times, boolean information) {
    int inside = 0;
    double worst = 0;
    for (Measured each : measured) {
      FiniteSize found = of(each, information);
      double theory = times.get(each.of());
      if (Math.abs(found.limit() - theory) <= found.halfWidth()) inside++;
      double largest = found.mean(found.dimensions().length - 1);
      worst = Math.max(worst, Math.abs(largest / theory - 1));
    }
    return "By %s theory lies in the 95 %% interval of the limit for %d of %d laws; at the largest d the measured t_C is within %.1f %% of it."
        .formatted(
            information ? "information" : "the weights", inside, measured.size(), 100 * worst);
  }

  private List<Map<String, Object>> rows(Map<Case, Double> times) {
    List<Map<String, Object>> rows = new ArrayList<>();
    times.forEach((one, t) -> {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("alpha", one.alpha());
      row.put("beta", one.beta());
      row.put("map", one.map().label());
      row.put("activation", one.phi().label());
      row.put("t_c", Output.known(t));
      row.put("theory", Output.known(t));
      Measured found =
          measured.stream().filter(each -> each.of().equals(one)).findFirst().orElse(null);
      put(row, "measured", found == null ? null : found.information());
      put(row, "measured_by_weights", found == null ? null : found.weights());
      rows.add(row);
    });
    return rows;
  }

  /** The largest size, and the limit with half of its 95 % interval. */
  private static void put(Map<String, Object> row, String key, FiniteSize found) {
    int last = found == null ? 0 : found.dimensions().length - 1;
    row.put(key, found == null ? null : Output.known(found.mean(last)));
    row.put(key + "_se", found == null ? null : Output.known(found.standardError(last)));
    row.put(key + "_limit", found == null ? null : Output.known(found.limit()));
    row.put(key + "_limit_half", found == null ? null : Output.known(found.halfWidth()));
  }

  private List<Plot> plots(Map<Case, Double> times) {
    List<Plot> plots = new ArrayList<>();
    plots.add(information());
    if (curves == null) return plots;
    double theory = times.get(curves.of());
    List<Curve> weights = new ArrayList<>();
    List<Curve> shares = new ArrayList<>();
    double[] t = curves.t();
    for (int size = 0; size < curves.dimensions().length; size++) {
      String name = "d = " + curves.dimensions()[size];
      weights.add(new Curve(name, t, curves.weights()[size]));
      shares.add(new Curve(name, t, curves.share()[size]));
    }
    weights.add(new Curve("t_C", new double[] {theory, theory}, new double[] {0, 1}));
    double[] limit = new double[t.length];
    Case one = curves.of();
    for (int i = 0; i < t.length; i++) limit[i] = Math.min(one.alpha(), information(one, t[i]));
    shares.add(new Curve("d = ∞", t, limit, Curve.Style.DASHED));
    plots.add(
        new Plot("Information of n points, " + name(one), "t", "I/d, nats", false, false, shares));
    plots.add(new Plot("Σ w², " + name(one), "t", "E Σ w²", false, false, weights));
    return plots;
  }

  /** I/d over t: t_C is where a curve meets α. */
  private Plot information() {
    double beta = measured.isEmpty() ? cases.getFirst().beta() : measured.getFirst().of().beta();
    double[] t = new double[16];
    for (int i = 0; i < t.length; i++) t[i] = 0.02 * Math.pow(100, i / (t.length - 1.0));
    List<Curve> all = new ArrayList<>();
    TreeSet<String> drawn = new TreeSet<>();
    for (Case one : cases) {
      if (one.beta() != beta || !drawn.add(name(one))) continue;
      double[] nats = new double[t.length];
      for (int i = 0; i < t.length; i++) nats[i] = information(one, t[i]);
      all.add(new Curve(name(one), t, nats));
    }
    return new Plot("Information at β = " + beta, "t", "I(x_0; x_t)/d, nats", true, true, all);
  }

  private static double information(Case one, double t) {
    return CollapseTime.information(one.phi(), one.map(), one.beta(), CollapseTime.sigma(t));
  }
}
