package dev.sild.bindings;

import dev.sild.bindings.cpu.CpuDevice;

/**
 * Something that computes: memory, and streams that carry ops. A device may be used by several
 * threads; a stream by one at a time.
 */
public interface Device extends AutoCloseable {

  /**
   * Opens a device.
   *
   * @param name {@code auto} (the best there is), {@code cpu}, {@code cuda} or {@code cuda:N}
   * @throws DeviceException if there is no such device here; the message says what to do
   */
  static Device open(String name) {
    if (name.equals("auto") || name.equals("cpu")) return CpuDevice.open();
    if (name.matches("cuda(:\\d+)?"))
      throw new DeviceException(
          "no device " + name + ": this build has no CUDA path yet; take --device cpu");
    throw new DeviceException("no device " + name + ": choose auto, cpu or cuda[:N]");
  }

  /** Short name as in {@code --device}. */
  String name();

  /** One line for people: processor, instruction set, threads. */
  String description();

  /** Bytes that a new buffer may hope for. */
  long freeBytes();

  /**
   * Allocates {@code bytes} bytes, set to zero, at an address that is a multiple of 64.
   *
   * @throws DeviceException if there is not so much memory
   */
  Buffer allocate(long bytes);

  /** A new stream with its own scratch memory; the caller closes it before the device. */
  Stream openStream();

  @Override
  void close();
}
