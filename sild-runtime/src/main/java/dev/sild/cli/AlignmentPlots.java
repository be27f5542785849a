package dev.sild.cli;

import dev.sild.network.ConservativeNetwork.Signs;
import dev.sild.report.Curve;
import dev.sild.report.Plot;
import dev.sild.theory.alignment.Course;
import dev.sild.theory.alignment.Part;
import dev.sild.theory.alignment.Repeats;
import dev.sild.theory.alignment.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The plots of {@code theory alignment}. */
final class AlignmentPlots {
  private AlignmentPlots() {}

  /** Two plots of each family at its first dimensions and weight, and rates against σ. */
  static List<Plot> of(List<Repeats> found) {
    Map<String, List<Course>> families =
        found.stream()
            .map(row -> row.courses().getFirst())
            .collect(
                Collectors.groupingBy(
                    course -> AlignmentFindings.family(course.setting()),
                    LinkedHashMap::new,
                    Collectors.toList()));
    List<Plot> plots = new ArrayList<>();
    families.forEach((family, courses) -> {
      Setting first = courses.getFirst().setting();
      List<Course> shown = courses.stream().filter(c -> alike(c.setting(), first)).toList();
      plots.add(normal(family, shown));
      plots.add(tangent(family, shown));
    });
    List<Curve> rates = new ArrayList<>();
    for (List<Repeats> group : AlignmentFindings.bySigma(found)) {
      Setting s = group.getFirst().setting();
      if (s.temperature() == 0 && sameSizes(s, found.getFirst().setting()))
        rates.addAll(rates(group));
    }
    if (!rates.isEmpty())
      plots.add(new Plot("Rates of the mean slope", "σ", "rate", true, true, rates));
    return plots;
  }

  private static Plot normal(String family, List<Course> courses) {
    List<Curve> curves = new ArrayList<>();
    for (Course course : courses) {
      Setting s = course.setting();
      double[] slow = Arrays.stream(course.time()).map(s::slowTime).toArray();
      curves.add(new Curve("σ = " + s.sigma(), slow, course.normal()));
      if (course.normalTheory() != null) {
        curves.add(new Curve("", slow, course.normalTheory(), Curve.Style.DASHED));
      } else {
        curves.add(new Curve("its mean slope", slow, course.slope()));
        curves.add(new Curve("", slow, course.slopeTheory(), Curve.Style.DASHED));
      }
    }
    boolean power = courses.getFirst().setting().signs() == Signs.POSITIVE;
    return new Plot(family, "λσ²t", "normal part above the Bayes floor", power, true, curves);
  }

  /** Over its own clock; what is below a hundredth of the floor is not shown. */
  private static Plot tangent(String family, List<Course> courses) {
    List<Curve> curves = new ArrayList<>();
    for (Course course : courses) {
      Setting s = course.setting();
      double least = 0.01 * course.floor().tangent();
      double[] fast = Arrays.stream(course.time()).map(t -> t * s.weight()).toArray();
      double[] risk =
          Arrays.stream(course.tangent()).map(r -> r > least ? r : Double.NaN).toArray();
      curves.add(new Curve("σ = " + s.sigma(), fast, risk));
    }
    return new Plot(family, "λt", "tangent part above the Bayes floor", true, true, curves);
  }

  private static boolean alike(Setting a, Setting b) {
    return a.power() == b.power() && sameSizes(a, b);
  }

  private static boolean sameSizes(Setting a, Setting b) {
    return a.manifold().dimension() == b.manifold().dimension()
        && a.manifold().intrinsicDimension() == b.manifold().intrinsicDimension();
  }

  private static List<Curve> rates(List<Repeats> group) {
    Setting s = group.getFirst().setting();
    double[] sigma = group.stream().mapToDouble(r -> r.setting().sigma()).toArray();
    double[] rate =
        group.stream().mapToDouble(r -> r.mean(c -> c.decay(Part.SLOPE).rate()).mean()).toArray();
    double[] theory =
        group.stream().mapToDouble(r -> r.mean(c -> c.theory(Part.SLOPE).rate()).mean()).toArray();
    String name = AlignmentFindings.family(s) + ", λ = " + AlignmentFindings.weight(s);
    return List.of(new Curve(name, sigma, rate), new Curve("", sigma, theory, Curve.Style.DASHED));
  }
}
