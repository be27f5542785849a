package dev.sild.bindings.cuda;

import dev.sild.bindings.MlpShape;
import dev.sild.bindings.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * For each kernel a run of a round size, what counts as one element of it, and the least bytes that
 * the run could move: each input read once, each output written once. {@code kernels/README.md} has
 * what is measured against that.
 */
final class LeastWork {
  private static final int WHOLE_GPU = 132;
  private static final int MOST_SHARED = 232448;

  private LeastWork() {}

  /**
   * One kernel at one size.
   *
   * @param size what a reader needs to know of it
   * @param unit what is counted: an element, a parameter, a row
   * @param units how many of them
   * @param bytes least bytes of the whole run
   * @param most least bytes may be exceeded by this factor; 0: stated, not limited
   * @param multiprocessors of the GPU that the launch is told about: few, and a small product takes
   *     the large tile
   * @param shared bytes of shared memory that a block may have
   */
  record Run(
      String kernel,
      String size,
      String unit,
      long units,
      double bytes,
      double most,
      Precision precision,
      int multiprocessors,
      int shared,
      Consumer<Workbench> work) {

    private Run on(Precision other, int processors, int bytesOfBlock) {
      return new Run(kernel, size, unit, units, bytes, most, other, processors, bytesOfBlock, work);
    }

    /** A kernel that only moves: at most 5 % more than the least. */
    private Run tight() {
      return new Run(
          kernel, size, unit, units, bytes, 1.05, precision, multiprocessors, shared, work);
    }
  }

  static List<Run> all() {
    List<Run> all = new ArrayList<>();
    all.addAll(elementwise());
    all.addAll(rows());
    all.addAll(reductions());
    all.addAll(products());
    all.addAll(samplers());
    return all;
  }

  private static Run run(
      String kernel, String size, String unit, long units, double bytes, Consumer<Workbench> work) {
    return new Run(
        kernel, size, unit, units, bytes, 0, Precision.F32_STRICT, WHOLE_GPU, MOST_SHARED, work);
  }

  private static List<Run> elementwise() {
    long n = 1 << 19;
    long B = 2112; // four blocks a multiprocessor, each four rows
    long D = 784;
    long N = 256;
    return List.of(
        run(
                "sild_adamw_ema",
                "n = 512 Ki",
                "parameter",
                n,
                36 * n,
                bench -> RoundOps.adamw(bench, false))
            .tight(),
        run(
                "sild_adamw_ema_two",
                "n = 512 Ki",
                "parameter",
                n,
                44 * n,
                bench -> RoundOps.adamw(bench, true))
            .tight(),
        run(
                "sild_perturb",
                "u8, B = 2112, D = 784",
                "element",
                B * D,
                5 * B * D + 4 * B,
                RoundOps::perturb)
            .tight(),
        run(
                "sild_dsm_loss",
                "u8, B = 512, D = 784",
                "element",
                512 * D,
                13 * 512 * D + 12 * 512,
                RoundOps::dsmLoss)
            .tight(),
        run(
                "sild_sampler_step",
                "a x + b D, B = 2048, N = 256",
                "element",
                2048 * N,
                12 * 2048 * N,
                bench -> RoundOps.step(bench, 0))
            .tight(),
        run(
                "sild_sampler_step_noise",
                "a x + b D + s z, B = 2048, N = 256",
                "element",
                2048 * N,
                12 * 2048 * N,
                bench -> RoundOps.step(bench, 1))
            .tight(),
        run(
                "sild_time_embedding",
                "B = 4096, E = 64",
                "element",
                4096 * 64,
                4 * 4096 * 64 + 4 * 4096,
                RoundOps::timeEmbedding)
            .tight(),
        run(
                "sild_reparameterise_forward",
                "B = 2048, Z = 128",
                "element",
                2048 * 128,
                12 * 2048 * 128 + 4 * 2048,
                RoundOps::reparameterise)
            .tight(),
        run(
                "sild_reparameterise_backward",
                "B = 2048, Z = 128",
                "element",
                2048 * 128,
                20 * 2048 * 128,
                RoundOps::reparameterise)
            .tight(),
        run(
                "sild_linear_du",
                "B = 1024, N = 512",
                "element",
                1024 * 512,
                12 * 1024 * 512,
                RoundOps::du)
            .tight(),
        run(
                "sild_resample",
                "up, 64 planes of 64 × 64",
                "coarse pixel",
                64 * 4096,
                20 * 64 * 4096,
                RoundOps::resample)
            .tight(),
        run("sild_draw_indices", "B = 65536", "index", 65536, 4 * 65536, RoundOps::drawIndices));
  }

