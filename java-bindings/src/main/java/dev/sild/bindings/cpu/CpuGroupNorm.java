package dev.sild.bindings.cpu;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Contracts;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** Group norm on one stream. */
final class CpuGroupNorm {
  private final CpuKernels kernels;
  private final long stream;

  CpuGroupNorm(CpuKernels kernels, long stream) {
    this.kernels = kernels;
    this.stream = stream;
  }

  /** {@link Stream#groupNormForward}. */
  void forward(
      View y,
      View mean,
      View rstd,
      View x,
      View gain,
      View shift,
      View modulation,
      int groups,
      Activation activation) {
    Contracts.groupNormForward(y, mean, rstd, x, gain, shift, modulation, groups);
    long rows = x.rows();
    long channels = gain.elements();
    long pixels = x.columns() / channels;
    long modulationRows = modulation == null ? 1 : modulation.rows();
    long yAt = y.address();
    long meanAt = mean.address();
    long rstdAt = rstd.address();
    long xAt = x.address();
    long gainAt = gain.address();
    long shiftAt = shift.address();
    long modulationAt = Call.address(modulation);
    int status;
    try {
      status =
          (int)
              kernels.groupNormForward$mh.invokeExact(
                  yAt,
                  meanAt,
                  rstdAt,
                  xAt,
                  gainAt,
                  shiftAt,
                  modulationAt,
                  rows,
                  channels,
                  pixels,
                  (long) groups,
                  modulationRows,
                  activation.ordinal(),
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "group_norm_forward", y, x);
  }

  /** {@link Stream#groupNormBackward}. */
  void backward(
      View dx,
      View dgain,
      View dshift,
      View dmodulation,
      View dy,
      View x,
      View mean,
      View rstd,
      View gain,
      View shift,
      View modulation,
      int groups,
      Activation activation,
      boolean addDx) {
    Contracts.groupNormBackward(
        dx, dgain, dshift, dmodulation, dy, x, mean, rstd, gain, shift, modulation, groups);
    long rows = x.rows();
    long channels = gain.elements();
    long pixels = x.columns() / channels;
    long modulationRows = modulation == null ? 1 : modulation.rows();
    long dxAt = dx.address();
    long dgainAt = dgain.address();
    long dshiftAt = dshift.address();
    long dmodulationAt = Call.address(dmodulation);
    long dyAt = dy.address();
    long xAt = x.address();
    long meanAt = mean.address();
    long rstdAt = rstd.address();
    long gainAt = gain.address();
    long shiftAt = shift.address();
    long modulationAt = Call.address(modulation);
    int status;
    try {
      status =
          (int)
              kernels.groupNormBackward$mh.invokeExact(
                  dxAt,
                  dgainAt,
                  dshiftAt,
                  dmodulationAt,
                  dyAt,
                  xAt,
                  meanAt,
                  rstdAt,
                  gainAt,
                  shiftAt,
                  modulationAt,
                  rows,
                  channels,
                  pixels,
                  (long) groups,
                  modulationRows,
                  activation.ordinal(),
                  addDx ? 1 : 0,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "group_norm_backward", dy, x);
  }
}
