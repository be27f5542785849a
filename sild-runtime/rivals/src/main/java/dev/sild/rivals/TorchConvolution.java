package dev.sild.rivals;

import static org.bytedeco.pytorch.global.torch.randn;

import java.util.List;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A convolution of 3 × 3 forward, and the gradients of its input, weights and bias, by the calls
 * that modules and autograd end in.
 */
final class TorchConvolution {
  private static final long[] ONE = {1, 1};
  private static final long[] NONE = {0, 0};
  private static final int TAPS = 3;

  private final BoolPointer everything = new BoolPointer(3);
  private final Operands operands;
  private final Tensor lastOutput = torch.zeros(1).squeeze();

  /** Operands in one layout. */
  private record Operands(MemoryFormat layout, Tensor x, Tensor w, Tensor bias, Tensor dy) {
    static Operands random(Job job, MemoryFormat layout, ScalarType type) {
      long c = job.dimension();
      long side = job.side();
      MemoryFormatOptional format = new MemoryFormatOptional(layout);
      return new Operands(
          layout,
          randn(Job.IMAGES, c, side, side).to(type, false, true, format),
          randn(c, c, TAPS, TAPS).to(type, false, true, format),
          randn(c).to(type),
          randn(Job.IMAGES, c, side, side).to(type, false, true, format));
    }
  }

  TorchConvolution(Job job, Libtorch.Way way, boolean bf16) {
    ScalarType type = bf16 ? ScalarType.BFloat16 : ScalarType.Float;
    for (int i = 0; i < 3; i++) everything.put(i, true);
    Operands plain = Operands.random(job, MemoryFormat.Contiguous, type);
    operands =
        way == Libtorch.Way.EAGER
            ? plain
            : Stopwatch.fastest(
                List.of(plain, Operands.random(job, MemoryFormat.ChannelsLast, type)), this::step);
  }

  /** Forward and backward. */
  void step() {
    step(operands);
  }

  private void step(Operands o) {
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      Tensor y = torch.conv2d(o.x, o.w, new TensorOptional(o.bias), ONE, ONE, ONE, 1);
      torch.convolution_backward(
          o.dy, o.x, o.w, new long[] {o.bias.size(0)}, ONE, ONE, ONE, false, NONE, 1, everything);
      lastOutput.copy_(y.select(0, 0).select(0, 0).select(0, 0).select(0, 0));
    }
  }

  /** One of the last outputs. */
  double output() {
    return lastOutput.item_float();
  }

  /** How its tensors lie. */
  String form() {
    return operands.layout == MemoryFormat.ChannelsLast ? "channels last" : "channels first";
  }
}
