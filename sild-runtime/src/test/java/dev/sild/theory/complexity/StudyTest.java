package dev.sild.theory.complexity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.theory.Target;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class StudyTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);

  private static List<Row> rows(Study study, double divergence) {
    System.out.println("seed " + SEED);
    try (Device device = Device.open("cpu")) {
      return study.rows(new Laboratory(device, divergence, 64, SEED));
    }
  }

  private static double variance(double[] y) {
    double mean = java.util.Arrays.stream(y).average().orElseThrow();
    return java.util.Arrays.stream(y).map(v -> (v - mean) * (v - mean)).sum();
  }

  private static double[] of(List<Row> rows, ToDoubleFunction<Row> figure) {
    return rows.stream().mapToDouble(figure).toArray();
  }

  /**
   * K·KL = A + O(1/K), so that K is A/KL and a constant. A hundredth is for 8193 knots: where five
   * of them make a step, rounding its ends to them costs 1/6/5² of it.
   */
  @Test
  void theStepsOfHypercubesAreLinearInTheirEntropy() {
    List<Row> rows = rows(Study.HYPERCUBE, 0.4);
    Fit fit = Study.HYPERCUBE.fits(rows, 0.4).getFirst();
    System.out.println(fit);
    assertThat(fit.line().slope()).isCloseTo(fit.theory(), within(0.01 * fit.theory()));
    double[] rest =
        of(
            rows,
            row ->
                row.best().value()
                    - fit.line().intercept()
                    - fit.line().slope() * row.law().entropy());
    double r2 = 1 - variance(rest) / variance(of(rows, row -> row.best().value()));
    assertThat(r2).isGreaterThan(0.9999);
    for (Row row : rows) {
      assertThat(row.logSnr().value())
          .isCloseTo(row.logSnrTheory(), within(0.02 * row.logSnrTheory()));
      assertThat(row.best().value()).isLessThan(row.logSnrTheory());
      assertThat(row.simulated().value())
          .isCloseTo(row.predicted().value(), within(5 * row.simulated().standardError()));
    }
  }

  /**
   * Steps uniform in log-SNR: 1/ln r for a factor of e. The best schedule: two transitions apart.
   */
  @Test
  void theStepsAreLogarithmicInTheSecondMomentOrFlat() {
    List<Row> rows = rows(Study.MOMENT, 0.1);
    List<Fit> fits = Study.MOMENT.fits(rows, 0.1);
    System.out.println(fits);
    Fit logSnr = fits.getFirst();
    assertThat(logSnr.line().slope()).isCloseTo(logSnr.theory(), within(0.005 * logSnr.theory()));
    double[] best = of(rows, row -> row.best().value());
    double[] growth = of(rows, row -> row.logSnr().value());
    assertThat(best[6] / best[1]).isCloseTo(1, within(0.02));
    assertThat(growth[6] / growth[1]).isGreaterThan(1.5);
  }

  /**
   * The labels' steps do not depend on d; those of the plain denoiser are the Gaussian's at least.
   */
  @Test
  void theLabelsOfAMixtureDoNotSeeTheDimension() {
    System.out.println("seed " + SEED);
    try (Device device = Device.open("cpu")) {
      Laboratory laboratory = new Laboratory(device, 0.3, 1024, SEED);
      Row[] labels = new Row[3];
      double[] plain = new double[3];
      int[] dimensions = {2, 32, 512};
      for (int i = 0; i < 3; i++) {
        List<Row> both = Study.mixture(laboratory, dimensions[i], i);
        labels[i] = both.getFirst();
        plain[i] = both.getLast().best().value();
        System.out.println(labels[i].best() + " " + plain[i]);
        double length = Math.log1p(100);
        assertThat(plain[i]).isGreaterThan(dimensions[i] * length * length / (4 * 0.3));
        assertThat(labels[i].labels().value())
            .isLessThan(labels[i].predicted().value() + 3 * labels[i].labels().standardError());
      }
      for (int i = 1; i < 3; i++) {
        double error =
            Math.hypot(labels[0].best().standardError(), labels[i].best().standardError());
        assertThat(labels[i].best().value()).isCloseTo(labels[0].best().value(), within(5 * error));
        assertThat(error).isLessThan(0.1 * labels[0].best().value());
      }
    }
  }

  /** Curves, paths and labels on the other device: the same random numbers, the same figures. */
  @Test
  void bothDevicesFindTheSame() {
    assumeThat(VirtualGpu.orReal()).as("a GPU or its stand-in").isTrue();
    Target target = Target.mixture(3, 4, 0, 1, SEED);
    Row[] found = new Row[2];
    for (int i = 0; i < 2; i++)
      try (Device device = i == 0 ? Device.open("cpu") : VirtualGpu.open(Precision.F32_STRICT)) {
        Laboratory laboratory = new Laboratory(device, 1, 64, SEED);
        found[i] = laboratory.row(laboratory.discrete("three", target, 0), 0, 4);
      }
    assertThat(found[1].best().value()).isCloseTo(found[0].best().value(), within(1e-2));
    assertThat(found[1].predicted().value()).isCloseTo(found[0].predicted().value(), within(1e-2));
    assertThat(found[1].simulated().value()).isCloseTo(found[0].simulated().value(), within(1e-3));
  }
}
