package dev.sild.bindings.selftest;

import dev.sild.bindings.Convolution;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.View;
import java.util.List;

/**
 * Convolutions of images and the resampling between them. A device may be closer than its precision
 * asks: where bf16 convolutions are computed in TF32, the bound of bf16 holds.
 */
final class ConvolutionCases {
  private ConvolutionCases() {}

  /** x: (b, c, h, w), windows: (k, c, r, r). */
  private record Size(long b, long c, long h, long w, long k, long r, Convolution geometry) {
    long p() {
      return geometry.outputs(h, r);
    }

    long q() {
      return geometry.outputs(w, r);
    }
  }

  static List<Case> all() {
    Convolution same = new Convolution(1, 1);
    Convolution pixel = new Convolution(1, 0);
    return List.of(
        forward("one pixel", new Size(3, 5, 7, 7, 4, 1, pixel), false, false),
        forward("3 × 3", new Size(5, 8, 12, 12, 16, 3, same), true, false),
        forward("3 × 3, odd sizes", new Size(2, 3, 9, 13, 5, 3, same), true, true),
        forward("residual alone", new Size(3, 20, 8, 8, 20, 3, same), false, true),
        forward("stride 2", new Size(2, 8, 12, 10, 6, 3, new Convolution(2, 1)), true, false),
        backward("3 × 3", new Size(5, 8, 12, 12, 16, 3, same), true, true, false),
        backward("3 × 3, added", new Size(2, 3, 9, 11, 5, 3, same), true, true, true),
        backward(
            "stride 2", new Size(2, 8, 12, 10, 6, 3, new Convolution(2, 1)), true, false, false),
        backward("no dx", new Size(2, 4, 8, 8, 4, 3, same), false, true, false),
        backward("large planes", new Size(7, 1, 40, 40, 3, 1, pixel), false, true, false),
        backward("large planes, odd", new Size(7, 1, 41, 41, 3, 1, pixel), false, true, false),
        resample("up", 6, 12, 16, Resampling.UP, false),
        resample("up, added", 6, 12, 16, Resampling.UP, true),
        resample("up, odd", 5, 7, 9, Resampling.UP, false),
        resample("up, odd, added", 5, 7, 9, Resampling.UP, true),
        resample("down", 6, 24, 32, Resampling.DOWN, false),
        resample("down, added", 6, 24, 32, Resampling.DOWN, true),
        resample("down, odd", 5, 14, 18, Resampling.DOWN, false),
        resample("down, odd, added", 5, 14, 18, Resampling.DOWN, true));
  }

  private static Case forward(String name, Size size, boolean bias, boolean residual) {
    return new Case(
        "conv2dForward",
        name,
        trial -> {
          long terms = size.c * size.r * size.r;
          trial.stream()
              .conv2dForward(
                  trial.output("y", trial.product(terms), size.b, size.k, size.p(), size.q()),
                  trial.normal(size.b, size.c, size.h, size.w),
                  trial.scaled(1 / Math.sqrt(terms), size.k, size.c, size.r, size.r),
                  bias ? trial.normal(size.k) : null,
                  residual ? trial.normal(size.b, size.k, size.p(), size.q()) : null,
                  size.geometry);
        });
  }

  private static Case backward(
      String name, Size size, boolean withDx, boolean withBias, boolean addDx) {
    return new Case(
        "conv2dBackward",
        name,
        trial -> {
          long terms = size.c * size.r * size.r;
          long pixels = size.b * size.p() * size.q();
          Bound bound = trial.product(size.k * size.r * size.r);
          View dx =
              !withDx
                  ? null
                  : addDx
                      ? trial.state("dx", bound, size.b, size.c, size.h, size.w)
                      : trial.output("dx", bound, size.b, size.c, size.h, size.w);
          trial.stream()
              .conv2dBackward(
                  dx,
                  trial.output("dw", trial.product(pixels), size.k, size.c, size.r, size.r),
                  withBias ? trial.output("dbias", Bound.rounding(pixels), size.k) : null,
                  trial.normal(size.b, size.k, size.p(), size.q()),
                  trial.normal(size.b, size.c, size.h, size.w),
                  trial.scaled(1 / Math.sqrt(terms), size.k, size.c, size.r, size.r),
                  size.geometry,
                  addDx);
        });
  }

  private static Case resample(
      String name, long planes, int height, int width, Resampling kind, boolean add) {
    return new Case(
        "resample",
        name,
        trial -> {
          boolean up = kind == Resampling.UP;
          long[] shape = {planes, up ? 2L * height : height / 2, up ? 2L * width : width / 2};
          Bound bound = Bound.rounding(4);
          View y = add ? trial.state("y", bound, shape) : trial.output("y", bound, shape);
          trial.stream()
              .resample(y, trial.normal(planes, height, width), height, width, kind, 0.75, add);
        });
  }
}
