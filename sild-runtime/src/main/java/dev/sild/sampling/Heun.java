package dev.sild.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * Heun's second-order method on the probability-flow ODE dx/dσ = (x − D)/σ: Karras et al. 2022,
 * algorithm 1.
 */
public record Heun() implements Sampler {

  @Override
  public List<Evaluation> plan(Schedule schedule) {
    List<Evaluation> plan = new ArrayList<>();
    for (int i = 0; i < schedule.steps(); i++) {
      double sigma = schedule.sigma(i);
      double next = schedule.sigma(i + 1);
      double r = next / sigma; // d = (x − D)/σ
      plan.add(Evaluation.stage(sigma, r, 1 - r)); // x̂ = x + (σ' − σ) d = r x + (1 − r) D
      double h = (next - sigma) / 2; // d̂ = (x̂ − D̂)/σ'
      double a = 1 + h / sigma + h * r / next; // x' = x + h (d + d̂); with x̂ put in:
      double b = -h / next; //                       a x + b D̂ + c D
      double c = -h / sigma + h * (1 - r) / next;
      plan.add(Evaluation.step(next, a, b, c, 0));
    }
    return plan;
  }
}
