package dev.sild.bindings.cuda;

import dev.sild.bindings.Contracts;
import dev.sild.bindings.Shapes;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** From tokens to rows of a table, and from logits to shares of tokens, on one stream. */
final class CudaTokens {
  private final CudaKernels kernels;
  private final Launch launch;

  CudaTokens(CudaKernels kernels, Launch launch) {
    this.kernels = kernels;
    this.launch = launch;
  }

  /** {@link Stream#softmaxForward}. */
  void softmaxForward(View p, View logits) {
    Contracts.softmaxForward(p, logits);
    launch
        .of(kernels.get("softmax", "sild_softmax_forward"))
        .teams(logits.rows(), logits.columns())
        .view(p)
        .view(logits)
        .i64(logits.rows())
        .i64(logits.columns())
        .run(logits);
  }

  /** {@link Stream#softmaxBackward}. */
  void softmaxBackward(View dlogits, View dp, View p) {
    Contracts.softmaxBackward(dlogits, dp, p);
    launch
        .of(kernels.get("softmax", "sild_softmax_backward"))
        .teams(p.rows(), p.columns())
        .view(dlogits)
        .view(dp)
        .view(p)
        .i64(p.rows())
        .i64(p.columns())
        .run(p);
  }

  /** {@link Stream#tokenEmbedding}. */
  void embedding(View x, View labels, View bank, View index, View table) {
    Contracts.tokenEmbedding(x, labels, bank, index, table);
    long rows = labels.elements();
    Shapes.of("token_embedding").that(rows <= 0xFFFFFFFFL, x + ": too many rows");
    launch
        .of(kernels.get("token_embedding", "sild_token_embedding"))
        .tiles(rows, Math.ceilDiv(table.columns(), 4L))
        .view(x)
        .view(labels)
        .view(bank)
        .view(index)
        .view(table)
        .i64(rows)
        .i64(bank.columns())
        .i64(table.rows())
        .i64(table.columns())
        .run(x, bank, table);
  }
}
