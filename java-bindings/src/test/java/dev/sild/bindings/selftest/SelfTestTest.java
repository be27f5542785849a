package dev.sild.bindings.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Stream;
import dev.sild.bindings.cpu.CpuDevice;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SelfTestTest {
  /** They wait, end and count: cases need them. */
  private static final Set<String> NO_OPS = Set.of("synchronize", "close", "mlpPackedBytes");

  @Test
  void everyOpHasACase() {
    Set<String> ops =
        Arrays.stream(Stream.class.getMethods())
            .map(Method::getName)
            .filter(name -> !NO_OPS.contains(name))
            .collect(Collectors.toSet());
    assertThat(SelfTest.cases().stream().map(Case::op).collect(Collectors.toSet())).isEqualTo(ops);
  }

  @Test
  void casesAreToldApart() {
    assertThat(SelfTest.cases().stream().map(Case::toString)).doesNotHaveDuplicates();
  }

  @Test
  void everyInstructionSetPasses() {
    for (String variant : CpuDevice.variants())
      try (Device reference = CpuDevice.open("baseline", 1);
          Device device = CpuDevice.open(variant, 2)) {
        confirm(SelfTest.run(reference, device, Precision.F32_STRICT, _ -> {}));
      }
  }

  static void confirm(List<Result> results) {
    assertThat(results).hasSize(2 * SelfTest.cases().size());
    assertThat(results.stream().filter(result -> !result.passed())).isEmpty();
  }
}
