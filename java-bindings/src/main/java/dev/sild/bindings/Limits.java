package dev.sild.bindings;

/**
 * What a device can do at best, measured on it: what a kernel is held against.
 *
 * @param flops operations a second of products at the device's precision, from registers; NaN where
 *     that is not known
 * @param bytesPerSecond to and from memory, what is read and what is written counted once each
 */
public record Limits(double flops, double bytesPerSecond) {

  /** The higher of two measurements: the one that was disturbed less. */
  public Limits best(Limits other) {
    return new Limits(Math.max(flops, other.flops), Math.max(bytesPerSecond, other.bytesPerSecond));
  }
}
