package dev.sild.bindings.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sild.bindings.Activation;
import dev.sild.bindings.AdamW;
import dev.sild.bindings.Contracts;
import dev.sild.bindings.Convolution;
import dev.sild.bindings.DType;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MlpShape;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.Noise;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Recording;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Stream;
import dev.sild.bindings.TokenLayout;
import dev.sild.bindings.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Ops on the CPU: each runs to its end before its method returns. */
final class CpuStream implements Stream {
  private static final long GATHER_BYTES = 56;

  private final CpuKernels kernels;
  private final long stream;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment gatherStruct = arena.allocate(GATHER_BYTES, 8);
  private final CpuProducts products;
  private final CpuLatents latents;
  private final CpuSamplers samplers;
  private final CpuGroupNorm groupNorm;
  private final CpuAttention attention;
  private final CpuTokens tokens;
  private final CpuConvolutions convolutions;
  private boolean closed;

  CpuStream(CpuKernels kernels, long stream) {
    this.kernels = kernels;
    this.stream = stream;
    products = new CpuProducts(kernels, stream);
    latents = new CpuLatents(kernels, stream);
    samplers = new CpuSamplers(kernels, stream);
    groupNorm = new CpuGroupNorm(kernels, stream);
    attention = new CpuAttention(kernels, stream);
    tokens = new CpuTokens(kernels, stream);
    convolutions = new CpuConvolutions(kernels, stream);
  }

  @Override
  public void upload(View target, MemorySegment source) {
    requireOpen();
    Contracts.upload(target, source.byteSize());
    target.write(source);
  }

  @Override
  public void fill(View target, double value) {
    requireOpen();
    Contracts.fill(target);
    float[] values = new float[Math.toIntExact(target.elements())];
    Arrays.fill(values, (float) value);
    target.write(values);
  }

