package dev.sild.bindings.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sild.bindings.Activation;
import dev.sild.bindings.AdamW;
import dev.sild.bindings.DType;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.Gather;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Shapes;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

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
  public void drawIndices(View index, long rows, Noise noise, View step) {
    checks("draw_indices")
        .is("index", index, DType.I32, index.rows(), index.columns())
        .is("step", step, DType.U8, Step.BYTES);
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
    checks("perturb")
        .is("noisy", noisy, rows, gather.dimension())
        .is("sigma", sigma, rows)
        .gather(gather, rows)
        .is("step", step, DType.U8, Step.BYTES);
    int kind =
        switch (law) {
          case SigmaLaw.Fixed _ -> 0;
          case SigmaLaw.LogUniform _ -> 1;
          case SigmaLaw.LogNormal _ -> 2;
        };
    float a =
        switch (law) {
          case SigmaLaw.Fixed(double level) -> (float) level;
          case SigmaLaw.LogUniform(double low, _) -> (float) low;
          case SigmaLaw.LogNormal(double mean, _) -> (float) mean;
        };
    float b =
        switch (law) {
          case SigmaLaw.Fixed _ -> 0;
          case SigmaLaw.LogUniform(_, double high) -> (float) high;
          case SigmaLaw.LogNormal(_, double deviation) -> (float) deviation;
        };
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
    checks("time_embedding")
        .is("embedding", embedding, sigma.elements(), embedding.columns())
        .is("sigma", sigma, sigma.elements());
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
    checks("linear_forward")
        .is("x", x, rows, inputs)
        .is("y", y, rows, outputs)
        .maybe("u", u, rows, outputs)
        .maybe("bias", epilogue.bias(), outputs)
        .maybe("modulation", modulation, modulationRows, outputs)
        .maybe("gain", epilogue.gain(), outputs)
        .maybe("residual", epilogue.residual(), rows, outputs)
        .that(
            epilogue.residual() == null || epilogue.residual().address() != y.address(),
            "y is its own residual");
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
    checks("linear_backward")
        .maybe("dx", dx, rows, inputs)
        .is("dw", dw, outputs, inputs)
        .maybe("dbias", dbias, outputs)
        .is("du", du, rows, outputs)
        .is("dy", dy, rows, outputs)
        .maybe("u", u, rows, outputs)
        .is("x", x, rows, inputs)
        .maybe("gain", gain, outputs);
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
    checks("matmul").is("a", a, m, k).is("b", b, k, n).is("c", c, m, n);
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
    checks("norm_forward")
        .is("y", y, rows, columns)
        .is("mean", mean, rows)
        .is("rstd", rstd, rows)
        .is("x", x, rows, columns)
        .is("gain", gain, columns)
        .is("shift", shift, columns);
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
    checks("norm_backward")
        .is("dx", dx, rows, columns)
        .is("dgain", dgain, columns)
        .is("dshift", dshift, columns)
        .is("dy", dy, rows, columns)
        .is("x", x, rows, columns)
        .is("mean", mean, rows)
        .is("rstd", rstd, rows)
        .is("gain", gain, columns);
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
    checks("dsm_loss")
        .maybe("dF", dF, rows, dimension)
        .is("loss", loss, rows)
        .is("error", error, rows)
        .is("F", f, rows, dimension)
        .maybe("noisy", noisy, rows, dimension)
        .is("sigma", sigma, rows)
        .gather(gather, rows);
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
    Shapes shapes =
        checks("cross_entropy")
            .maybe("dlogits", dlogits, rows, logits.columns())
            .is("loss", loss, rows)
            .is("correct", correct, rows)
            .is("labels", labels, DType.U8, labels.elements());
    if (index != null) shapes.is("index", index, DType.I32, rows);
    else shapes.that(labels.elements() >= rows, "fewer labels than rows");
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
    checks("adamw_ema")
        .is("p", p, n)
        .is("m", m, n)
        .is("v", v, n)
        .is("ema", ema, n)
        .is("stopped", stopped, DType.I64, 1)
        .is("g", g, n)
        .is("squaredNorm", squaredNorm, DType.F64, 1)
        .is("step", step, DType.U8, Step.BYTES);
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
      long firstSample,
      int step) {
    long rows = next.rows();
    long columns = next.columns();
    checks("sampler_step")
        .is("next", next, rows, columns)
        .maybe("x", x, rows, columns)
        .maybe("denoised", denoised, rows, columns)
        .maybe("previous", previous, rows, columns);
    long nextAt = next.address();
    long xAt = address(x);
    long denoisedAt = address(denoised);
    long previousAt = address(previous);
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
                  firstSample,
                  step,
                  stream);
    } catch (Throwable t) {
      throw bug(t);
    }
    check(status, "sampler_step", next);
  }

  @Override
  public void sumOfSquares(View sum, View x) {
    checks("sum_of_squares").is("sum", sum, DType.F64, 1).is("x", x, x.elements());
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
    checks("bin_errors")
        .is("sums", sums, DType.F64, sums.rows(), 4)
        .is("sigma", sigma, rows)
        .is("error", error, rows)
        .is("loss", loss, rows);
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
    checks("row_maximum")
        .is("value", value, rows)
        .is("index", index, DType.I32, rows)
        .is("x", x, rows, x.columns());
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
  public void synchronize() {}

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    CpuLibrary.destroyStream(stream);
    arena.close();
  }

  /** The checks of an op on a stream that is still open. */
  private Shapes checks(String op) {
    if (closed) throw new IllegalStateException("this stream is closed");
    return Shapes.of(op);
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
