package dev.sild.cli;

import dev.sild.cli.SpeciationTimeCommand.Speciation;
import dev.sild.data.ImageGrid;
import dev.sild.data.LabelledImages;
import dev.sild.report.Curve;
import dev.sild.report.Figure;
import dev.sild.report.Plot;
import dev.sild.report.Table;
import dev.sild.theory.regimes.CloneExperiment.Clones;
import dev.sild.theory.regimes.Crossing;
import dev.sild.theory.regimes.SpeciationTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code theory speciation-time} found.
 *
 * @param laws of two classes
 * @param digits of ten
 * @param images the digits
 */
record SpeciationTimeReport(List<Speciation> laws, Speciation digits, LabelledImages images) {
  private static final int[] SHOWN = {1, 3, 5, 7, 9}; // times of the picture
  private static final int STARTS = 8; // the fewest pairs

  Findings findings() {
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put(
        "t_S of two classes: where the share of pairs of one class falls through %.4f"
            .formatted(SpeciationTime.LEVEL),
        times());
    tables.put(
        "Digits: %d of them, ten classes; λ_max = %.1f, so t_S = %.3f"
            .formatted(images.count(), digits.lambda(), digits.theory()),
        shares(digits));
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Speciation law : laws) rows.add(row(law));
    rows.add(row(digits));
    return new Findings(
        "Speciation time",
        sentences(),
        tables,
        plots(),
        rows,
        Map.of("level", SpeciationTime.LEVEL),
        List.of(picture()));
  }

  private static Crossing measured(Speciation law) {
    return Crossing.of(t(law), same(law), law.pairs(), SpeciationTime.LEVEL);
  }

  private static Crossing posterior(Speciation law) {
    return Crossing.of(t(law), law.posterior(), 0, SpeciationTime.LEVEL);
  }

  private static double[] t(Speciation law) {
    return law.clones().stream().mapToDouble(Clones::t).toArray();
  }

  private static double[] same(Speciation law) {
    return law.clones().stream().mapToDouble(Clones::same).toArray();
  }

  private Table times() {
    Table table =
        Table.of(
            "law",
            "d",
            "λ_max",
            "½ log(2 λ_max)",
            "closed form",
            "as published",
            "clones",
            "posterior",
            "clones ÷ theory");
    for (Speciation law : laws) {
      Crossing found = measured(law);
      table =
          table.row(
              law.law(),
              law.dimension(),
              law.lambda(),
              law.theory(),
              law.closed(),
              law.published(),
              Table.spread(found.t(), found.standardError()),
              posterior(law).t(),
              found.t() / law.theory());
    }
    return table;
  }

  private static Table shares(Speciation law) {
    Table table =
        Table.of("t ÷ t_S", "t", "clones of one class", "posterior", "back at the same datum");
    for (int i = 0; i < law.clones().size(); i++) {
      Clones clones = law.clones().get(i);
      double error = Math.sqrt(clones.same() * (1 - clones.same()) / law.pairs());
      table =
          table.row(
              clones.t() / law.theory(),
              clones.t(),
              Table.spread(clones.same(), error),
              law.posterior()[i],
              clones.returned());
    }
    return table;
  }

  private String verdict() {
    double worst = 0;
    int within = 0;
    for (Speciation law : laws) {
      double off = Math.abs(measured(law).t() / law.theory() - 1);
      if (off <= 0.1) within++;
      worst = Math.max(worst, off);
    }
    return "Clones of %d of %d laws of two classes speciate within 10 %% of ½ log(2 λ_max); the farthest is off by %.1f %%."
        .formatted(within, laws.size(), 100 * worst);
  }

  private List<String> sentences() {
    List<Speciation> mixtures = laws.stream().filter(law -> Double.isNaN(law.published())).toList();
    return mixtures.size() < 2
        ? List.of(verdict(), ofDigits())
        : List.of(verdict(), slope(mixtures.getFirst(), mixtures.getLast()), ofDigits());
  }

  /** Whatever the level, t_S moves by ½ ln λ. */
  private static String slope(Speciation first, Speciation last) {
    double width = Math.log(last.lambda() / first.lambda());
    double error = Math.hypot(measured(first).standardError(), measured(last).standardError());
    double slope = (measured(last).t() - measured(first).t()) / width;
    return "From the mixture of d = %d to that of d = %d the clones' t_S moves by %s of log λ_max; theory, whatever the level, says ½."
        .formatted(
            first.dimension(), last.dimension(), Table.spread(slope, error / Math.abs(width)));
  }

  private String ofDigits() {
    int near = 0;
    for (int i = 0; i < digits.clones().size(); i++)
      if (Math.abs(digits.clones().get(i).t() - digits.theory())
          < Math.abs(digits.clones().get(near).t() - digits.theory())) near = i;
    Clones at = digits.clones().get(near);
    return "Of the clones of digits that turn at ½ log(2 λ_max) = %.3f, %.0f %% of the pairs show one digit, where chance is 10 %%, and %.0f %% are back at the datum they came from."
        .formatted(digits.theory(), 100 * at.same(), 100 * at.returned());
  }

  private Map<String, Object> row(Speciation law) {
    Map<String, Object> row = new LinkedHashMap<>();
    boolean two = law != digits; // the level is that of two classes
    Crossing found = two ? measured(law) : new Crossing(Double.NaN, Double.NaN);
    row.put("law", law.law());
    row.put("dimension", law.dimension());
    row.put("lambda_max", law.lambda());
    row.put("theory", law.theory());
    row.put("closed_form", Output.known(law.closed()));
    row.put("published", Output.known(law.published()));
    row.put("measured", Output.known(found.t()));
    row.put("measured_se", Output.known(found.standardError()));
    row.put("measured_by_posterior", two ? Output.known(posterior(law).t()) : null);
    row.put("t", t(law));
    row.put("same_class", same(law));
    row.put("same_class_by_posterior", law.posterior());
    row.put("same_datum", law.clones().stream().map(Clones::returned).toList());
    return row;
  }

  private List<Plot> plots() {
    List<Curve> two = new ArrayList<>();
    for (Speciation law : laws)
      two.add(
          new Curve("%s, d = %d".formatted(law.law(), law.dimension()), scaled(law), same(law)));
    double[] x = new double[40];
    double[] y = new double[40];
    for (int i = 0; i < x.length; i++) {
      x[i] = -4 + 6 * i / (x.length - 1.0);
      y[i] = SpeciationTime.sameClass(0.5 * Math.exp(-2 * x[i]));
    }
    two.add(new Curve("two clusters, d = ∞", x, y, Curve.Style.DASHED));
    double[] returned = digits.clones().stream().mapToDouble(Clones::returned).toArray();
    double[] ends = {digits.theory(), digits.theory()};
    return List.of(
        new Plot("Two classes", "t − ½ log(2 λ_max)", "pairs of one class", false, false, two),
        new Plot(
            "Digits",
            "t",
            "share",
            false,
            false,
            List.of(
                new Curve("pairs of one class", t(digits), same(digits), Curve.Style.POINTS),
                new Curve("the same by the posterior", t(digits), digits.posterior()),
                new Curve("back at the same datum", t(digits), returned),
                new Curve("½ log(2 λ_max)", ends, new double[] {0, 1}, Curve.Style.DASHED))));
  }

  private static double[] scaled(Speciation law) {
    double[] t = t(law);
    for (int i = 0; i < t.length; i++) t[i] -= law.theory();
    return t;
  }

  /** A row for each of some starts: x_0, then the two clones of each time. */
  private Figure picture() {
    int d = digits.dimension();
    int columns = 1 + 2 * SHOWN.length;
    float[] grid = new float[STARTS * columns * d];
    StringBuilder times = new StringBuilder();
    for (int row = 0; row < STARTS; row++) {
      System.arraycopy(digits.starts(), row * d, grid, row * columns * d, d);
      for (int k = 0; k < SHOWN.length; k++)
        System.arraycopy(
            digits.clones().get(SHOWN[k]).clones(),
            2 * row * d,
            grid,
            (row * columns + 1 + 2 * k) * d,
            2 * d);
    }
    for (int k : SHOWN)
      times
          .append(times.isEmpty() ? "" : ", ")
          .append("%.2f".formatted(digits.clones().get(k).t()));
    byte[] png =
        ImageGrid.png(grid, STARTS * columns, columns, 1, images.height(), images.width(), 2);
    return new Figure(
        "speciation-digits",
        png,
        "U-turns: a digit, and its two clones from t = %s; t_S = %.2f."
            .formatted(times, digits.theory()));
  }
}