  @Override
  public Recording record(Runnable work) {
    return new Recording() {
      @Override
      public void run() {
        work.run();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void drawIndices(View index, long rows, Noise noise, View step) {
    requireOpen();
    Contracts.drawIndices(index, step);
    long indexAt = index.address();
    long stepAt = step.address();
    int status;
    try {
      status =
          (int)
              kernels.drawIndices$mh.invokeExact(
                  indexAt,
                  index.rows(),
                  (int) index.columns(),
                  rows,
                  noise.seed(),
                  noise.purpose(),
                  stepAt,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "draw_indices", index);
  }

  @Override
  public void perturb(
      View noisy,
      View sigma,
      Gather gather,
      SigmaLaw law,
      double sigmaData,
      Noise noise,
      View step) {
    long rows = noisy.rows();
    requireOpen();
    Contracts.perturb(noisy, sigma, gather, step);
    int kind = law.code();
    float a = (float) law.first();
    float b = (float) law.second();
    long noisyAt = noisy.address();
    long sigmaAt = sigma.address();
    long gatherAt = struct(gather);
    long stepAt = step.address();
    int status;
    try {
      status =
          (int)
              kernels.perturb$mh.invokeExact(
                  noisyAt,
                  sigmaAt,
                  gatherAt,
                  rows,
                  kind,
                  a,
                  b,
                  (float) sigmaData,
                  noise.seed(),
                  noise.purpose(),
                  stepAt,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "perturb", noisy, gather.data());
  }

  @Override
  public void timeEmbedding(View embedding, View sigma) {
    requireOpen();
    Contracts.timeEmbedding(embedding, sigma);
    long embeddingAt = embedding.address();
    long sigmaAt = sigma.address();
    int status;
    try {
      status =
          (int)
              kernels.timeEmbedding$mh.invokeExact(
                  embeddingAt, sigmaAt, embedding.rows(), embedding.columns(), stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "time_embedding", embedding);
  }

  @Override
  public void linearForward(View y, View u, View x, View w, Epilogue epilogue) {
    requireOpen();
    products.linearForward(y, u, x, w, epilogue);
  }

  @Override
  public void linearBackward(
      View dx,
      View dw,
      View dbias,
      View du,
      View dy,
      View u,
      View x,
      View w,
      View gain,
      Activation activation,
      boolean addDx,
      boolean addDw) {
    requireOpen();
    products.linearBackward(dx, dw, dbias, du, dy, u, x, w, gain, activation, addDx, addDw);
  }

  @Override
  public void matmul(View c, View a, boolean transposeA, View b, boolean transposeB, boolean add) {
    requireOpen();
    products.matmul(c, a, transposeA, b, transposeB, add);
  }

  @Override
  public void normForward(View y, View mean, View rstd, View x, View gain, View shift) {
    long rows = x.rows();
    long columns = x.columns();
    requireOpen();
    Contracts.normForward(y, mean, rstd, x, gain, shift);
    long yAt = y.address();
    long meanAt = mean.address();
    long rstdAt = rstd.address();
    long xAt = x.address();
    long gainAt = gain.address();
    long shiftAt = shift.address();
    int status;
    try {
      status =
          (int)
              kernels.normForward$mh.invokeExact(
                  yAt, meanAt, rstdAt, xAt, gainAt, shiftAt, rows, columns, stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "norm_forward", y, x);
  }

  @Override
  public void normBackward(
      View dx,
      View dgain,
      View dshift,
      View dy,
      View x,
      View mean,
      View rstd,
      View gain,
      boolean addDx) {
    long rows = x.rows();
    long columns = x.columns();
    requireOpen();
    Contracts.normBackward(dx, dgain, dshift, dy, x, mean, rstd, gain);
    long dxAt = dx.address();
    long dgainAt = dgain.address();
    long dshiftAt = dshift.address();
    long dyAt = dy.address();
    long xAt = x.address();
    long meanAt = mean.address();
    long rstdAt = rstd.address();
    long gainAt = gain.address();
    int status;
    try {
      status =
          (int)
              kernels.normBackward$mh.invokeExact(
                  dxAt,
                  dgainAt,
                  dshiftAt,
                  dyAt,
                  xAt,
                  meanAt,
                  rstdAt,
                  gainAt,
                  rows,
                  columns,
                  addDx ? 1 : 0,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "norm_backward", dy, x);
  }

  @Override
  public void groupNormForward(
      View y,
      View mean,
      View rstd,
      View x,
      View gain,
      View shift,
      View modulation,
      int groups,
      Activation activation) {
    requireOpen();
    groupNorm.forward(y, mean, rstd, x, gain, shift, modulation, groups, activation);
  }

  @Override
  public void groupNormBackward(
      View dx,
      View dgain,
      View dshift,
      View dmodulation,
      View dy,
      View x,
      View mean,
      View rstd,
      View gain,
      View shift,
      View modulation,
      int groups,
      Activation activation,
      boolean addDx) {
    requireOpen();
    groupNorm.backward(
        dx,
        dgain,
        dshift,
        dmodulation,
        dy,
        x,
        mean,
        rstd,
        gain,
        shift,
        modulation,
        groups,
        activation,
        addDx);
  }

  @Override
  public void attentionForward(View y, View logSumExp, View qkv, int heads, TokenLayout layout) {
    requireOpen();
    attention.forward(y, logSumExp, qkv, heads, layout);
  }

  @Override
  public void attentionBackward(
      View dqkv, View dy, View y, View qkv, View logSumExp, int heads, TokenLayout layout) {
    requireOpen();
    attention.backward(dqkv, dy, y, qkv, logSumExp, heads, layout);
  }

  @Override
  public void dsmLoss(
      View dF,
      View loss,
      View error,
      View f,
      View noisy,
      View sigma,
      Gather gather,
      double sigmaData) {
    long rows = f.rows();
    long dimension = gather.dimension();
    requireOpen();
    Contracts.dsmLoss(dF, loss, error, f, noisy, sigma, gather);
    long dFAt = Call.address(dF);
    long lossAt = loss.address();
    long errorAt = error.address();
    long fAt = f.address();
    long noisyAt = Call.address(noisy);
    long sigmaAt = sigma.address();
    long gatherAt = struct(gather);
    int status;
    try {
      status =
          (int)
              kernels.dsmLoss$mh.invokeExact(
                  dFAt,
                  lossAt,
                  errorAt,
                  fAt,
                  noisyAt,
                  sigmaAt,
                  gatherAt,
                  rows,
                  (float) sigmaData,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "dsm_loss", f, gather.data());
  }

  @Override
  public void crossEntropy(
      View dlogits, View loss, View correct, View logits, View labels, View index) {
    long rows = logits.rows();
    requireOpen();
    Contracts.crossEntropy(dlogits, loss, correct, logits, labels, index);
    long dlogitsAt = Call.address(dlogits);
    long lossAt = loss.address();
    long correctAt = correct.address();
    long logitsAt = logits.address();
    long labelsAt = labels.address();
    long indexAt = Call.address(index);
    int status;
    try {
      status =
          (int)
              kernels.crossEntropy$mh.invokeExact(
                  dlogitsAt,
                  lossAt,
                  correctAt,
                  logitsAt,
                  labelsAt,
                  indexAt,
                  rows,
                  logits.columns(),
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "cross_entropy", logits);
  }

  @Override
  public void softmaxForward(View p, View logits) {
    requireOpen();
    tokens.softmaxForward(p, logits);
  }

  @Override
  public void softmaxBackward(View dlogits, View dp, View p) {
    requireOpen();
    tokens.softmaxBackward(dlogits, dp, p);
  }

  @Override
  public void tokenEmbedding(View x, View labels, View bank, View index, View table) {
    requireOpen();
    tokens.embedding(x, labels, bank, index, table);
  }

  @Override
  public void reparameteriseForward(View z, View kl, View code, Noise noise, View step) {
    requireOpen();
    latents.reparameteriseForward(z, kl, code, noise, step);
  }

  @Override
  public void reparameteriseBackward(
      View dcode, View dz, View code, double weight, Noise noise, View step) {
    requireOpen();
    latents.reparameteriseBackward(dcode, dz, code, weight, noise, step);
  }

  @Override
  public void mmd(View dz, View value, View z, View prior, double weight) {
    requireOpen();
    latents.mmd(dz, value, z, prior, weight);
  }

  @Override
  public void adamwEma(
      View p,
      View m,
      View v,
      View ema,
      View secondEma,
      View stopped,
      View g,
      View squaredNorm,
      View step,
      AdamW rule) {
    long n = p.elements();
    requireOpen();
    Contracts.adamwEma(p, m, v, ema, secondEma, stopped, g, squaredNorm, step);
    long pAt = p.address();
    long mAt = m.address();
    long vAt = v.address();
    long emaAt = ema.address();
    long secondEmaAt = Call.address(secondEma);
    long stoppedAt = stopped.address();
    long gAt = g.address();
    long normAt = squaredNorm.address();
    long stepAt = step.address();
    int status;
    try {
      status =
          (int)
              kernels.adamwEma$mh.invokeExact(
                  pAt,
                  mAt,
                  vAt,
                  emaAt,
                  secondEmaAt,
                  stoppedAt,
                  gAt,
                  normAt,
                  n,
                  stepAt,
                  (float) rule.beta1(),
                  (float) rule.beta2(),
                  (float) rule.epsilon(),
                  (float) rule.weightDecay(),
                  (float) rule.clip(),
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "adamw_ema", p);
  }

  @Override
  public void samplerStep(
      View next,
      View x,
      double a,
      View denoised,
      double b,
      View previous,
      double c,
      double s,
      Noise noise,
      View at,
      int step) {
    long rows = next.rows();
    long columns = next.columns();
    requireOpen();
    Contracts.samplerStep(next, x, denoised, previous, at);
    long nextAt = next.address();
    long xAt = Call.address(x);
    long denoisedAt = Call.address(denoised);
    long previousAt = Call.address(previous);
    long atAt = Call.address(at);
    int status;
    try {
      status =
          (int)
              kernels.samplerStep$mh.invokeExact(
                  nextAt,
                  xAt,
                  denoisedAt,
                  previousAt,
                  rows,
                  columns,
                  (float) a,
                  (float) b,
                  (float) c,
                  (float) s,
                  noise.seed(),
                  noise.purpose(),
                  atAt,
                  step,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "sampler_step", next);
  }

  @Override
  public long mlpPackedBytes(MlpShape shape) {
    requireOpen();
    return samplers.mlpPackedBytes(shape);
  }

  @Override
  public boolean prefersMlpSampler(MlpShape shape) {
    return mlpPackedBytes(shape) > 0; // the weights are packed once, and a strip stays in cache
  }

  @Override
  public void packMlp(View packed, MlpWeights weights) {
    requireOpen();
    samplers.packMlp(packed, weights);
  }

  @Override
  public void mlpSampler(
      View x,
      View packed,
      MlpShape shape,
      View modulation,
      View plan,
      double start,
      Noise noise,
      View at) {
    requireOpen();
    samplers.mlpSampler(x, packed, shape, modulation, plan, start, noise, at);
  }

  @Override
  public void mixtureDenoiser(
      View denoised,
      View logDensity,
      View x,
      View centres,
      View logWeights,
      View variances,
      View sigma) {
    requireOpen();
    samplers.mixtureDenoiser(denoised, logDensity, x, centres, logWeights, variances, sigma);
  }

  @Override
  public void randomFeatures(
      View features, View x, RandomFeature kind, double scale, Noise noise, long firstFeature) {
    requireOpen();
    samplers.randomFeatures(features, x, kind, scale, noise, firstFeature);
  }

  @Override
  public void sumOfSquares(View sum, View x) {
    requireOpen();
    Contracts.sumOfSquares(sum, x);
    long sumAt = sum.address();
    long xAt = x.address();
    int status;
    try {
      status = (int) kernels.sumOfSquares$mh.invokeExact(sumAt, xAt, x.elements(), stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "sum_of_squares", x);
  }

  @Override
  public void binErrors(View sums, View sigma, View error, View loss, double low, double high) {
    long rows = sigma.elements();
    requireOpen();
    Contracts.binErrors(sums, sigma, error, loss);
    long sumsAt = sums.address();
    long sigmaAt = sigma.address();
    long errorAt = error.address();
    long lossAt = loss.address();
    int status;
    try {
      status =
          (int)
              kernels.binErrors$mh.invokeExact(
                  sumsAt,
                  sigmaAt,
                  errorAt,
                  lossAt,
                  rows,
                  sums.rows(),
                  (float) low,
                  (float) high,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "bin_errors", sums, sigma);
  }

  @Override
  public void rowMaximum(View value, View index, View x) {
    long rows = x.rows();
    requireOpen();
    Contracts.rowMaximum(value, index, x);
    long valueAt = value.address();
    long indexAt = index.address();
    long xAt = x.address();
    int status;
    try {
      status =
          (int) kernels.rowMaximum$mh.invokeExact(valueAt, indexAt, xAt, rows, x.columns(), stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "row_maximum", x);
  }

  @Override
  public void conv2dForward(
      View y, View x, View w, View bias, View residual, Convolution geometry) {
    requireOpen();
    convolutions.forward(y, x, w, bias, residual, geometry);
  }

  @Override
  public void conv2dBackward(
      View dx, View dw, View dbias, View dy, View x, View w, Convolution geometry, boolean addDx) {
    requireOpen();
    convolutions.backward(dx, dw, dbias, dy, x, w, geometry, addDx);
  }

  @Override
  public void resample(
      View y, View x, int height, int width, Resampling kind, double scale, boolean add) {
    requireOpen();
    Contracts.resample(y, x, height, width, kind);
    long planes = x.elements() / ((long) height * width);
    long yAt = y.address();
    long xAt = x.address();
    int status;
    try {
      status =
          (int)
              kernels.resample$mh.invokeExact(
                  yAt,
                  xAt,
                  planes,
                  (long) height,
                  (long) width,
                  kind.ordinal(),
                  (float) scale,
                  add ? 1 : 0,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "resample", y, x);
  }

  @Override
  public void synchronize() {}

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    CpuLibrary.destroyStream(stream);
    arena.close();
  }

  private void requireOpen() {
    if (closed) throw new IllegalStateException("this stream is closed");
  }

  /** The C struct sild_gather: the stream keeps one and fills it anew for each call. */
  private long struct(Gather gather) {
    gatherStruct.set(JAVA_LONG, 0, gather.data().address());
    gatherStruct.set(JAVA_LONG, 8, Call.address(gather.index()));
    gatherStruct.set(JAVA_LONG, 16, gather.scale().address());
    gatherStruct.set(JAVA_LONG, 24, gather.shift().address());
    gatherStruct.set(JAVA_LONG, 32, gather.data().rows());
    gatherStruct.set(JAVA_LONG, 40, gather.data().columns());
    gatherStruct.set(JAVA_INT, 48, gather.parts());
    gatherStruct.set(JAVA_INT, 52, gather.data().type() == DType.U8 ? 1 : 0);
    return gatherStruct.address();
  }
}
