package dev.sild.bindings.cpu;

import static dev.sild.bindings.cpu.CpuLibrary.handle;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The ops of one instruction set: kernels/cpu/include/sild_cpu.h, line by line. An address is a
 * long.
 */
final class CpuKernels {
  private static final Map<String, CpuKernels> LOADED = new ConcurrentHashMap<>();

  private static final ValueLayout.OfLong P = JAVA_LONG; // a pointer
  private static final ValueLayout.OfLong L = JAVA_LONG;
  private static final ValueLayout.OfInt I = JAVA_INT;
  private static final ValueLayout.OfFloat F = JAVA_FLOAT;

  final MethodHandle perturb$mh;
  final MethodHandle drawIndices$mh;
  final MethodHandle timeEmbedding$mh;
  final MethodHandle linearForward$mh;
  final MethodHandle linearBackward$mh;
  final MethodHandle matmul$mh;
  final MethodHandle normForward$mh;
  final MethodHandle normBackward$mh;
  final MethodHandle groupNormForward$mh;
  final MethodHandle groupNormBackward$mh;
  final MethodHandle attentionForward$mh;
  final MethodHandle attentionBackward$mh;
  final MethodHandle dsmLoss$mh;
  final MethodHandle crossEntropy$mh;
  final MethodHandle softmaxForward$mh;
  final MethodHandle softmaxBackward$mh;
  final MethodHandle tokenEmbedding$mh;
  final MethodHandle reparameteriseForward$mh;
  final MethodHandle reparameteriseBackward$mh;
  final MethodHandle mmd$mh;
  final MethodHandle adamwEma$mh;
  final MethodHandle samplerStep$mh;
  final MethodHandle mlpPackedBytes$mh;
  final MethodHandle packMlp$mh;
  final MethodHandle mlpSampler$mh;
  final MethodHandle mixtureDenoiser$mh;
  final MethodHandle randomFeatures$mh;
  final MethodHandle sumOfSquares$mh;
  final MethodHandle binErrors$mh;
  final MethodHandle rowMaximum$mh;
  final MethodHandle conv2dForward$mh;
  final MethodHandle conv2dBackward$mh;
  final MethodHandle resample$mh;
  final MethodHandle peakProducts$mh;
  final MethodHandle triad$mh;

  private CpuKernels(String variant) {
    perturb$mh = op("perturb", variant, P, P, P, L, I, F, F, F, I, I, P, P);
    drawIndices$mh = op("draw_indices", variant, P, L, I, L, I, I, P, P);
    timeEmbedding$mh = op("time_embedding", variant, P, P, L, L, P);
    linearForward$mh = op("linear_forward", variant, P, P, P, P, P, P, P, P, L, L, L, L, I, P);
    linearBackward$mh =
        op("linear_backward", variant, P, P, P, P, P, P, P, P, P, L, L, L, I, I, I, P);
    matmul$mh = op("matmul", variant, P, P, P, L, L, L, I, I, I, P);
    normForward$mh = op("norm_forward", variant, P, P, P, P, P, P, L, L, P);
    normBackward$mh = op("norm_backward", variant, P, P, P, P, P, P, P, P, L, L, I, P);
    groupNormForward$mh =
        op("group_norm_forward", variant, P, P, P, P, P, P, P, L, L, L, L, L, I, P);
    groupNormBackward$mh =
        op("group_norm_backward", variant, P, P, P, P, P, P, P, P, P, P, P, L, L, L, L, L, I, I, P);
    attentionForward$mh = op("attention_forward", variant, P, P, P, L, L, L, L, I, P);
    attentionBackward$mh = op("attention_backward", variant, P, P, P, P, P, L, L, L, L, I, P);
    dsmLoss$mh = op("dsm_loss", variant, P, P, P, P, P, P, P, L, F, P);
    crossEntropy$mh = op("cross_entropy", variant, P, P, P, P, P, P, L, L, P);
    softmaxForward$mh = op("softmax_forward", variant, P, P, L, L, P);
    softmaxBackward$mh = op("softmax_backward", variant, P, P, P, L, L, P);
    tokenEmbedding$mh = op("token_embedding", variant, P, P, P, P, P, L, L, L, L, P);
    reparameteriseForward$mh = op("reparameterise_forward", variant, P, P, P, L, L, I, I, P, P);
    reparameteriseBackward$mh =
        op("reparameterise_backward", variant, P, P, P, L, L, F, I, I, P, P);
    mmd$mh = op("mmd", variant, P, P, P, P, L, L, F, P);
    adamwEma$mh = op("adamw_ema", variant, P, P, P, P, P, P, P, P, L, P, F, F, F, F, F, P);
    samplerStep$mh = op("sampler_step", variant, P, P, P, P, L, L, F, F, F, F, I, I, P, I, P);
    mlpPackedBytes$mh = op("mlp_packed_bytes", variant, P, L, L, L, P);
    packMlp$mh = op("pack_mlp", variant, P, P, P, P, P, L, L, L, L, P);
    mlpSampler$mh = op("mlp_sampler", variant, P, P, P, P, L, L, L, L, L, F, I, I, P, P);
    mixtureDenoiser$mh = op("mixture_denoiser", variant, P, P, P, P, P, P, P, L, L, L, P);
    randomFeatures$mh = op("random_features", variant, P, P, L, L, L, I, F, I, I, L, P);
    sumOfSquares$mh = op("sum_of_squares", variant, P, P, L, P);
    binErrors$mh = op("bin_errors", variant, P, P, P, P, L, L, F, F, P);
    rowMaximum$mh = op("row_maximum", variant, P, P, P, L, L, P);
    conv2dForward$mh = op("conv2d_forward", variant, P, P, P, P, P, L, L, L, L, L, L, L, L, L, P);
    conv2dBackward$mh =
        op("conv2d_backward", variant, P, P, P, P, P, P, L, L, L, L, L, L, L, L, L, I, P);
    resample$mh = op("resample", variant, P, P, L, L, L, I, F, I, P);
    peakProducts$mh = op("peak_products", variant, P, L, P);
    triad$mh = op("triad", variant, P, P, P, F, L, P);
  }

  static CpuKernels of(String variant) {
    return LOADED.computeIfAbsent(variant, CpuKernels::new);
  }

  /** An op that multiplies no matrices is no other for the sets that are there for products. */
  private static MethodHandle op(String name, String variant, MemoryLayout... arguments) {
    String own = "sild_" + name + "_" + variant;
    String symbol = CpuLibrary.has(own) ? own : "sild_" + name + "_avx512";
    return handle(symbol, CpuLibrary.of(arguments));
  }
}
