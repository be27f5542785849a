package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class Conv2dTest {
  private final Draw draw = new Draw("conv2d");

  @ParameterizedTest(name = "B{0} C{1} {2}×{3}, K{4} {5}×{6}, stride {7}, padding {8}")
  @CsvSource({
    "1, 1, 1, 1, 1, 1, 1, 1, 0",
    "2, 3, 7, 5, 4, 1, 1, 1, 0",
    "2, 3, 7, 5, 4, 3, 3, 1, 1",
    "3, 5, 9, 31, 7, 3, 3, 1, 0",
    "2, 5, 8, 8, 3, 3, 3, 2, 1",
    "2, 3, 11, 6, 5, 5, 5, 1, 2",
    "2, 3, 11, 7, 5, 5, 5, 2, 2",
    "2, 2, 6, 9, 3, 1, 1, 2, 1",
    "1, 2, 3, 3, 2, 3, 3, 1, 2",
    "2, 3, 2, 3, 2, 5, 3, 2, 2",
    "1, 17, 28, 28, 13, 3, 3, 1, 1",
    "300, 1, 1, 1, 3, 1, 1, 1, 0",
    "9, 1, 33, 33, 2, 1, 1, 1, 0",
    "9, 1, 34, 34, 2, 1, 1, 1, 0",
    "6, 20, 8, 8, 70, 3, 3, 1, 1",
    "9, 5, 4, 4, 6, 3, 3, 1, 1",
    "2, 128, 5, 4, 7, 3, 3, 1, 1", // more taps than a block of depth
    "5, 3, 33, 31, 4, 3, 3, 1, 1", // outputs in two parts
    "1, 2, 4, 4, 450, 1, 1, 1, 0", // more channels than panels abreast
    "1, 2, 10, 11, 3, 9, 9, 1, 4" // more taps than masks are kept
  })
  void forwardAndBackwardAgreeAtEveryShape(
      int b, int c, int h, int w, int k, int r, int s, int stride, int padding) {
    long[] image = {b, c, h, w};
    long[] window = {k, c, r, s};
    var conv = Conv2dReference.of(draw, image, window, new Convolution(stride, padding), true);
    Expected forward = Expected.of(conv::forward);
    Expected backward = Expected.of(p -> conv.backward(p, null));
    Witness.all(witness -> {
      OnDevice on = new OnDevice(conv, witness);
      View dx = witness.output(image);
      View dbias = witness.output(k);
      on.backward(dx, dbias, false);
      forward.admits("y", on.y);
      backward.admits("dx", dx);
      backward.admits("dw", on.dw);
      backward.admits("dbias", dbias);
    });
  }

  @ParameterizedTest
  @CsvSource({"3, 1, 0", "3, 1, 1", "3, 2, 1", "1, 2, 0", "5, 1, 2", "5, 2, 2"})
  void gradientIsTheDerivative(int taps, int stride, int padding) {
    var conv =
        Conv2dReference.of(
            draw,
            new long[] {2, 2, 6, 5},
            new long[] {3, 2, taps, taps},
            new Convolution(stride, padding),
            true);
    var gradient = conv.backward(Rounding.DOUBLE, null);
    Differences.confirm("dx", gradient.get("dx"), conv.x(), conv::loss);
    Differences.confirm("dw", gradient.get("dw"), conv.w(), conv::loss);
    Differences.confirm("dbias", gradient.get("dbias"), conv.bias(), conv::loss);
  }

  @Test
  void biasAndItsGradientMayBeAbsentAndDxIsAddedWhereItIsAsked() {
    long[] image = {2, 3, 7, 5};
    var conv =
        Conv2dReference.of(draw, image, new long[] {4, 3, 3, 3}, new Convolution(1, 1), false);
    double[] before = draw.normal(Conv2dReference.count(image));
    Expected forward = Expected.of(conv::forward);
    Expected backward = Expected.of(p -> conv.backward(p, before));
    Witness.all(witness -> {
      OnDevice on = new OnDevice(conv, witness);
      View dx = witness.state(before, image);
      on.backward(dx, null, true);
      forward.admits("y", on.y);
      backward.admits("dx", dx);
      backward.admits("dw", on.dw);
      float[] dw = on.dw.floats();
      on.backward(null, null, false);
      assertThat(on.dw.floats()).isEqualTo(dw);
    });
  }

  /** With few taps, and with more than a block of depth, whose partial sums stand in y. */
  @ParameterizedTest
  @CsvSource({"5, true", "130, false"})
  void aResidualIsAdded(int channels, boolean bias) {
    long[] image = {2, channels, 6, 5};
    long[] window = {7, channels, 3, 3};
    var conv = Conv2dReference.of(draw, image, window, new Convolution(1, 1), bias, true);
    Expected forward = Expected.of(conv::forward);
    Witness.all(witness -> forward.admits("y", new OnDevice(conv, witness).y));
  }

  @Test
  void moreWeightsThanScratchHasRoomFor() {
    long[] image = {1, 1800, 1, 1};
    var conv =
        Conv2dReference.of(
            draw, image, new long[] {1800, 1800, 1, 1}, new Convolution(1, 0), false);
    try (Witness witness = Witness.any()) {
      OnDevice on = new OnDevice(conv, witness);
      on.backward(null, null, false);
      float[] dw = on.dw.floats();
      for (int i = 0; i < dw.length; i++)
        assertThat(dw[i]).isEqualTo((float) conv.dy()[i / 1800] * (float) conv.x()[i % 1800]);
      witness.verify();
    }
  }

  /** What plain f32, three products of bf16 and a product of bf16 would give. */
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"F32_STRICT", "F32", "BF16"})
  void everyPrecisionIsAsExactAsAPlainLoop(Precision precision) {
    exact(precision, 1, 3, 35, 9, 8);
    exact(precision, 0, 2, 6, 16, 17);
    exact(precision, 1, 5, 33, 4, 4);
    exact(precision, 2, 2, 64, 8, 7);
    exact(precision, 0, 2, 16, 6, 6);
    exact(precision, 1, 1, 16, 40, 37); // several blocks of tiles
  }

  private void exact(Precision precision, int padding, long... image) {
    long[] window = {37, image[1], 3, 3};
    var conv = Conv2dReference.of(draw, image, window, new Convolution(1, padding), true, true);
    double[] before = draw.normal(Conv2dReference.count(image));
    Expected forward = Expected.of(conv::forward, Rounding.of(precision));
    Expected backward = Expected.of(p -> conv.backward(p, before), Rounding.of(precision));
    Witness.cpu(
        precision,
        witness -> {
          OnDevice on = new OnDevice(conv, witness);
          View dx = witness.state(before, image);
          on.backward(dx, null, true);
          forward.admits("y", on.y);
          backward.admits("dx", dx);
          backward.admits("dw", on.dw);
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"F32_STRICT", "F32", "BF16"})
  void aSampleDoesNotDependOnItsBatch(Precision precision) {
    for (long[] image : new long[][] {{3, 2, 6, 5}, {3, 40, 8, 8}}) {
      long[] window = {40, image[1], 3, 3};
      var conv = Conv2dReference.of(draw, image, window, new Convolution(1, 1), true);
      Consumer<Witness> test =
          witness -> {
            OnDevice on = new OnDevice(conv, witness);
            View dx = witness.output(image);
            on.backward(dx, null, false);
            for (int b = 0; b < 3; b++) {
              View y = witness.output(on.y.rows(b, 1).shape());
              View x = on.x.rows(b, 1);
              witness.stream().conv2dForward(y, x, on.w, on.bias, null, conv.geometry());
              assertThat(y.floats()).isEqualTo(on.y.rows(b, 1).floats());
              View one = witness.output(x.shape());
              View dy = on.dy.rows(b, 1);
              witness.stream()
                  .conv2dBackward(one, on.dw, null, dy, x, on.w, conv.geometry(), false);
              assertThat(one.floats()).isEqualTo(dx.rows(b, 1).floats());
            }
          };
      Witness.cpu(precision, test);
      if (precision == Precision.F32_STRICT) Witness.cuda(test);
    }
  }

  @Test
  void nanShowsInAllThatSeesIt() {
    var conv =
        Conv2dReference.of(
            draw, new long[] {2, 2, 9, 6}, new long[] {3, 2, 3, 3}, new Convolution(2, 1), true);
    int pixel = 2 * 9 * 6 + 4 * 6 + 5; // the second plane of the first sample
    conv.x()[pixel] = Double.NaN;
    boolean[] touched = conv.touchedBy(pixel);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(conv, witness);
      on.backward(null, null, false);
      float[] y = on.y.floats();
      for (int i = 0; i < y.length; i++)
        assertThat(Float.isNaN(y[i])).as("y[%d]", i).isEqualTo(touched[i]);
      assertThat(on.dw.floats()).contains(Float.NaN);
    });
  }

  /** At f32 tiles of outputs share sums of pixels: neighbours may become NaN, but none is lost. */
  @Test
  void nanIsNeverLostWhereMultiplicationsAreSaved() {
    var conv =
        Conv2dReference.of(
            draw, new long[] {2, 16, 9, 6}, new long[] {16, 16, 3, 3}, new Convolution(1, 1), true);
    int pixel = 3 * 9 * 6 + 4 * 6 + 5;
    conv.x()[pixel] = Double.NaN;
    boolean[] touched = conv.touchedBy(pixel);
    Witness.cpu(
        Precision.F32,
        witness -> {
          OnDevice on = new OnDevice(conv, witness);
          on.backward(null, null, false);
          float[] y = on.y.floats();
          for (int i = 0; i < y.length; i++) {
            if (touched[i]) assertThat(y[i]).as("y[%d]", i).isNaN();
            if (i >= y.length / 2) assertThat(y[i]).as("y[%d]", i).isFinite();
          }
          assertThat(on.dw.floats()).contains(Float.NaN);
        });
  }

  @Test
  void wrongShapesAreNamed() {
    Convolution same = new Convolution(1, 1);
    try (Witness witness = Witness.any()) {
      View x = witness.output(2, 3, 7, 5);
      View w = witness.output(4, 3, 3, 3);
      View y = witness.output(2, 4, 7, 5);
      Stream stream = witness.stream();
      refused(
          "conv2d_forward: y is F32[2, 4, 7, 5], not F32[2, 4, 4, 3]",
          () -> stream.conv2dForward(y, x, w, null, null, new Convolution(2, 1)));
      refused(
          "conv2d_forward: y is F32[2, 4, 5, 7], not F32[2, 4, 7, 5]",
          () -> stream.conv2dForward(y.reshape(2, 4, 5, 7), x, w, null, null, same));
      refused(
          "conv2d_forward: residual is F32[2, 4, 5, 7], not F32[2, 4, 7, 5]",
          () -> stream.conv2dForward(y, x, w, null, witness.output(2, 4, 5, 7), same));
      refused(
          "conv2d_forward: y is its own residual",
          () -> stream.conv2dForward(y, x, w, null, y, same));
      refused(
          "conv2d_forward: w is F32[4, 27], not of rank 4",
          () -> stream.conv2dForward(y, x, w.reshape(4, 27), null, null, same));
      refused(
          "conv2d_forward: w is F32[3, 4, 3, 3], not F32[3, 3, 3, 3]",
          () -> stream.conv2dForward(y, x, w.reshape(3, 4, 3, 3), null, null, same));
      refused(
          "conv2d_forward: F32[4, 3, 3, 3] does not fit F32[70, 3, 1, 1], "
              + "Convolution[stride=1, padding=0]",
          () ->
              stream.conv2dForward(
                  y, x.reshape(70, 3, 1, 1), w, null, null, new Convolution(1, 0)));
      refused(
          "conv2d_backward: dw is F32[4, 27], not F32[4, 3, 3, 3]",
          () -> stream.conv2dBackward(null, w.reshape(4, 27), null, y, x, w, same, false));
      refused(
          "conv2d_backward: dbias is F32[2, 4, 7, 5], not F32[4]",
          () -> stream.conv2dBackward(x, w, y, y, x, w, same, false));
      refused("convolution: stride 0, padding 1", () -> new Convolution(0, 1));
    }
  }

  private static void refused(String message, Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  /** A convolution in the memory of a device, after its forward pass. */
  private static final class OnDevice {
    final Conv2dReference conv;
    final Witness witness;
    final View x;
    final View w;
    final View bias;
    final View residual;
    final View dy;
    final View y;
    final View dw;

    OnDevice(Conv2dReference conv, Witness witness) {
      this.conv = conv;
      this.witness = witness;
      x = witness.input(conv.x(), conv.image());
      w = witness.input(conv.w(), conv.window());
      bias = witness.input(conv.bias(), conv.window()[0]);
      dy = witness.input(conv.dy(), conv.outputs());
      y = witness.output(conv.outputs());
      dw = witness.output(conv.window());
      residual = witness.input(conv.residual(), conv.outputs());
      witness.stream().conv2dForward(y, x, w, bias, residual, conv.geometry());
    }

    void backward(View dx, View dbias, boolean add) {
      witness.stream().conv2dBackward(dx, dw, dbias, dy, x, w, conv.geometry(), add);
    }
  }
}
