package dev.sild.cli;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.sild.bindings.Activation;
import dev.sild.data.CurvedGaussian;
import dev.sild.data.Manifold;
import dev.sild.data.Sphere;
import dev.sild.evaluation.PairedDifference;
import dev.sild.network.ConservativeNetwork.Signs;
import dev.sild.report.Table;
import dev.sild.theory.alignment.Course;
import dev.sild.theory.alignment.Decay;
import dev.sild.theory.alignment.Repeats;
import dev.sild.theory.alignment.Setting;
import dev.sild.theory.steps.Line;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What {@code theory alignment} found. */
final class AlignmentFindings {

  /** What is seen to decay. */
  enum Part {
    NORMAL("normal part"),
    SLOPE("mean slope");

    final String label;

    Part(String label) {
      this.label = label;
    }

    Decay decay(Course course) {
      return this == NORMAL ? course.normalDecay() : course.slopeDecay();
    }

    /** Rate in units of λσ² with balanced signs, exponent with positive ones. */
    double measured(Course course) {
      Decay decay = decay(course);
      return balanced(course.setting()) ? inUnits(course, decay.rate()) : decay.exponent();
    }

    /** The same by theory; NaN where there is none. */
    double theory(Course course) {
      boolean balanced = balanced(course.setting());
      if (this == SLOPE) return balanced ? inUnits(course, course.slopeRate()) : 2;
      Decay decay = course.theoreticalDecay();
      if (decay == null) return Double.NaN;
      return balanced ? inUnits(course, decay.rate()) : decay.exponent();
    }

    private static double inUnits(Course course, double rate) {
      return rate / course.setting().slowTime(1);
    }
  }

  private AlignmentFindings() {}

  static Findings of(List<Repeats> found) {
    return found.getFirst().setting().temperature() > 0 ? floors(found) : decays(found);
  }

  private static boolean balanced(Setting s) {
    return s.signs() == Signs.BALANCED;
  }

  private static Findings decays(List<Repeats> found) {
    Map<String, Table> tables = new LinkedHashMap<>();
    List<String> sentences = new ArrayList<>();
    List<Map<String, Object>> rows = new ArrayList<>();
    found.stream()
        .collect(groupingBy(r -> family(r.setting()), LinkedHashMap::new, toList()))
        .forEach((family, group) -> {
          for (Part part : Part.values()) sentences.add(sentence(family, part, group));
          tables.put(family, table(group));
        });
    Map<String, Object> figures = new LinkedHashMap<>();
    Table powers = powersOfSigma(found, figures);
    if (!powers.rows().isEmpty()) tables.put("How the rate depends on σ: rate ∝ σ^p", powers);
    tables.put("Where the runs end, above the Bayes floor, and the tangent part", ends(found));
    for (Repeats row : found) for (Part part : Part.values()) rows.add(json(row, part));
    return new Findings(
        "Alignment by gradient flow",
        sentences,
        tables,
        AlignmentPlots.of(found),
        rows,
        Map.of("power_of_sigma", figures));
  }

  /** What stands in one table. */
  static String family(Setting s) {
    String activation = s.activation() == Activation.SILU ? "SiLU" : "identity";
    String signs = s.signs().name().toLowerCase(Locale.ROOT);
    return "%s, φ = %s, signs %s".formatted(name(s.manifold()), activation, signs);
  }

  private static String name(Manifold manifold) {
    if (manifold instanceof Sphere) return "sphere";
    return manifold instanceof CurvedGaussian graph && graph.curvature() == 0
        ? "linear subspace"
        : manifold.toString();
  }

