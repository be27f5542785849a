package dev.sild.bindings.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * Uploads that the host does not wait for: a ring of pinned memory in a few parts, each with an
 * event that says when the device is done with it. A part is filled again only then; the host waits
 * only if it is a whole ring ahead of the device.
 *
 * <p>A small upload goes down the work stream. A large one would hold up the work: it crosses the
 * bus on a stream of its own into a twin of the ring on the device, and the work stream copies it
 * from there to its place.
 */
final class Staging implements AutoCloseable {
  static final long LARGE = 64 << 10;

  private static final int PARTS = 4;
  private static final long PART = 2 << 20;
  private static final long ALIGNMENT = 64;

  /** Bytes of the ring, here and on the device. */
  static final long RING = PARTS * PART;

  private final CudaContext context;
  private final CUstream work;
  private final CUstream copies = new CUstream();
  private final PinnedMemory pinned;
  private final CudaBuffer twin;
  private final CUevent[] done = new CUevent[PARTS];
  private final CUevent arrived = new CUevent();
  private final Cleanup owned;
  private int part;
  private long used;

  Staging(CudaContext context, HostCopies hostCopies, CUstream work) {
    this.context = context;
    this.work = work;
    owned = new Cleanup(context);
    try {
      pinned = owned.own(new PinnedMemory(context, RING));
      twin = owned.own(CudaBuffer.allocateAsItIs(context, hostCopies, RING));
      Cuda.check(
          JCudaDriver.cuStreamCreate(copies, CUstream_flags.CU_STREAM_NON_BLOCKING),
          "the stream for copies");
      owned.destroy(() -> JCudaDriver.cuStreamDestroy(copies));
      create(arrived);
      for (int i = 0; i < PARTS; i++) create(done[i] = new CUevent());
    } catch (RuntimeException e) {
      owned.close();
      throw e;
    }
  }

  private void create(CUevent event) {
    Cuda.check(
        JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    owned.destroy(() -> JCudaDriver.cuEventDestroy(event));
  }

  /** Copies the source to a device address, in the order of the work stream. */
  void upload(long address, MemorySegment source) {
    context.makeCurrent();
    for (long at = 0; at < source.byteSize(); at += PART) {
      long bytes = Math.min(PART, source.byteSize() - at);
      long slot = reserve(bytes);
      MemorySegment.copy(source, at, pinned.memory(), slot, bytes);
      DevicePointer target = new DevicePointer(address + at);
      if (bytes < LARGE)
        check(JCudaDriver.cuMemcpyHtoDAsync(target, pinned.pointer(slot), bytes, work), bytes);
      else throughTwin(target, slot, bytes);
    }
  }

  private void throughTwin(DevicePointer target, long slot, long bytes) {
    DevicePointer between = new DevicePointer(twin.address() + slot);
    check(JCudaDriver.cuMemcpyHtoDAsync(between, pinned.pointer(slot), bytes, copies), bytes);
    check(JCudaDriver.cuEventRecord(arrived, copies), bytes);
    check(JCudaDriver.cuStreamWaitEvent(work, arrived, 0), bytes);
    check(JCudaDriver.cuMemcpyDtoDAsync(target, between, bytes, work), bytes);
  }

  /** Where {@code bytes} bytes may be written, at most a part. */
  private long reserve(long bytes) {
    if (used + bytes > PART) {
      check(JCudaDriver.cuEventRecord(done[part], work), bytes);
      part = (part + 1) % PARTS;
      used = 0;
      check(JCudaDriver.cuEventSynchronize(done[part]), bytes); // never recorded: passes at once
    }
    long slot = part * PART + used;
    used += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return slot;
  }

  /** The work stream has come to its end: the whole ring is free. */
  void synchronised() {
    part = 0;
    used = 0;
  }

  private static void check(int status, long bytes) {
    if (status != 0) throw Cuda.failure(status, "upload of %d bytes".formatted(bytes));
  }

  @Override
  public void close() {
    owned.close();
  }
}
