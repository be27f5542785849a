package dev.sild.bindings.cuda;

import dev.sild.bindings.MlpShape;
import dev.sild.bindings.Precision;

/**
 * How mlp_sampler carries a network: which kernel, and what kernels/cuda/runtime/mlp_layout.cuh and
 * mlp_tile.cuh lay out for it.
 *
 * @param kernel its name
 * @param warps that share the outputs of a layer
 * @param parts 1 for bf16, 2 for bf16x3
 * @param tiles of 16 rows a block; 0 if every warp is a block of its own
 * @param shared bytes of shared memory a block
 */
record MlpForm(MlpShape shape, String kernel, int warps, int parts, int tiles, int shared) {
  private static final int STAGE_BYTES = 1024;
  private static final int MOST_WARPS = 8;

  /** The form for a network, null if there is none. */
  static MlpForm of(MlpShape shape, Precision precision, int sharedBytes) {
    if (precision == Precision.F32_STRICT) return null;
    if (precision == Precision.BF16) {
      MlpForm resident = resident(shape);
      if (shape.latent() <= 16 && shape.width() <= 128 && resident.shared <= sharedBytes)
        return resident;
    }
    int[] rows = precision == Precision.BF16 ? new int[] {4, 2} : new int[] {2, 1};
    for (int tiles : rows) {
      MlpForm form = streamed(shape, precision == Precision.BF16 ? 1 : 2, tiles);
      if (form.shared <= sharedBytes) return form;
    }
    return null;
  }

  private static MlpForm resident(MlpShape shape) {
    MlpForm form = new MlpForm(shape, "sild_mlp_resident", 1, 1, 0, 0);
    return new MlpForm(shape, form.kernel, 1, 1, 0, Math.toIntExact(form.packedBytes()));
  }

  private static MlpForm streamed(MlpShape shape, int parts, int tiles) {
    int pairs = pairs(shape.width());
    int warps = Math.ceilDiv(pairs, Math.ceilDiv(pairs, MOST_WARPS));
    String kernel = "sild_mlp_streamed_%s_%d".formatted(parts == 1 ? "bf16" : "bf16x3", 16 * tiles);
    int rows = 16 * tiles;
    int operand = 2 * parts * (shape.width() + 8);
    int input = 2 * parts * (16 * steps(shape.latent()) + 8);
    int output = 4 * (32 * pairs(shape.latent()) + 8);
    int state = 3 * 4 * (4 * Math.ceilDiv(shape.latent(), 4));
    int sums = 2 * 4 * warps;
    int ring = warps * (5 - parts) * parts * STAGE_BYTES;
    int shared = rows * (operand + Math.max(operand, output) + input + state + sums) + ring;
    return new MlpForm(shape, kernel, warps, parts, tiles, shared);
  }

  private static int pairs(int outputs) {
    return Math.ceilDiv(outputs, 32);
  }

  private static int steps(int inputs) {
    return Math.ceilDiv(inputs, 16);
  }

  /** Stages of a layer's weights: 16 inputs by 32 outputs. */
  int stages(int layer) {
    return pairs(shape.outputs(layer)) * steps(shape.inputs(layer));
  }

  long packedBytes() {
    long bytes = 0;
    for (int i = 0; i < shape.layers(); i++)
      bytes +=
          4L * 32 * (pairs(shape.outputs(i)) + 2 * pairs(shape.inputs(i)))
              + (long) stages(i) * parts * STAGE_BYTES;
    return bytes;
  }

  /**
   * Warps of a block. Where weights are resident a warp knows nothing of the others: so many that
   * every multiprocessor gets rows.
   */
  int warps(long rows, int multiprocessors) {
    if (tiles > 0) return warps;
    return Math.clamp(Math.ceilDiv(rows, 16L * multiprocessors), 1, MOST_WARPS);
  }

  /** Rows of a block of so many warps. */
  int rows(int blockWarps) {
    return 16 * (tiles > 0 ? tiles : blockWarps);
  }
}
