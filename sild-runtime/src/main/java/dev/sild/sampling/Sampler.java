package dev.sild.sampling;

import dev.sild.UserException;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.Denoiser;
import java.util.ArrayList;
import java.util.List;

/**
 * A solver of the reverse process, as a list of evaluations: so one loop carries out all of them,
 * and so can one kernel.
 */
public sealed interface Sampler
    permits EulerMaruyama, Ancestral, Ddim, Heun, DpmSolver, PredictorCorrector, ProbabilityFlow {

  /** What carries the state from σ_max to σ_min. */
  List<Evaluation> plan(Schedule schedule);

  /** The plan and one last evaluation at σ_min. */
  default List<Evaluation> whole(Schedule schedule) {
    List<Evaluation> whole = new ArrayList<>(plan(schedule));
    whole.add(Evaluation.last(schedule.last()));
    return whole;
  }

  /**
   * The most steps that {@code evaluations} evaluations inside a schedule pay for, at least one.
   */
  default int steps(int evaluations) {
    int each = plan(new Schedule(new double[] {2, 1})).size();
    return Math.max(1, evaluations / each);
  }

  /** Names that {@link #of} knows. */
  List<String> NAMES = List.of("em", "ancestral", "ddim", "heun", "dpmpp2m", "pc", "ode");

  /** The sampler of a name, which steps in VE. */
  static Sampler of(String name) {
    return of(name, Sde.VE);
  }

  /**
   * The sampler of a name.
   *
   * @throws UserException if there is none, or it does not step in a variable of choice
   */
  static Sampler of(String name, Sde sde) {
    if (sde != Sde.VE && !name.equals("em"))
      throw new UserException(
          "sde %s: only the sampler em steps in a variable of choice; leave it at ve for %s"
              .formatted(sde.name().toLowerCase(java.util.Locale.ROOT), name));
    return switch (name) {
      case "em" -> new EulerMaruyama(sde);
      case "ancestral" -> new Ancestral();
      case "ddim" -> new Ddim();
      case "heun" -> new Heun();
      case "dpmpp2m" -> new DpmSolver();
      case "pc" -> new PredictorCorrector(PredictorCorrector.RATIO);
      case "ode" -> new ProbabilityFlow();
      default ->
          throw new UserException(
              "no sampler %s: choose of %s".formatted(name, String.join(", ", NAMES)));
    };
  }

  /**
   * Draws x at σ_max and carries it through the whole plan. The noise of sample i depends on i
   * alone.
   */
  default void sample(Stream stream, Denoiser denoiser, Schedule schedule, Trajectory at) {
    stream.samplerStep( // x = σ_max z; step −1 draws it
        at.x(), null, 0, null, 0, null, 0, schedule.first(), at.noise(), at.at(), -1);
    integrate(stream, denoiser, whole(schedule), at);
  }

  /** Carries the state through a plan. */
  static void integrate(Stream stream, Denoiser denoiser, List<Evaluation> plan, Trajectory at) {
    View y = at.x();
    View denoised = at.denoised();
    View previous = at.previous();
    for (int i = 0; i < plan.size(); i++) {
      Evaluation e = plan.get(i);
      denoiser.denoise(stream, denoised, y, e.sigma()); // D(y; σ)
      View next = e.stage() ? at.predicted() : at.x();
      stream.samplerStep(
          next,
          e.a() == 0 ? null : at.x(),
          e.a(),
          denoised,
          e.b(),
          e.c() == 0 ? null : previous,
          e.c(),
          e.s(),
          at.noise(),
          at.at(),
          i);
      y = next;
      View swapped = previous;
      previous = denoised;
      denoised = swapped;
    }
  }
}
