package dev.sild.bindings.cuda;

import dev.sild.bindings.Activation;
import dev.sild.bindings.AdamW;
import dev.sild.bindings.Contracts;
import dev.sild.bindings.Convolution;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MlpShape;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Precision;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Recording;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.Shapes;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Stream;
import dev.sild.bindings.TokenLayout;
import dev.sild.bindings.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** Ops on a GPU: a method returns when its op is issued. */
final class CudaStream implements Stream {
  /** Partial sums of an op; the next op may overwrite them. */
  private static final long SCRATCH_BYTES = 16 << 20;

  /** Terms of a convolution's bias gradient that a block adds, if there are so many. */
  private static final long BIAS_TERMS = 8192;

  /** Beyond about so many blocks, parts of the batch grow instead: their sums fit the scratch. */
  private static final long BIAS_BLOCKS = 4096;

  /** Rows of a block of mmd. */
  private static final int MMD_ROWS = 8;

  private static final long CONV2D = Ranges.name("conv2d");

  /** What a stream takes of the device until it needs a library. */
  static final long DEVICE_BYTES = SCRATCH_BYTES + Staging.RING;

  private final CudaContext context;
  private final CudaKernels kernels;
  private final HostCopies copies;
  private final Precision precision;
  private final Cleanup owned;
  private final CUstream stream = new Handle();
  private final Staging staging;
  private final CudaBuffer scratch;
  private final Launch launch;
  private CudaConvolutions convolutions;
  private final CudaProducts products;
  private final CudaSamplers samplers;
  private final CudaGroupNorm groupNorm;
  private final CudaAttention attention;
  private final CudaTokens tokens;
  private boolean closed;

  /** A driver stream whose address the launch path may see. */
  private static final class Handle extends CUstream {
    long address() {
      return getNativePointer();
    }
  }

