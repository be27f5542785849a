package dev.sild.bindings.selftest;

import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Stream;
import java.util.List;

/** A case of the self-test for tests of other packages, without a reference beside it. */
public final class CaseRun {
  private final Case test;
  private final boolean aligned;

  private CaseRun(Case test, boolean aligned) {
    this.test = test;
    this.aligned = aligned;
  }

  /** Both runs of every case of these ops. */
  public static List<CaseRun> of(List<String> ops) {
    return SelfTest.cases().stream()
        .filter(test -> ops.contains(test.op()))
        .flatMap(
            test -> java.util.stream.Stream.of(new CaseRun(test, true), new CaseRun(test, false)))
        .toList();
  }

  /**
   * What comes out on a device, array by array.
   *
   * @throws RuntimeException if the device reports a fault, or anything else was written
   */
  public List<double[]> on(Device device, Stream stream, Precision precision) {
    try (Trial trial = new Trial(device, stream, precision, aligned, test.seed())) {
      test.work().accept(trial);
      stream.synchronize();
      return trial.results().stream().map(Trial.Values::values).toList();
    }
  }

  @Override
  public String toString() {
    return test + (aligned ? "" : ", unaligned");
  }
}
