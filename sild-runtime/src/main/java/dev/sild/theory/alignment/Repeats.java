package dev.sild.theory.alignment;

import dev.sild.evaluation.PairedDifference;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One setting from several initialisations.
 *
 * @param courses one of each, at least one
 */
public record Repeats(List<Course> courses) {
  public Repeats {
    courses = List.copyOf(courses);
  }

  /** What all have in common but the seed. */
  public Setting setting() {
    return courses.getFirst().setting();
  }

  /** Mean over the initialisations, with Student's 95 % interval; NaN limits for one alone. */
  public PairedDifference mean(ToDoubleFunction<Course> figure) {
    double[] values = each(figure);
    return PairedDifference.of(values, new double[values.length]);
  }

  /** The figures themselves. */
  public double[] each(ToDoubleFunction<Course> figure) {
    return courses.stream().mapToDouble(figure).toArray();
  }
}
