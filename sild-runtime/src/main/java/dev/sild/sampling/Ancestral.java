package dev.sild.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * The exact law of x_σ' given x_σ and x_0 = D: mean and noise of DESIGN §1. It is the same in every
 * variable that the process may be written in.
 */
public record Ancestral() implements Sampler {

  @Override
  public List<Evaluation> plan(Schedule schedule) {
    List<Evaluation> plan = new ArrayList<>();
    for (int i = 0; i < schedule.steps(); i++) {
      double sigma = schedule.sigma(i);
      double next = schedule.sigma(i + 1);
      double a = (next * next) / (sigma * sigma);
      plan.add(Evaluation.step(sigma, a, 1 - a, 0, next * Math.sqrt(1 - a)));
    }
    return plan;
  }
}
