package dev.sild.bindings.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import dev.sild.bindings.Limits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The limits of the processors, measured on one stream: kernels/cpu/limits.cpp. */
final class CpuLimits {
  private static final int REPETITIONS = 25; // the fastest counts: others use this machine too
  private static final double LONG_ENOUGH = 0.01; // seconds
  private static final long FIRST_ROUNDS = 4096;
  private static final int ARRAYS = 3;

  private final CpuKernels kernels;
  private final long stream;

  CpuLimits(CpuKernels kernels, long stream) {
    this.kernels = kernels;
    this.stream = stream;
  }

  /**
   * Measures.
   *
   * @param bytes of the three arrays of the triad together, more than the caches hold
   */
  Limits measure(long bytes) {
    return new Limits(peak(), bandwidth(bytes));
  }

  private double peak() {
    long rounds = FIRST_ROUNDS;
    double best = 0;
    for (int i = 0; i < REPETITIONS; ) {
      long begun = System.nanoTime();
      double flops = products(rounds);
      double seconds = (System.nanoTime() - begun) * 1e-9;
      best = Math.max(best, flops / seconds);
      if (seconds < LONG_ENOUGH) rounds *= 2;
      else i++;
    }
    return best;
  }

  private double bandwidth(long bytes) {
    long n = bytes / ARRAYS / Float.BYTES;
    try (Arena arena = Arena.ofShared()) {
      long a = arena.allocate(n * Float.BYTES, 64).address();
      long b = arena.allocate(n * Float.BYTES, 64).address();
      long c = arena.allocate(n * Float.BYTES, 64).address();
      double best = 0;
      for (int i = 0; i < REPETITIONS; i++) {
        long begun = System.nanoTime();
        triad(a, b, c, 0.5f, n);
        best = Math.max(best, n * ARRAYS * Float.BYTES * 1e9 / (System.nanoTime() - begun));
      }
      return best;
    }
  }

  /** The operations that so many rounds of products came to. */
  double products(long rounds) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flops = arena.allocate(JAVA_DOUBLE);
      long flopsAt = flops.address();
      int status;
      try {
        status = (int) kernels.peakProducts$mh.invokeExact(flopsAt, rounds, stream);
      } catch (Throwable t) {
        throw Call.bug(t);
      }
      Status.check(status, "peak_products of " + rounds + " rounds");
      return flops.get(JAVA_DOUBLE, 0);
    }
  }

  /** a = b + s c, n floats at each address. */
  void triad(long a, long b, long c, float s, long n) {
    int status;
    try {
      status = (int) kernels.triad$mh.invokeExact(a, b, c, s, n, stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Status.check(status, "triad of " + n);
  }
}
