package dev.sild.bindings.cpu;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Contracts;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** The products of one stream: kernels/cpu/linear.cpp. */
final class CpuProducts {
  private final CpuKernels kernels;
  private final long stream;

  CpuProducts(CpuKernels kernels, long stream) {
    this.kernels = kernels;
    this.stream = stream;
  }

  /** {@link Stream#linearForward}. */
  void linearForward(View y, View u, View x, View w, Epilogue epilogue) {
    long rows = x.rows();
    long inputs = w.columns();
    long outputs = w.rows();
    View modulation = epilogue.modulation();
    long modulationRows = modulation == null ? 0 : modulation.rows();
    Contracts.linearForward(y, u, x, w, epilogue);
    long yAt = y.address();
    long uAt = Call.address(u);
    long xAt = x.address();
    long wAt = w.address();
    long biasAt = Call.address(epilogue.bias());
    long modulationAt = Call.address(modulation);
    long gainAt = Call.address(epilogue.gain());
    long residualAt = Call.address(epilogue.residual());
    int status;
    try {
      status =
          (int)
              kernels.linearForward$mh.invokeExact(
                  yAt,
                  uAt,
                  xAt,
                  wAt,
                  biasAt,
                  modulationAt,
                  gainAt,
                  residualAt,
                  rows,
                  outputs,
                  inputs,
                  modulationRows,
                  epilogue.activation().ordinal(),
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "linear_forward", y, x, w);
  }

  /** {@link Stream#linearBackward}. */
  void linearBackward(
      View dx,
      View dw,
      View dbias,
      View du,
      View dy,
      View u,
      View x,
      View w,
      View gain,
      Activation activation,
      boolean addDx,
      boolean addDw) {
    long rows = x.rows();
    long inputs = w.columns();
    long outputs = w.rows();
    Contracts.linearBackward(dx, dw, dbias, du, dy, u, x, w, gain, activation);
    long dxAt = Call.address(dx);
    long dwAt = dw.address();
    long dbiasAt = Call.address(dbias);
    long duAt = du.address();
    long dyAt = dy.address();
    long uAt = Call.address(u);
    long xAt = x.address();
    long wAt = w.address();
    long gainAt = Call.address(gain);
    int status;
    try {
      status =
          (int)
              kernels.linearBackward$mh.invokeExact(
                  dxAt,
                  dwAt,
                  dbiasAt,
                  duAt,
                  dyAt,
                  uAt,
                  xAt,
                  wAt,
                  gainAt,
                  rows,
                  outputs,
                  inputs,
                  addDx ? 1 : 0,
                  addDw ? 1 : 0,
                  activation.ordinal(),
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "linear_backward", dy, x, w);
  }

  /** {@link Stream#matmul}. */
  void matmul(View c, View a, boolean transposeA, View b, boolean transposeB, boolean add) {
    long m = transposeA ? a.columns() : a.rows();
    long k = transposeA ? a.rows() : a.columns();
    long n = transposeB ? b.rows() : b.columns();
    Contracts.matmul(c, a, transposeA, b, transposeB);
    long cAt = c.address();
    long aAt = a.address();
    long bAt = b.address();
    int status;
    try {
      status =
          (int)
              kernels.matmul$mh.invokeExact(
                  cAt,
                  aAt,
                  bAt,
                  m,
                  n,
                  k,
                  transposeA ? 1 : 0,
                  transposeB ? 1 : 0,
                  add ? 1 : 0,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "matmul", c, a, b);
  }
}
