package dev.sild.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * DPM-Solver++(2M), Lu et al. 2022, algorithm 2, in VE form (α = 1, λ = −ln σ): the ODE's exact
 * solution for a D that is linear in λ through this evaluation and the one before. The first step
 * has none before it and is of first order.
 */
public record DpmSolver() implements Sampler {

  @Override
  public List<Evaluation> plan(Schedule schedule) {
    List<Evaluation> plan = new ArrayList<>();
    double before = Double.NaN; // h of the step before
    for (int i = 0; i < schedule.steps(); i++) {
      double sigma = schedule.sigma(i);
      double shrink = schedule.sigma(i + 1) / sigma; // e^{−h}
      double h = -Math.log(shrink);
      double back = i == 0 ? 0 : h / (2 * before); // 1/(2r), r = h_before/h
      double whole = 1 - shrink;
      plan.add(Evaluation.step(sigma, shrink, whole * (1 + back), -whole * back, 0));
      before = h;
    }
    return plan;
  }
}
