package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.MatmulReference.Way;
import dev.sild.bindings.cuda.DriverAlone;
import dev.sild.bindings.cuda.VirtualGpu;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Plain products so large that cuBLAS has them. */
class CublasTest {
  private static final int M = 256;
  private static final int N = 1024;
  private static final int K = 512; // M N K is just the limit
  private static final int PROBES = 50;

  private final Draw draw = new Draw("cublas");

  @BeforeEach
  void needACuda() {
    assumeTrue(VirtualGpu.orReal(), "there is neither a GPU nor a stand-in");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "F32")
  void largeProductsAgreeInEveryOrientation(Precision precision) {
    var product = new MatmulReference(draw, M, N, K);
    int[] rows = draw.below(PROBES, M);
    int[] columns = draw.below(PROBES, N);
    try (Device device = VirtualGpu.open(precision);
        Witness witness = Witness.on(device)) {
      for (Way way : Way.all()) {
        Expected expected =
            Expected.of(
                p -> Map.of("c", entries(product, rows, columns, way, p)), Rounding.of(precision));
        float[] c = product.run(witness, way).floats();
        double[] probes = new double[PROBES];
        for (int i = 0; i < PROBES; i++) probes[i] = c[rows[i] * N + columns[i]];
        expected.admits("c", witness.input(probes, PROBES));
      }
      witness.verify();
    }
  }

  private static double[] entries(
      MatmulReference product, int[] rows, int[] columns, Way way, Rounding p) {
    double[] entries = new double[rows.length];
    for (int i = 0; i < rows.length; i++) entries[i] = product.entry(rows[i], columns[i], way, p);
    return entries;
  }

  @Test
  void onlyLargeProductsThatItDoesBetterGoThere() {
    assumeTrue(VirtualGpu.present(), "only the stand-in counts calls");
    assertThat(calls(Precision.F32_STRICT, M)).isEqualTo(1);
    assertThat(calls(Precision.F32_STRICT, 1)).isZero();
    assertThat(calls(Precision.F32, 1)).isZero();
  }

  private long calls(Precision precision, int rows) {
    try (Device device = VirtualGpu.open(precision);
        Witness witness = Witness.on(device)) {
      VirtualGpu.reset();
      new MatmulReference(draw, rows, N, K).run(witness, new Way(false, false, false));
      witness.stream().synchronize();
      return VirtualGpu.get("calls:cublasGemmEx");
    }
  }

  @Test
  @EnabledIf("dev.sild.bindings.cuda.VirtualGpu#present")
  void withoutCublasTheyTakeOurKernel(@TempDir Path folder)
      throws IOException, InterruptedException {
    assertThat(DriverAlone.run(WithoutCublas.class, folder)).containsExactly("all " + (float) K);
  }

  /** A program that multiplies ones, by the million. */
  static final class WithoutCublas {
    public static void main(String[] arguments) {
      try (Device device = VirtualGpu.open(Precision.BF16);
          Witness witness = Witness.on(device)) {
        View a = witness.output(M, K);
        View b = witness.output(K, N);
        View c = witness.output(M, N);
        witness.stream().fill(a, 1);
        witness.stream().fill(b, 1);
        witness.stream().matmul(c, a, false, b, false, false);
        float[] sums = c.floats();
        for (float sum : sums) if (sum != sums[0]) throw new AssertionError(sum);
        System.out.println("all " + sums[0]);
      }
    }
  }
}
