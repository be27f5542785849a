package dev.sild.bindings.selftest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Recording;
import dev.sild.bindings.Stream;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cpu.VirtualAmx;
import dev.sild.bindings.cuda.VirtualGpu;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SelfTestTest {
  static {
    VirtualAmx.load();
  }

  /** They wait and end, for every case. */
  private static final Set<String> NO_OPS = Set.of("synchronize", "close");

  /** Ops whose cases take no time on the stand-in. */
  private static final Set<String> SMALL = Set.of("fill", "perturb", "timeEmbedding", "dsmLoss");

  @Test
  void everyOpHasACase() {
    Set<String> ops =
        Arrays.stream(Stream.class.getMethods())
            .filter(SelfTestTest::works)
            .map(Method::getName)
            .filter(name -> !NO_OPS.contains(name))
            .collect(Collectors.toSet());
    assertThat(SelfTest.cases().stream().map(Case::op).collect(Collectors.toSet())).isEqualTo(ops);
  }

  /** A method that answers a question issues no work. */
  private static boolean works(Method method) {
    return method.getReturnType() == void.class || method.getReturnType() == Recording.class;
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

  /** Products have a form for each precision; the other ops do not know of any. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void everyInstructionSetPassesAtEveryPrecision(Precision precision) {
    Set<String> products =
        Set.of("linearForward", "linearBackward", "matmul", "packMlp", "mlpSampler");
    for (String variant : CpuDevice.variants())
      try (Device reference = CpuDevice.open("baseline", 2);
          Device device = CpuDevice.open(variant, 2, precision)) {
        List<Result> results =
            SelfTest.run(reference, device, precision, products::contains, _ -> {});
        assertThat(results).isNotEmpty().allMatch(Result::passed);
      }
  }

  /** One operator of one kernel: that op fails, and no other. */
  @Test
  void aWrongOperatorIsFoundAndNamed() {
    assumeTrue(VirtualGpu.present(), "no stand-in that runs what it is given");
    try (Device reference = CpuDevice.open("baseline", 2);
        Device device = VirtualGpu.open(Precision.F32_STRICT, SelfTestTest::wrongEmbedding)) {
      List<Result> results =
          SelfTest.run(reference, device, Precision.F32_STRICT, SMALL::contains, _ -> {});
      assertThat(results.stream().filter(result -> !result.passed()).map(Result::op))
          .isNotEmpty()
          .containsOnly("timeEmbedding");
    }
  }

  private static byte[] wrongEmbedding(String op) {
    byte[] ptx = VirtualGpu.ptx(op);
    if (!op.equals("time_embedding")) return ptx;
    String text = new String(ptx, StandardCharsets.UTF_8);
    String wrong = text.replaceFirst("mul\\.rn\\.f32", "add.rn.f32");
    assertThat(wrong.equals(text)).isFalse();
    return wrong.getBytes(StandardCharsets.UTF_8);
  }

  /** A device that is lost fails the cases that follow, each in its own words. */
  @Test
  void whatADeviceThrowsIsAResult() {
    assumeTrue(VirtualGpu.present(), "no stand-in that fails when it is told to");
    VirtualGpu.release();
    try (Device reference = CpuDevice.open("baseline", 2);
        Device device = VirtualGpu.open(Precision.F32_STRICT)) {
      VirtualGpu.set("fail_launch", 10);
      List<Result> results =
          SelfTest.run(reference, device, Precision.F32_STRICT, SMALL::contains, _ -> {});
      assertThat(results.stream().filter(Result::passed)).isNotEmpty();
      assertThat(results.stream().filter(result -> !result.passed()))
          .isNotEmpty()
          .allSatisfy(result -> assertThat(result.failure()).isNotBlank());
    } finally {
      VirtualGpu.set("fail_launch", 0);
    }
  }

  private static void confirm(List<Result> results) {
    assertThat(results).hasSize(SelfTest.results());
    assertThat(results.stream().filter(result -> !result.passed())).isEmpty();
  }
}