  private static List<Run> rows() {
    long B = 1024;
    long N = 512;
    return List.of(
        run(
            "sild_norm_forward",
            "B = 1024, N = 512",
            "element",
            B * N,
            8 * B * N + 8 * B + 8 * N,
            RoundOps::normForward),
        run(
            "sild_norm_backward_columns",
            "B = 1024, N = 512",
            "element",
            B * N,
            8 * B * N + 8 * B,
            RoundOps::normBackward),
        run(
            "sild_norm_backward",
            "B = 1024, N = 512",
            "element",
            B * N,
            12 * B * N + 8 * B + 12 * N,
            RoundOps::normBackward),
        run(
            "sild_group_norm_forward",
            "B = 32, C = 64, P = 256, 8 groups",
            "element",
            B * N,
            8 * B * N + 8 * 32 * 8 + 8 * 64 + 8 * 32 * 64,
            RoundOps::groupNormForward),
        run(
            "sild_group_norm_sums",
            "B = 32, C = 64, P = 256, 8 groups",
            "element",
            B * N,
            8 * B * N + 24 * 32 * 64 + 8 * 32 * 8 + 8 * 64,
            RoundOps::groupNormBackward),
        run(
            "sild_group_norm_backward",
            "B = 32, C = 64, P = 256, 8 groups",
            "element",
            B * N,
            12 * B * N + 16 * 32 * 64 + 8 * 32 * 8 + 8 * 64,
            RoundOps::groupNormBackward),
        run(
            "sild_group_norm_channels",
            "B = 32, C = 64",
            "(row, channel)",
            32 * 64,
            12 * 32 * 64 + 8 * 64,
            RoundOps::groupNormBackward),
        run(
            "sild_cross_entropy",
            "B = 8192, C = 10",
            "logit",
            8192 * 10,
            8 * 8192 * 10 + 9 * 8192,
            RoundOps::crossEntropy),
        attention("sild_attention_forward", 4, 1, RoundOps::attentionForward),
        attention("sild_attention_queries", 6, 2, RoundOps::attentionBackward),
        attention("sild_attention_keys", 6, 2, RoundOps::attentionBackward),
        run(
            "sild_softmax_forward",
            "B = 1024, C = 512",
            "element",
            B * N,
            8 * B * N,
            RoundOps::softmaxForward),
        run(
            "sild_softmax_backward",
            "B = 1024, C = 512",
            "element",
            B * N,
            12 * B * N,
            RoundOps::softmaxBackward),
        run(
                "sild_token_embedding",
                "B = 128, T = 64, V = 64, E = 64",
                "element",
                B * N,
                4 * B * N + 2 * 128 * 64 + 4 * 128 + 4 * 64 * 64,
                RoundOps::tokenEmbedding)
            .tight(),
        run(
            "sild_mmd",
            "B = 256, Z = 64",
            "(row, row, coordinate)",
            256 * 256 * 64,
            16 * 256 * 64 + 4 * 256,
            RoundOps::mmd),
        run(
            "sild_row_maximum",
            "B = 1024, N = 512",
            "element",
            B * N,
            4 * B * N + 8 * B,
            RoundOps::rowMaximum));
  }

  /**
   * @param arrays of (B, C, T) that come or go
   * @param rows of (B, heads, T) that do
   */
  private static Run attention(String kernel, int arrays, int rows, Consumer<Workbench> work) {
    return run(
        kernel,
        "B = 2, C = 128, T = 256, 4 heads",
        "(query, key, channel)",
        2 * 128 * 256 * 256,
        4L * 2 * 256 * (arrays * 128 + rows * 4),
        work);
  }

  private static List<Run> reductions() {
    long n = 1 << 21;
    long parts = 512;
    return List.of(
        run(
            "sild_sum_of_squares_parts",
            "n = 2 Mi",
            "element",
            n,
            4 * n + 8 * parts,
            RoundOps::sumOfSquares),
        run(
            "sild_sum_of_squares",
            "512 parts",
            "part",
            parts,
            8 * parts + 8,
            RoundOps::sumOfSquares),
        run(
            "sild_conv2d_bias_gradient",
            "B = 64, K = 64, P = Q = 16",
            "element",
            64 * 64 * 256,
            4 * 64 * 64 * 256 + 4 * 64,
            RoundOps::conv2dBackward),
        run(
            "sild_bin_errors",
            "B = 4096, 20 bins",
            "row",
            4096,
            12 * 4096 + 64 * 20,
            RoundOps::binErrors));
  }

