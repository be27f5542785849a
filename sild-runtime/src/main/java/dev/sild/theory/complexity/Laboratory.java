package dev.sild.theory.complexity;

import dev.sild.bindings.Device;
import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Schedule;
import dev.sild.theory.Target;
import dev.sild.theory.steps.DenoisingCurve;
import dev.sild.theory.steps.Estimate;
import dev.sild.theory.steps.LabelDivergence;
import dev.sild.theory.steps.OptimalSchedule;
import dev.sild.theory.steps.SimulatedKl;
import dev.sild.theory.steps.StepsNeeded;
import dev.sild.theory.steps.VectorLaboratory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Budgets of laws.
 *
 * @param divergence that is allowed, nats
 * @param samples behind a curve that chooses, behind those that judge, followed, and drawn
 */
public record Laboratory(Device device, double divergence, int samples, int seed) {
  /** Curves that judge: so many independent parts of the samples. */
  public static final int JUDGES = 8;

  private static final int LEVELS = 64;
  private static final int KNOTS_A_LEVEL = 24;
  private static final int FEW = 64;
  private static final int MOST_BEST = 512;
  private static final int MOST_LOG_SNR = 4096;

  /** The measured curves of a discrete law. */
  Curves measured(Target target, double sigmaMax, double sigmaMin, int law) {
    try (VectorLaboratory laboratory = VectorLaboratory.exact(device, target, samples, own(law))) {
      DenoisingCurve chooser = laboratory.sharedCurve(sigmaMax, sigmaMin, LEVELS, samples, JUDGES);
      List<DenoisingCurve> judges = new ArrayList<>();
      for (int part = 0; part < JUDGES; part++)
        judges.add(laboratory.sharedCurve(sigmaMax, sigmaMin, LEVELS, samples / JUDGES, part));
      return new Curves(chooser.refined(KNOTS_A_LEVEL), judges);
    }
  }

  /**
   * A discrete law with its measured curves, over the range that its size and its points ask for.
   */
  Law discrete(String series, Target target, int law) {
    double max = Law.sigmaMax(target.secondMoment());
    double min = Law.sigmaMin(target.separation());
    return Law.discrete(series, target, measured(target, max, min, law));
  }

  /** The budget of a law, and what it loses there. */
  Row row(Law law, int number) {
    return row(law, number, 0);
  }

  /**
   * The same.
   *
   * @param number of the law within all, for random numbers of its own
   * @param steps to follow, 0 for those that the divergence asks for
   */
  Row row(Law law, int number, int steps) {
    Curves curves = law.curves();
    int most = FEW;
    OptimalSchedule optimal = new OptimalSchedule(curves.chooser(), most);
    while (most < MOST_BEST && optimal.divergence(most) > 0.5 * divergence)
      optimal = new OptimalSchedule(curves.chooser(), most *= 2);
    IntFunction<Schedule> schedules = optimal::schedule;
    Estimate best = budget(curves, schedules, most);
    double max = curves.sigmaMax();
    double min = curves.sigmaMin();
    Estimate logSnr = budget(curves, k -> Schedule.logSnr(max, min, k), MOST_LOG_SNR);
    int followed = steps > 0 ? steps : (int) Math.min(most, Math.ceil(best.value()));
    Schedule schedule = schedules.apply(followed);
    return new Row(
        law,
        best,
        logSnr,
        law.logSnr().steps(divergence),
        followed,
        curves.divergence(schedule),
        simulated(law, schedule, number),
        labels(law, schedule, number));
  }

  private Estimate budget(Curves curves, IntFunction<Schedule> family, int most) {
    double steps =
        StepsNeeded.continuous(k -> curves.divergence(family.apply(k)).value(), divergence, most);
    Estimate there = curves.divergence(family.apply((int) Math.min(most, Math.ceil(steps))));
    return new Estimate(
        steps, steps * there.standardError() / there.value()); // as K·KL is constant
  }

  private Estimate simulated(Law law, Schedule schedule, int number) {
    double sum = 0;
    double variance = 0;
    for (Law.Part part : law.parts()) {
      int paths = Math.multiplyExact(samples, part.copies());
      Estimate one = SimulatedKl.of(device, part.target(), schedule, paths, own(number));
      sum += part.copies() * one.value();
      variance += Math.pow(part.copies() * one.standardError(), 2);
    }
    return new Estimate(sum, Math.sqrt(variance));
  }

  private LabelDivergence labels(Law law, Schedule schedule, int number) {
    if (law.labelled() == null) return new LabelDivergence(Double.NaN, Double.NaN);
    try (VectorLaboratory laboratory =
        VectorLaboratory.exact(device, law.labelled(), samples, own(number))) {
      return laboratory.groupedLabels(new Ancestral(), schedule);
    }
  }

  private int own(int law) {
    return seed + 100 * law;
  }
}
