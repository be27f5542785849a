package dev.sild.bindings.cuda;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.Contracts;
import dev.sild.bindings.MlpShape;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Precision;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Shapes;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/**
 * Trajectories and exact denoisers of one stream: mlp_sampler, mixture_denoiser, random_features.
 */
final class CudaSamplers {
  private static final int SIDE = 64; // rows, and centres, of a tile of mixture_denoiser
  private static final int MOST_SHARES = 32;

  private final CudaKernels kernels;
  private final Launch launch;
  private final Precision precision;
  private final int multiprocessors;
  private final int sharedBytes;
  private final Buffer scratch;

  CudaSamplers(
      CudaKernels kernels,
      Launch launch,
      Precision precision,
      int multiprocessors,
      int sharedBytes,
      Buffer scratch) {
    this.kernels = kernels;
    this.launch = launch;
    this.precision = precision;
    this.multiprocessors = multiprocessors;
    this.sharedBytes = sharedBytes;
    this.scratch = scratch;
  }

  /** {@link Stream#mlpPackedBytes}. */
  long mlpPackedBytes(MlpShape shape) {
    MlpForm form = MlpForm.of(shape, precision, sharedBytes);
    return form == null ? 0 : form.packedBytes();
  }

  /** {@link Stream#packMlp}. */
  void packMlp(View packed, MlpWeights weights) {
    MlpShape shape = weights.shape();
    Contracts.packMlp(packed, mlpPackedBytes(shape), weights);
    MlpForm form = MlpForm.of(shape, precision, sharedBytes);
    for (int i = 0; i < shape.layers(); i++) {
      MlpWeights.Layer layer = weights.layers().get(i);
      launch
          .of(kernels.get("mlp_sampler", "sild_pack_mlp"))
          .grid(Math.ceilDiv(form.stages(i), 8))
          .view(packed)
          .view(layer.weight())
          .view(layer.bias())
          .view(layer.gain())
          .view(layer.shift())
          .i64(shape.latent())
          .i64(shape.width())
          .i64(shape.blocks())
          .i64(i)
          .i32(form.warps())
          .i32(form.parts())
          .run(layer.weight());
    }
  }

  /** {@link Stream#mlpSampler}. */
  void mlpSampler(
      View x,
      View packed,
      MlpShape shape,
      View modulation,
      View plan,
      double start,
      Noise noise,
      View at) {
    Contracts.mlpSampler(x, packed, mlpPackedBytes(shape), shape, modulation, plan, at);
    MlpForm form = MlpForm.of(shape, precision, sharedBytes);
    int warps = form.warps(x.rows(), multiprocessors);
    launch
        .of(kernels.get("mlp_sampler", form.kernel()))
        .grid(Math.ceilDiv(x.rows(), (long) form.rows(warps)))
        .block(32 * warps)
        .shared(form.shared())
        .view(x)
        .view(packed)
        .view(modulation)
        .view(plan)
        .i64(x.rows())
        .i64(shape.latent())
        .i64(shape.width())
        .i64(shape.blocks())
        .i64(plan.rows())
        .f32(start)
        .noise(noise)
        .view(at)
        .run(x, modulation);
  }

  /**
   * {@link Stream#mixtureDenoiser}: as many rows at once as the scratch memory has partials for.
   */
  void mixtureDenoiser(
      View denoised,
      View logDensity,
      View x,
      View centres,
      View logWeights,
      View variances,
      View sigma) {
    Contracts.mixtureDenoiser(denoised, logDensity, x, centres, logWeights, variances, sigma);
    long columns = x.columns();
    long rowBytes = Float.BYTES * (4 + SIDE * Math.ceilDiv(columns, (long) SIDE));
    long most = Math.min(MOST_SHARES, scratch.bytes() / (SIDE * rowBytes));
    Shapes.of("mixture_denoiser").that(most >= 1, columns + " coordinates: too many");
    long tiles = Math.ceilDiv(centres.rows(), (long) SIDE);
    long tilesOfShare = Math.ceilDiv(tiles, most); // of the sizes of the mixture, never of B
    long shares = Math.ceilDiv(tiles, tilesOfShare);
    long rowsAtOnce = scratch.bytes() / (shares * rowBytes) / SIDE * SIDE;
    for (long first = 0; first < x.rows(); first += rowsAtOnce) {
      long rows = Math.min(rowsAtOnce, x.rows() - first);
      View density = logDensity == null ? null : logDensity.rows(first, rows);
      View part = x.rows(first, rows);
      launch
          .of(kernels.get("mixture_denoiser", "sild_mixture_partial"))
          .grid(shares, Math.ceilDiv(rows, (long) SIDE))
          .view(part)
          .view(centres)
          .view(logWeights)
          .view(variances)
          .view(sigma.rows(first, rows))
          .i64(rows)
          .i64(centres.rows())
          .i64(columns)
          .i64(tilesOfShare)
          .i64(scratch.address())
          .run(x, centres);
      launch
          .of(kernels.get("mixture_denoiser", "sild_mixture_merge"))
          .grid(Math.ceilDiv(rows, 8L), Math.ceilDiv(columns, 32L))
          .view(denoised.rows(first, rows))
          .view(density)
          .view(part)
          .view(logWeights)
          .view(variances)
          .view(sigma.rows(first, rows))
          .i64(rows)
          .i64(centres.rows())
          .i64(columns)
          .i64(shares)
          .i64(scratch.address())
          .run(x, centres);
    }
  }

  /** {@link Stream#randomFeatures}. */
  void randomFeatures(
      View features, View x, RandomFeature kind, double scale, Noise noise, long firstFeature) {
    Contracts.randomFeatures(features, x);
    launch
        .of(kernels.get("random_features", "sild_random_features"))
        .grid(Math.ceilDiv(features.columns(), 64L), Math.ceilDiv(x.rows(), 128L))
        .view(features)
        .view(x)
        .i64(x.rows())
        .i64(features.columns())
        .i64(x.columns())
        .i32(kind.ordinal())
        .f32(scale)
        .noise(noise)
        .i64(firstFeature)
        .run(features, x);
  }
}
