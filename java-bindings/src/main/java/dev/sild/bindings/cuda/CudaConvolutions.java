package dev.sild.bindings.cuda;

import static jcuda.jcudnn.cudnnConvolutionBwdDataAlgo.CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
import static jcuda.jcudnn.cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;
import static jcuda.jcudnn.cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;

import dev.sild.bindings.Convolution;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Shapes;
import dev.sild.bindings.View;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnStatus;
import jcuda.runtime.cudaStream_t;

/**
 * The convolutions of one stream, by cuDNN: only algorithms that give the same bits every time. A
 * shape is planned when it is first met; after that a call allocates nothing on the device, so work
 * that ran once can be captured.
 */
final class CudaConvolutions implements AutoCloseable {
  static final int FORWARD = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
  static final int BACKWARD_DATA = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
  static final int BACKWARD_FILTER = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;

  private static final String LIBRARY = "libcudnn.so.9";
  private static final Pointer ZERO = scalar(0);
  private static final Pointer ONE = scalar(1);

  private final CudaContext context;
  private final HostCopies copies;
  private final CUstream stream;
  private final int math;
  private final Cleanup owned;
  private final cudnnHandle cudnn = new cudnnHandle();
  private final Map<ConvolutionPlan.Shape, ConvolutionPlan> plans = new HashMap<>();
  private CudaBuffer workspace;

  /**
   * Loads cuDNN: nobody needs it who has no convolution.
   *
   * @param scratch the stream's, the workspace of convolutions for which it is large enough
   */
  CudaConvolutions(
      CudaContext context,
      HostCopies copies,
      CUstream stream,
      CudaBuffer scratch,
      Precision precision) {
    this.context = context;
    this.copies = copies;
    this.stream = stream;
    workspace = scratch;
    math = math(precision);
    context.makeCurrent();
    owned = new Cleanup(context);
    load();
    try {
      check(JCudnn.cudnnCreate(cudnn), "cudnnCreate");
      owned.destroy(() -> JCudnn.cudnnDestroy(cudnn));
      check(JCudnn.cudnnSetStream(cudnn, new cudaStream_t(stream)), "cudnnSetStream");
    } catch (RuntimeException e) {
      owned.close();
      throw e;
    }
  }

  /** {@link dev.sild.bindings.Stream#conv2dForward}. */
  void forward(View y, View x, View w, View bias, View residual, Convolution geometry) {
    ConvolutionPlan plan = plan(x, w, geometry);
    if (residual != null)
      Cuda.check(
          JCudaDriver.cuMemcpyDtoDAsync(
              new DevicePointer(y.address()),
              new DevicePointer(residual.address()),
              y.elements() * Float.BYTES,
              stream),
          "conv2d_forward, residual");
    check(
        JCudnn.cudnnConvolutionForward(
            cudnn,
            ONE,
            plan.x,
            at(x),
            plan.w,
            at(w),
            plan.convolution,
            FORWARD,
            workspace(),
            plan.workspaceBytes(),
            residual == null ? ZERO : ONE,
            plan.y,
            at(y)),
        "conv2d_forward",
        y,
        x,
        w);
    if (bias == null) return;
    check(
        JCudnn.cudnnAddTensor(cudnn, ONE, plan.bias, at(bias), ONE, plan.y, at(y)),
        "conv2d_forward, bias",
        y);
  }

  /** {@link dev.sild.bindings.Stream#conv2dBackward} without dbias. */
  void backward(View dx, View dw, View dy, View x, View w, Convolution geometry, boolean addDx) {
    ConvolutionPlan plan = plan(x, w, geometry);
    if (dx != null) backwardData(plan, dx, dy, w, addDx);
    check(
        JCudnn.cudnnConvolutionBackwardFilter(
            cudnn,
            ONE,
            plan.x,
            at(x),
            plan.y,
            at(dy),
            plan.convolution,
            BACKWARD_FILTER,
            workspace(),
            plan.workspaceBytes(),
            ZERO,
            plan.w,
            at(dw)),
        "conv2d_backward, dw",
        dw,
        dy,
        x);
  }

  private void backwardData(ConvolutionPlan plan, View dx, View dy, View w, boolean add) {
    check(
        JCudnn.cudnnConvolutionBackwardData(
            cudnn,
            ONE,
            plan.w,
            at(w),
            plan.y,
            at(dy),
            plan.convolution,
            BACKWARD_DATA,
            workspace(),
            plan.workspaceBytes(),
            add ? ONE : ZERO,
            plan.x,
            at(dx)),
        "conv2d_backward, dx",
        dx,
        dy,
        w);
  }

  /** The plan of a shape, and a workspace that is large enough for it. */
  private ConvolutionPlan plan(View x, View w, Convolution geometry) {
    context.makeCurrent();
    ConvolutionPlan plan =
        plans.computeIfAbsent(
            ConvolutionPlan.Shape.of(x, w, geometry),
            shape -> owned.own(new ConvolutionPlan(context, cudnn, shape, math)));
    // A graph keeps the address of the workspace it was captured with: none is freed before the
    // end.
    if (plan.workspaceBytes() > workspace.bytes())
      workspace = owned.own(CudaBuffer.allocateAsItIs(context, copies, plan.workspaceBytes()));
    return plan;
  }

  private Pointer workspace() {
    return new DevicePointer(workspace.address());
  }

  /**
   * How tensor units may be used. cuDNN has no bf16 products of f32 tensors: what it calls
   * conversion is to half precision, in which small gradients vanish. TF32 has the exponents of
   * f32.
   */
  private static int math(Precision precision) {
    return switch (precision) {
      case F32, F32_STRICT -> cudnnMathType.CUDNN_FMA_MATH;
      case TF32, BF16 -> cudnnMathType.CUDNN_DEFAULT_MATH;
    };
  }

  private static void load() {
    if (!Cuda.finds(LIBRARY))
      throw new DeviceException(
          LIBRARY
              + " is missing, which computes convolutions: install cuDNN 9"
              + " (Debian, Ubuntu: apt install cudnn9-cuda-12)");
    try {
      JCudnn.initialize();
    } catch (LinkageError e) {
      throw new DeviceException(
          "no convolutions here: JCudnn cannot load its library (%s)"
              .formatted(String.valueOf(e.getMessage()).lines().findFirst().orElse("no message")),
          e);
    }
  }

  /** Throws what a status other than 0 means. */
  static void check(int status, String what, View... views) {
    if (status != cudnnStatus.CUDNN_STATUS_SUCCESS)
      throw new DeviceException(
          "%s: cuDNN says %s"
              .formatted(Shapes.describe(what, views), JCudnn.cudnnGetErrorString(status)));
  }

  private static Pointer at(View view) {
    return new DevicePointer(view.address());
  }

  /** A factor in host memory, as cuDNN wants it. */
  private static Pointer scalar(float value) {
    return Pointer.to(
        ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.nativeOrder()).putFloat(0, value));
  }

  @Override
  public void close() {
    owned.close();
  }
}
