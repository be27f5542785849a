package dev.sild.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * Euler–Maruyama on the reverse SDE in VE form, dx = −2σ σ̇ s dt + √(2σ σ̇) dw with s = (D − x)/σ²,
 * one step in the variable σ²: mean and noise of DESIGN §1.
 */
public record EulerMaruyama() implements Sampler {

  @Override
  public List<Evaluation> plan(Schedule schedule) {
    List<Evaluation> plan = new ArrayList<>();
    for (int i = 0; i < schedule.steps(); i++) {
      double sigma = schedule.sigma(i);
      double next = schedule.sigma(i + 1);
      double a = (next * next) / (sigma * sigma); // x' = x + (σ² − σ'²) s + √(σ² − σ'²) z
      double noise = sigma * Math.sqrt(1 - a); //      = a x + (1 − a) D + σ √(1 − a) z
      plan.add(Evaluation.step(sigma, a, 1 - a, 0, noise));
    }
    return plan;
  }
}