  private static String sentence(String family, Part part, List<Repeats> rows) {
    List<Course> all = rows.stream().flatMap(r -> r.courses().stream()).toList();
    List<Decay> decays = all.stream().map(part::decay).toList();
    long exponential = decays.stream().filter(d -> d.evidence() > 0).count();
    return ("%s: the %s falls by %.1f decades or more over the last tenfold of time; an exponential"
            + " explains its logarithm to R² ≥ %.4f, a power law to R² ≥ %.4f; the exponential is"
            + " the better one in %d of %d runs; %s from %.3g to %.3g.")
        .formatted(
            family,
            part.label,
            least(decays, Decay::decades),
            least(decays, Decay::exponentialR2),
            least(decays, Decay::powerR2),
            exponential,
            decays.size(),
            balanced(all.getFirst().setting()) ? "rates/λσ² are" : "exponents are",
            least(all, part::measured),
            -least(all, course -> -part.measured(course)));
  }

  private static <T> double least(List<T> all, ToDoubleFunction<T> figure) {
    return all.stream().mapToDouble(figure).min().orElseThrow();
  }

  private static Table table(List<Repeats> rows) {
    boolean balanced = balanced(rows.getFirst().setting());
    Table table =
        Table.of(
            "part",
            "k",
            "d",
            "λ",
            "σ",
            "decades",
            balanced ? "rate/λσ²" : "exponent",
            "theory",
            "R², exponential",
            "R², power law");
    for (Part part : Part.values())
      for (Repeats row : rows) {
        Setting s = row.setting();
        table =
            table.row(
                part.label,
                s.manifold().intrinsicDimension(),
                s.manifold().dimension(),
                weight(s),
                s.sigma(),
                mean(row, part, Decay::decades),
                spread(row.mean(part::measured)),
                row.mean(part::theory).mean(),
                mean(row, part, Decay::exponentialR2),
                mean(row, part, Decay::powerR2));
      }
    return table;
  }

  private static double mean(Repeats row, Part part, ToDoubleFunction<Decay> figure) {
    return row.mean(course -> figure.applyAsDouble(part.decay(course))).mean();
  }

  private static String weight(Setting s) {
    return "1/σ" + (s.power() == 2 ? "²" : "⁴");
  }

  private static String spread(PairedDifference mean) {
    return Table.spread(mean.mean(), (mean.high() - mean.low()) / 2);
  }

  private static Table powersOfSigma(List<Repeats> found, Map<String, Object> figures) {
    Table table = Table.of("flow", "part", "k", "d", "λ", "p", "95 % interval", "theory");
    for (List<Repeats> group : bySigma(found))
      for (Part part : Part.values()) {
        Setting s = group.getFirst().setting();
        PairedDifference power = powerOfSigma(group, part);
        table =
            table.row(
                family(s),
                part.label,
                s.manifold().intrinsicDimension(),
                s.manifold().dimension(),
                weight(s),
                power.mean(),
                "%s to %s".formatted(Table.figure(power.low()), Table.figure(power.high())),
                2 - s.power());
        Map<String, Object> figure = new LinkedHashMap<>();
        put(figure, 2 - s.power(), power);
        figures.put(key(s) + ", " + part.label, figure);
      }
    return table;
  }

  /** Rows with balanced signs that differ in σ only, more than one of each. */
  static List<List<Repeats>> bySigma(List<Repeats> found) {
    return found.stream()
        .filter(row -> balanced(row.setting()))
        .collect(groupingBy(row -> key(row.setting()), LinkedHashMap::new, toList()))
        .values()
        .stream()
        .filter(group -> group.stream().map(r -> r.setting().sigma()).distinct().count() > 1)
        .toList();
  }

  private static String key(Setting s) {
    return "%s, k = %d, d = %d, weight 1/sigma^%d"
        .formatted(
            family(s), s.manifold().intrinsicDimension(), s.manifold().dimension(), s.power());
  }

  /** The slope of ln rate against ln σ for each initialisation: all σ begin with one network. */
  private static PairedDifference powerOfSigma(List<Repeats> group, Part part) {
    double[] x = group.stream().mapToDouble(r -> Math.log(r.setting().sigma())).toArray();
    double[] slopes = new double[group.getFirst().courses().size()];
    for (int i = 0; i < slopes.length; i++) {
      int seed = i;
      double[] y =
          group.stream()
              .mapToDouble(r -> Math.log(part.decay(r.courses().get(seed)).rate()))
              .toArray();
      slopes[i] = Line.through(x, y).slope();
    }
    return PairedDifference.of(slopes, new double[slopes.length]);
  }

