package dev.sild.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Device;
import dev.sild.bindings.Stream;
import org.junit.jupiter.api.Test;

class TrainingStepTest {
  private static final int BATCH = 256;

  /** Standard normals have nothing to learn but F = 0, at which the weighted loss is 1. */
  @Test
  void theYardstickIsATrainingThatWorks() {
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        TrainingStep step = new TrainingStep(device, stream, TrainingJob.TRAIN64, BATCH)) {
      double before = loss(step);
      for (int i = 0; i < 300; i++) step.run();
      double after = loss(step);
      System.out.printf("loss %.4f in the first steps, %.4f in the last%n", before, after);
      // the mean of 20 · 256 · 64 squares of normals spreads by √(2/327680) = 0.0025
      assertThat(before).isGreaterThan(1.012);
      assertThat(after).isBetween(0.99, 1 + (before - 1) / 2);
    }
  }

  /** Mean loss of the next steps. */
  private static double loss(TrainingStep step) {
    double sum = 0;
    for (int i = 0; i < 20; i++) {
      step.run();
      sum += step.loss();
    }
    return sum / 20;
  }

  @Test
  void theNetworkAndItsWorkAreThoseOfThePeers() {
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        TrainingStep step = new TrainingStep(device, stream, TrainingJob.TRAIN784, BATCH)) {
      double first = 848.0 * 512;
      double weights = first + 2.0 * 512 * 512 + 512.0 * 784;
      double biases = 512 + 3 * 512 + 784; // one more than the peers' has: the features' own
      assertThat((double) step.parameters()).isEqualTo(weights + biases);
      // forward, dw and dx, but dx of the first layer
      assertThat(step.work().flops()).isEqualTo(2 * BATCH * (3 * weights - first));
      assertThat(step.pieces().stream().map(Piece::name)).doesNotHaveDuplicates();
    }
  }
}
