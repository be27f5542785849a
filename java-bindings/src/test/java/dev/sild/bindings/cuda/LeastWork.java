package dev.sild.bindings.cuda;

import dev.sild.bindings.Activation;
import dev.sild.bindings.AdamW;
import dev.sild.bindings.DType;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.MlpShape;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Precision;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.View;
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
  private static final Noise NOISE = new Noise(1, 2);
  private static final AdamW RULE = new AdamW(0.9, 0.95, 1e-8, 0.01, 1);
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
        run("sild_adamw_ema", "n = 512 Ki", "parameter", n, 36 * n, LeastWork::adamw).tight(),
        run(
                "sild_perturb",
                "u8, B = 2112, D = 784",
                "element",
                B * D,
                5 * B * D + 4 * B,
                LeastWork::perturb)
            .tight(),
        run(
                "sild_dsm_loss",
                "u8, B = 512, D = 784",
                "element",
                512 * D,
                13 * 512 * D + 12 * 512,
                LeastWork::dsmLoss)
            .tight(),
        run(
                "sild_sampler_step",
                "a x + b D, B = 2048, N = 256",
                "element",
                2048 * N,
                12 * 2048 * N,
                bench -> step(bench, 0))
            .tight(),
        run(
                "sild_sampler_step_noise",
                "a x + b D + s z, B = 2048, N = 256",
                "element",
                2048 * N,
                12 * 2048 * N,
                bench -> step(bench, 1))
            .tight(),
        run(
                "sild_time_embedding",
                "B = 4096, E = 64",
                "element",
                4096 * 64,
                4 * 4096 * 64 + 4 * 4096,
                LeastWork::timeEmbedding)
            .tight(),
        run(
                "sild_linear_du",
                "B = 1024, N = 512",
                "element",
                1024 * 512,
                12 * 1024 * 512,
                LeastWork::du)
            .tight(),
        run(
                "sild_resample",
                "up, 64 planes of 64 × 64",
                "coarse pixel",
                64 * 4096,
                20 * 64 * 4096,
                LeastWork::resample)
            .tight(),
        run(
            "sild_draw_indices",
            "B = 65536",
            "index",
            65536,
            4 * 65536,
            bench ->
                bench.stream()
                    .drawIndices(bench.zeros(DType.I32, 65536, 1), 60000, NOISE, bench.step())));
  }

  private static void adamw(Workbench bench) {
    long n = 1 << 19;
    bench.stream()
        .adamwEma(
            bench.floats(n),
            bench.floats(n),
            bench.floats(n),
            bench.floats(n),
            bench.zeros(DType.I64, 1),
            bench.floats(n),
            bench.zeros(DType.F64, 1),
            bench.step(),
            RULE);
  }

  private static void perturb(Workbench bench) {
    long B = 2112;
    bench.stream()
        .perturb(
            bench.zeros(DType.F32, B, 784),
            bench.zeros(DType.F32, B),
            bench.bank(B, 784),
            new SigmaLaw.LogNormal(-1.2, 1.2),
            0.5,
            NOISE,
            bench.step());
  }

  private static void dsmLoss(Workbench bench) {
    long B = 512;
    bench.stream()
        .dsmLoss(
            bench.zeros(DType.F32, B, 784),
            bench.zeros(DType.F32, B),
            bench.zeros(DType.F32, B),
            bench.floats(B, 784),
            bench.floats(B, 784),
            bench.floats(B),
            bench.bank(B, 784),
            0.5);
  }

  private static void step(Workbench bench, double s) {
    View next = bench.zeros(DType.F32, 2048, 256);
    View x = bench.floats(2048, 256);
    View denoised = bench.floats(2048, 256);
    bench.stream().samplerStep(next, x, 0.9, denoised, 0.1, null, 0, s, NOISE, null, 0);
  }

  private static void timeEmbedding(Workbench bench) {
    bench.stream().timeEmbedding(bench.zeros(DType.F32, 4096, 64), bench.floats(4096));
  }

  private static void resample(Workbench bench) {
    View fine = bench.zeros(DType.F32, 64, 128, 128);
    bench.stream().resample(fine, bench.floats(64, 64, 64), 64, 64, Resampling.UP, 1, false);
  }

  /** The gradient of a layer of few inputs: what is looked at is du. */
  private static void du(Workbench bench) {
    backward(bench, 1024, 512, 16);
  }

  private static void backward(Workbench bench, long B, long N, long K) {
    bench.stream()
        .linearBackward(
            bench.zeros(DType.F32, B, K),
            bench.zeros(DType.F32, N, K),
            bench.zeros(DType.F32, N),
            bench.zeros(DType.F32, B, N),
            bench.floats(B, N),
            bench.floats(B, N),
            bench.floats(B, K),
            bench.floats(N, K),
            null,
            Activation.SILU,
            false,
            false);
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
            LeastWork::normForward),
        run(
            "sild_norm_backward_columns",
            "B = 1024, N = 512",
            "element",
            B * N,
            8 * B * N + 8 * B,
            LeastWork::normBackward),
        run(
            "sild_norm_backward",
            "B = 1024, N = 512",
            "element",
            B * N,
            12 * B * N + 8 * B + 12 * N,
            LeastWork::normBackward),
        run(
            "sild_cross_entropy",
            "B = 8192, C = 10",
            "logit",
            8192 * 10,
            8 * 8192 * 10 + 9 * 8192,
            LeastWork::crossEntropy),
        run(
            "sild_row_maximum",
            "B = 1024, N = 512",
            "element",
            B * N,
            4 * B * N + 8 * B,
            bench ->
                bench.stream()
                    .rowMaximum(
                        bench.zeros(DType.F32, B), bench.zeros(DType.I32, B), bench.floats(B, N))));
  }

  private static void normForward(Workbench bench) {
    bench.stream()
        .normForward(
            bench.zeros(DType.F32, 1024, 512),
            bench.zeros(DType.F32, 1024),
            bench.zeros(DType.F32, 1024),
            bench.floats(1024, 512),
            bench.floats(512),
            bench.floats(512));
  }

  private static void normBackward(Workbench bench) {
    bench.stream()
        .normBackward(
            bench.zeros(DType.F32, 1024, 512),
            bench.zeros(DType.F32, 512),
            bench.zeros(DType.F32, 512),
            bench.floats(1024, 512),
            bench.floats(1024, 512),
            bench.floats(1024),
            bench.floats(1024),
            bench.floats(512),
            false);
  }

  private static void crossEntropy(Workbench bench) {
    long B = 8192;
    bench.stream()
        .crossEntropy(
            bench.zeros(DType.F32, B, 10),
            bench.zeros(DType.F32, B),
            bench.zeros(DType.F32, B),
            bench.floats(B, 10),
            bench.bytes(10, B),
            null);
  }

  private static List<Run> reductions() {
    long n = 1 << 21;
    long parts = 512;
    Consumer<Workbench> squares =
        bench -> bench.stream().sumOfSquares(bench.zeros(DType.F64, 1), bench.floats(n));
    return List.of(
        run("sild_sum_of_squares_parts", "n = 2 Mi", "element", n, 4 * n + 8 * parts, squares),
        run("sild_sum_of_squares", "512 parts", "part", parts, 8 * parts + 8, squares),
        run(
            "sild_bin_errors",
            "B = 4096, 20 bins",
            "row",
            4096,
            12 * 4096 + 64 * 20,
            bench ->
                bench.stream()
                    .binErrors(
                        bench.zeros(DType.F64, 20, 4),
                        bench.floats(4096),
                        bench.floats(4096),
                        bench.floats(4096),
                        -4,
                        4)));
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
                    LeastWork::forward),
                run(
                    kernel.formatted("sild_product_nn"),
                    "256³",
                    "output",
                    outputs,
                    12 * outputs,
                    bench -> backward(bench, 256, 256, 256)),
                run(
                    kernel.formatted("sild_product_tn"),
                    "256³",
                    "output",
                    outputs,
                    12 * outputs + 4 * n,
                    bench -> backward(bench, 256, 256, 256)))
            .forEach(run -> runs.add(run.on(precision, processors, MOST_SHARED)));
      }
    return runs;
  }

  /** With u kept, as in training. */
  private static void forward(Workbench bench) {
    View y = bench.zeros(DType.F32, 256, 256);
    View u = bench.zeros(DType.F32, 256, 256);
    View bias = bench.floats(256);
    bench.stream()
        .linearForward(
            y,
            u,
            bench.floats(256, 256),
            bench.floats(256, 256),
            new Epilogue(bias, null, null, null, Activation.SILU));
  }

  private static List<Run> samplers() {
    MlpShape narrow = new MlpShape(3, 128, 3);
    MlpShape wide = new MlpShape(64, 512, 4);
    long M = 1024;
    long B = 512;
    long D = 64;
    long pairs = B * M * D;
    Consumer<Workbench> mixture =
        bench ->
            bench.stream()
                .mixtureDenoiser(
                    bench.zeros(DType.F32, B, D),
                    null,
                    bench.floats(B, D),
                    bench.floats(M, D),
                    null,
                    null,
                    bench.floats(B));
    Run features =
        run(
            "sild_random_features",
            "B = 512, P = 512, D = 64",
            "product",
            B * 512 * D,
            4 * B * (512 + D),
            bench ->
                bench.stream()
                    .randomFeatures(
                        bench.zeros(DType.F32, B, 512),
                        bench.floats(B, D),
                        RandomFeature.COSINE,
                        0.1,
                        NOISE,
                        0));
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
            mixture),
        run(
            "sild_mixture_merge",
            "B = 512, 16 shares, D = 64",
            "element",
            B * D,
            4 * B * D * 17 + 16 * 16 * B,
            mixture),
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
            bench -> sample(bench, shape, rows))
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
            bench -> sample(bench, shape, 64))
        .on(Precision.BF16, WHOLE_GPU, MOST_SHARED);
  }

  private static void sample(Workbench bench, MlpShape shape, int rows) {
    List<MlpWeights.Layer> layers = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      int inputs = shape.inputs(i);
      boolean norm = i % 2 == 1;
      layers.add(
          new MlpWeights.Layer(
              bench.floats(shape.outputs(i), inputs),
              bench.floats(shape.outputs(i)),
              norm ? bench.floats(inputs) : null,
              norm ? bench.floats(inputs) : null));
    }
    View packed = bench.zeros(DType.U8, bench.stream().mlpPackedBytes(shape));
    bench.stream().packMlp(packed, new MlpWeights(shape, layers));
    bench.stream()
        .mlpSampler(
            bench.floats(rows, shape.latent()),
            packed,
            shape,
            bench.floats(2, shape.blocks(), shape.width()),
            bench.floats(2, 9),
            1,
            NOISE,
            null);
  }
}
