package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.UserException;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What holds for each manifold alone: its law, its closed forms, its arguments. */
class ManifoldLawTest {
  private static final int SEED = 72;
  private static final double TURN = 2 * Math.PI;

  @Test
  void densityIntegratesToOneOnEveryCurve() {
    Function<double[], double[]> circle = u -> new double[] {Math.cos(u[0]), Math.sin(u[0])};
    assertThat(integral(new Sphere(1, 4), circle, 0, TURN, 400)).isCloseTo(1, within(1e-6));
    assertThat(integral(new Torus(1, 4), circle, 0, TURN, 400)).isCloseTo(1, within(1e-6));
    for (double c : new double[] {0, 0.5, 4}) {
      Function<double[], double[]> graph = u -> new double[] {u[0], c / 2 * (u[0] * u[0] - 1)};
      assertThat(integral(new CurvedGaussian(1, 4, c), graph, -9, 9, 2_000))
          .isCloseTo(1, within(1e-6));
    }
  }

  @Test
  void densityIntegratesToOneOnEverySurface() {
    double r = 1.7;
    Function<double[], double[]> sphere = // longitude in [0, 2π], latitude in [−½π, ½π]
        u -> {
          double latitude = u[1] / 2 - Math.PI / 2;
          return new double[] {
            r * Math.cos(u[0]) * Math.cos(latitude),
            r * Math.sin(u[0]) * Math.cos(latitude),
            r * Math.sin(latitude)
          };
        };
    assertThat(integral(new Sphere(2, 5, r), sphere, 0, TURN, 300)).isCloseTo(1, within(1e-4));
    Function<double[], double[]> torus =
        u ->
            new double[] {
              r * Math.cos(u[0]), r * Math.sin(u[0]), r * Math.cos(u[1]), r * Math.sin(u[1])
            };
    assertThat(integral(new Torus(2, 5, r), torus, 0, TURN, 100)).isCloseTo(1, within(1e-6));
    double c = 1.3;
    Function<double[], double[]> graph =
        u -> new double[] {u[0], c / 2 * (u[0] * u[0] - 1), u[1], c / 2 * (u[1] * u[1] - 1)};
    assertThat(integral(new CurvedGaussian(2, 5, c), graph, -8, 8, 300)).isCloseTo(1, within(1e-6));
  }

  @Test
  void volumesAreTheKnownOnes() {
    double[] areas = {TURN, 4 * Math.PI, 2 * Math.PI * Math.PI, 8 * Math.PI * Math.PI / 3};
    for (int k = 1; k <= areas.length; k++) {
      double volume = 1 / new Sphere(k, k + 1, 3).density(new double[k + 1]);
      assertThat(volume / Math.pow(3, k)).isCloseTo(areas[k - 1], within(1e-9));
    }
    double volume = 1 / new Torus(3, 6, 0.5).density(new double[6]);
    assertThat(volume).isCloseTo(Math.pow(Math.PI, 3), within(1e-9));
  }

  @Test
  void covariancesAreTheKnownOnes() {
    isDiagonal(new Sphere(3, 10, 2), 4.0 / 4);
    isDiagonal(new Torus(3, 10, 2), 4.0 / 2);
    isDiagonal(new CurvedGaussian(2, 10, 0.8), 1, 0.32, 1, 0.32);
  }

  /**
   * The law follows the density: shares of the line z &lt; t against the integral of the density.
   */
  @Test
  void samplesOfTheGraphFallWhereItsDensityIs() {
    double c = 2;
    CurvedGaussian manifold = new CurvedGaussian(1, 3, c);
    Function<double[], double[]> graph = u -> new double[] {u[0], c / 2 * (u[0] * u[0] - 1)};
    int n = 20_000;
    double[] local = new double[2];
    int[] below = new int[3];
    for (int i = 0; i < n; i++) {
      manifold.embedding().restrict(local, ManifoldTest.sample(manifold, i));
      for (int t = 0; t < 3; t++) {
        below[t] += local[0] < t - 1 ? 1 : 0;
      }
    }
    for (int t = 0; t < 3; t++) {
      double share = integral(manifold, graph, -9, t - 1, 2_000);
      assertThat(below[t] / (double) n).isCloseTo(share, within(5 * 0.5 / Math.sqrt(n)));
    }
  }

