package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.data.HostSource;
import dev.sild.data.Sphere;
import dev.sild.evaluation.ErrorCurve.Plateau;
import dev.sild.evaluation.ErrorCurve.Point;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class ErrorCurveTest {
  private static final int SEED = 20261122;

  private static Plateau plateau(double low, double high, DoubleUnaryOperator m) {
    List<Point> points =
        Arrays.stream(ErrorCurve.levels(low, high, 20))
            .mapToObj(s -> new Point(s, 1 / (s * s), m.applyAsDouble(s), 0))
            .toList();
    return new ErrorCurve(points).plateau();
  }

  @Test
  void levelsHaveEqualRatiosAndTheirEnds() {
    double[] levels = ErrorCurve.levels(0.1, 1.6, 5);
    assertThat(levels).containsExactly(new double[] {0.1, 0.2, 0.4, 0.8, 1.6}, within(1e-13));
  }

  /**
   * k + ε/σ² + c σ² is least, k + 2 √(ε c), at σ⁴ = ε/c: found to half the distance of two levels.
   */
  @Test
  void thePlateauLiesBetweenReconstructionErrorAndCurvature() {
    double k = 5;
    double epsilon = 1e-4;
    double c = 4;
    Plateau found = plateau(0.01, 0.5, s -> epsilon + k * s * s + c * Math.pow(s, 4));
    double ratio = Math.pow(50, 1.0 / 19);
    double exact = Math.pow(epsilon / c, 0.25);
    assertThat(found.sigma()).isCloseTo(exact, within(exact * (Math.sqrt(ratio) - 0.99)));
    assertThat(found.dimension()).isCloseTo(k + 2 * Math.sqrt(epsilon * c), within(0.005));
  }

  /**
   * A sphere: its exact error k σ² − c σ⁴ curves down. The turning point is near √(ε/c) all the
   * same.
   */
  @Test
  void aCurveThatFallsAllTheWayHasAPlateauToo() {
    double k = 10;
    Plateau found =
        plateau(0.015, 0.3, s -> 2e-4 * k + k * s * s * (1 - 5 * s * s) - 0.01 * Math.pow(s, 6));
    assertThat(found.dimension()).isCloseTo(k, within(0.05 * k));
  }

  /**
   * Neither end counts, nor a stretch where the error is noise (slope −2) or saturated (−2 again).
   */
  @Test
  void saturationIsNoPlateau() {
    double k = 3;
    Plateau found = plateau(1e-3, 100, s -> 1e-5 + k * s * s / (1 + s * s / 4));
    assertThat(found.dimension()).isCloseTo(k, within(0.05 * k));
    assertThat(found.sigma()).isBetween(0.02, 0.3);
  }

  @Test
  void undefinedLevelsAreLeftOutAndTwoAreTooFew() {
    Plateau found = plateau(0.01, 1, s -> s < 0.1 ? 0 : 2 * s * s + 1e-4);
    assertThat(found.dimension()).isCloseTo(2, within(0.05));
    ErrorCurve two = new ErrorCurve(List.of(new Point(1, 1, 1, 0), new Point(2, 0.25, 1, 0)));
    assertThatIllegalStateException().isThrownBy(two::plateau);
  }

  /** D(x) = x leaves all the noise: m = σ² χ²_d, standard error σ² √(2d/n); four of them. */
  @Test
  void theIdentityHasTheAmbientDimension() {
    int d = 20;
    int n = 3000; // no multiple of the batch
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        HostSource source =
            new HostSource(device, new Sphere(2, d)::sample, d, 256, new Noise(SEED, 1))) {
      ErrorCurve curve =
          ErrorCurve.measure(
              device,
              stream,
              (s, to, x, sigma) ->
                  s.samplerStep(to, x, 1, null, 0, null, 0, 0, new Noise(0, 0), null, 0),
              source,
              ErrorCurve.levels(0.05, 0.4, 4),
              n,
              256,
              SEED);
      for (Point point : curve.points()) {
        double sigma2 = point.sigma() * point.sigma();
        double error = Math.sqrt(2.0 * d / n);
        assertThat(point.dimension()).isCloseTo(d, within(4 * error));
        assertThat(point.standardError() / sigma2).isCloseTo(error, within(0.2 * error));
      }
    }
  }
}
