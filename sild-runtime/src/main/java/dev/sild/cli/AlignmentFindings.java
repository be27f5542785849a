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
import dev.sild.theory.alignment.Part;
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
  private static final String WORDS =
      "Fits are over the last tenfold of time, the transient left out; the mean slope is what the"
          + " normal part owes to the mean of ∇D_W across the manifold; theory is the exact flow of"
          + " these networks for the normal part, leading order for the mean slope; intervals are"
          + " Student's 95 %% over %d initialisations.";

  private AlignmentFindings() {}

  static Findings of(List<Repeats> found) {
    return found.getFirst().setting().temperature() > 0
        ? LangevinFindings.of(found)
        : decays(found);
  }

  private static boolean balanced(Setting s) {
    return s.signs() == Signs.BALANCED;
  }

  /** What is told apart: with a linear activation the slope is the same everywhere. */
  private static List<Part> parts(Setting s) {
    return s.exact() ? List.of(Part.NORMAL) : List.of(Part.values());
  }

  /** Rate with balanced signs, exponent with positive ones; NaN where there is no decay. */
  private static double figure(Course course, Decay decay) {
    if (decay == null) return Double.NaN;
    return balanced(course.setting()) ? decay.rate() : decay.exponent();
  }

  private static PairedDifference measured(Repeats row, Part part) {
    return row.mean(course -> figure(course, course.decay(part)));
  }

  private static double theory(Repeats row, Part part) {
    return row.mean(course -> figure(course, course.theory(part))).mean();
  }

  private static Findings decays(List<Repeats> found) {
    Map<String, Table> tables = new LinkedHashMap<>();
    List<String> sentences = new ArrayList<>();
    List<Map<String, Object>> rows = new ArrayList<>();
    found.stream()
        .collect(groupingBy(r -> family(r.setting()), LinkedHashMap::new, toList()))
        .forEach((family, group) -> {
          sentences.add(sentence(family, group));
          tables.put(family, table(group));
        });
    Map<String, Object> figures = new LinkedHashMap<>();
    Table powers = powersOfSigma(found, figures);
    if (!powers.rows().isEmpty()) tables.put("How the rate depends on σ: rate ∝ σ^p", powers);
    tables.put(
        "Where the runs end, above the Bayes floor, and the tangent part (one λ is like another)",
        ends(found));
    sentences.add(WORDS.formatted(found.getFirst().courses().size()));
    for (Repeats row : found) for (Part part : parts(row.setting())) rows.add(json(row, part));
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

  private static String sentence(String family, List<Repeats> rows) {
    List<Course> all = rows.stream().flatMap(r -> r.courses().stream()).toList();
    StringBuilder text = new StringBuilder(family);
    for (Part part : parts(rows.getFirst().setting())) {
      List<Decay> decays = all.stream().map(course -> course.decay(part)).toList();
      text.append(part == Part.NORMAL ? ": the " : "; the ")
          .append(part)
          .append(
              " falls by %.1f decades or more; R² ≥ %.4f for an exponential, ≥ %.4f for a power law; the exponential is the better one in %d of %d runs"
                  .formatted(
                      least(decays, Decay::decades),
                      least(decays, Decay::exponentialR2),
                      least(decays, Decay::powerR2),
                      decays.stream().filter(d -> d.evidence() > 0).count(),
                      decays.size()));
    }
    return text.append('.').toString();
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
            balanced ? "rate" : "exponent",
            "theory",
            "R², exponential",
            "R², power law");
    for (Part part : parts(rows.getFirst().setting()))
      for (Repeats row : rows) {
        Setting s = row.setting();
        table =
            table.row(
                part,
                s.manifold().intrinsicDimension(),
                s.manifold().dimension(),
                weight(s),
                s.sigma(),
                mean(row, part, Decay::decades),
                spread(measured(row, part)),
                theory(row, part),
                mean(row, part, Decay::exponentialR2),
                mean(row, part, Decay::powerR2));
      }
    return table;
  }

  private static double mean(Repeats row, Part part, ToDoubleFunction<Decay> figure) {
    return row.mean(course -> figure.applyAsDouble(course.decay(part))).mean();
  }

  static String weight(Setting s) {
    return "1/σ" + (s.power() == 2 ? "²" : "⁴");
  }

  static String spread(PairedDifference mean) {
    return Table.spread(mean.mean(), (mean.high() - mean.low()) / 2);
  }

  private static Table powersOfSigma(List<Repeats> found, Map<String, Object> figures) {
    Table table = Table.of("flow", "part", "k", "d", "λ", "p", "95 % interval", "theory");
    for (List<Repeats> group : bySigma(found))
      for (Part part : parts(group.getFirst().setting())) {
        Setting s = group.getFirst().setting();
        PairedDifference power = powerOfSigma(group, part);
        table =
            table.row(
                family(s),
                part,
                s.manifold().intrinsicDimension(),
                s.manifold().dimension(),
                weight(s),
                power.mean(),
                "%s to %s".formatted(Table.figure(power.low()), Table.figure(power.high())),
                2 - s.power());
        Map<String, Object> figure = new LinkedHashMap<>();
        put(figure, 2 - s.power(), power);
        figures.put(key(s) + ", " + part, figure);
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
              .mapToDouble(r -> Math.log(r.courses().get(seed).decay(part).rate()))
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
            "σ",
            "λσ²t",
            "normal",
            "tangent",
            "floor, normal",
            "floor, tangent",
            "tangent falls tenfold by λt");
    for (Repeats row : found) {
      Setting s = row.setting();
      if (s.power() != found.getFirst().setting().power()) continue;
      table =
          table.row(
              family(s),
              s.manifold().intrinsicDimension(),
              s.manifold().dimension(),
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
    json.put("quantity", balanced(row.setting()) ? "rate" : "exponent");
    put(json, theory(row, part), measured(row, part));
    json.put("decades", Output.known(mean(row, part, Decay::decades)));
    json.put("exponential_r2", Output.known(mean(row, part, Decay::exponentialR2)));
    json.put("power_r2", Output.known(mean(row, part, Decay::powerR2)));
    json.put("aic_difference", Output.known(mean(row, part, Decay::evidence)));
    return json;
  }

  static Map<String, Object> arguments(Setting s) {
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

  static void put(Map<String, Object> json, double theory, PairedDifference measured) {
    json.put("theory", Output.known(theory));
    json.put("measured", Output.known(measured.mean()));
    json.put("low", Output.known(measured.low()));
    json.put("high", Output.known(measured.high()));
  }
}
