package dev.sild.bindings.cuda;

import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Stream;
import dev.sild.bindings.selftest.CaseRun;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Whether the self-test's cases notice what is wrong with an op's mutants. */
final class Mutation {
  private static final int SCHEDULES = 3;
  private static final int MOST_CASES = 6; // for an operator: the shortest that execute its line
  private static final int WHOLE_GPU = 132;
  private static final int MOST_SHARED = 232448;

  /** Shared memory for which mlp_sampler takes the smaller of two tiles, at widths 160 and 304. */
  private static final int[] LITTLE_SHARED = {60_000, 100_000};

  /** Steps beyond those of the original before a launch counts as endless. */
  private static final long PATIENCE = 100_000;

  /** What became of a mutant. */
  enum Fate {
    KILLED,
    SURVIVED,
    NOT_EXECUTED
  }

  /** How the device is to be for a kernel to be launched. */
  private record Setting(Precision precision, int multiprocessors, int shared) {
    static List<Setting> of(String kernel) {
      if (!kernel.startsWith("sild_mlp_")) {
        int processors = kernel.endsWith("_large") ? 1 : WHOLE_GPU; // then every product is large
        return List.of(new Setting(precision(kernel), processors, MOST_SHARED));
      }
      Precision precision = kernel.contains("bf16x3") ? Precision.F32 : Precision.BF16;
      boolean small = kernel.endsWith("bf16_32") || kernel.endsWith("bf16x3_16");
      return Arrays.stream(small ? LITTLE_SHARED : new int[] {MOST_SHARED})
          .mapToObj(shared -> new Setting(precision, WHOLE_GPU, shared))
          .toList();
    }

    private static Precision precision(String kernel) {
      if (kernel.contains("_bf16_")) return Precision.BF16;
      if (kernel.contains("_tf32_")) return Precision.TF32;
      if (kernel.contains("_f32_strict_")) return Precision.F32_STRICT;
      return Precision.F32;
    }
  }

  /** A case without a mutant: what came out, what ran, how long it was. */
  private record Original(
      CaseRun test, List<double[]> outputs, Map<String, Statistics> kernels, long instructions) {
    boolean executes(Mutant mutant) {
      Statistics run = kernels.get(mutant.kernel());
      return run != null && !run.missed().contains(mutant.line());
    }
  }

  /**
   * Long cases that execute nothing which shorter ones do not: the large tile has small products
   * too where there is one multiprocessor, and a width of 304 takes as many passes as one of 512.
   */
  private static final Pattern LONG = Pattern.compile("enough for|width 512");

  private final String op;
  private final Ptx ptx;
  private final List<CaseRun> cases;
  private final Map<Setting, List<Original>> originals = new HashMap<>();

  Mutation(String op, Ptx ptx, List<CaseRun> cases) {
    this.op = op;
    this.ptx = ptx;
    this.cases = cases.stream().filter(test -> !LONG.matcher(test.toString()).find()).toList();
  }

  Fate fate(Mutant mutant) {
    Fate fate = Fate.NOT_EXECUTED;
    for (Setting setting : Setting.of(mutant.kernel())) {
      apply(setting);
      List<Original> executing =
          originals.computeIfAbsent(setting, this::originals).stream()
              .filter(original -> original.executes(mutant))
              .limit(mutant.synchronisation() ? Integer.MAX_VALUE : MOST_CASES)
              .toList();
      if (executing.isEmpty()) continue;
      if (noticed(mutant, executing, setting)) return Fate.KILLED;
      fate = Fate.SURVIVED;
    }
    return fate;
  }

  private static void apply(Setting setting) {
    VirtualGpu.set("multiprocessors", setting.multiprocessors);
    VirtualGpu.set("shared", setting.shared);
  }

  /** Every case, the shortest first. */
  private List<Original> originals(Setting setting) {
    List<Original> all = new ArrayList<>();
    try (Device device = VirtualGpu.open(setting.precision);
        Stream stream = device.openStream()) {
      for (CaseRun test : cases) {
        VirtualGpu.reset();
        List<double[]> outputs = test.on(device, stream, setting.precision);
        Map<String, Statistics> kernels = Statistics.read();
        long instructions =
            kernels.values().stream().mapToLong(kernel -> kernel.get("instructions")).sum();
        all.add(new Original(test, outputs, kernels, instructions));
      }
    }
    all.sort(Comparator.comparingLong(Original::instructions));
    return all;
  }

  /**
   * A missing synchronisation has to show under one of three schedules of each case. An operator is
   * wrong under any: cases take turns with the schedules.
   */
  private boolean noticed(Mutant mutant, List<Original> executing, Setting setting) {
    VirtualGpu.reset();
    byte[] changed = changed(mutant, executing);
    try (Device device =
            VirtualGpu.open(setting.precision, o -> o.equals(op) ? changed : VirtualGpu.ptx(o));
        Stream stream = device.openStream()) {
      for (int i = 0; i < executing.size(); i++) {
        Original original = executing.get(i);
        VirtualGpu.set("step_limit", original.instructions + PATIENCE);
        for (int schedule = 1; schedule <= SCHEDULES; schedule++) {
          if (!mutant.synchronisation() && schedule != 1 + i % SCHEDULES) continue;
          VirtualGpu.set("schedule", schedule);
          if (!same(original.test.on(device, stream, setting.precision), original.outputs))
            return true;
        }
      }
      return false;
    } catch (RuntimeException e) {
      return true; // the virtual GPU saw a race, a deadlock, a wild address, an unwritten byte
    } finally {
      VirtualGpu.set("schedule", 0);
      VirtualGpu.set("step_limit", 0);
    }
  }

  /** The op's text with the mutant, and only those kernels that the cases launch. */
  private byte[] changed(Mutant mutant, List<Original> executing) {
    Set<String> launched = new HashSet<>();
    for (Original original : executing) launched.addAll(original.kernels.keySet());
    return (ptx.with(mutant.line(), mutant.replacement(), launched) + "\0")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static boolean same(List<double[]> some, List<double[]> others) {
    if (some.size() != others.size()) return false;
    for (int i = 0; i < some.size(); i++)
      if (!Arrays.equals(some.get(i), others.get(i))) return false;
    return true;
  }
}
