package dev.sild.theory.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Schedule;
import dev.sild.theory.Target;
import org.junit.jupiter.api.Test;

/** Simulated paths lose what the formula says. */
class SimulatedKlTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);

  private static void agree(Estimate found, double exact, double share) {
    System.out.printf(
        "seed %d: %.4f ± %.4f, exact %.4f%n", SEED, found.value(), found.standardError(), exact);
    assertThat(found.standardError()).isBetween(1e-12, share * exact);
    assertThat(found.value()).isCloseTo(exact, within(4 * found.standardError()));
  }

  @Test
  void twoPointsFromTheirExactCurve() {
    Target pair = Target.hypercube(1);
    Schedule schedule = Schedule.edm(20, 0.25, 12, 7);
    double exact =
        new PathKl(DenoisingCurve.exact(TwoPoints::m, 20, 0.25, 20_001), 1, 1)
            .of(new Ancestral(), schedule);
    try (Device device = Device.open("cpu")) {
      agree(SimulatedKl.of(device, pair, schedule, 40_000, SEED), exact, 0.03);
    }
  }

  /** N(μ, v I): every step of u = 1 + v/σ² loses ½ d (u'/u − 1 − ln(u'/u)). */
  private static void gaussian(Device opened, int samples, double share) {
    int d = 40;
    double v = 0.5;
    Target target = Target.mixture(1, d, v, 3, SEED);
    Schedule schedule = Schedule.logSnr(10, 0.3, 10);
    double exact = 0;
    for (int i = 0; i < schedule.steps(); i++) {
      double u = 1 + v / Math.pow(schedule.sigma(i), 2);
      double next = 1 + v / Math.pow(schedule.sigma(i + 1), 2);
      exact += 0.5 * d * (next / u - 1 - Math.log(next / u));
    }
    try (Device device = opened) {
      agree(SimulatedKl.of(device, target, schedule, samples, SEED), exact, share);
    }
  }

  @Test
  void aGaussianInClosedForm() {
    gaussian(Device.open("cpu"), 4000, 0.03);
  }

  @Test
  void theSameOnTheOtherDevice() {
    assumeThat(VirtualGpu.orReal()).as("a GPU or its stand-in").isTrue();
    gaussian(VirtualGpu.open(Precision.F32_STRICT), 64, 0.2);
  }
}