  private static Table ends(List<Repeats> found) {
    Table table =
        Table.of(
            "flow",
            "k",
            "d",
            "λ",
            "σ",
            "λσ²t",
            "normal",
            "tangent",
            "floor, normal",
            "floor, tangent",
            "tangent falls tenfold by λt");
    for (Repeats row : found) {
      Setting s = row.setting();
      table =
          table.row(
              family(s),
              s.manifold().intrinsicDimension(),
              s.manifold().dimension(),
              weight(s),
              s.sigma(),
              row.mean(c -> s.slowTime(last(c.time()))).mean(),
              row.mean(c -> last(c.normal())).mean(),
              row.mean(c -> last(c.tangent())).mean(),
              row.mean(c -> c.floor().normal()).mean(),
              row.mean(c -> c.floor().tangent()).mean(),
              row.mean(Course::tangentTenfold).mean());
    }
    return table;
  }

  private static double last(double[] values) {
    return values[values.length - 1];
  }

  private static Map<String, Object> json(Repeats row, Part part) {
    Map<String, Object> json = arguments(row.setting());
    json.put("part", part == Part.NORMAL ? "normal" : "mean_slope");
    json.put("quantity", balanced(row.setting()) ? "rate_over_weight_sigma2" : "exponent");
    put(json, row.mean(part::theory).mean(), row.mean(part::measured));
    json.put("decades", StepsReport.known(mean(row, part, Decay::decades)));
    json.put("exponential_r2", StepsReport.known(mean(row, part, Decay::exponentialR2)));
    json.put("power_r2", StepsReport.known(mean(row, part, Decay::powerR2)));
    json.put("aic_difference", StepsReport.known(mean(row, part, Decay::evidence)));
    return json;
  }

  private static Map<String, Object> arguments(Setting s) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("manifold", name(s.manifold()));
    json.put("activation", s.activation().name().toLowerCase(Locale.ROOT));
    json.put("signs", s.signs().name().toLowerCase(Locale.ROOT));
    json.put("k", s.manifold().intrinsicDimension());
    json.put("d", s.manifold().dimension());
    json.put("neurons", s.neurons());
    json.put("weight", s.power());
    json.put("sigma", s.sigma());
    json.put("temperature", s.temperature());
    return json;
  }

  private static void put(Map<String, Object> json, double theory, PairedDifference measured) {
    json.put("theory", StepsReport.known(theory));
    json.put("measured", StepsReport.known(measured.mean()));
    json.put("low", StepsReport.known(measured.low()));
    json.put("high", StepsReport.known(measured.high()));
  }

  private static Findings floors(List<Repeats> found) {
    Table table = Table.of("flow", "k", "d", "λ", "σ", "m", "normal part", "theory", "ratio");
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Repeats row : found) {
      Setting s = row.setting();
      double theory = row.mean(Course::theoreticalLate).mean();
      PairedDifference late = row.mean(Course::late);
      table =
          table.row(
              family(s),
              s.manifold().intrinsicDimension(),
              s.manifold().dimension(),
              weight(s),
              s.sigma(),
              s.neurons(),
              spread(late),
              theory,
              late.mean() / theory);
      Map<String, Object> json = arguments(s);
      json.put("quantity", "late_normal_part");
      put(json, theory, late);
      rows.add(json);
    }
    String sentence =
        "Langevin noise of temperature %s leaves a normal part that training time does not remove."
            .formatted(found.getFirst().setting().temperature());
    return new Findings(
        "Alignment by Langevin dynamics",
        List.of(sentence),
        Map.of("The normal part above the Bayes floor, mean over the second half of time", table),
        AlignmentPlots.of(found),
        rows,
        Map.of());
  }
}
