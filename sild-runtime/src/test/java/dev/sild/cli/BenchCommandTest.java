package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.cuda.VirtualGpu;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the benchmarks say, not how fast they find it. */
class BenchCommandTest {
  private static final String SHORT = "0.05";

  private static Outcome bench(String line, String... more) {
    List<String> words = new ArrayList<>(List.of("bench"));
    words.addAll(Arrays.asList(line.split(" ")));
    words.addAll(List.of("--seconds", SHORT));
    words.addAll(List.of(more));
    return Outcome.good(words.toArray(String[]::new));
  }

  private static List<?> rows(Outcome outcome) {
    assertThat(outcome.out().lines()).hasSize(1);
    assertThat(outcome.out()).doesNotContain("NaN", "Infinity");
    return (List<?>) outcome.json().get("rows");
  }

  private static double number(Map<?, ?> row, String key) {
    assertThat(row.get(key)).as(key).isInstanceOf(Number.class);
    return ((Number) row.get(key)).doubleValue();
  }

  @ParameterizedTest
  @CsvSource({"f32", "f32-strict", "bf16"})
  void aTrainingStepIsHeldAgainstItsLimit(String precision) {
    Outcome outcome =
        bench("train --job train64 --batch 32 --threads 2 --json --precision " + precision);
    assertThat(rows(outcome)).hasSize(1);
    Map<?, ?> row = (Map<?, ?>) rows(outcome).getFirst();
    assertThat(row.get("name")).isEqualTo("train64");
    assertThat(number(row, "samples_per_second") * number(row, "milliseconds"))
        .isCloseTo(32_000, within(1e-3));
    Map<?, ?> limits = (Map<?, ?>) outcome.json().get("limits");
    assertThat(number(row, "percent_of_limit"))
        .isCloseTo(100 * number(row, "gflops") / number(limits, "gflops"), within(1e-6));
    assertThat(number(limits, "gigabytes_per_second")).isPositive();
    assertThat(number(row, "loss")).isPositive();
    assertThat(row.get("pieces")).isNull();
    assertThat(outcome.json().get("device").toString()).contains("2 threads", precision);
    assertThat(outcome.err()).contains("train64", "limits: ");
  }

  @Test
  void theOpsOfAStepDoItsWork() {
    Outcome outcome = bench("train --job train64 --batch 32 --profile --json");
    Map<?, ?> row = (Map<?, ?>) rows(outcome).getFirst();
    double share = 0;
    double work = 0;
    List<?> pieces = (List<?>) row.get("pieces");
    for (Object each : pieces) {
      Map<?, ?> piece = (Map<?, ?>) each;
      assertThat(piece.get("bound")).isIn("products", "memory", "cache", "instructions");
      assertThat(number(piece, "gigabytes_per_second")).isPositive();
      share += number(piece, "percent_of_step");
      if (piece.get("bound").equals("products"))
        work += number(piece, "gflops") * number(piece, "milliseconds");
      assertThat(outcome.err()).contains(piece.get("name").toString());
    }
    assertThat(share).isCloseTo(100, within(1e-6));
    double whole = number(row, "gflops") * number(row, "milliseconds");
    assertThat(work).isCloseTo(whole, within(1e-6 * whole));
  }

  @Test
  void samplingIsHeldAgainstItsLimit() {
    Map<?, ?> row =
        (Map<?, ?>) rows(bench("sample --samples 300 --json --precision bf16")).getFirst();
    assertThat(row.get("name")).isEqualTo("sample");
    assertThat(number(row, "evaluations")).isEqualTo(101);
    for (String key : List.of("samples_per_second", "gflops", "percent_of_limit"))
      assertThat(number(row, key)).as(key).isPositive();
  }

  @Test
  void aKernelIsMeasuredInAVirtualMachineOfItsOwn() {
    Outcome outcome = bench("kernels --kernel norm_forward --threads 1 --json");
    Map<?, ?> row = (Map<?, ?>) rows(outcome).getFirst();
    assertThat(row.get("name").toString()).startsWith("norm_forward 256×512");
    assertThat(number(row, "microseconds")).isPositive();
    assertThat(number(row, "gigabytes_per_second"))
        .isCloseTo(2 * 4 * 256 * 512 * 1e-3 / number(row, "microseconds"), within(1e-6));
    assertThat(row.get("bound")).isIn("memory", "cache");
    assertThat(row.containsKey("error")).isTrue();
    assertThat(row.containsKey("gflops")).isTrue();
    assertThat(row.get("samples_per_second")).isNull();
  }

  @Test
  void aGpuRunsTheSameSteps() {
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in");
    Outcome outcome = bench("train --job train64 --batch 4 --device cuda --profile --json");
    Map<?, ?> row = (Map<?, ?>) rows(outcome).getFirst();
    assertThat(number(row, "gflops")).isPositive();
    assertThat(row.get("percent_of_limit")).isNull(); // nobody knows the peak of its tensor units
    assertThat(number((Map<?, ?>) outcome.json().get("limits"), "gigabytes_per_second"))
        .isPositive();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bench | Choose one of train, sample, kernels",
        "bench speed | speed",
        "bench train --job train63 | train63",
        "bench train --threads 0 | --threads 0: take 1 to 1024",
        "bench train --threads 1025 | --threads 1025",
        "bench train --threads 1 --device cuda | --threads is for --device cpu",
        "bench train --batch 0 | --batch 0",
        "bench train --seconds 0 | --seconds 0",
        "bench sample --samples 0 | --samples 0",
        "bench sample --seconds NaN | --seconds NaN",
        "bench sample --device cpu:mmx | no instruction set mmx",
        "bench kernels --kernel fft | --kernel fft: no name contains it",
        "bench kernels --precision f8 | no precision f8"
      })
  void aMistakeIsOneLine(String line, String complaint) {
    Outcome outcome = Outcome.of(line.strip().split(" "));
    assertThat(outcome.code()).isEqualTo(Main.MISTAKE);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().lines()).singleElement().asString().contains(complaint);
  }
}
