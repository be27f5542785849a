package dev.sild.bindings.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.bindings.Limits;
import dev.sild.bindings.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kernels/cpu/limits.cpp. That a rate is right cannot be tested; what is counted can. */
class LimitsTest {
  private static final int GUARD = 16;
  private static final float UNTOUCHED = -7;

  @BeforeAll
  static void bringTiles() {
    VirtualAmx.load();
  }

  private interface Use {
    void on(CpuLimits limits, String variant, Precision precision, int threads);
  }

  private static void everywhere(Use use) {
    for (String variant : CpuDevice.variants())
      for (Precision precision : List.of(Precision.F32, Precision.F32_STRICT, Precision.BF16))
        for (int threads : new int[] {1, 2, 3})
          on(variant, precision, threads, limits -> use.on(limits, variant, precision, threads));
  }

  private static void on(
      String variant, Precision precision, int threads, Consumer<CpuLimits> use) {
    long team = CpuLibrary.createTeam(threads);
    long stream = CpuLibrary.createStream(team, precision);
    try {
      use.accept(new CpuLimits(CpuKernels.of(variant), stream));
    } finally {
      CpuLibrary.destroyStream(stream);
      CpuLibrary.destroyTeam(team);
    }
  }

  /** Operations of one round on one thread: chains × lanes × 2, on tiles 4 products of 16·16·32. */
  private static double round(String variant, Precision precision) {
    boolean bf16 = precision == Precision.BF16;
    double tiles = 4 * 2 * 16 * 16 * 32;
    return switch (variant) {
      case "amx" ->
          switch (precision) {
            case BF16 -> tiles;
            case F32 -> tiles / 3; // three products of bf16 are one of f32
            default -> 24 * 16 * 2;
          };
      case "avx512_bf16" -> 24 * 16 * 2 * (bf16 ? 2 : 1);
      case "avx512" -> 24 * 16 * 2;
      case "avx2" -> 12 * 8 * 2;
      default -> (System.getProperty("os.arch").equals("aarch64") ? 24 : 12) * 4 * 2;
    };
  }

  @Test
  void everyProductIsCountedOnce() {
    everywhere((limits, variant, precision, threads) -> {
      for (long rounds : new long[] {0, 1, 31, 1021})
        assertThat(limits.products(rounds))
            .as("%s, %s, %d threads", variant, precision, threads)
            .isEqualTo(rounds * round(variant, precision) * threads);
      assertThatThrownBy(() -> limits.products(-1)).isInstanceOf(IllegalArgumentException.class);
    });
  }

  @Test
  void moreRoundsTakeLonger() {
    // a loop that a compiler has thrown away takes as long for many rounds as for one
    for (String variant : CpuDevice.variants()) {
      int rounds = variant.equals("amx") ? 2000 : 100_000; // tiles may be emulated
      on(
          variant,
          Precision.BF16,
          1,
          limits -> {
            double few = Double.POSITIVE_INFINITY;
            double many = Double.POSITIVE_INFINITY;
            for (int i = 0; i < 5; i++) {
              few = Math.min(few, seconds(limits, 1));
              many = Math.min(many, seconds(limits, rounds));
            }
            // a round waits for the one before: at least a cycle, at most 10 GHz
            assertThat(many - few).as(variant).isGreaterThan(rounds * 1e-10);
          });
    }
  }

  private static double seconds(CpuLimits limits, long rounds) {
    long begun = System.nanoTime();
    limits.products(rounds);
    return (System.nanoTime() - begun) * 1e-9;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 31, 1021, 100_003})
  void theTriadAddsEveryElementOnce(int n) {
    everywhere((limits, variant, precision, threads) -> {
      if (precision != Precision.F32) return;
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment a = arena.allocate(JAVA_FLOAT, n + 2 * GUARD);
        MemorySegment b = arena.allocate(JAVA_FLOAT, n);
        MemorySegment c = arena.allocate(JAVA_FLOAT, n);
        for (int i = 0; i < n + 2 * GUARD; i++) a.setAtIndex(JAVA_FLOAT, i, UNTOUCHED);
        for (int i = 0; i < n; i++) b.setAtIndex(JAVA_FLOAT, i, 0.1f * i);
        for (int i = 0; i < n; i++) c.setAtIndex(JAVA_FLOAT, i, 3 - 0.7f * i);
        limits.triad(a.address() + GUARD * Float.BYTES, b.address(), c.address(), 0.3f, n);
        for (int i = 0; i < n + 2 * GUARD; i++) {
          int j = i - GUARD;
          boolean inside = j >= 0 && j < n;
          float expected = inside ? 0.1f * j + 0.3f * (3 - 0.7f * j) : UNTOUCHED;
          if (a.getAtIndex(JAVA_FLOAT, i) != expected)
            assertThat(a.getAtIndex(JAVA_FLOAT, i))
                .as("%s, %d threads, element %d", variant, threads, j)
                .isEqualTo(expected);
        }
      }
    });
  }

  @Test
  void aProcessorHasLimits() {
    for (Precision precision : List.of(Precision.F32, Precision.BF16))
      try (CpuDevice device = CpuDevice.open(CpuDevice.variants().getFirst(), 1, precision)) {
        Limits limits = device.limits();
        System.out.printf(
            "%s: %.1f GFLOP/s, %.1f GB/s%n",
            device.description(), limits.flops() * 1e-9, limits.bytesPerSecond() * 1e-9);
        assertThat(limits.flops()).isFinite().isPositive();
        assertThat(limits.bytesPerSecond()).isFinite().isPositive();
      }
  }
}
