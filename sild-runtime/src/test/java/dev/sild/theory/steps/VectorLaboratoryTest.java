package dev.sild.theory.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Schedule;
import dev.sild.theory.Target;
import org.junit.jupiter.api.Test;

class VectorLaboratoryTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final Target LAW = Target.mixture(3, 2, 0.1, 1, SEED);

  /** What one device finds. */
  private record Found(DenoisingCurve curve, Laboratory.Quality quality) {
    static Found on(String name, boolean byLabel) {
      try (Device device = Device.open(name);
          Laboratory laboratory =
              byLabel
                  ? VectorLaboratory.byLabel(device, LAW, 64, SEED)
                  : VectorLaboratory.exact(device, LAW, 64, SEED)) {
        return new Found(
            laboratory.curve(10, 0.4, 4, 64, 1),
            laboratory.measure(new Ancestral(), Schedule.logSnr(10, 0.4, 3)));
      }
    }
  }

  /** Distances of 10 and exponentials in f32: 10⁻⁵ is ten times what they lose. */
  @Test
  void bothDevicesFindTheSame() {
    System.out.println("seed " + SEED);
    for (boolean byLabel : new boolean[] {false, true}) {
      Found cpu = Found.on("cpu", byLabel);
      Found gpu = Found.on("cuda", byLabel);
      assertThat(gpu.curve.m()).containsExactly(cpu.curve.m(), within(1e-5));
      cpu.quality
          .figures()
          .forEach((name, figure) ->
              assertThat(gpu.quality.figures().get(name)).as(name).isCloseTo(figure, within(1e-5)));
    }
  }

  /** The centres' law at σ̃ has the labels' posterior of the mixture at σ, and no Gaussian part. */
  @Test
  void stepsByLabelSeeTheCentresAlone() {
    double v = LAW.variance();
    assertThat(LAW.labels().entropy()).isEqualTo(LAW.entropy());
    try (Device device = Device.open("cpu");
        Laboratory labels = VectorLaboratory.byLabel(device, LAW, 2, SEED);
        Laboratory exact = VectorLaboratory.exact(device, LAW, 2, SEED)) {
      int n = 20_000;
      for (double sigma : new double[] {0.3, 1, 3}) {
        DenoisingCurve own = exact.curve(sigma * 1.01, sigma, 2, n, 0);
        double tilde = Math.sqrt(sigma * sigma + v);
        DenoisingCurve centres = labels.curve(tilde * 1.01, tilde, 2, n, 0);
        double share = Math.pow(sigma / tilde, 4); // (1 − s)² with s = v/σ̃²
        double gaussian = 2 * v * sigma * sigma / (tilde * tilde);
        double error = 4 * Math.hypot(own.standardErrors()[1], share * centres.standardErrors()[1]);
        System.out.printf("σ = %s: %.5f ± %.5f%n", sigma, own.m()[1], error / 4);
        assertThat(own.m()[1]).isCloseTo(share * centres.m()[1] + gaussian, within(error));
      }
    }
  }
}
