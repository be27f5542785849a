package dev.sild.bindings.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sild.bindings.Contracts;
import dev.sild.bindings.MlpShape;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.Noise;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Whole trajectories, exact denoisers and random features on one stream. */
final class CpuSamplers {
  private final CpuKernels kernels;
  private final long stream;

  CpuSamplers(CpuKernels kernels, long stream) {
    this.kernels = kernels;
    this.stream = stream;
  }

  /** {@link Stream#mlpPackedBytes}. */
  long mlpPackedBytes(MlpShape shape) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(JAVA_LONG);
      int status;
      try {
        status =
            (int)
                kernels.mlpPackedBytes$mh.invokeExact(
                    bytes.address(),
                    (long) shape.latent(),
                    (long) shape.width(),
                    (long) shape.blocks(),
                    stream);
      } catch (Throwable t) {
        throw Call.bug(t);
      }
      Call.check(status, "mlp_packed_bytes");
      return bytes.get(JAVA_LONG, 0);
    }
  }

  /** {@link Stream#packMlp}. */
  void packMlp(View packed, MlpWeights weights) {
    MlpShape shape = weights.shape();
    Contracts.packMlp(packed, mlpPackedBytes(shape), weights);
    long packedAt = packed.address();
    for (int i = 0; i < shape.layers(); i++) {
      MlpWeights.Layer layer = weights.layers().get(i);
      long weightAt = layer.weight().address();
      long biasAt = layer.bias().address();
      long gainAt = Call.address(layer.gain());
      long shiftAt = Call.address(layer.shift());
      int status;
      try {
        status =
            (int)
                kernels.packMlp$mh.invokeExact(
                    packedAt,
                    weightAt,
                    biasAt,
                    gainAt,
                    shiftAt,
                    (long) shape.latent(),
                    (long) shape.width(),
                    (long) shape.blocks(),
                    (long) i,
                    stream);
      } catch (Throwable t) {
        throw Call.bug(t);
      }
      Call.check(status, "pack_mlp", layer.weight());
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
    long xAt = x.address();
    long packedAt = packed.address();
    long modulationAt = modulation.address();
    long planAt = plan.address();
    long atAt = Call.address(at);
    int status;
    try {
      status =
          (int)
              kernels.mlpSampler$mh.invokeExact(
                  xAt,
                  packedAt,
                  modulationAt,
                  planAt,
                  x.rows(),
                  (long) shape.latent(),
                  (long) shape.width(),
                  (long) shape.blocks(),
                  plan.rows(),
                  (float) start,
                  noise.seed(),
                  noise.purpose(),
                  atAt,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "mlp_sampler", x, modulation);
  }

  /** {@link Stream#mixtureDenoiser}. */
  void mixtureDenoiser(
      View denoised,
      View logDensity,
      View x,
      View centres,
      View logWeights,
      View variances,
      View sigma) {
    Contracts.mixtureDenoiser(denoised, logDensity, x, centres, logWeights, variances, sigma);
    long denoisedAt = denoised.address();
    long densityAt = Call.address(logDensity);
    long xAt = x.address();
    long centresAt = centres.address();
    long weightsAt = Call.address(logWeights);
    long variancesAt = Call.address(variances);
    long sigmaAt = sigma.address();
    int status;
    try {
      status =
          (int)
              kernels.mixtureDenoiser$mh.invokeExact(
                  denoisedAt,
                  densityAt,
                  xAt,
                  centresAt,
                  weightsAt,
                  variancesAt,
                  sigmaAt,
                  x.rows(),
                  centres.rows(),
                  x.columns(),
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "mixture_denoiser", x, centres);
  }

  /** {@link Stream#randomFeatures}. */
  void randomFeatures(
      View features, View x, RandomFeature kind, double scale, Noise noise, long firstFeature) {
    Contracts.randomFeatures(features, x);
    long featuresAt = features.address();
    long xAt = x.address();
    int status;
    try {
      status =
          (int)
              kernels.randomFeatures$mh.invokeExact(
                  featuresAt,
                  xAt,
                  x.rows(),
                  features.columns(),
                  x.columns(),
                  kind.ordinal(),
                  (float) scale,
                  noise.seed(),
                  noise.purpose(),
                  firstFeature,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "random_features", features, x);
  }
}
