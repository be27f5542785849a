package dev.sild.bench;

import dev.sild.bindings.Limits;

/**
 * What an op or a job has to do, however it is done.
 *
 * @param flops operations of its products, a multiplication and an addition counted as two
 * @param bytes the least that go to and from memory: each operand once, in f32
 * @param bound what it is held against
 */
public record Work(double flops, double bytes, Bound bound) {

  /** What binds. */
  public enum Bound {
    /** Multiplications and additions: GFLOP/s against the peak from registers. */
    PRODUCTS,
    /** Bytes to and from memory: GB/s against the bandwidth. */
    MEMORY,
    /** Random numbers and elementary functions, for which no limit is measured. */
    INSTRUCTIONS
  }

  static Work products(double flops, double floats) {
    return new Work(flops, floats * Float.BYTES, Bound.PRODUCTS);
  }

  static Work memory(double floats) {
    return new Work(0, floats * Float.BYTES, Bound.MEMORY);
  }

  static Work instructions(double floats) {
    return new Work(0, floats * Float.BYTES, Bound.INSTRUCTIONS);
  }

  /**
   * y = φ(x wᵀ + bias): x and w come, and so many planes of (batch, outputs) come or go: y, and
   * where they are u and what modulates.
   */
  static Work linearForward(double batch, double inputs, double outputs, int planes) {
    double operands = batch * inputs + inputs * outputs + outputs;
    return products(2 * batch * inputs * outputs, operands + planes * batch * outputs);
  }

  /**
   * dy, x and, behind an activation, u come; dw, dbias, and behind an activation du go.
   *
   * @param dx whether w comes, too, and dx goes
   */
  static Work linearBackward(
      double batch, double inputs, double outputs, boolean dx, boolean silu) {
    double weight = inputs * outputs;
    double floats = batch * (inputs + outputs) + weight + outputs;
    if (silu) floats += 2 * batch * outputs;
    if (dx) floats += weight + batch * inputs;
    return products((dx ? 4 : 2) * batch * weight, floats);
  }

  /** GFLOP/s of its products, NaN if it has none. */
  public double gflops(double seconds) {
    return flops == 0 ? Double.NaN : flops / seconds * 1e-9;
  }

  /** GB/s of its least bytes. */
  public double gigabytesPerSecond(double seconds) {
    return bytes == 0 ? Double.NaN : bytes / seconds * 1e-9;
  }

  /** How near it comes to the limit that binds it, NaN if that is not known. */
  public double percentOfLimit(double seconds, Limits limits) {
    return switch (bound) {
      case PRODUCTS -> 100 * flops / seconds / limits.flops();
      case MEMORY -> 100 * bytes / seconds / limits.bytesPerSecond();
      case INSTRUCTIONS -> Double.NaN;
    };
  }

  /** What bound it; where more bytes passed than memory gives, they came from a cache. */
  public String boundBy(double seconds, Limits limits) {
    return switch (bound) {
      case PRODUCTS -> "products";
      case MEMORY -> percentOfLimit(seconds, limits) > 100 ? "cache" : "memory";
      case INSTRUCTIONS -> "instructions";
    };
  }
}
