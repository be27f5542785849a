package dev.sild.bench;

import dev.sild.bindings.Convolution;
import dev.sild.bindings.View;
import java.util.ArrayList;
import java.util.List;

/**
 * Convolutions of residual networks: windows of 3 × 3, images of the same size in and out. Their
 * operations are those of the definition, so one that needs fewer may pass the limit.
 */
final class ConvolutionKernels {
  private static final int BATCH = 32;
  private static final int TAPS = 3;
  private static final Convolution SAME = new Convolution(1, 1);

  /** Channels in and out, side. */
  private static final int[][] SIZES = {{64, 32}, {128, 16}, {256, 8}};

  private ConvolutionKernels() {}

  /** Forward, backward, and both in turn. */
  static List<Kernel> all() {
    List<Kernel> all = new ArrayList<>();
    for (int[] size : SIZES) {
      all.add(kernel("forward", 1, size[0], size[1], Layer::forward));
      all.add(kernel("backward", 2, size[0], size[1], Layer::backward));
      all.add(
          kernel(
              "step",
              3,
              size[0],
              size[1],
              layer -> {
                layer.forward();
                layer.backward();
              }));
    }
    return all;
  }

  private interface Pass {
    void of(Layer layer);
  }

  private static Kernel kernel(String name, int products, int channels, int side, Pass pass) {
    double image = (double) BATCH * channels * side * side;
    double weights = (double) TAPS * TAPS * channels * channels;
    return new Kernel(
        "conv2d_%s %d×%d×%d×%d %d×%d".formatted(name, BATCH, channels, side, side, TAPS, TAPS),
        Work.products(
            2 * products * image * TAPS * TAPS * channels, products * (2 * image + weights)),
        desk -> {
          Layer layer = new Layer(desk, channels, side);
          return () -> pass.of(layer);
        });
  }

  /** A convolution and its operands. */
  private static final class Layer {
    private final Desk desk;
    private final View x;
    private final View y;
    private final View dx;
    private final View dy;
    private final View w;
    private final View dw;
    private final View bias;
    private final View dbias;

    Layer(Desk desk, int channels, int side) {
      this.desk = desk;
      x = desk.normals(BATCH, channels, side, side);
      y = desk.zeros(BATCH, channels, side, side);
      dx = desk.zeros(BATCH, channels, side, side);
      dy = desk.normals(BATCH, channels, side, side);
      w = desk.normals(channels, channels, TAPS, TAPS);
      dw = desk.zeros(channels, channels, TAPS, TAPS);
      bias = desk.normals(channels);
      dbias = desk.zeros(channels);
    }

    void forward() {
      desk.stream().conv2dForward(y, x, w, bias, null, SAME);
    }

    void backward() {
      desk.stream().conv2dBackward(dx, dw, dbias, dy, x, w, SAME, false);
    }
  }
}
