package dev.sild.bindings.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.driver.JCudaDriver;

/** Host memory that the GPU reads and writes by itself. */
final class PinnedMemory implements AutoCloseable {
  private final CudaContext context;
  private final DevicePointer.Host pointer = new DevicePointer.Host();
  private final MemorySegment memory;
  private boolean closed;

  PinnedMemory(CudaContext context, long bytes) {
    this.context = context;
    context.makeCurrent();
    Cuda.check(
        JCudaDriver.cuMemHostAlloc(pointer, bytes, 0),
        "%d KiB of pinned host memory".formatted(bytes >> 10));
    memory = MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
  }

  MemorySegment memory() {
    return memory;
  }

  /** JCuda's pointer to what begins at {@code offset}. */
  DevicePointer.Host pointer(long offset) {
    return new DevicePointer.Host(memory.address() + offset);
  }

  @Override
  public void close() {
    if (closed || context.closed()) return;
    closed = true;
    context.makeCurrent();
    JCudaDriver.cuMemFreeHost(pointer);
  }
}
