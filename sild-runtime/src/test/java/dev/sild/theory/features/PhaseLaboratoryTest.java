package dev.sild.theory.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import dev.sild.bindings.RandomFeature;
import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Evaluation;
import dev.sild.sampling.Schedule;
import java.util.List;
import org.junit.jupiter.api.Test;

class PhaseLaboratoryTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);

  private static PhaseStudy study(RandomFeature head, int steps) {
    return new PhaseStudy(head, RandomFeature.COSINE, 1, 0.25, 1024, 32, 0, 80, 0.05, steps, 1024);
  }

  /**
   * A Gaussian of variance 1 whose denoiser errs by 1 down to the switch, step by step: what
   * arrives is ∫ dγ/(1 + γ) = −ln(1 − e^{−2t}) but for the integral above σ_max, 10⁻⁸, and for
   * steps of 0.5 % in σ.
   */
  @Test
  void aConstantErrorArrivesAsTransportSays() {
    PhaseStudy study = new PhaseStudy(null, null, 1, 0.25, 1, 1, 0, 1e4, 1e-3, 4000, 1);
    Schedule levels = study.levels();
    for (int first : new int[] {1000, 2000, 2400, 3000}) {
      double error = 0;
      List<Evaluation> plan = new Ancestral().plan(levels);
      for (int i = 0; i < plan.size(); i++) {
        Evaluation e = plan.get(i);
        double denoised = error / (1 + e.sigma() * e.sigma()) + (i < first ? 1 : 0);
        error = e.a() * error + e.b() * denoised;
      }
      double t = PhaseStudy.time(levels.sigma(first));
      assertThat(error).isCloseTo(-Math.log(-Math.expm1(-2 * t)), within(0.01 * error));
      assertThat(study.transport(first, sigma -> 1)).isCloseTo(error, within(0.01 * error));
    }
  }

  @Test
  void phasesAddUpAndTheHeadIsDamped() {
    System.out.println("seed " + SEED);
    try (Device device = Device.open("cpu")) {
      try (PhaseLaboratory laboratory =
          new PhaseLaboratory(device, study(RandomFeature.COSINE, 16), 2, 8, SEED)) {
        Phases near = laboratory.measure(1.5, 0.2);
        Phases far = laboratory.measure(10, 0.2);
        System.out.println(near);
        for (Phases p : new Phases[] {near, far}) {
          assertThat(p.total()).isBetween(1e-6, 1.2 * p.sum());
          assertThat(p.total())
              .isGreaterThan(2 * Math.max(p.latent(), p.collapse()) - 1.2 * p.sum());
          assertThat(p.coupledHead()).isBetween(p.head(), 1.2 * p.boundHead());
          assertThat(p.expectedHead()).isNaN();
          assertThat(p.klHead()).isPositive();
          assertThat(p.klLatent()).isPositive();
        }
        double rate = Math.log(near.coupledHead() / far.coupledHead()) / (far.time() - near.time());
        System.out.println("rate " + rate);
        assertThat(rate)
            .isBetween(1.5, 3.5); // 2 for a constant error, 3 for a head that knows nothing
        assertThat(far.head()).isLessThan(0.3 * near.head());
      }
      try (PhaseLaboratory laboratory = new PhaseLaboratory(device, study(null, 16), 2, 8, SEED)) {
        Phases linear = laboratory.measure(4, 0.2);
        System.out.println(linear);
        assertThat(linear.expectedHead())
            .isBetween(0.5 * linear.boundHead(), 2 * linear.boundHead());
      }
    }
  }
}
