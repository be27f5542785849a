package dev.sild.theory.complexity;

import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Schedule;
import dev.sild.theory.steps.DenoisingCurve;
import dev.sild.theory.steps.Estimate;
import dev.sild.theory.steps.PathKl;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The curve of a law: one that schedules are chosen by, and others, of samples of their own, that
 * score them, so that no schedule profits from the noise that it was chosen by.
 *
 * @param judges an exact curve judges itself
 */
public record Curves(DenoisingCurve chooser, List<DenoisingCurve> judges) {

  /** A curve that is known. */
  public static Curves exact(DenoisingCurve curve) {
    return new Curves(curve, List.of(curve));
  }

  /** The curves of another law, which follow from these. */
  public Curves map(UnaryOperator<DenoisingCurve> other) {
    return new Curves(other.apply(chooser), judges.stream().map(other).toList());
  }

  /**
   * Path divergence of ancestral steps, nats: the mean over judges, with the error that they show.
   */
  public Estimate divergence(Schedule schedule) {
    Ancestral sampler = new Ancestral(); // whose divergence depends on neither d nor E‖x‖²
    return Estimate.mean(
        judges.stream().mapToDouble(m -> new PathKl(m, 0, 0).of(sampler, schedule)).toArray());
  }

  double sigmaMax() {
    return chooser.sigma(0);
  }

  double sigmaMin() {
    return chooser.sigma(chooser.knots() - 1);
  }
}
