package dev.sild.training;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.Device;
import dev.sild.bindings.Limits;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Stream;

/** Another device, and how much memory was asked of it. */
final class CountingDevice implements Device {
  private final Device device;
  private long allocated;

  CountingDevice(Device device) {
    this.device = device;
  }

  /** Bytes of all buffers since it was opened. */
  long allocated() {
    return allocated;
  }

  @Override
  public Buffer allocate(long bytes) {
    allocated += bytes;
    return device.allocate(bytes);
  }

  @Override
  public String name() {
    return device.name();
  }

  @Override
  public String description() {
    return device.description();
  }

  @Override
  public long freeBytes() {
    return device.freeBytes();
  }

  @Override
  public Limits limits() {
    return device.limits();
  }

  @Override
  public long streamBytes() {
    return device.streamBytes();
  }

  @Override
  public Stream openStream() {
    return device.openStream();
  }

  @Override
  public Stream openStream(Precision precision) {
    return device.openStream(precision);
  }

  @Override
  public void close() {
    device.close();
  }
}
