package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.cuda.VirtualGpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What cuDNN has to be asked for: the same bits, no allocation in a step, the right rounding. */
@EnabledIf("dev.sild.bindings.cuda.VirtualGpu#orReal")
class Conv2dOnGpuTest {
  private static final long[] IMAGE = {3, 4, 9, 7};
  private static final long[] WINDOW = {5, 4, 3, 3};

  private final Conv2dReference conv =
      Conv2dReference.of(
          new Draw("conv2d on a gpu"), IMAGE, WINDOW, new Convolution(2, 1), true, true);

  @Test
  void aRecordedStepIsTheStepItself() {
    try (Device device = VirtualGpu.open(Precision.F32);
        Witness witness = Witness.on(device)) {
      Step step = new Step(witness);
      step.run();
      float[] y = step.y.floats();
      float[] dx = step.dx.floats();
      float[] dw = step.dw.floats();
      float[] dbias = step.dbias.floats();
      try (Recording recording = witness.stream().record(step::run)) {
        for (int i = 0; i < 4; i++) {
          for (View output : step.outputs()) witness.stream().fill(output, Double.NaN);
          recording.run();
          assertThat(step.y.floats()).isEqualTo(y);
          assertThat(step.dx.floats()).isEqualTo(dx);
          assertThat(step.dw.floats()).isEqualTo(dw);
          assertThat(step.dbias.floats()).isEqualTo(dbias);
        }
      }
      witness.verify();
    }
  }

  @Test
  @EnabledIf("dev.sild.bindings.cuda.VirtualGpu#present")
  void onlyTheFirstStepAllocatesAndNoneWaits() {
    try (Device device = VirtualGpu.open(Precision.F32)) {
      long before = VirtualGpu.get("live_allocations");
      try (Witness witness = Witness.on(device)) {
        Step step = new Step(witness);
        step.run();
        long allocations = VirtualGpu.get("allocations");
        long waits = VirtualGpu.get("synchronisations");
        for (int i = 0; i < 3; i++) step.run();
        assertThat(VirtualGpu.get("allocations")).isEqualTo(allocations);
        assertThat(VirtualGpu.get("synchronisations")).isEqualTo(waits);
      }
      assertThat(VirtualGpu.get("live_allocations")).isEqualTo(before);
    }
  }

  /**
   * The stand-in wants 4 bytes for each weight of a window, and two of these windows want more than
   * the scratch memory that a stream has anyway. What was recorded with the workspace of the first
   * still finds it when the second has got a larger one.
   */
  @Test
  @EnabledIf("dev.sild.bindings.cuda.VirtualGpu#present")
  void aRecordingKeepsItsWorkspace() {
    try (Device device = VirtualGpu.open(Precision.F32)) {
      long before = VirtualGpu.get("live_allocations");
      try (Witness witness = Witness.on(device);
          Stream stream = device.openStream();
          Buffer memory = device.allocate(4L * 2200 * 2200)) {
        View y = witness.output(1, 1, 1, 1);
        try (Recording first = stream.record(() -> sumOfOnes(stream, memory, 2100, y))) {
          for (int i = 0; i < 2; i++) first.run();
          sumOfOnes(stream, memory, 2200, y);
          assertThat(y.floats()).containsExactly(2200 * 2200);
          long allocations = VirtualGpu.get("allocations");
          first.run();
          assertThat(y.floats()).containsExactly(2100 * 2100);
          assertThat(VirtualGpu.get("allocations")).isEqualTo(allocations);
        }
      }
      assertThat(VirtualGpu.get("live_allocations")).isEqualTo(before);
    }
  }

  /** The convolution of an image of ones with a window of its own size, of ones too. */
  private static void sumOfOnes(Stream stream, Buffer memory, int side, View y) {
    View ones = memory.view(0, DType.F32, 1, 1, side, side);
    stream.fill(ones, 1);
    stream.conv2dForward(y, ones, ones, null, null, new Convolution(1, 0));
  }

  /** Σ |x w| times the rounding of two operands, and of a sum in f32. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void aPrecisionKeepsItsWord(Precision precision) {
    boolean tensor = precision == Precision.TF32 || precision == Precision.BF16;
    double unit = tensor ? 2 * 0x1p-11 : 0;
    double terms = WINDOW[1] * WINDOW[2] * WINDOW[3] + 3;
    double[] exact = conv.forward(Rounding.DOUBLE).get("y");
    double[] magnitude = conv.magnitudes();
    try (Device device = VirtualGpu.open(precision);
        Witness witness = Witness.on(device)) {
      float[] y = new Step(witness).forward().floats();
      for (int i = 0; i < y.length; i++)
        assertThat(Math.abs(y[i] - exact[i]))
            .as("y[%d]", i)
            .isLessThanOrEqualTo(magnitude[i] * (unit + terms * 0x1p-24));
    }
  }

  /** A forward and a backward pass. */
  private final class Step {
    final Stream stream;
    final View x;
    final View w;
    final View bias;
    final View residual;
    final View dy;
    final View y;
    final View dx;
    final View dw;
    final View dbias;

    Step(Witness witness) {
      stream = witness.stream();
      x = witness.input(conv.x(), IMAGE);
      w = witness.input(conv.w(), WINDOW);
      bias = witness.input(conv.bias(), WINDOW[0]);
      residual = witness.input(conv.residual(), conv.outputs());
      dy = witness.input(conv.dy(), conv.outputs());
      y = witness.output(conv.outputs());
      dx = witness.output(IMAGE);
      dw = witness.output(WINDOW);
      dbias = witness.output(WINDOW[0]);
    }

    View forward() {
      stream.conv2dForward(y, x, w, bias, residual, conv.geometry());
      return y;
    }

    void run() {
      forward();
      stream.conv2dBackward(dx, dw, dbias, dy, x, w, conv.geometry(), false);
    }

    View[] outputs() {
      return new View[] {y, dx, dw, dbias};
    }
  }
}
