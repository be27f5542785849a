package dev.sild.bindings.selftest;

import dev.sild.bindings.Recording;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

/** Copies to the device, and work that a device replays. */
final class TransferCases {
  private TransferCases() {}

  static List<Case> all() {
    return List.of(
        new Case("upload", "31 floats", trial -> upload(trial, 31)),
        new Case("upload", "3 times 3 MiB", TransferCases::uploads),
        new Case("fill", "1021 floats", trial -> fill(trial, 1021)),
        new Case("record", "a sampler's step, 5 times", TransferCases::replayed));
  }

  private static void upload(Trial trial, int n) {
    View target = trial.output("target", Bound.exact(), n);
    trial.stream().upload(target, MemorySegment.ofArray(ramp(n, 1)));
  }

  /** More than a device keeps in its staging memory: it has to wait for itself. */
  private static void uploads(Trial trial) {
    int n = 3 << 18;
    View target = trial.output("target", Bound.exact(), 3, n);
    for (int i = 0; i < 3; i++)
      trial.stream().upload(target.rows(i, 1), MemorySegment.ofArray(ramp(n, i)));
  }

  private static void fill(Trial trial, int n) {
    trial.stream().fill(trial.output("target", Bound.exact(), n), -0.375);
  }

  /** x ← 0.9 x + z with another z each time: what changes lies in the step, not in the work. */
  private static void replayed(Trial trial) {
    Stream stream = trial.stream();
    View x = trial.state("x", Bound.rounding(5), 31, 33);
    View step = trial.step(Step.at(0));
    try (Recording work =
        stream.record(
            () -> stream.samplerStep(x, x, 0.9, null, 0, null, 0, 1, Trial.NOISE, step, 0))) {
      for (int i = 0; i < 5; i++) {
        Step.at(31L * i).writeTo(stream, step);
        work.run();
      }
      stream.synchronize();
    }
  }

  private static float[] ramp(int n, int seed) {
    Random random = new Random(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) values[i] = random.nextFloat();
    return values;
  }
}
