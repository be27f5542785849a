package dev.sild.bindings.cuda;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.DeviceException;
import java.lang.foreign.MemorySegment;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;

/** Device memory. A copy to or from the host waits for everything that streams were given. */
final class CudaBuffer extends Buffer {
  private final CudaContext context;
  private final HostCopies copies;

  private CudaBuffer(CudaContext context, HostCopies copies, long address, long bytes) {
    super(address, bytes);
    this.context = context;
    this.copies = copies;
  }

  /** Allocates, all zero. */
  static CudaBuffer allocate(CudaContext context, HostCopies copies, long bytes) {
    CudaBuffer buffer = allocateAsItIs(context, copies, bytes);
    try {
      copies.clear(buffer.address(), Math.max(bytes, 1));
    } catch (DeviceException e) {
      buffer.close();
      throw e;
    }
    return buffer;
  }

  /** Allocates what is written before it is read: scratch memory. */
  static CudaBuffer allocateAsItIs(CudaContext context, HostCopies copies, long bytes) {
    context.makeCurrent();
    DevicePointer pointer = new DevicePointer();
    Cuda.check(
        JCudaDriver.cuMemAlloc(pointer, Math.max(bytes, 1)),
        "%.1f MiB on cuda:%d".formatted(bytes / 1048576.0, context.ordinal()));
    return new CudaBuffer(context, copies, pointer.address(), bytes);
  }

  @Override
  public void copyIn(long offset, MemorySegment source) {
    copies.toDevice(address() + offset, source);
  }

  @Override
  public void copyOut(long offset, MemorySegment target) {
    copies.toHost(target, address() + offset);
  }

  @Override
  protected void free(long address) {
    if (context.closed()) return; // the context took it along
    context.makeCurrent();
    CUdeviceptr pointer = new DevicePointer(address);
    JCudaDriver.cuMemFree(pointer); // fails only on a lost device, which has nothing to give back
  }
}