  /** It waits for the driver's default stream, by which the host copies, and that waits for it. */
  CudaStream(CudaContext context, CudaKernels kernels, HostCopies copies, Precision precision) {
    this.context = context;
    this.kernels = kernels;
    this.copies = copies;
    this.precision = precision;
    context.makeCurrent();
    owned = new Cleanup(context);
    try {
      Cuda.check(
          JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_DEFAULT), "cuStreamCreate");
      owned.destroy(() -> JCudaDriver.cuStreamDestroy(stream));
      staging = owned.own(new Staging(context, copies, stream));
      scratch = owned.own(CudaBuffer.allocateAsItIs(context, copies, SCRATCH_BYTES));
      Arena arena = owned.own(Arena.ofShared());
      launch = new Launch(context, ((Handle) stream).address(), arena);
      products =
          owned.own(
              new CudaProducts(
                  kernels,
                  launch,
                  precision,
                  context.multiprocessors(),
                  () -> new Cublas(context, copies, stream, precision)));
      groupNorm = new CudaGroupNorm(kernels, launch, scratch);
      attention = new CudaAttention(kernels, launch, scratch);
      tokens = new CudaTokens(kernels, launch);
      samplers =
          new CudaSamplers(
              kernels,
              launch,
              precision,
              context.multiprocessors(),
              context.sharedBytes(),
              scratch);
    } catch (RuntimeException e) {
      owned.close();
      throw e;
    }
  }

  @Override
  public void upload(View target, MemorySegment source) {
    requireOpen();
    Contracts.upload(target, source.byteSize());
    staging.upload(target.address(), source);
  }

  @Override
  public void fill(View target, double value) {
    requireOpen();
    Contracts.fill(target);
    context.makeCurrent();
    Cuda.check(
        JCudaDriver.cuMemsetD32Async(
            new DevicePointer(target.address()),
            Float.floatToRawIntBits((float) value),
            target.elements(),
            stream),
        "fill " + target);
  }

  @Override
  public Recording record(Runnable work) {
    requireOpen();
    return new CudaRecording(context, stream, work);
  }

  @Override
  public void drawIndices(View index, long rows, Noise noise, View step) {
    Contracts.drawIndices(index, step);
    int parts = Math.toIntExact(index.columns());
    require(rows >= 1 && rows <= Integer.MAX_VALUE && parts >= 1, "draw_indices", index);
    launch("perturb", "sild_draw_indices")
        .grid(blocks(index.elements(), 256))
        .view(index)
        .i64(index.rows())
        .i32(parts)
        .i64(rows)
        .noise(noise)
        .view(step)
        .run(index);
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
    Contracts.perturb(noisy, sigma, gather, step);
    launch("perturb", "sild_perturb")
        .tiles(noisy.rows(), Math.ceilDiv(gather.dimension(), 4))
        .view(noisy)
        .view(sigma)
        .gather(gather)
        .i64(noisy.rows())
        .i32(law.code())
        .f32(law.first())
        .f32(law.second())
        .f32(sigmaData)
        .noise(noise)
        .view(step)
        .run(noisy, gather.data());
  }

  @Override
  public void timeEmbedding(View embedding, View sigma) {
    Contracts.timeEmbedding(embedding, sigma);
    long features = embedding.columns();
    require(features % 2 == 0, "time_embedding", embedding);
    launch("time_embedding", "sild_time_embedding")
        .tiles(sigma.elements(), features / 2)
        .view(embedding)
        .view(sigma)
        .i64(sigma.elements())
        .i64(features)
        .run(embedding);
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
    Contracts.normForward(y, mean, rstd, x, gain, shift);
    launch("norm", "sild_norm_forward")
        .teams(x.rows(), x.columns())
        .view(y)
        .view(mean)
        .view(rstd)
        .view(x)
        .view(gain)
        .view(shift)
        .i64(x.rows())
        .i64(x.columns())
        .run(y, x);
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
    Contracts.normBackward(dx, dgain, dshift, dy, x, mean, rstd, gain);
    long rows = x.rows();
    long columns = x.columns();
    long chunks = blocks(rows, Math.max(64, blocks(rows, 64)));
    require(2 * chunks * columns * Float.BYTES <= SCRATCH_BYTES, "norm_backward", dy, x);
    launch("norm", "sild_norm_backward_columns")
        .block(32, 8)
        .grid(blocks(columns, 32), chunks)
        .view(dy)
        .view(x)
        .view(mean)
        .view(rstd)
        .i64(rows)
        .i64(columns)
        .i64(scratch.address())
        .run(dy, x);
    launch("norm", "sild_norm_backward")
        .teams(rows, columns)
        .atLeast(columns)
        .view(dx)
        .view(dgain)
        .view(dshift)
        .view(dy)
        .view(x)
        .view(mean)
        .view(rstd)
        .view(gain)
        .i64(rows)
        .i64(columns)
        .i32(addDx ? 1 : 0)
        .i64(scratch.address())
        .run(dy, x);
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
    Contracts.dsmLoss(dF, loss, error, f, noisy, sigma, gather);
    require(sigmaData == 0 || noisy != null, "dsm_loss", f, gather.data());
    launch("dsm_loss", "sild_dsm_loss")
        .teams(f.rows(), gather.dimension())
        .view(dF)
        .view(loss)
        .view(error)
        .view(f)
        .view(noisy)
        .view(sigma)
        .gather(gather)
        .i64(f.rows())
        .f32(sigmaData)
        .run(f, gather.data());
  }

  @Override
  public void crossEntropy(
      View dlogits, View loss, View correct, View logits, View labels, View index) {
    Contracts.crossEntropy(dlogits, loss, correct, logits, labels, index);
    launch("cross_entropy", "sild_cross_entropy")
        .teams(logits.rows(), logits.columns())
        .view(dlogits)
        .view(loss)
        .view(correct)
        .view(logits)
        .view(labels)
        .view(index)
        .i64(logits.rows())
        .i64(logits.columns())
        .run(logits);
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
    Contracts.reparameteriseForward(z, kl, code, noise, step);
    launch("reparameterise", "sild_reparameterise_forward")
        .teams(z.rows(), z.columns())
        .view(z)
        .view(kl)
        .view(code)
        .i64(z.rows())
        .i64(z.columns())
        .noise(noise, step)
        .run(z, code);
  }

  @Override
  public void reparameteriseBackward(
      View dcode, View dz, View code, double weight, Noise noise, View step) {
    Contracts.reparameteriseBackward(dcode, dz, code, noise, step);
    launch("reparameterise", "sild_reparameterise_backward")
        .tiles(dz.rows(), Math.ceilDiv(dz.columns(), 4))
        .view(dcode)
        .view(dz)
        .view(code)
        .i64(dz.rows())
        .i64(dz.columns())
        .f32(weight)
        .noise(noise, step)
        .run(dz, code);
  }

  @Override
  public void mmd(View dz, View value, View z, View prior, double weight) {
    Contracts.mmd(dz, value, z, prior);
    launch("mmd", "sild_mmd")
        .block(32, MMD_ROWS)
        .grid(blocks(z.rows(), MMD_ROWS))
        .view(dz)
        .view(value)
        .view(z)
        .view(prior)
        .i64(z.rows())
        .i64(z.columns())
        .f32(weight)
        .run(z, prior);
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
    Contracts.adamwEma(p, m, v, ema, secondEma, stopped, g, squaredNorm, step);
    boolean two = secondEma != null;
    Launch update = launch("adamw_ema", two ? "sild_adamw_ema_two" : "sild_adamw_ema");
    update.quads(Math.max(1, p.elements())); // without parameters, `stopped` is still to be set
    update.view(p).view(m).view(v).view(ema);
    if (two) update.view(secondEma);
    update
        .view(stopped)
        .view(g)
        .view(squaredNorm)
        .i64(p.elements())
        .view(step)
        .f32(rule.beta1())
        .f32(rule.beta2())
        .f32(rule.epsilon())
        .f32(rule.weightDecay())
        .f32(rule.clip())
        .run(p);
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
    Contracts.samplerStep(next, x, denoised, previous, at);
    boolean noisy = (float) s != 0;
    Launch update = launch("sampler_step", noisy ? "sild_sampler_step_noise" : "sild_sampler_step");
    if (noisy) update.tiles(next.rows(), Math.ceilDiv(next.columns(), 4));
    else update.quads(next.elements());
    update.view(next).view(x).view(denoised).view(previous).i64(next.rows()).i64(next.columns());
    update.f32(a).f32(b).f32(c);
    if (noisy) update.f32(s).noise(noise).view(at).i32(step);
    update.run(next);
  }

  @Override
  public long mlpPackedBytes(MlpShape shape) {
    requireOpen();
    return samplers.mlpPackedBytes(shape);
  }

  @Override
  public boolean prefersMlpSampler(MlpShape shape) {
    return mlpPackedBytes(shape) > 0; // else some thirty launches an evaluation
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
    Contracts.sumOfSquares(sum, x);
    long n = x.elements();
    long parts = blocks(n, Math.max(4096, 1024 * blocks(n, 2048 * 1024)));
    launch("reductions", "sild_sum_of_squares_parts")
        .grid(parts)
        .i64(scratch.address())
        .view(x)
        .i64(n)
        .run(x);
    launch("reductions", "sild_sum_of_squares").view(sum).i64(scratch.address()).i64(parts).run(x);
  }

  @Override
  public void binErrors(View sums, View sigma, View error, View loss, double low, double high) {
    Contracts.binErrors(sums, sigma, error, loss);
    require(sums.rows() >= 1 && (float) high > (float) low, "bin_errors", sums, sigma);
    launch("reductions", "sild_bin_errors")
        .grid(blocks(sums.rows(), 64))
        .view(sums)
        .view(sigma)
        .view(error)
        .view(loss)
        .i64(sigma.elements())
        .i64(sums.rows())
        .f32(low)
        .f32(high)
        .run(sums, sigma);
  }

  @Override
  public void rowMaximum(View value, View index, View x) {
    Contracts.rowMaximum(value, index, x);
    require(x.columns() >= 1 && x.columns() <= Integer.MAX_VALUE, "row_maximum", x);
    launch("reductions", "sild_row_maximum")
        .teams(x.rows(), x.columns())
        .view(value)
        .view(index)
        .view(x)
        .i64(x.rows())
        .i64(x.columns())
        .run(x);
  }

  @Override
  public void conv2dForward(
      View y, View x, View w, View bias, View residual, Convolution geometry) {
    requireOpen();
    Contracts.conv2dForward(y, x, w, bias, residual, geometry);
    Ranges.push(CONV2D);
    try {
      convolutions().forward(y, x, w, bias, residual, geometry);
    } finally {
      Ranges.pop();
    }
  }

  @Override
  public void conv2dBackward(
      View dx, View dw, View dbias, View dy, View x, View w, Convolution geometry, boolean addDx) {
    requireOpen();
    Contracts.conv2dBackward(dx, dw, dbias, dy, x, w, geometry);
    Ranges.push(CONV2D);
    try {
      convolutions().backward(dx, dw, dy, x, w, geometry, addDx);
    } finally {
      Ranges.pop();
    }
    if (dbias != null) biasGradient(dbias, dy);
  }

  /** Parts of the batch side by side; of several, the sums are added then. */
  private void biasGradient(View dbias, View dy) {
    long[] shape = dy.shape();
    long batch = shape[0];
    long channels = shape[1];
    long outputs = shape[2] * shape[3];
    long images = Math.max(blocks(BIAS_TERMS, outputs), blocks(batch * channels, BIAS_BLOCKS));
    long parts = blocks(batch, images);
    long sums = parts == 1 ? dbias.address() : scratch.address();
    launch("conv2d", "sild_conv2d_bias_gradient")
        .grid(channels, parts)
        .i64(sums)
        .view(dy)
        .i64(batch)
        .i64(channels)
        .i64(outputs)
        .i64(images)
        .run(dbias, dy);
    if (parts == 1) return;
    launch("conv2d", "sild_conv2d_bias_gradient")
        .grid(channels)
        .view(dbias)
        .i64(sums)
        .i64(parts)
        .i64(channels)
        .i64(1)
        .i64(parts)
        .run(dbias, dy);
  }

  private CudaConvolutions convolutions() {
    if (convolutions == null)
      convolutions = owned.own(new CudaConvolutions(context, copies, stream, scratch, precision));
    return convolutions;
  }

  @Override
  public void resample(
      View y, View x, int height, int width, Resampling kind, double scale, boolean add) {
    Contracts.resample(y, x, height, width, kind);
    long planes = x.elements() / ((long) height * width);
    boolean up = kind == Resampling.UP;
    long rows = planes * (up ? height : height / 2);
    launch("resample", "sild_resample")
        .tiles(rows, Math.ceilDiv(up ? width : width / 2, 2))
        .view(y)
        .view(x)
        .i64(planes)
        .i64(height)
        .i64(width)
        .i32(kind.ordinal())
        .f32(scale)
        .i32(add ? 1 : 0)
        .run(y, x);
  }

  @Override
  public void synchronize() {
    requireOpen();
    context.makeCurrent();
    Cuda.check(JCudaDriver.cuStreamSynchronize(stream), "waiting for the stream");
    staging.synchronised();
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    owned.close();
  }

  private void requireOpen() {
    if (closed) throw new IllegalStateException("this stream is closed");
  }

  /** Begins a launch of one of an op's kernels. */
  private Launch launch(String op, String kernel) {
    requireOpen();
    return launch.of(kernels.get(op, kernel));
  }

  /** What an op asks of its numbers: the kernels do not check. */
  private static void require(boolean holds, String op, View... views) {
    if (!holds)
      throw new IllegalArgumentException(
          Shapes.describe(op, views) + ": an argument is out of its range");
  }

  /** Blocks of {@code size} that cover n items. */
  private static long blocks(long n, long size) {
    return (n + size - 1) / size;
  }
}
