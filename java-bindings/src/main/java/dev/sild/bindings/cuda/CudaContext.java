package dev.sild.bindings.cuda;

import dev.sild.bindings.DeviceException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/** The primary context of one GPU, and what the GPU says of itself. */
final class CudaContext implements AutoCloseable {
  private static final ThreadLocal<CudaContext> CURRENT = new ThreadLocal<>();

  /**
   * Recording a stream forbids other threads the default stream, which waits for all streams: who
   * records holds the write lock, who copies or clears the read lock.
   */
  final ReadWriteLock recording = new ReentrantReadWriteLock();

  private final int ordinal;
  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private volatile boolean closed;

  CudaContext(int ordinal) {
    this.ordinal = ordinal;
    int count = Cuda.devices();
    if (ordinal >= count)
      throw new DeviceException(
          "no device cuda:%d: this machine has %d, numbered from 0".formatted(ordinal, count));
    Cuda.check(JCudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet");
    Cuda.check(
        JCudaDriver.cuDevicePrimaryCtxRetain(context, device),
        "cuda:" + ordinal + ", cuDevicePrimaryCtxRetain");
    try {
      makeCurrent();
    } catch (DeviceException e) {
      close();
      throw e;
    }
  }

  /** Makes this context the calling thread's. */
  void makeCurrent() {
    if (closed) throw new IllegalStateException("this device is closed");
    if (CURRENT.get() == this) return;
    Cuda.check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
    CURRENT.set(this);
  }

  boolean closed() {
    return closed;
  }

  int ordinal() {
    return ordinal;
  }

  /** The GPU's name. */
  String gpu() {
    byte[] name = new byte[128];
    Cuda.check(JCudaDriver.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
    int length = 0;
    while (length < name.length && name[length] != 0) length++;
    return new String(name, 0, length, StandardCharsets.UTF_8);
  }

  /** Compute capability, 90 for 9.0. */
  int capability() {
    return 10 * attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
        + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  }

  int multiprocessors() {
    return attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  }

  /** Bytes of shared memory that one block may have. */
  int sharedBytes() {
    return attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
  }

  private int attribute(int which) {
    int[] value = new int[1];
    Cuda.check(JCudaDriver.cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute");
    return value[0];
  }

  /** Gives the context back, and with it everything that is still allocated in it. */
  @Override
  public void close() {
    if (closed) return;
    closed = true;
    if (CURRENT.get() == this) CURRENT.remove();
    JCudaDriver.cuDevicePrimaryCtxRelease(device); // a lost device has nothing to give back
  }
}
