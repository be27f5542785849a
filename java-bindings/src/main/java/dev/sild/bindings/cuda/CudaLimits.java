package dev.sild.bindings.cuda;

import dev.sild.bindings.Limits;
import jcuda.driver.JCudaDriver;

/**
 * The limits of a GPU: the bandwidth is that of the driver's own copies within its memory. Nobody
 * but the vendor can tell the peak of its tensor units.
 */
final class CudaLimits {
  private static final int REPETITIONS = 5;
  private static final int COPIES = 4; // behind one another: what it takes to issue one is hidden
  private static final long HALF_BYTES = 512L << 20; // more than the caches hold

  private CudaLimits() {}

  static Limits measure(CudaContext context, HostCopies copies, long freeBytes) {
    long bytes = Math.min(HALF_BYTES, freeBytes / 8);
    try (CudaBuffer to = CudaBuffer.allocateAsItIs(context, copies, bytes);
        CudaBuffer from = CudaBuffer.allocate(context, copies, bytes)) {
      double best = 0;
      for (int i = 0; i < REPETITIONS; i++) {
        long begun = System.nanoTime();
        copy(to, from);
        best = Math.max(best, 2.0 * bytes * COPIES * 1e9 / (System.nanoTime() - begun));
      }
      return new Limits(Double.NaN, best);
    }
  }

  private static void copy(CudaBuffer to, CudaBuffer from) {
    for (int i = 0; i < COPIES; i++)
      Cuda.check(
          JCudaDriver.cuMemcpyDtoDAsync(
              new DevicePointer(to.address()),
              new DevicePointer(from.address()),
              from.bytes(),
              null),
          "cuMemcpyDtoDAsync");
    Cuda.check(JCudaDriver.cuCtxSynchronize(), "cuCtxSynchronize");
  }
}
