package dev.sild.bindings;

import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.CudaDevice;

/**
 * Something that computes: memory, and streams that carry ops. A device may be used by several
 * threads; a stream by one at a time.
 */
public interface Device extends AutoCloseable {

  /**
   * Opens a device.
   *
   * @param name {@code auto} (the best there is), {@code cpu} or {@code cpu:SET} for one of its
   *     instruction sets, {@code cuda} or {@code cuda:N}
   * @param precision how it computes products
   * @param threads of a processor, 0 for one on each; a GPU has its own
   * @throws DeviceException if there is no such device here; the message says what to do
   */
  static Device open(String name, Precision precision, int threads) {
    int processors = threads == 0 ? CpuDevice.processors() : threads;
    if (name.equals("auto"))
      return CudaDevice.available()
          ? CudaDevice.open(0, precision)
          : CpuDevice.named("cpu", processors, precision);
    if (name.equals("cpu") || name.startsWith("cpu:"))
      return CpuDevice.named(name, processors, precision);
    if (!name.matches("cuda(:\\d{1,4})?"))
      throw new DeviceException("no device " + name + ": choose auto, cpu[:SET] or cuda[:N]");
    return CudaDevice.open(
        name.equals("cuda") ? 0 : Integer.parseInt(name.substring(5)), precision);
  }

  /** The same on every processor. */
  static Device open(String name, Precision precision) {
    return open(name, precision, 0);
  }

  /** The same in {@link Precision#F32}. */
  static Device open(String name) {
    return open(name, Precision.F32);
  }

  /** Short name as in {@code --device}. */
  String name();

  /** One line for people: processor, instruction set, threads. */
  String description();

  /** Bytes that a new buffer may hope for. */
  long freeBytes();

  /** What this device can do at best, measured now: it takes a fraction of a second. */
  Limits limits();

  /**
   * Allocates {@code bytes} bytes, set to zero, at an address that is a multiple of 64.
   *
   * @throws DeviceException if there is not so much memory
   */
  Buffer allocate(long bytes);

  /** Bytes that a stream takes for its scratch memory. */
  long streamBytes();

  /** A new stream with its own scratch memory; the caller closes it before the device. */
  Stream openStream();

  /**
   * The same with products at a precision of its own: distances, in which large numbers cancel, are
   * never computed in bf16 or TF32.
   */
  Stream openStream(Precision precision);

  @Override
  void close();
}
