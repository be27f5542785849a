package dev.sild.bindings;

/** Element types of a {@link View}. */
public enum DType {
  F32(4),
  F64(8),
  U8(1),
  I32(4),
  I64(8);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of an element in bytes. */
  public int bytes() {
    return bytes;
  }
}