  /** Every product in every precision and with both tiles: 256 × 256 outputs, sums of 256. */
  private static List<Run> products() {
    long n = 256;
    long outputs = n * n;
    List<Run> runs = new ArrayList<>();
    for (Precision precision : Precision.values())
      for (String tile : List.of("small", "large")) {
        String kernel = "%s_" + precision.label().replace('-', '_') + "_" + tile;
        int processors = tile.equals("small") ? WHOLE_GPU : 1;
        List.of(
                run(
                    kernel.formatted("sild_linear_forward"),
                    "256³",
                    "output",
                    outputs,
                    16 * outputs + 4 * n,
                    RoundOps::forward),
                run(
                    kernel.formatted("sild_product_nn"),
                    "256³",
                    "output",
                    outputs,
                    12 * outputs,
                    bench -> RoundOps.backward(bench, 256, 256, 256)),
                run(
                    kernel.formatted("sild_product_tn"),
                    "256³",
                    "output",
                    outputs,
                    12 * outputs + 4 * n,
                    bench -> RoundOps.backward(bench, 256, 256, 256)))
            .forEach(run -> runs.add(run.on(precision, processors, MOST_SHARED)));
      }
    return runs;
  }

  private static List<Run> samplers() {
    MlpShape narrow = new MlpShape(3, 128, 3);
    MlpShape wide = new MlpShape(64, 512, 4);
    long M = 1024;
    long B = 512;
    long D = 64;
    long pairs = B * M * D;
    Run features =
        run(
            "sild_random_features",
            "B = 512, P = 512, D = 64",
            "product",
            B * 512 * D,
            4 * B * (512 + D),
            RoundOps::randomFeatures);
    return List.of(
        trajectory("sild_mlp_resident", narrow, 128, Precision.BF16, MOST_SHARED),
        trajectory("sild_mlp_streamed_bf16_64", wide, 64, Precision.BF16, MOST_SHARED),
        trajectory("sild_mlp_streamed_bf16_32", wide, 64, Precision.BF16, 160 << 10),
        trajectory("sild_mlp_streamed_bf16x3_32", wide, 64, Precision.F32, MOST_SHARED),
        trajectory("sild_mlp_streamed_bf16x3_16", wide, 64, Precision.F32, 160 << 10),
        packing(wide),
        run(
            "sild_mixture_partial",
            "B = 512, M = 1024, D = 64",
            "(row, centre, coordinate)",
            pairs,
            4 * (B + M) * D,
            RoundOps::mixture),
        run(
            "sild_mixture_merge",
            "B = 512, 16 shares, D = 64",
            "element",
            B * D,
            4 * B * D * 17 + 16 * 16 * B,
            RoundOps::mixture),
        features);
  }

  /**
   * On one multiprocessor, so that a block has as many warps as it can. Two evaluations; the least
   * is the start, the end and, once, the weights as they are packed.
   */
  private static Run trajectory(
      String kernel, MlpShape shape, int rows, Precision precision, int shared) {
    long bytes = MlpForm.of(shape, precision, shared).packedBytes();
    String size =
        "Z = %d, W = %d, %d blocks, B = %d, 2 evaluations"
            .formatted(shape.latent(), shape.width(), shape.blocks(), rows);
    return run(
            kernel,
            size,
            "row and evaluation",
            2L * rows,
            8.0 * rows * shape.latent() + bytes,
            bench -> RoundOps.sample(bench, shape, rows))
        .on(precision, 1, shared);
  }

  /** f32 weights in, bf16 out. */
  private static Run packing(MlpShape shape) {
    long weights =
        IntStream.range(0, shape.layers())
            .mapToLong(i -> (long) shape.inputs(i) * shape.outputs(i))
            .sum();
    return run(
            "sild_pack_mlp",
            "Z = %d, W = %d, %d blocks".formatted(shape.latent(), shape.width(), shape.blocks()),
            "weight",
            weights,
            6 * weights,
            bench -> RoundOps.sample(bench, shape, 64))
        .on(Precision.BF16, WHOLE_GPU, MOST_SHARED);
  }
}
