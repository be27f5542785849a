package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.bindings.selftest.Result;
import dev.sild.training.RunDirectory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
  private static final List<String> OPS =
      List.of("perturb", "linearBackward", "adamwEma", "samplerStep", "mlpSampler", "record");

  @TempDir Path scratch;

  @Test
  void everyInstructionSetIsTriedAgainstThePlainest() throws IOException {
    Path report = scratch.resolve("report.json");
    Outcome outcome =
        Outcome.good("doctor", "--self-test", "--device", "cpu", "--out", report.toString());
    for (String variant : CpuDevice.variants())
      assertThat(outcome.out()).contains(variant + " kernels");
    assertThat(outcome.out()).contains(OPS).contains("every op is right", "report: " + report);
    Map<?, ?> json = json(report);
    assertThat(json.get("passed")).isEqualTo(true);
    assertThat((List<?>) json.get("devices")).hasSize(CpuDevice.variants().size());
    assertThat(Files.readString(report))
        .contains("cpu device", "cuda device", "adamwEma", "\"allowed\"")
        .doesNotContain("\"NaN\"", "\"Infinity\"", "WRONG");
  }

  @Test
  void aGpuIsTriedAgainstTheProcessor() throws IOException {
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in");
    Path report = scratch.resolve("gpu.json");
    Outcome outcome =
        Outcome.good(
            "doctor", "--self-test", "--device", "cuda", "--json", "--out", report.toString());
    assertThat(outcome.out().lines()).hasSize(1);
    Map<?, ?> test = (Map<?, ?>) outcome.json().get("self_test");
    assertThat(test.get("passed")).isEqualTo(true);
    assertThat(test.toString()).contains(OPS).contains("GPU");
    assertThat(json(report).get("passed")).isEqualTo(true);
  }

  @Test
  void aWrongOpIsNamed() throws IOException {
    Result right = new Result("perturb", "u8", true, "noisy", 1e-7, 2e-6, 0.01, null);
    Result wrong = new Result("norm", "width 31", true, "dx", 0.5, 2e-6, 0.01, null);
    Result nan = new Result("norm", "width 64", true, "dx", Double.POSITIVE_INFINITY, 0, 1, null);
    Result lost = new Result("linear", "a row", true, "", Double.NaN, Double.NaN, 0, "device lost");
    var said = new ByteArrayOutputStream();
    SelfTestRun run =
        new SelfTestRun(
            List.of(new SelfTestRun.Tested("some GPU", "f32", List.of(right, wrong, nan, lost))));
    assertThat(run.passed()).isFalse();
    run.print(new PrintStream(said, true, StandardCharsets.UTF_8));
    List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines.stream().filter(line -> line.startsWith("perturb")))
        .allMatch(line -> line.contains("right"));
    assertThat(lines.stream().filter(line -> line.startsWith("norm")))
        .singleElement()
        .asString()
        .contains("WRONG", "width 31: dx errs by 0.500, allowed 2.00e-06");
    assertThat(lines.stream().filter(line -> line.startsWith("linear")))
        .singleElement()
        .asString()
        .contains("WRONG", "a row: device lost");
    Path report = scratch.resolve("wrong.json");
    run.write(report, List.of());
    assertThat(json(report).get("passed")).isEqualTo(false);
    assertThat(Files.readString(report)).doesNotContain("\"NaN\"", "\"Infinity\"");
  }

  @Test
  void anOldDriverIsExplained() {
    assumeTrue(VirtualGpu.present(), "no stand-in for an old driver");
    try {
      VirtualGpu.set("driver_version", 11000);
      VirtualGpu.set("ptx_version", 70);
      assertThat(Outcome.good("doctor").out())
          .contains("for CUDA 11.0", "older than CUDA 11.1: update it")
          .contains("a driver for CUDA 11.1 or newer");
    } finally {
      VirtualGpu.set("driver_version", 13000);
      VirtualGpu.set("ptx_version", 90);
    }
  }

  @Test
  void theLibrariesAreLookedFor() {
    assumeTrue(VirtualGpu.present(), "no stand-in with its libraries");
    Outcome outcome = Outcome.good("doctor");
    for (String name : List.of("libcublas.so.12", "libcudnn.so.9"))
      assertThat(outcome.out().lines().filter(line -> line.startsWith(name)))
          .singleElement()
          .asString()
          .contains("found")
          .doesNotContain("not found");
  }

  /** As on most machines: no NVIDIA driver. */
  @Test
  void withoutADriverEverythingOnTheProcessorWorks() throws IOException, InterruptedException {
    Outcome doctor = Outcome.withoutStandIn(scratch, "doctor");
    assumeFalse(doctor.out().contains("cuda driver"), "this machine has a driver");
    assertThat(doctor.code()).isZero();
    assertThat(doctor.err()).isEmpty();
    assertThat(doctor.out()).contains("libcuda.so.1 is missing", "NVIDIA's driver");
    String[] train = Tiny.train("manifold", "--dry-run", "--out", scratch + "/run");
    Outcome dry = Outcome.withoutStandIn(scratch, train);
    assertThat(dry.code()).as(dry.err()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"doctor --self-test --device cuda", "train manifold --dry-run --device cuda:0"})
  void withoutADriverAGpuIsOneLine(String line) throws IOException, InterruptedException {
    Outcome outcome = Outcome.withoutStandIn(scratch, line.split(" "));
    assumeFalse(outcome.code() == 0, "this machine has a driver");
    assertThat(outcome.code()).isEqualTo(Main.MISTAKE);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).startsWith("sild: no device cuda").contains("libcuda.so.1");
  }

  @Test
  void theReportNeedsATestAndAPlace() {
    Outcome alone = Outcome.of("doctor", "--out", scratch + "/report.json");
    assertThat(alone.code()).isEqualTo(Main.MISTAKE);
    assertThat(alone.err()).contains("--self-test");
    Outcome nowhere = Outcome.of("doctor", "--self-test", "--out", scratch + "/no/report.json");
    assertThat(nowhere.code()).isEqualTo(Main.MISTAKE);
    assertThat(nowhere.out()).isEmpty();
    assertThat(nowhere.err()).contains("no folder");
  }

  private static Map<?, ?> json(Path file) throws IOException {
    return RunDirectory.json().readValue(Files.readString(file), Map.class);
  }
}
