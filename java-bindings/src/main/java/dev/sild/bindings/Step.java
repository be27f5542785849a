package dev.sild.bindings;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What changes from one training step to the next. It lies in device memory, so that a captured
 * graph can be replayed with new values.
 *
 * @param firstSample samples seen before this step: the address of row 0's random numbers
 * @param firstCorrection 1/(1 − β₁ᵗ)
 * @param secondCorrection 1/(1 − β₂ᵗ)
 * @param emaDecay weight of the old moving average
 * @param secondEmaDecay that of the second one, where one is kept
 */
public record Step(
    long firstSample,
    double learningRate,
    double firstCorrection,
    double secondCorrection,
    double emaDecay,
    double secondEmaDecay) {

  /** Size in device memory. */
  public static final int BYTES = 32;

  /** A step with one moving average. */
  public Step(
      long firstSample,
      double learningRate,
      double firstCorrection,
      double secondCorrection,
      double emaDecay) {
    this(firstSample, learningRate, firstCorrection, secondCorrection, emaDecay, 1);
  }

  /** A step that only says which samples are meant. */
  public static Step at(long firstSample) {
    return new Step(firstSample, 0, 1, 1, 1);
  }

  /** Writes this step to a view of {@value #BYTES} bytes, in the order of the stream. */
  public void writeTo(Stream stream, View step) {
    MemorySegment host = MemorySegment.ofArray(new long[BYTES / 8]);
    host.set(ValueLayout.JAVA_LONG, 0, firstSample);
    host.set(ValueLayout.JAVA_FLOAT, 8, (float) learningRate);
    host.set(ValueLayout.JAVA_FLOAT, 12, (float) firstCorrection);
    host.set(ValueLayout.JAVA_FLOAT, 16, (float) secondCorrection);
    host.set(ValueLayout.JAVA_FLOAT, 20, (float) emaDecay);
    host.set(ValueLayout.JAVA_FLOAT, 24, (float) secondEmaDecay);
    stream.upload(step, host);
  }
}
