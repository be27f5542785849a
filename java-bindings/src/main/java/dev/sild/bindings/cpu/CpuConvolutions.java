package dev.sild.bindings.cpu;

import dev.sild.bindings.Contracts;
import dev.sild.bindings.Convolution;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** The convolutions of one stream: kernels/cpu/conv2d.cpp. */
final class CpuConvolutions {
  private final CpuKernels kernels;
  private final long stream;

  CpuConvolutions(CpuKernels kernels, long stream) {
    this.kernels = kernels;
    this.stream = stream;
  }

  /** {@link Stream#conv2dForward}. */
  void forward(View y, View x, View w, View bias, View residual, Convolution geometry) {
    Contracts.conv2dForward(y, x, w, bias, residual, geometry);
    long[] image = x.shape();
    long[] window = w.shape();
    long yAt = y.address();
    long xAt = x.address();
    long wAt = w.address();
    long biasAt = Call.address(bias);
    long residualAt = Call.address(residual);
    int status;
    try {
      status =
          (int)
              kernels.conv2dForward$mh.invokeExact(
                  yAt,
                  xAt,
                  wAt,
                  biasAt,
                  residualAt,
                  image[0],
                  image[1],
                  image[2],
                  image[3],
                  window[0],
                  window[2],
                  window[3],
                  (long) geometry.stride(),
                  (long) geometry.padding(),
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "conv2d_forward", y, x, w);
  }

  /** {@link Stream#conv2dBackward}. */
  void backward(
      View dx, View dw, View dbias, View dy, View x, View w, Convolution geometry, boolean addDx) {
    Contracts.conv2dBackward(dx, dw, dbias, dy, x, w, geometry);
    long[] image = x.shape();
    long[] window = w.shape();
    long dxAt = Call.address(dx);
    long dwAt = dw.address();
    long dbiasAt = Call.address(dbias);
    long dyAt = dy.address();
    long xAt = x.address();
    long wAt = w.address();
    int status;
    try {
      status =
          (int)
              kernels.conv2dBackward$mh.invokeExact(
                  dxAt,
                  dwAt,
                  dbiasAt,
                  dyAt,
                  xAt,
                  wAt,
                  image[0],
                  image[1],
                  image[2],
                  image[3],
                  window[0],
                  window[2],
                  window[3],
                  (long) geometry.stride(),
                  (long) geometry.padding(),
                  addDx ? 1 : 0,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "conv2d_backward", dy, x, w);
  }
}
