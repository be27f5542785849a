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
import dev.sild.bindings.Shapes;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Stream;
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
  private boolean closed;

  CpuStream(CpuKernels kernels, long stream) {
    this.kernels = kernels;
    this.stream = stream;
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
      throw bug(t);
    }
    check(status, "draw_indices", index);
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
      throw bug(t);
    }
    check(status, "perturb", noisy, gather.data());
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
      throw bug(t);
    }
    check(status, "time_embedding", embedding);
  }

  @Override
  public void linearForward(View y, View u, View x, View w, Epilogue epilogue) {
    long rows = x.rows();
    long inputs = w.columns();
    long outputs = w.rows();
    View modulation = epilogue.modulation();
    long modulationRows = modulation == null ? 0 : modulation.rows();
    requireOpen();
    Contracts.linearForward(y, u, x, w, epilogue);
    long yAt = y.address();
    long uAt = address(u);
    long xAt = x.address();
    long wAt = w.address();
    long biasAt = address(epilogue.bias());
    long modulationAt = address(modulation);
    long gainAt = address(epilogue.gain());
    long residualAt = address(epilogue.residual());
    int status;
    try {
      status =
          (int)
              kernels.linearForward$mh.invokeExact(
                  yAt,
                  uAt,
                  xAt,
                  wAt,
                  biasAt,
                  modulationAt,
                  gainAt,
                  residualAt,
                  rows,
                  outputs,
                  inputs,
                  modulationRows,
                  epilogue.activation().ordinal(),
                  stream);
    } catch (Throwable t) {
      throw bug(t);
    }
    check(status, "linear_forward", y, x, w);
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
    long rows = x.rows();
    long inputs = w.columns();
    long outputs = w.rows();
    requireOpen();
    Contracts.linearBackward(dx, dw, dbias, du, dy, u, x, w, gain, activation);
    long dxAt = address(dx);
    long dwAt = dw.address();
    long dbiasAt = address(dbias);
    long duAt = du.address();
    long dyAt = dy.address();
    long uAt = address(u);
    long xAt = x.address();
    long wAt = w.address();
    long gainAt = address(gain);
    int status;
    try {
      status =
          (int)
              kernels.linearBackward$mh.invokeExact(
                  dxAt,
                  dwAt,
                  dbiasAt,
                  duAt,
                  dyAt,
                  uAt,
                  xAt,
                  wAt,
                  gainAt,
                  rows,
                  outputs,
                  inputs,
                  addDx ? 1 : 0,
                  addDw ? 1 : 0,
                  activation.ordinal(),
                  stream);
    } catch (Throwable t) {
      throw bug(t);
    }
    check(status, "linear_backward", dy, x, w);
  }

  @Override
  public void matmul(View c, View a, boolean transposeA, View b, boolean transposeB, boolean add) {
    long m = transposeA ? a.columns() : a.rows();
    long k = transposeA ? a.rows() : a.columns();
    long n = transposeB ? b.rows() : b.columns();
    requireOpen();
    Contracts.matmul(c, a, transposeA, b, transposeB);
    long cAt = c.address();
    long aAt = a.address();
    long bAt = b.address();
    int status;
    try {
      status =
          (int)
              kernels.matmul$mh.invokeExact(
                  cAt,
                  aAt,
                  bAt,
                  m,
                  n,
                  k,
                  transposeA ? 1 : 0,
                  transposeB ? 1 : 0,
                  add ? 1 : 0,
                  stream);
    } catch (Throwable t) {
      throw bug(t);
    }
    check(status, "matmul", c, a, b);
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
      throw bug(t);
    }
    check(status, "norm_forward", y, x);
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
      throw bug(t);
    }
    check(status, "norm_backward", dy, x);
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
    long dFAt = address(dF);
    long lossAt = loss.address();
    long errorAt = error.address();
    long fAt = f.address();
    long noisyAt = address(noisy);
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
      throw bug(t);
    }
    check(status, "dsm_loss", f, gather.data());
  }

  @Override
  public void crossEntropy(
      View dlogits, View loss, View correct, View logits, View labels, View index) {
    long rows = logits.rows();
    requireOpen();
    Contracts.crossEntropy(dlogits, loss, correct, logits, labels, index);
    long dlogitsAt = address(dlogits);
    long lossAt = loss.address();
    long correctAt = correct.address();
    long logitsAt = logits.address();
    long labelsAt = labels.address();
    long indexAt = address(index);
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
      throw bug(t);
    }
    check(status, "cross_entropy", logits);
  }

  @Override
  public void adamwEma(
      View p,
      View m,
      View v,
      View ema,
      View stopped,
      View g,
      View squaredNorm,
      View step,
      AdamW rule) {
    long n = p.elements();
    requireOpen();
    Contracts.adamwEma(p, m, v, ema, stopped, g, squaredNorm, step);
    long pAt = p.address();
    long mAt = m.address();
    long vAt = v.address();
    long emaAt = ema.address();
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
      throw bug(t);
    }
    check(status, "adamw_ema", p);
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
    long xAt = address(x);
    long denoisedAt = address(denoised);
    long previousAt = address(previous);
    long atAt = address(at);
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
      throw bug(t);
    }
    check(status, "sampler_step", next);
  }

  @Override
  public long mlpPackedBytes(MlpShape shape) {
    long floats = 0;
    for (int i = 0; i < shape.layers(); i++)
      floats += (long) shape.outputs(i) * (shape.inputs(i) + 1) + 2L * shape.inputs(i);
    return floats * Float.BYTES;
  }

  @Override
  public boolean prefersMlpSampler(MlpShape shape) {
    return false; // evaluation by evaluation, products are packed and in cache
  }

  @Override
  public void packMlp(View packed, MlpWeights weights) {
    requireOpen();
    MlpShape shape = weights.shape();
    Contracts.packMlp(packed, mlpPackedBytes(shape), weights);
    long packedAt = packed.address();
    for (int i = 0; i < shape.layers(); i++) {
      MlpWeights.Layer layer = weights.layers().get(i);
      long weightAt = layer.weight().address();
      long biasAt = layer.bias().address();
      long gainAt = address(layer.gain());
      long shiftAt = address(layer.shift());
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
        throw bug(t);
      }
      check(status, "pack_mlp", layer.weight());
    }
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
    Contracts.mlpSampler(x, packed, mlpPackedBytes(shape), shape, modulation, plan, at);
    long xAt = x.address();
    long packedAt = packed.address();
    long modulationAt = modulation.address();
    long planAt = plan.address();
    long atAt = address(at);
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
      throw bug(t);
    }
    check(status, "mlp_sampler", x, modulation);
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
    Contracts.mixtureDenoiser(denoised, logDensity, x, centres, logWeights, variances, sigma);
    long denoisedAt = denoised.address();
    long densityAt = address(logDensity);
    long xAt = x.address();
    long centresAt = centres.address();
    long weightsAt = address(logWeights);
    long variancesAt = address(variances);
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
      throw bug(t);
    }
    check(status, "mixture_denoiser", x, centres);
  }

  @Override
  public void randomFeatures(
      View features, View x, RandomFeature kind, double scale, Noise noise, long firstFeature) {
    requireOpen();
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
      throw bug(t);
    }
    check(status, "random_features", features, x);
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
      throw bug(t);
    }
    check(status, "sum_of_squares", x);
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
      throw bug(t);
    }
    check(status, "bin_errors", sums, sigma);
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
      throw bug(t);
    }
    check(status, "row_maximum", x);
  }

  @Override
  public void conv2dForward(View y, View x, View w, View bias, Convolution geometry) {
    requireOpen();
    Contracts.conv2dForward(y, x, w, bias, geometry);
    long[] image = x.shape();
    long[] window = w.shape();
    long yAt = y.address();
    long xAt = x.address();
    long wAt = w.address();
    long biasAt = address(bias);
    int status;
    try {
      status =
          (int)
              kernels.conv2dForward$mh.invokeExact(
                  yAt,
                  xAt,
                  wAt,
                  biasAt,
                  image[0],
                  image[1],
                  image[2],
                  image[3],
                  window[0],
                  window[2],
                  window[3],
                  (long) geometry.stride(),
                  (long) geometry.padding(),
                  stream);
    } catch (Throwable t) {
      throw bug(t);
    }
    check(status, "conv2d_forward", y, x, w);
  }

  @Override
  public void conv2dBackward(
      View dx, View dw, View dbias, View dy, View x, View w, Convolution geometry, boolean addDx) {
    requireOpen();
    Contracts.conv2dBackward(dx, dw, dbias, dy, x, w, geometry);
    long[] image = x.shape();
    long[] window = w.shape();
    long dxAt = address(dx);
    long dwAt = dw.address();
    long dbiasAt = address(dbias);
    long dyAt = dy.address();
    long xAt = x.address();
    long wAt = w.address();
    int status;
    try {
      status =
          (int)
              kernels.conv2dBackward$mh.invokeExact(
                  dxAt,
                  dwAt,
                  dbiasAt,
                  dyAt,
                  xAt,
                  wAt,
                  image[0],
                  image[1],
                  image[2],
                  image[3],
                  window[0],
                  window[2],
                  window[3],
                  (long) geometry.stride(),
                  (long) geometry.padding(),
                  addDx ? 1 : 0,
                  stream);
    } catch (Throwable t) {
      throw bug(t);
    }
    check(status, "conv2d_backward", dy, x, w);
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
      throw bug(t);
    }
    check(status, "resample", y, x);
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
    gatherStruct.set(JAVA_LONG, 8, address(gather.index()));
    gatherStruct.set(JAVA_LONG, 16, gather.scale().address());
    gatherStruct.set(JAVA_LONG, 24, gather.shift().address());
    gatherStruct.set(JAVA_LONG, 32, gather.data().rows());
    gatherStruct.set(JAVA_LONG, 40, gather.data().columns());
    gatherStruct.set(JAVA_INT, 48, gather.parts());
    gatherStruct.set(JAVA_INT, 52, gather.data().type() == DType.U8 ? 1 : 0);
    return gatherStruct.address();
  }

  private static long address(View view) {
    return view == null ? 0 : view.address();
  }

  private static void check(int status, String op, View... views) {
    if (status != 0) Status.check(status, Shapes.describe(op, views));
  }

  private static AssertionError bug(Throwable t) {
    return new AssertionError(t); // a binding bug, nothing else
  }
}
