package dev.sild.bindings.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.selftest.Result;
import dev.sild.bindings.selftest.SelfTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every kernel in every precision passes the self-test, and that executes them wholly, not just
 * their easy parts: a mistake in an instruction that nobody executes survives every test.
 */
class CoverageTest {
  private static final double LEAST = 0.95;

  /** Ops whose kernels depend on the precision. */
  private static final Set<String> PRODUCTS =
      Set.of(
          "linearForward",
          "linearBackward",
          "matmul",
          "conv2dForward",
          "conv2dBackward",
          "packMlp",
          "mlpSampler");

  private static final Set<String> MLP = Set.of("packMlp", "mlpSampler");

  /** Bytes of shared memory that a block may have on compute capability 8.0 and on 9.0. */
  private static final int AMPERE = 163 << 10;

  private static final int HOPPER = 227 << 10;

  @Test
  void theSelfTestExecutesNearlyEveryInstruction() {
    assumeTrue(VirtualGpu.present(), "no stand-in that counts what it executes");
    VirtualGpu.reset();
    try {
      run(Precision.F32_STRICT, HOPPER, _ -> true);
      for (Precision precision : List.of(Precision.F32, Precision.TF32, Precision.BF16))
        run(precision, HOPPER, PRODUCTS::contains);
      // with less shared memory mlp_sampler takes fewer rows a block, in kernels of their own
      for (Precision precision : List.of(Precision.F32, Precision.BF16))
        run(precision, AMPERE, MLP::contains);
    } finally {
      VirtualGpu.set("shared", HOPPER);
    }
    Map<String, JsonNode> counts = new TreeMap<>();
    for (JsonNode kernel : JsonMapper.shared().readTree(VirtualGpu.statistics()).get("kernels"))
      counts.put(kernel.get("name").asString(), kernel);
    List<String> missing = new ArrayList<>();
    for (String op : Build.ops()) {
      Ptx ptx = new Ptx(new String(VirtualGpu.ptx(op), StandardCharsets.UTF_8));
      for (Ptx.Kernel kernel : ptx.kernels())
        judge(op, kernel.name(), ptx, counts.get(kernel.name()), missing);
    }
    assertThat(missing).as("kernels below %.0f %%", 100 * LEAST).isEmpty();
  }

  private static void run(Precision precision, int sharedBytes, Predicate<String> ops) {
    VirtualGpu.set("shared", sharedBytes);
    try (Device reference = CpuDevice.open("baseline", 2);
        Device device = VirtualGpu.open(precision)) {
      List<Result> results = SelfTest.run(reference, device, precision, ops, _ -> {});
      assertThat(results.stream().filter(result -> !result.passed())).as("%s", precision).isEmpty();
    }
  }

  private static void judge(
      String op, String name, Ptx ptx, JsonNode counted, List<String> missing) {
    if (counted == null) {
      missing.add(name + " of " + op + " was never launched");
      return;
    }
    double share = counted.get("executed").asDouble() / counted.get("executable").asDouble();
    System.out.printf("%5.1f %% of %s%n", 100 * share, name);
    if (share >= LEAST) return;
    StringBuilder text = new StringBuilder("%.1f %% of %s:".formatted(100 * share, name));
    for (JsonNode line : counted.get("missed"))
      text.append("%n%6d %s".formatted(line.asInt(), ptx.line(line.asInt())));
    missing.add(text.toString());
  }
}
