package dev.sild.bindings.cuda;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Lock;
import jcuda.driver.JCudaDriver;

/**
 * Zeros, and copies that the host waits for, through one piece of pinned memory: heap arrays move
 * when they like, and pageable memory would be copied twice anyway. They go by the driver's default
 * stream, which waits for all streams of the device and holds up all that follows.
 */
final class HostCopies implements AutoCloseable {
  private static final long CHUNK = 4 << 20;

  private final CudaContext context;
  private final PinnedMemory pinned;

  HostCopies(CudaContext context) {
    this.context = context;
    pinned = new PinnedMemory(context, CHUNK);
  }

  void clear(long address, long bytes) {
    whileNoneRecords(() ->
        Cuda.check(
            JCudaDriver.cuMemsetD8(new DevicePointer(address), (byte) 0, bytes),
            "clearing device memory"));
  }

  synchronized void toDevice(long address, MemorySegment source) {
    inChunks(
        source.byteSize(),
        (at, bytes) -> {
          MemorySegment.copy(source, at, pinned.memory(), 0, bytes);
          return JCudaDriver.cuMemcpyHtoD(
              new DevicePointer(address + at), pinned.pointer(0), bytes);
        });
  }

  synchronized void toHost(MemorySegment target, long address) {
    inChunks(
        target.byteSize(),
        (at, bytes) -> {
          int status =
              JCudaDriver.cuMemcpyDtoH(pinned.pointer(0), new DevicePointer(address + at), bytes);
          if (status == 0) MemorySegment.copy(pinned.memory(), 0, target, at, bytes);
          return status;
        });
  }

  private interface Chunk {
    int copy(long at, long bytes);
  }

  private void inChunks(long bytes, Chunk chunk) {
    whileNoneRecords(() -> {
      for (long at = 0; at < bytes; at += CHUNK)
        Cuda.check(
            chunk.copy(at, Math.min(CHUNK, bytes - at)), "copy of %d bytes".formatted(bytes));
    });
  }

  /** The default stream would join what another stream records, which a recording can't take. */
  private void whileNoneRecords(Runnable work) {
    context.makeCurrent();
    Lock lock = context.recording.readLock();
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    pinned.close();
  }
}
