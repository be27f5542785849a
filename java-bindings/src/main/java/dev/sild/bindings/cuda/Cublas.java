package dev.sild.bindings.cuda;

import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Shapes;
import dev.sild.bindings.View;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/**
 * cuBLAS on one stream. Its workspace is ours and never changes: with one stream that makes its
 * results the same bits every time.
 */
final class Cublas implements AutoCloseable {
  private static final long WORKSPACE = 32 << 20; // what cuBLAS asks for on an H100
  private static final long RANGE = Ranges.name("linear");
  private static final Pointer ONE = Pointer.to(new float[] {1});
  private static final Pointer ZERO = Pointer.to(new float[] {0});

  private final CudaContext context;
  private final int computeType;
  private final cublasHandle handle = new cublasHandle();
  private final CudaBuffer workspace;

  Cublas(CudaContext context, HostCopies copies, CUstream stream, Precision precision) {
    this.context = context;
    computeType =
        switch (precision) {
          case F32, F32_STRICT -> cublasComputeType.CUBLAS_COMPUTE_32F_PEDANTIC;
          case TF32 -> cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32;
          case BF16 -> cublasComputeType.CUBLAS_COMPUTE_32F_FAST_16BF;
        };
    workspace = CudaBuffer.allocateAsItIs(context, copies, WORKSPACE);
    try {
      create(stream);
    } catch (RuntimeException e) {
      workspace.close();
      throw e;
    }
  }

  private void create(CUstream stream) {
    try {
      JCublas2.setExceptionsEnabled(false); // the status is checked here, with the op's name
      check(JCublas2.cublasCreate(handle), "cublasCreate");
    } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
      throw new DeviceException(
          "no cuBLAS here: libcublas.so.12 is missing; it comes with NVIDIA's CUDA toolkit 12", e);
    }
    try {
      check(JCublas2.cublasSetStream(handle, new cudaStream_t(stream)), "cublasSetStream");
      DevicePointer memory =
          new DevicePointer(workspace.address()); // after the stream, which resets it
      check(JCublas2.cublasSetWorkspace(handle, memory, WORKSPACE), "cublasSetWorkspace");
    } catch (RuntimeException e) {
      JCublas2.cublasDestroy(handle);
      throw e;
    }
  }

  /**
   * c (+)= op(a) op(b), row-major. cuBLAS counts down columns and so sees the transposes: cᵀ =
   * op(b)ᵀ op(a)ᵀ, the same arrays in the other order.
   */
  void product(
      View c,
      View a,
      boolean transposeA,
      View b,
      boolean transposeB,
      long m,
      long n,
      long k,
      boolean add) {
    context.makeCurrent();
    Ranges.push(RANGE);
    int status =
        JCublas2.cublasGemmEx_new(
            handle,
            transposeB ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N,
            transposeA ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N,
            (int) n,
            (int) m,
            (int) k,
            ONE,
            new DevicePointer(b.address()),
            cudaDataType.CUDA_R_32F,
            (int) b.columns(),
            new DevicePointer(a.address()),
            cudaDataType.CUDA_R_32F,
            (int) a.columns(),
            add ? ONE : ZERO,
            new DevicePointer(c.address()),
            cudaDataType.CUDA_R_32F,
            (int) n,
            computeType,
            cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
    Ranges.pop();
    check(status, Shapes.describe("matmul", c, a, b));
  }

  private static void check(int status, String what) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS)
      throw new DeviceException("%s: %s".formatted(what, cublasStatus.stringFor(status)));
  }

  @Override
  public void close() {
    if (!context.closed()) {
      context.makeCurrent();
      JCublas2.cublasDestroy(handle);
    }
    workspace.close();
  }
}
