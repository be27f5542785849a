package dev.sild.bindings;

import java.lang.foreign.MemorySegment;

/**
 * Device memory, owned. The address is a plain number: it may belong to a GPU and must never be
 * dereferenced here. Closing is idempotent.
 */
public abstract class Buffer implements AutoCloseable {
  private final long address;
  private final long bytes;
  private volatile boolean closed;

  /** Takes over {@code bytes} bytes at {@code address}. */
  protected Buffer(long address, long bytes) {
    this.address = address;
    this.bytes = bytes;
  }

  /** The device address, a multiple of 64. Throws once the buffer is closed. */
  public final long address() {
    if (closed) throw new IllegalStateException("this buffer is closed");
    return address;
  }

  /** Size in bytes. */
  public final long bytes() {
    return bytes;
  }

  /** A typed view of the elements that begin {@code offset} bytes into this buffer. */
  public final View view(long offset, DType type, long... shape) {
    return new View(this, offset, type, shape);
  }

  /** Copies all of {@code source} from host memory to {@code offset} bytes into this buffer. */
  public abstract void copyIn(long offset, MemorySegment source);

  /** Fills {@code target} in host memory with what begins {@code offset} bytes into this buffer. */
  public abstract void copyOut(long offset, MemorySegment target);

  /** Gives the memory back. */
  protected abstract void free(long address);

  @Override
  public final void close() {
    if (closed) return;
    closed = true;
    free(address);
  }

  final void requireInside(long offset, long length) {
    if (offset < 0 || length < 0 || length > bytes - offset)
      throw new IndexOutOfBoundsException(
          "bytes %d … %d of a buffer of %d".formatted(offset, offset + length, bytes));
  }
}
