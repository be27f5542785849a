package dev.sild.bindings.cpu;

import dev.sild.bindings.Contracts;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** From tokens to rows of a table, and from logits to shares of tokens, on one stream. */
final class CpuTokens {
  private final CpuKernels kernels;
  private final long stream;

  CpuTokens(CpuKernels kernels, long stream) {
    this.kernels = kernels;
    this.stream = stream;
  }

  /** {@link Stream#softmaxForward}. */
  void softmaxForward(View p, View logits) {
    Contracts.softmaxForward(p, logits);
    long pAt = p.address();
    long logitsAt = logits.address();
    int status;
    try {
      status =
          (int)
              kernels.softmaxForward$mh.invokeExact(
                  pAt, logitsAt, logits.rows(), logits.columns(), stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "softmax_forward", logits);
  }

  /** {@link Stream#softmaxBackward}. */
  void softmaxBackward(View dlogits, View dp, View p) {
    Contracts.softmaxBackward(dlogits, dp, p);
    long dlogitsAt = dlogits.address();
    long dpAt = dp.address();
    long pAt = p.address();
    int status;
    try {
      status =
          (int)
              kernels.softmaxBackward$mh.invokeExact(
                  dlogitsAt, dpAt, pAt, p.rows(), p.columns(), stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "softmax_backward", p);
  }

  /** {@link Stream#tokenEmbedding}. */
  void embedding(View x, View labels, View bank, View index, View table) {
    Contracts.tokenEmbedding(x, labels, bank, index, table);
    long length = bank.columns();
    long rows = labels.elements() / length;
    long xAt = x.address();
    long labelsAt = labels.address();
    long bankAt = bank.address();
    long indexAt = Call.address(index);
    long tableAt = table.address();
    int status;
    try {
      status =
          (int)
              kernels.tokenEmbedding$mh.invokeExact(
                  xAt,
                  labelsAt,
                  bankAt,
                  indexAt,
                  tableAt,
                  rows,
                  length,
                  table.rows(),
                  table.columns(),
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "token_embedding", x, bank, table);
  }
}
