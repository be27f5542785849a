package dev.sild.bindings.cuda;

import dev.sild.bindings.Activation;
import dev.sild.bindings.AdamW;
import dev.sild.bindings.Contracts;
import dev.sild.bindings.Convolution;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.Gather;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Recording;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Stream;
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
      scratch = owned.own(CudaBuffer.allocate(context, copies, SCRATCH_BYTES));
      Arena arena = owned.own(Arena.ofShared());
      launch = new Launch(context, ((Handle) stream).address(), arena);
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
    throw new UnsupportedOperationException("drawIndices");
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
    throw new UnsupportedOperationException("perturb");
  }

  @Override
  public void timeEmbedding(View embedding, View sigma) {
    throw new UnsupportedOperationException("timeEmbedding");
  }

  @Override
  public void linearForward(View y, View u, View x, View w, Epilogue epilogue) {
    throw new UnsupportedOperationException("linearForward");
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
    throw new UnsupportedOperationException("linearBackward");
  }

  @Override
  public void matmul(View c, View a, boolean transposeA, View b, boolean transposeB, boolean add) {
    throw new UnsupportedOperationException("matmul");
  }

  @Override
  public void normForward(View y, View mean, View rstd, View x, View gain, View shift) {
    throw new UnsupportedOperationException("normForward");
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
    throw new UnsupportedOperationException("normBackward");
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
    throw new UnsupportedOperationException("dsmLoss");
  }

  @Override
  public void crossEntropy(
      View dlogits, View loss, View correct, View logits, View labels, View index) {
    throw new UnsupportedOperationException("crossEntropy");
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
    throw new UnsupportedOperationException("adamwEma");
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
    throw new UnsupportedOperationException("samplerStep");
  }

  @Override
  public void sumOfSquares(View sum, View x) {
    throw new UnsupportedOperationException("sumOfSquares");
  }

  @Override
  public void binErrors(View sums, View sigma, View error, View loss, double low, double high) {
    throw new UnsupportedOperationException("binErrors");
  }

  @Override
  public void rowMaximum(View value, View index, View x) {
    throw new UnsupportedOperationException("rowMaximum");
  }

  @Override
  public void conv2dForward(View y, View x, View w, View bias, Convolution geometry) {
    requireOpen();
    Contracts.conv2dForward(y, x, w, bias, geometry);
    convolutions().forward(y, x, w, bias, geometry);
  }

  @Override
  public void conv2dBackward(
      View dx, View dw, View dbias, View dy, View x, View w, Convolution geometry, boolean addDx) {
    requireOpen();
    Contracts.conv2dBackward(dx, dw, dbias, dy, x, w, geometry);
    convolutions().backward(dx, dw, dbias, dy, x, w, geometry, addDx);
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
    int columns = up ? width : width / 2;
    launch("resample", "sild_resample")
        .grid(blocks(rows * blocks(columns, 2), 256))
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

  /** Blocks of {@code size} that cover n items. */
  private static long blocks(long n, long size) {
    return (n + size - 1) / size;
  }
}
