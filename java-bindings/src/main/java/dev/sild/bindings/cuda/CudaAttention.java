package dev.sild.bindings.cuda;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.Contracts;
import dev.sild.bindings.Shapes;
import dev.sild.bindings.Stream;
import dev.sild.bindings.TokenLayout;
import dev.sild.bindings.View;

/** Attention on one stream: {@code kernels/cuda/runtime/attention_tile.cuh} has the tiles. */
final class CudaAttention {
  private static final int OWN = 64; // tokens of a block
  private static final int OTHERS = 32; // tokens that pass by, at a time
  private static final int OWN_LINE = OWN + 4;
  private static final int OTHERS_LINE = OTHERS + 4;

  private final CudaKernels kernels;
  private final Launch launch;
  private final Buffer scratch;

  CudaAttention(CudaKernels kernels, Launch launch, Buffer scratch) {
    this.kernels = kernels;
    this.launch = launch;
    this.scratch = scratch;
  }

  /** {@link Stream#attentionForward}. */
  void forward(View y, View logSumExp, View qkv, int heads, TokenLayout layout) {
    Contracts.attentionForward(y, logSumExp, qkv, heads);
    begin("sild_attention_forward", 1, logSumExp, y, heads).view(y).view(logSumExp).view(qkv);
    sizes(logSumExp, y, heads, layout).run(y, qkv);
  }

  /** {@link Stream#attentionBackward}: queries leave δ to keys. */
  void backward(
      View dqkv, View dy, View y, View qkv, View logSumExp, int heads, TokenLayout layout) {
    Contracts.attentionBackward(dqkv, dy, y, qkv, logSumExp, heads);
    Shapes.of("attention_backward")
        .that(logSumExp.bytes() <= scratch.bytes(), logSumExp + ": too many tokens at once");
    begin("sild_attention_queries", 2, logSumExp, y, heads)
        .view(dqkv)
        .i64(scratch.address())
        .view(dy)
        .view(y)
        .view(qkv)
        .view(logSumExp);
    sizes(logSumExp, y, heads, layout).run(dy, qkv);
    begin("sild_attention_keys", 2, logSumExp, y, heads)
        .view(dqkv)
        .i64(scratch.address())
        .view(dy)
        .view(qkv)
        .view(logSumExp);
    sizes(logSumExp, y, heads, layout).run(dy, qkv);
  }

  /** A block a head and 64 tokens, with so many tiles of its own, two that pass by, and weights. */
  private Launch begin(String kernel, int ownTiles, View logSumExp, View y, int heads) {
    long blocks = logSumExp.rows() * heads * Math.ceilDiv(tokens(logSumExp, heads), (long) OWN);
    int padded = (int) Math.ceilDiv(channels(logSumExp, y, heads) / heads, 16L) * 16;
    int floats = padded * (ownTiles * OWN_LINE + 2 * OTHERS_LINE) + OTHERS * OWN_LINE;
    return launch
        .of(kernels.get("attention", kernel))
        .grid(blocks)
        .block(2 * OWN)
        .shared(floats * Float.BYTES);
  }

  private Launch sizes(View logSumExp, View y, int heads, TokenLayout layout) {
    return launch
        .i64(tokens(logSumExp, heads))
        .i64(channels(logSumExp, y, heads))
        .i64(heads)
        .i32(layout.ordinal());
  }

  private static long tokens(View logSumExp, int heads) {
    return logSumExp.columns() / heads;
  }

  private static long channels(View logSumExp, View y, int heads) {
    return y.elements() * heads / logSumExp.elements();
  }
}
