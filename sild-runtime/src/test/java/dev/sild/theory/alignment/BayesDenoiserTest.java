package dev.sild.theory.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.data.CurvedGaussian;
import dev.sild.data.Manifold;
import dev.sild.data.Philox;
import dev.sild.data.Sphere;
import dev.sild.data.Torus;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BayesDenoiserTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final int COUNT = 4000;

  static List<Manifold> manifolds() {
    return List.of(
        new CurvedGaussian(2, 5, 0, 1),
        new CurvedGaussian(2, 5, 0.5, 1),
        new Sphere(2, 5, 1.5, 1),
        new Torus(2, 5, 1, 1));
  }

  /** x − E[x | y] is orthogonal to every function of y; tried on five, within 4.5 errors. */
  @ParameterizedTest
  @MethodSource("manifolds")
  void itsErrorIsOrthogonalToWhatIsSeen(Manifold manifold) {
    double sigma = 0.6; // wide enough to see the shrinkage
    int d = manifold.dimension();
    float[] x = new float[COUNT * d];
    manifold.sample(x, SEED, 1, 0, COUNT);
    float[] y = x.clone();
    double[] n = new double[d];
    for (int i = 0; i < COUNT; i++) {
      Philox.normals(n, SEED, 2, i, 0);
      for (int j = 0; j < d; j++) y[i * d + j] += (float) (sigma * n[j]);
    }
    float[] best = BayesDenoiser.of(manifold, sigma).denoise(y);
    double[] projected = new double[d];
    double[] seen = new double[d];
    for (int test = 0; test < 5; test++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < d; j++) seen[j] = y[i * d + j];
        manifold.project(projected, seen);
        double product = 0;
        double norm = 0;
        for (double value : seen) norm += value * value;
        for (int j = 0; j < d; j++) {
          double function =
              switch (test) {
                case 0 -> j == 0 ? 1 : 0;
                case 1 -> seen[j];
                case 2 -> best[i * d + j];
                case 3 -> projected[j];
                default -> norm * seen[j];
              };
          product += function * (x[i * d + j] - best[i * d + j]);
        }
        sum += product;
        squares += product * product;
      }
      assertThat(Math.abs(sum)).as("%s, %d", manifold, test).isLessThan(4.5 * Math.sqrt(squares));
    }
  }

  /** I_{3/2}/I_{1/2} = coth κ − 1/κ, and what is left of 1 to a thousandth. */
  @Test
  void besselRatiosOfHalfOrderAreElementary() {
    for (double kappa : new double[] {0.01, 1, 10, 1e3, 1e5}) {
      double exact = 1 / Math.tanh(kappa) - 1 / kappa;
      if (kappa < 0.1) exact = kappa / 3; // the difference cancels: next term κ³/45
      double found = BayesDenoiser.besselRatio(0.5, kappa);
      assertThat(found).isBetween(exact * (1 - 1e-5), exact * (1 + 1e-5));
      assertThat(1 - found).isBetween((1 - exact) * (1 - 1e-3), (1 - exact) * (1 + 1e-3));
    }
  }
}
