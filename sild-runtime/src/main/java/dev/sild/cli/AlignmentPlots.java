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

  /** A plot of each family at its first dimensions and weight, and rates against σ. */
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
    families.forEach((family, courses) -> plots.add(courses(family, courses)));
    List<Curve> rates = new ArrayList<>();
    for (List<Repeats> group : AlignmentFindings.bySigma(found))
      if (group.getFirst().setting().temperature() == 0) rates.addAll(rates(group));
    if (!rates.isEmpty())
      plots.add(new Plot("Rates of the mean slope", "σ", "rate", true, true, rates));
    return plots;
  }

  private static Plot courses(String family, List<Course> courses) {
    Setting first = courses.getFirst().setting();
    List<Curve> curves = new ArrayList<>();
    for (Course course : courses) {
      Setting s = course.setting();
      if (s.power() != first.power() || !alike(s, first)) continue;
      double[] slow = Arrays.stream(course.time()).map(s::slowTime).toArray();
      curves.add(new Curve("normal, σ = " + s.sigma(), slow, course.normal()));
      if (course.normalTheory() != null) {
        curves.add(new Curve("", slow, course.normalTheory(), Curve.Style.DASHED));
      } else {
        curves.add(new Curve("mean slope, σ = " + s.sigma(), slow, course.slope()));
        curves.add(new Curve("", slow, course.slopeTheory(), Curve.Style.DASHED));
      }
      curves.add(new Curve("tangent, σ = " + s.sigma(), slow, course.tangent()));
    }
    boolean power = first.signs() == Signs.POSITIVE;
    return new Plot(family, "λσ²t", "risk above the floor", power, true, curves);
  }

  private static boolean alike(Setting a, Setting b) {
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
    String name =
        "%s, %d in %d, 1/σ^%d"
            .formatted(
                AlignmentFindings.family(s),
                s.manifold().intrinsicDimension(),
                s.manifold().dimension(),
                s.power());
    return List.of(new Curve(name, sigma, rate), new Curve("", sigma, theory, Curve.Style.DASHED));
  }
}
