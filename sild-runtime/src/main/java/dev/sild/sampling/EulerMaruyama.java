package dev.sild.sampling;

import java.util.ArrayList;
import java.util.List;

/** Euler–Maruyama on the reverse SDE, its steps taken in the variable of {@link Sde}. */
public record EulerMaruyama(Sde sde) implements Sampler {

  @Override
  public List<Evaluation> plan(Schedule schedule) {
    List<Evaluation> plan = new ArrayList<>();
    for (int i = 0; i < schedule.steps(); i++)
      plan.add(sde.step(schedule.sigma(i), schedule.sigma(i + 1)));
    return plan;
  }
}
