package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every manifold. */
class ManifoldTest {
  private static final int SEED = 71;
  private static final int PURPOSE = 5;

  static Stream<Manifold> manifolds() {
    System.out.println("ManifoldTest seed " + SEED);
    return Stream.of(
        new Sphere(1, 2),
        new Sphere(2, 9, 2.5, 3),
        new Sphere(7, 8, 0.1),
        new Torus(1, 2),
        new Torus(3, 11, 0.5, 4),
        new CurvedGaussian(1, 2, 0),
        new CurvedGaussian(1, 3, 3),
        new CurvedGaussian(3, 20, 0.7, 5));
  }

  @ParameterizedTest
  @MethodSource("manifolds")
  void samplesAreProjectedOntoThemselves(Manifold manifold) {
    for (int i = 0; i < 200; i++) {
      double[] x = sample(manifold, i);
      assertThat(distance(x, project(manifold, x))).isLessThan(1e-6 * (1 + norm(x))); // f32
    }
  }

  @ParameterizedTest
  @MethodSource("manifolds")
  void sampleIsAFunctionOfItsIndexWhateverTheBatch(Manifold manifold) {
    int d = manifold.dimension();
    float[] all = new float[31 * d];
    manifold.sample(all, SEED, PURPOSE, 1000, 31);
    for (int first = 0; first < 31; first += 7) {
      int count = Math.min(7, 31 - first);
      float[] some = new float[count * d];
      manifold.sample(some, SEED, PURPOSE, 1000 + first, count);
      assertThat(some).isEqualTo(Arrays.copyOfRange(all, first * d, (first + count) * d));
    }
    float[] other = new float[31 * d];
    manifold.sample(other, SEED, PURPOSE + 1, 1000, 31);
    assertThat(other).isNotEqualTo(all);
    manifold.sample(other, SEED + 1, PURPOSE, 1000, 31);
    assertThat(other).isNotEqualTo(all);
  }

  @ParameterizedTest
  @MethodSource("manifolds")
  void residualOfTheProjectionIsNormalAndNoPointIsNearer(Manifold manifold) {
    float[] cloud = new float[3_000 * manifold.dimension()];
    manifold.sample(cloud, SEED, PURPOSE + 1, 0, 3_000);
    for (int i = 0; i < 60; i++) {
      double[] x = perturbed(manifold, i, i % 2 == 0 ? 0.05 : 1.5);
      double[] nearest = project(manifold, x);
      assertThat(distance(nearest, project(manifold, nearest))).isLessThan(1e-12 * (1 + norm(x)));
      double least = distance(x, nearest);
      double[] basis = manifold.tangentBasis(nearest);
      double[] residual = minus(x, nearest);
      for (double product : times(basis, residual)) {
        assertThat(product).isCloseTo(0, within(1e-11 * (1 + norm(x))));
      }
      assertThat(Arrays.stream(distances(cloud, x)).min().getAsDouble())
          .isGreaterThan(least - 1e-6);
      for (double step : new double[] {1e-4, 1e-2, 0.3}) {
        double[] near = project(manifold, plusTangent(nearest, basis, i, step));
        assertThat(distance(x, near)).isGreaterThanOrEqualTo(least - 1e-12);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("manifolds")
  void tangentBasisIsOrthonormalAndTouchesTheManifold(Manifold manifold) {
    int d = manifold.dimension();
    for (int i = 0; i < 30; i++) {
      double[] x = project(manifold, sample(manifold, i));
      double[] basis = manifold.tangentBasis(x);
      for (int a = 0; a < manifold.intrinsicDimension(); a++) {
        double[] row = Arrays.copyOfRange(basis, a * d, (a + 1) * d);
        double[] products = times(basis, row);
        for (int b = 0; b < products.length; b++) {
          assertThat(products[b]).isCloseTo(a == b ? 1 : 0, within(1e-13));
        }
        double step = 1e-4; // off the manifold by curvature · step²/2, curvature at most 10 here
        double[] moved = plusTangent(x, basis, a, step);
        assertThat(distance(moved, project(manifold, moved))).isLessThan(6 * step * step);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("manifolds")
  void projectionMayOverwriteItsInput(Manifold manifold) {
    double[] x = perturbed(manifold, 3, 0.4);
    double[] projected = project(manifold, x);
    manifold.project(x, x);
    assertThat(x).isEqualTo(projected);
  }

  @ParameterizedTest
  @MethodSource("manifolds")
  void nanStaysNan(Manifold manifold) {
    double[] x = new double[manifold.dimension()];
    Arrays.fill(x, Double.NaN);
    manifold.project(x, x);
    assertThat(x).containsOnly(Double.NaN);
  }

  static double[] sample(Manifold manifold, long index) {
    float[] sample = new float[manifold.dimension()];
    manifold.sample(sample, SEED, PURPOSE, index, 1);
    double[] x = new double[sample.length];
    for (int j = 0; j < x.length; j++) {
      x[j] = sample[j];
    }
    return x;
  }

  static double[] project(Manifold manifold, double[] x) {
    double[] projected = new double[x.length];
    manifold.project(projected, x);
    return projected;
  }

  static double distance(double[] a, double[] b) {
    return norm(minus(a, b));
  }

  private static double[] perturbed(Manifold manifold, long index, double sigma) {
    double[] x = sample(manifold, index);
    double[] noise = new double[x.length];
    Philox.normals(noise, SEED, PURPOSE + 9, index, 0);
    for (int j = 0; j < x.length; j++) {
      x[j] += sigma * noise[j];
    }
    return x;
  }

  private static double[] distances(float[] cloud, double[] x) {
    double[] distances = new double[cloud.length / x.length];
    for (int i = 0; i < distances.length; i++) {
      double squares = 0;
      for (int j = 0; j < x.length; j++) {
        squares += Math.pow(cloud[i * x.length + j] - x[j], 2);
      }
      distances[i] = Math.sqrt(squares);
    }
    return distances;
  }

  private static double[] plusTangent(double[] x, double[] basis, int vector, double step) {
    int row = vector % (basis.length / x.length);
    double[] moved = x.clone();
    for (int j = 0; j < x.length; j++) {
      moved[j] += step * basis[row * x.length + j];
    }
    return moved;
  }

  private static double[] times(double[] basis, double[] x) {
    double[] products = new double[basis.length / x.length];
    for (int a = 0; a < products.length; a++) {
      for (int j = 0; j < x.length; j++) {
        products[a] += basis[a * x.length + j] * x[j];
      }
    }
    return products;
  }

  private static double[] minus(double[] a, double[] b) {
    double[] difference = new double[a.length];
    for (int j = 0; j < a.length; j++) {
      difference[j] = a[j] - b[j];
    }
    return difference;
  }

  private static double norm(double[] x) {
    return Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
  }
}
