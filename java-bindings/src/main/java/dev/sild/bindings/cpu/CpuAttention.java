package dev.sild.bindings.cpu;

import dev.sild.bindings.Contracts;
import dev.sild.bindings.Stream;
import dev.sild.bindings.TokenLayout;
import dev.sild.bindings.View;

/** Attention on one stream. */
final class CpuAttention {
  private final CpuKernels kernels;
  private final long stream;

  CpuAttention(CpuKernels kernels, long stream) {
    this.kernels = kernels;
    this.stream = stream;
  }

  /** {@link Stream#attentionForward}. */
  void forward(View y, View logSumExp, View qkv, int heads, TokenLayout layout) {
    Contracts.attentionForward(y, logSumExp, qkv, heads);
    long rows = logSumExp.rows();
    long tokens = logSumExp.columns() / heads;
    long channels = y.elements() / (rows * tokens);
    long yAt = y.address();
    long sumsAt = logSumExp.address();
    long qkvAt = qkv.address();
    int status;
    try {
      status =
          (int)
              kernels.attentionForward$mh.invokeExact(
                  yAt,
                  sumsAt,
                  qkvAt,
                  rows,
                  tokens,
                  channels,
                  (long) heads,
                  layout.ordinal(),
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "attention_forward", y, qkv);
  }

  /** {@link Stream#attentionBackward}. */
  void backward(
      View dqkv, View dy, View y, View qkv, View logSumExp, int heads, TokenLayout layout) {
    Contracts.attentionBackward(dqkv, dy, y, qkv, logSumExp, heads);
    long rows = logSumExp.rows();
    long tokens = logSumExp.columns() / heads;
    long channels = y.elements() / (rows * tokens);
    long dqkvAt = dqkv.address();
    long dyAt = dy.address();
    long yAt = y.address();
    long qkvAt = qkv.address();
    long sumsAt = logSumExp.address();
    int status;
    try {
      status =
          (int)
              kernels.attentionBackward$mh.invokeExact(
                  dqkvAt,
                  dyAt,
                  yAt,
                  qkvAt,
                  sumsAt,
                  rows,
                  tokens,
                  channels,
                  (long) heads,
                  layout.ordinal(),
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "attention_backward", dy, qkv);
  }
}
