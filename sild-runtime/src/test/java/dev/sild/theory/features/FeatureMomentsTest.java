package dev.sild.theory.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;

class FeatureMomentsTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final int FEATURES = 40;
  private static final int OUTPUTS = 3;

  /** bf16x3 products err by 4·10⁻⁶ of Σ|φφ'|; those in f32, of 2048 rows at random, by 3·10⁻⁶. */
  private static final double PRODUCT = 5e-6;

  private record Data(DMatrixRMaj phi, DMatrixRMaj y) {
    static Data random(int rows) {
      System.out.println("seed " + SEED);
      Random random = new Random(SEED);
      DMatrixRMaj phi = new DMatrixRMaj(rows, FEATURES);
      DMatrixRMaj y = new DMatrixRMaj(rows, OUTPUTS);
      for (int i = 0; i < phi.data.length; i++) phi.data[i] = (float) (1 + random.nextGaussian());
      for (int i = 0; i < y.data.length; i++) y.data[i] = (float) random.nextGaussian();
      return new Data(phi, y);
    }

    /** What {@code count} rows at a time give. */
    FeatureMoments streamed(Device device, Stream stream, int count) {
      FeatureMoments moments = new FeatureMoments(device, FEATURES, OUTPUTS);
      try (MemoryPlan memory = new MemoryPlan("test")) {
        Slot features = memory.add("features", count, FEATURES);
        Slot targets = memory.add("targets", count, OUTPUTS);
        memory.allocate(device);
        for (int at = 0; at < phi.numRows; at += count) {
          int rows = Math.min(count, phi.numRows - at);
          features.view().first(rows).write(part(phi, at, rows));
          targets.view().first(rows).write(part(y, at, rows));
          moments.add(stream, features.view().first(rows), targets.view().first(rows));
        }
      }
      return moments;
    }

    private static float[] part(DMatrixRMaj all, int first, int rows) {
      float[] part = new float[rows * all.numCols];
      for (int i = 0; i < part.length; i++) part[i] = (float) all.data[first * all.numCols + i];
      return part;
    }
  }

  /** However the rows are cut, and however many there are. */
  @Test
  void theStreamedGramIsThatOfADoubleReference() {
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream()) {
      Data data = Data.random(6011);
      DMatrixRMaj expected = new DMatrixRMaj(FEATURES, FEATURES);
      CommonOps_DDRM.multInner(data.phi, expected);
      DMatrixRMaj sizes = new DMatrixRMaj(FEATURES, FEATURES); // Σ |φ φ'|
      DMatrixRMaj positive = data.phi.copy();
      for (int i = 0; i < positive.data.length; i++) positive.data[i] = Math.abs(positive.data[i]);
      CommonOps_DDRM.multInner(positive, sizes);
      for (int count : new int[] {31, 1021, 2048})
        try (FeatureMoments moments = data.streamed(device, stream, count)) {
          assertThat(moments.count()).isEqualTo(6011);
          for (int i = 0; i < expected.data.length; i++)
            assertThat(moments.gram().data[i])
                .as("%d rows at a time, entry %d", count, i)
                .isCloseTo(expected.data[i], within(PRODUCT * sizes.data[i]));
        }
    }
  }

  /**
   * Against the dual form Φᵀ (Φ Φᵀ + n λ N I)⁻¹ y of the first N features, by another
   * decomposition. An error δ of the Gram matrix moves the solution by δ/(λ N) of its size; δ is
   * PRODUCT Σ_q E|φ_p φ_q| ≤ PRODUCT · N E φ², Eφ² = 2; the right side errs alike.
   */
  @Test
  void theRidgeSolutionIsThatOfTheDualForm() {
    int n = 300;
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream()) {
      Data data = Data.random(n);
      try (FeatureMoments moments = data.streamed(device, stream, 64)) {
        for (int used : new int[] {1, 17, FEATURES}) {
          double lambda = 0.01;
          DMatrixRMaj phi = CommonOps_DDRM.extract(data.phi, 0, n, 0, used);
          DMatrixRMaj kernel = new DMatrixRMaj(n, n);
          CommonOps_DDRM.multOuter(phi, kernel);
          for (int i = 0; i < n; i++) kernel.add(i, i, n * lambda * used);
          assertThat(CommonOps_DDRM.invert(kernel)).isTrue();
          DMatrixRMaj alpha = new DMatrixRMaj(n, OUTPUTS);
          CommonOps_DDRM.mult(kernel, data.y, alpha);
          DMatrixRMaj expected = new DMatrixRMaj(used, OUTPUTS);
          CommonOps_DDRM.multTransA(phi, alpha, expected);
          DMatrixRMaj found = moments.ridge(used, lambda);
          double largest = CommonOps_DDRM.elementMaxAbs(expected);
          for (int p = 0; p < FEATURES; p++)
            for (int j = 0; j < OUTPUTS; j++)
              assertThat(found.get(p, j))
                  .isCloseTo(
                      p < used ? expected.get(p, j) : 0,
                      within(p < used ? 2 * 2 * PRODUCT / lambda * largest : 0));
          assertThat(moments.loss(found)).isCloseTo(loss(data, found), within(1e-4));
        }
      }
    }
  }

  private static double loss(Data data, DMatrixRMaj w) {
    DMatrixRMaj rest = new DMatrixRMaj(data.phi.numRows, OUTPUTS);
    CommonOps_DDRM.mult(data.phi, w, rest);
    CommonOps_DDRM.subtractEquals(rest, data.y);
    double sum = 0;
    for (double value : rest.data) sum += value * value;
    return sum / data.phi.numRows;
  }
}
