package dev.sild.bindings.cuda;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Limits;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Stream;
import java.util.function.Function;
import jcuda.driver.JCudaDriver;

/** An NVIDIA GPU of compute capability 8.0 or newer. */
public final class CudaDevice implements Device {
  private static final String STAND_IN = "Virtual GPU";
  private static final int LEAST_CAPABILITY = 80;

  private final CudaContext context;
  private final Precision precision;
  private final HostCopies copies;
  private final CudaKernels kernels;
  private final Cleanup owned;
  private boolean closed;

  private CudaDevice(int ordinal, Precision precision, Function<String, byte[]> ptx) {
    this.precision = precision;
    context = new CudaContext(ordinal);
    owned = new Cleanup(context);
    try {
      requireCapability();
      copies = owned.own(new HostCopies(context));
      boolean standIn = context.gpu().startsWith(STAND_IN); // it interprets PTX, and nothing else
      kernels = owned.own(new CudaKernels(context, standIn ? null : Images::fatbin, ptx));
    } catch (RuntimeException e) {
      owned.close();
      context.close();
      throw e;
    }
  }

  /**
   * Opens GPU number {@code ordinal}.
   *
   * @throws DeviceException if it is not there or cannot be used; the message says what to do
   */
  public static CudaDevice open(int ordinal, Precision precision) {
    return open(ordinal, precision, Images::ptx);
  }

  /** The same with other PTX: what an op's file says, changed by a test. */
  static CudaDevice open(int ordinal, Precision precision, Function<String, byte[]> ptx) {
    Cuda.begin();
    return new CudaDevice(ordinal, precision, ptx);
  }

  /**
   * Whether there is a real GPU whose driver takes this build's kernels: what {@code auto} asks.
   * {@code doctor} says why not.
   */
  public static boolean available() {
    try (CudaDevice device = open(0, Precision.F32)) {
      if (device.context.gpu().startsWith(STAND_IN)) return false;
      device.kernels.get("perturb", "sild_perturb");
      return true;
    } catch (DeviceException e) {
      return false;
    }
  }

  private void requireCapability() {
    int capability = context.capability();
    if (capability < LEAST_CAPABILITY)
      throw new DeviceException(
          "cuda:%d is a %s of compute capability %.1f; the kernels need 8.0 (Ampere) or newer"
              .formatted(context.ordinal(), context.gpu(), capability / 10.0));
  }

  /** Whether the driver translates an op's PTX instead of taking its cubins. */
  boolean translates(String op) {
    return kernels.translated(op);
  }

  @Override
  public String name() {
    return "cuda:" + context.ordinal();
  }

  @Override
  public String description() {
    context.makeCurrent();
    long[] free = new long[1];
    long[] total = new long[1];
    Cuda.check(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo");
    int version = Cuda.driverVersion();
    return "%s, sm_%d, %d multiprocessors, %d MiB, driver for CUDA %d.%d, products in %s"
        .formatted(
            context.gpu(),
            context.capability(),
            context.multiprocessors(),
            total[0] >> 20,
            version / 1000,
            version % 1000 / 10,
            precision.label());
  }

  @Override
  public long freeBytes() {
    context.makeCurrent();
    long[] free = new long[1];
    Cuda.check(JCudaDriver.cuMemGetInfo(free, new long[1]), "cuMemGetInfo");
    return free[0];
  }

  @Override
  public Limits limits() {
    return CudaLimits.measure(context, copies, freeBytes());
  }

  @Override
  public Buffer allocate(long bytes) {
    return CudaBuffer.allocate(context, copies, bytes);
  }

  @Override
  public long streamBytes() {
    return CudaStream.DEVICE_BYTES;
  }

  @Override
  public Stream openStream() {
    return openStream(precision);
  }

  @Override
  public Stream openStream(Precision wanted) {
    return new CudaStream(context, kernels, copies, wanted);
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    owned.close();
    context.close();
  }
}