  @Test
  void centresAndAxesAreProjectedToOneOfTheNearestPoints() {
    double[] centre = new double[6];
    assertThat(norm(ManifoldTest.project(new Sphere(2, 6, 2), centre))).isCloseTo(2, within(1e-14));
    double[] onTorus = ManifoldTest.project(new Torus(3, 6, 2), centre);
    assertThat(norm(onTorus)).isCloseTo(2 * Math.sqrt(3), within(1e-14));
    CurvedGaussian graph = new CurvedGaussian(1, 2, 2); // y = z² − 1; centre of curvature −½
    for (double b : new double[] {-3, -0.6, -0.5, 0, 5}) {
      double[] local = {0, b};
      graph.nearestLocal(local);
      assertThat(local[0]).isCloseTo(Math.sqrt(Math.max(0, b + 0.5)), within(1e-12));
    }
  }

  @Test
  void farTinyAndFlatCasesAreProjectedToRounding() {
    for (double c : new double[] {0, 1e-200, 1e-9, 1e-3, 1, 1000}) {
      CurvedGaussian graph = new CurvedGaussian(1, 2, c);
      for (double a : new double[] {0, -1e-300, 1e-9, 0.3, -1, 40, 1e8}) {
        for (double b : new double[] {-1e6, -2, 0, 0.7, 3, 1e6}) {
          double[] local = {a, b};
          graph.nearestLocal(local);
          double z = local[0];
          double q = 1 - c * c / 2 - c * b;
          double residual = c * c / 2 * z * z * z + q * z - a;
          double scale = Math.abs(c * c / 2 * z * z * z) + Math.abs(q * z) + Math.abs(a);
          assertThat(residual).as("%s %s %s", c, a, b).isCloseTo(0, within(1e-14 * scale));
          assertThat(z * a).isGreaterThanOrEqualTo(0);
        }
      }
    }
  }

  @Test
  void isometriesHaveOrthonormalColumnsAndDependOnTheSeed() {
    Isometry isometry = new Isometry(20, 20, SEED);
    double[] unit = new double[20];
    double[] image = new double[20];
    double[] back = new double[20];
    for (int j = 0; j < 20; j++) {
      unit[j] = 1;
      isometry.embed(image, unit);
      isometry.restrict(back, image);
      for (int i = 0; i < 20; i++) {
        assertThat(back[i]).isCloseTo(unit[i], within(1e-14));
      }
      unit[j] = 0;
    }
    assertThat(isometry).isEqualTo(new Isometry(20, 20, SEED));
    assertThat(isometry).isNotEqualTo(new Isometry(20, 20, SEED + 1));
    double[] other = new double[20];
    unit[0] = 1;
    isometry.embed(image, unit);
    new Isometry(20, 20, SEED + 1).embed(other, unit);
    assertThat(other).isNotEqualTo(image);
  }

