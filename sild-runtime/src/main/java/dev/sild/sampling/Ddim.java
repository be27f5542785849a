package dev.sild.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * DDIM with η = 0 (Song, Meng, Ermon 2021): Euler's method on the probability-flow ODE in σ, dx/dσ
 * = (x − D)/σ.
 */
public record Ddim() implements Sampler {

  @Override
  public List<Evaluation> plan(Schedule schedule) {
    List<Evaluation> plan = new ArrayList<>();
    for (int i = 0; i < schedule.steps(); i++) {
      double r = schedule.sigma(i + 1) / schedule.sigma(i);
      plan.add(Evaluation.step(schedule.sigma(i), r, 1 - r, 0, 0));
    }
    return plan;
  }
}
