package dev.sild.theory.regimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cuda.VirtualGpu;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;

class CollapseMeasurementTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);

  /** ½ ln det(I + FᵀF/σ²) of this very F. */
  private static double exact(HiddenManifold law, double t) {
    int p = law.intrinsicDimension();
    DMatrixRMaj f = DMatrixRMaj.wrap(p, law.dimension(), law.features());
    DMatrixRMaj gram = new DMatrixRMaj(p, p);
    CommonOps_DDRM.multTransB(f, f, gram);
    CommonOps_DDRM.scale(1 / Math.expm1(2 * t), gram);
    CommonOps_DDRM.addEquals(gram, CommonOps_DDRM.identity(p));
    return 0.5 * Math.log(CommonOps_DDRM.det(gram));
  }

  /**
   * The information density of a Gaussian mode of signal-to-noise ratio s has variance s/(1 + s) ≤
   * 1. The bank has e⁵ times as many samples as the information needs: its bias, after the
   * jackknife, is far below.
   */
  @Test
  void theInformationOfALinearLawIsItsLogDeterminant() {
    System.out.println("seed " + SEED);
    int p = 5;
    int queries = 512;
    double bound = 4 * Math.sqrt((double) p / queries);
    for (FeatureMap map : FeatureMap.values()) {
      HiddenManifold law = new HiddenManifold(Nonlinearity.LINEAR, map, p, 20, 0, SEED);
      try (Device device = Device.open("cpu");
          CollapseMeasurement found =
              new CollapseMeasurement(device, law, 7, 8192, queries, SEED)) {
        for (double t : new double[] {0.5, 0.8, 1.5})
          if (exact(law, t) < 4)
            assertThat(found.information(t)).isCloseTo(exact(law, t), within(bound));
        assertThat(found.empiricalInformation(0.01)).isCloseTo(Math.log(7), within(1e-3));
        assertThat(exact(law, found.byInformation(1))).isCloseTo(Math.log(7), within(bound));
        double weights = found.byWeights(1);
        assertThat(found.concentration(weights - 0.01)).isGreaterThan(0.5);
        assertThat(found.concentration(weights + 0.01)).isLessThan(0.5);
      }
    }
  }

  /** Σ w² from two densities is that of the weights, which are computed one by one here. */
  @Test
  void theConcentrationIsThatOfTheSoftmaxWeights() {
    try (Device device = Device.open("cpu")) {
      concentration(device);
    }
    assumeThat(VirtualGpu.orReal()).as("a GPU or its stand-in").isTrue();
    try (Device device = VirtualGpu.open(Precision.F32_STRICT)) {
      concentration(device);
    }
  }

  private static void concentration(Device device) {
    int n = 31;
    int d = 12;
    int batch = 5;
    HiddenManifold law =
        new HiddenManifold(Nonlinearity.TANH, FeatureMap.GAUSSIAN_P, 4, d, 0, SEED);
    float[] rows = law.rows(Purpose.TRAINING_SAMPLES, n);
    float[] x = law.rows(Purpose.HELD_OUT_SAMPLES, batch);
    try (EmpiricalDensity density = new EmpiricalDensity(device, rows, n, d, batch)) {
      for (double sigma : new double[] {0.2, 0.6, 2}) {
        double[] found = density.concentration(x, sigma);
        for (int b = 0; b < batch; b++) {
          double sum = 0;
          double squares = 0;
          for (int i = 0; i < n; i++) {
            double distance = 0;
            for (int j = 0; j < d; j++) distance += Math.pow(x[b * d + j] - rows[i * d + j], 2);
            sum += Math.exp(-distance / (2 * sigma * sigma));
            squares += Math.exp(-distance / (sigma * sigma));
          }
          // three terms of some tens, each to 2⁻²³ of its size
          assertThat(found[b]).isCloseTo(squares / (sum * sum), within(5e-5));
        }
      }
    }
  }

  @Test
  void theLineInTheInverseOfDReachesItsLimit() {
    int[] dimensions = {10, 20, 40};
    double[][] draws = new double[3][2];
    for (int i = 0; i < 3; i++)
      for (int k = 0; k < 2; k++) draws[i][k] = 3 + 5.0 / dimensions[i] + (k == 0 ? 0.01 : -0.01);
    draws[1][0] = Double.NaN;
    draws[1][1] = 3 + 5.0 / 20;
    FiniteSize found = new FiniteSize(dimensions, draws);
    assertThat(found.limit()).isCloseTo(3, within(1e-9));
    assertThat(found.mean(0)).isCloseTo(3.5, within(1e-9));
    assertThat(found.standardError(0)).isCloseTo(0.01, within(1e-9));
    assertThat(found.halfWidth()).isBetween(0.005, 0.1);
  }
}