  @Test
  void argumentsOutOfRangeAreTheUsersMistake() {
    refused(() -> new Sphere(0, 5), "intrinsic dimension 0");
    refused(() -> new Torus(-1, 5), "intrinsic dimension -1");
    refused(() -> new CurvedGaussian(1 << 30, 5, 1), "intrinsic dimension 1073741824");
    refused(
        () -> new Sphere(2, 2), "dimension 2: there is no room for this manifold, give at least 3");
    refused(() -> new Torus(2, 3), "give at least 4");
    refused(() -> new CurvedGaussian(2, 3, 1), "give at least 4");
    refused(() -> new Sphere(2, Integer.MAX_VALUE), "is too large");
    refused(() -> new Sphere(2, 3, 0), "radius 0.0");
    refused(() -> new Sphere(2, 3, Double.NaN), "radius NaN");
    refused(() -> new Torus(2, 4, -1), "radius -1.0");
    refused(() -> new Torus(2, 4, Double.POSITIVE_INFINITY), "radius Infinity");
    refused(() -> new CurvedGaussian(2, 4, -1), "curvature -1.0");
    refused(() -> new CurvedGaussian(2, 4, Double.NaN), "curvature NaN");
    assertThatThrownBy(() -> new Sphere(2, new Isometry(4, 9, 0), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void refused(ThrowingCallable making, String message) {
    assertThatThrownBy(making)
        .isInstanceOf(UserException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  /** The second moments of samples in R^m, five standard errors wide; nothing outside of it. */
  private static void isDiagonal(Manifold manifold, double... variances) {
    System.out.println("ManifoldLawTest: " + manifold + ", samples of ManifoldTest's seed");
    int m = manifold.embedding().from();
    int n = 20_000;
    double[] local = new double[m];
    double[][] moments = new double[m][m];
    double[][] squares = new double[m][m];
    double[] means = new double[m];
    for (int i = 0; i < n; i++) {
      double[] x = ManifoldTest.sample(manifold, i);
      manifold.embedding().restrict(local, x);
      assertThat(norm(local)).isCloseTo(norm(x), within(1e-5 * (1 + norm(x))));
      for (int a = 0; a < m; a++) {
        means[a] += local[a] / n;
        for (int b = 0; b < m; b++) {
          moments[a][b] += local[a] * local[b] / n;
          squares[a][b] += Math.pow(local[a] * local[b], 2) / n;
        }
      }
    }
    for (int a = 0; a < m; a++) {
      double variance = variances[a % variances.length];
      assertThat(means[a]).isCloseTo(0, within(5 * Math.sqrt(variance / n)));
      for (int b = 0; b < m; b++) {
        double error = 5 * Math.sqrt(squares[a][b] / n);
        assertThat(moments[a][b]).isCloseTo(a == b ? variance : 0, within(error));
      }
    }
  }

  /** ∫ density dV over a box of parameters, k = 1 or 2: midpoints, volumes by differences. */
  private static double integral(
      Manifold manifold, Function<double[], double[]> local, double low, double high, int n) {
    int k = manifold.intrinsicDimension();
    double step = (high - low) / n;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < (k == 1 ? 1 : n); j++) {
        double u = low + (i + 0.5) * step;
        double v = low + (j + 0.5) * step;
        double[] x = embedded(manifold, local, u, v);
        double[] du = derivative(manifold, local, u, v, 1e-5, 0);
        double[] dv = derivative(manifold, local, u, v, 0, 1e-5);
        double uv = dot(du, dv);
        double gram = k == 1 ? dot(du, du) : dot(du, du) * dot(dv, dv) - uv * uv;
        sum += manifold.density(x) * Math.sqrt(gram) * Math.pow(step, k);
      }
    }
    return sum;
  }

  private static double[] derivative(
      Manifold manifold,
      Function<double[], double[]> local,
      double u,
      double v,
      double hu,
      double hv) {
    double[] after = embedded(manifold, local, u + hu, v + hv);
    double[] before = embedded(manifold, local, u - hu, v - hv);
    for (int i = 0; i < after.length; i++) {
      after[i] = (after[i] - before[i]) / (2 * (hu + hv));
    }
    return after;
  }

  private static double[] embedded(
      Manifold manifold, Function<double[], double[]> local, double u, double v) {
    double[] x = new double[manifold.dimension()];
    manifold.embedding().embed(x, local.apply(new double[] {u, v}));
    return x;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double norm(double[] x) {
    return Math.sqrt(dot(x, x));
  }
}
