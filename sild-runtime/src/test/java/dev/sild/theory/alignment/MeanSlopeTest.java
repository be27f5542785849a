package dev.sild.theory.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Activation;
import dev.sild.data.Manifold;
import dev.sild.data.Philox;
import dev.sild.data.Sphere;
import dev.sild.network.ConservativeNetwork.Signs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MeanSlopeTest {
  private static final int D = 5;
  private static final int M = 6;
  private static final int ROWS = 4;
  private static final double H = 1e-4;

  private final float[] weights = normals(M * D, 1);
  private final float[] biases = normals(M, 2);
  private final float[] rows = normals(ROWS * D, 3);

  private static float[] normals(int count, int purpose) {
    double[] drawn = new double[count];
    Philox.normals(drawn, 7, purpose, 0, 0);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) values[i] = (float) drawn[i];
    return values;
  }

  /** Central differences of D_W in double: their error is H² of the third derivative, 10⁻⁸. */
  @ParameterizedTest
  @EnumSource(Signs.class)
  void itIsTheMeanJacobianAcrossTheManifoldsOwnSpace(Signs signs) {
    Manifold circle = new Sphere(1, D, 1, 3);
    Setting s = new Setting(circle, Activation.SILU, signs, M, 0.3, 2, 0, 0.05, 2, 0);
    double[][] jacobian = new double[D][D];
    for (int row = 0; row < ROWS; row++)
      for (int j = 0; j < D; j++) {
        double[] up = denoise(row, j, H, signs);
        double[] down = denoise(row, j, -H, signs);
        for (int i = 0; i < D; i++) jacobian[i][j] += (up[i] - down[i]) / (2 * H * ROWS);
      }
    double squares = 0;
    for (int j = 0; j < D; j++) { // Q J Q, column by column: Q e_j, J Q e_j, Q J Q e_j
      double[] column = new double[D];
      column[j] = 1;
      column = across(circle, column);
      double[] image = new double[D];
      for (int i = 0; i < D; i++)
        for (int l = 0; l < D; l++) image[i] += jacobian[i][l] * column[l];
      for (double value : across(circle, image)) squares += value * value;
    }
    double expected = 0.09 * squares;
    assertThat(new MeanSlope(s, rows).part(weights, biases))
        .isBetween(expected * (1 - 1e-5), expected * (1 + 1e-5));
  }

  private static double[] across(Manifold manifold, double[] x) {
    double[] local = new double[manifold.embedding().from()];
    double[] along = new double[D];
    manifold.embedding().restrict(local, x);
    manifold.embedding().embed(along, local);
    for (int i = 0; i < D; i++) along[i] = x[i] - along[i];
    return along;
  }

  private double[] denoise(int row, int moved, double h, Signs signs) {
    double[] y = new double[D];
    for (int j = 0; j < M; j++) {
      double u = biases[j];
      for (int i = 0; i < D; i++)
        u += weights[j * D + i] * (rows[row * D + i] + (i == moved ? h : 0));
      double a = signs == Signs.BALANCED && j % 2 == 1 ? -1 : 1;
      double phi = u / (1 + Math.exp(-u));
      for (int i = 0; i < D; i++) y[i] += a * phi * weights[j * D + i] / M;
    }
    return y;
  }
}
