package dev.sild.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import org.junit.jupiter.api.Test;

class ConservativeNetworkTest {
  private static final int D = 6;
  private static final double ULP = 0x1p-23;

  /**
   * D_W = ∇Φ, so ∂D_i/∂x_j = ∂D_j/∂x_i. With central differences of width h the quotient errs by
   * about |J_h − J_2h|/3 (truncation, which is symmetric too, to leading order) and by the rounding
   * of D over h: m terms of D, each of size up to |D| √m, in f32.
   */
  @Test
  void itsJacobianIsSymmetricButNotTrivial() {
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        Parameters parameters = new Parameters();
        MemoryPlan plan = new MemoryPlan("test")) {
      Blueprint blueprint = new Blueprint(parameters, plan, 4 * D, false);
      int width = 32;
      Layer network = new ConservativeNetwork(blueprint, "tied", D, width);
      Slot points = blueprint.rows("x", D);
      parameters.allocate(device, false);
      plan.allocate(device);
      parameters.initialise(stream, new Noise(3, 1));
      float h = 0x1p-5f; // x ± h is exact enough: its rounding moves both quotients alike
      double[] fine = jacobian(stream, network, points.view(), h);
      double[] coarse = jacobian(stream, network, points.view(), 2 * h);
      double largest = 0;
      double truncation = 0;
      for (int i = 0; i < D * D; i++) {
        largest = Math.max(largest, Math.abs(fine[i]));
        truncation = Math.max(truncation, Math.abs(fine[i] - coarse[i]) / 3);
      }
      double rounding = Math.sqrt(width) * ULP * norm(network, stream, points.view()) / h;
      double tolerance = 2 * (truncation + rounding);
      assertThat(tolerance).as("what can be told").isLessThan(0.02 * largest);
      double offDiagonal = 0;
      for (int i = 0; i < D; i++)
        for (int j = 0; j < i; j++) {
          assertThat(Math.abs(fine[i * D + j] - fine[j * D + i])).isLessThanOrEqualTo(tolerance);
          offDiagonal = Math.max(offDiagonal, Math.abs(fine[i * D + j]));
        }
      assertThat(offDiagonal).isGreaterThan(0.1 * largest);
    }
  }

  /** Row i of the result: ∂D/∂x_i at a fixed point. */
  private static double[] jacobian(Stream stream, Layer network, View points, float h) {
    float[] rows = new float[4 * D * D];
    for (int i = 0; i < 2 * D; i++) {
      for (int j = 0; j < D; j++) rows[i * D + j] = (j - 2) * 0.375f;
      rows[i * D + i / 2] += i % 2 == 0 ? h : -h;
    }
    points.write(rows);
    float[] y = network.forward(stream, points.first(2 * D)).floats();
    double[] jacobian = new double[D * D];
    for (int i = 0; i < D; i++)
      for (int j = 0; j < D; j++)
        jacobian[i * D + j] = ((double) y[2 * i * D + j] - y[(2 * i + 1) * D + j]) / (2 * h);
    return jacobian;
  }

  private static double norm(Layer network, Stream stream, View points) {
    double largest = 0;
    for (float y : network.forward(stream, points).floats())
      largest = Math.max(largest, Math.abs(y));
    return largest;
  }

  @Test
  void halfOfItsSignsAreNegative() {
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        Parameters parameters = new Parameters();
        MemoryPlan plan = new MemoryPlan("test")) {
      Blueprint blueprint = new Blueprint(parameters, plan, 1, false);
      Layer network = new ConservativeNetwork(blueprint, "tied", 3, 8);
      Slot x = blueprint.rows("x", 3);
      parameters.allocate(device, false);
      plan.allocate(device);
      float[] ones = new float[24];
      java.util.Arrays.fill(ones, 1);
      parameters.get("tied.weight").value().write(ones); // equal neurons cancel in pairs
      x.view().write(1f, 2f, 3f);
      assertThat(network.forward(stream, x.view()).floats()).containsOnly(0f);
    }
  }
}
