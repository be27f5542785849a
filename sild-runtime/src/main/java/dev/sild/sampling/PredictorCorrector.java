package dev.sild.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * Predictor–corrector sampling (Song et al. 2021, algorithm 2): an ancestral step, then a step of
 * Langevin dynamics at the new level, x + ε s + √(2ε) z with ε = 2 (r σ)². Song et al. put the
 * norms of a batch for ‖z‖ and ‖s‖, which makes samples depend on each other; their expectations,
 * √d and √d/σ, give this ε. Two evaluations a step.
 *
 * @param r signal-to-noise ratio of the corrector
 */
public record PredictorCorrector(double r) implements Sampler {
  /** What Song et al. take for VE. */
  public static final double RATIO = 0.16;

  @Override
  public List<Evaluation> plan(Schedule schedule) {
    List<Evaluation> predictor = new Ancestral().plan(schedule);
    List<Evaluation> plan = new ArrayList<>();
    for (int i = 0; i < predictor.size(); i++) {
      plan.add(predictor.get(i));
      double next = schedule.sigma(i + 1);
      double towards = 2 * r * r; // ε/σ²
      plan.add(Evaluation.step(next, 1 - towards, towards, 0, 2 * r * next)); // √(2ε) = 2 r σ
    }
    return plan;
  }
}
