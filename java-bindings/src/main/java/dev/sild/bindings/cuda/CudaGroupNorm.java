package dev.sild.bindings.cuda;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Buffer;
import dev.sild.bindings.Contracts;
import dev.sild.bindings.Shapes;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** Group norm on one stream. */
final class CudaGroupNorm {
  private final CudaKernels kernels;
  private final Launch launch;
  private final Buffer scratch;

  CudaGroupNorm(CudaKernels kernels, Launch launch, Buffer scratch) {
    this.kernels = kernels;
    this.launch = launch;
    this.scratch = scratch;
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
    long numbers = x.columns() / groups;
    Shapes.of("group_norm_forward").that(numbers <= Integer.MAX_VALUE - 4, x + ": too long");
    begin("sild_group_norm_forward")
        .teams(x.rows() * groups, numbers)
        .view(y)
        .view(mean)
        .view(rstd)
        .view(x);
    channels(x, gain, shift, modulation, groups, activation).run(y, x);
  }

  /** {@link Stream#groupNormBackward}: the sums of each plane, then what needs them. */
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
    long channels = gain.elements();
    long planes = x.rows() * channels;
    long most = scratch.bytes() / (2 * Float.BYTES);
    Shapes.of("group_norm_backward")
        .that(planes <= most, "%d planes, at most %d fit".formatted(planes, most));
    begin("sild_group_norm_sums")
        .teams(planes, x.columns() / channels)
        .view(dmodulation)
        .view(dy)
        .view(x)
        .view(mean)
        .view(rstd);
    channels(x, gain, shift, modulation, groups, activation).i64(scratch.address()).run(dy, x);
    begin("sild_group_norm_backward")
        .teams(planes, x.columns() / channels)
        .view(dx)
        .view(dy)
        .view(x)
        .view(mean)
        .view(rstd);
    channels(x, gain, shift, modulation, groups, activation)
        .i32(addDx ? 1 : 0)
        .i64(scratch.address())
        .run(dy, x);
    begin("sild_group_norm_channels")
        .block(32, 8)
        .grid(Math.ceilDiv(channels, 32L))
        .view(dgain)
        .view(dshift)
        .view(modulation)
        .i64(x.rows())
        .i64(channels)
        .i64(modulation == null ? 1 : modulation.rows())
        .i64(scratch.address())
        .run(dy, x);
  }

  private Launch begin(String kernel) {
    return launch.of(kernels.get("group_norm", kernel));
  }

  /** The parameters of the channels and all sizes: what three kernels have in common. */
  private Launch channels(
      View x, View gain, View shift, View modulation, int groups, Activation activation) {
    return launch
        .view(gain)
        .view(shift)
        .view(modulation)
        .i64(x.rows())
        .i64(gain.elements())
        .i64(x.columns() / gain.elements())
        .i64(groups)
        .i64(modulation == null ? 1 : modulation.rows())
        .i32(activation.ordinal());
  }
}
